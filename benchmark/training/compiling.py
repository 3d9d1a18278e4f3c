"""torch.compile as an option that never stands in the way."""

import warnings
from collections.abc import Callable
from typing import Any

import torch
from torch import nn
from torch._dynamo.exc import TorchDynamoException


def compiled(module: nn.Module, *, graphs: bool = False) -> Callable[..., Any]:
    """`module` through torch.compile; where that fails, as itself from then on, with a warning that says why.

    `graphs` replays it as a CUDA graph where it runs on a GPU: for calls of one shape without gradients, whose result
    is used up before the next call.
    """
    fast: Callable[..., Any] | None = torch.compile(module, mode="reduce-overhead" if graphs else None)

    def call(*arguments: object) -> Any:
        nonlocal fast
        if fast is not None:
            try:
                return fast(*arguments)
            except TorchDynamoException as error:
                reason = str(error).strip().partition("\n")[0]
                warnings.warn(f"torch.compile does not work here, going on without: {reason}", stacklevel=2)
                fast = None
        return module(*arguments)

    return call
