"""Compilation: the fallback to the uncompiled network, and CUDA graphs on request."""

from typing import Any

import pytest
import torch
from torch import nn
from torch._dynamo.exc import InternalTorchDynamoError

from benchmark.training.compiling import compiled


def test_where_compilation_fails_the_plain_module_serves(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*arguments: Any) -> None:
        raise InternalTorchDynamoError("no compiler")

    monkeypatch.setattr(torch, "compile", lambda module, mode: broken)
    model = nn.Linear(2, 1)
    call = compiled(model)
    with pytest.warns(UserWarning, match="continuing without it: no compiler"):
        first = call(torch.ones(1, 2))
    assert torch.equal(first, call(torch.ones(1, 2)))
    assert torch.equal(first, model(torch.ones(1, 2)))


@pytest.mark.parametrize(("graphs", "mode"), [(False, None), (True, "reduce-overhead")])
def test_cuda_graphs_are_asked_for_by_name(graphs: bool, mode: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    monkeypatch.setattr(torch, "compile", lambda module, mode: asked.append(mode) or module)
    compiled(nn.Linear(2, 1), graphs=graphs)
    assert asked == [mode]
