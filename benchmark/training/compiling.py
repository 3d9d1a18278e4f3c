"""torch.compile with a fallback to the uncompiled network."""

import warnings
from collections.abc import Callable
from typing import Any

import torch
from torch import nn
from torch._dynamo.exc import TorchDynamoException


def compiled(module: nn.Module, *, graphs: bool = False) -> Callable[..., Any]:
    """Compile `module` with torch.compile. If compilation fails, warn with the reason and call `module` itself.

    `graphs` uses CUDA graphs on a GPU. They need calls of one shape without gradients, and each call overwrites the
    result of the previous one.
    """
    fast: Callable[..., Any] | None = torch.compile(module, mode="reduce-overhead" if graphs else None)

    def call(*arguments: object) -> Any:
        nonlocal fast
        if fast is not None:
            try:
                return fast(*arguments)
            except TorchDynamoException as error:
                reason = str(error).strip().partition("\n")[0]
                warnings.warn(f"torch.compile failed, continuing without it: {reason}", stacklevel=2)
                fast = None
        return module(*arguments)

    return call
