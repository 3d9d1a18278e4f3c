"""Prompt-Free Diffusion as a method: missing files and packages, and counting without torch."""

import builtins
from pathlib import Path
from typing import Any

import pytest

from baselines.prompt_free import method
from baselines.prompt_free.method import Config, load, missing
from benchmark.core.errors import AnibenchError

for library in ("diffusers", "transformers"):
    pytest.importorskip(library)


def test_what_is_missing_is_said_with_the_way_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANIBENCH_WEIGHTS", str(tmp_path))
    with pytest.raises(AnibenchError) as caught:
        load(None, "cpu")
    for part in ("pfd/diffuser/Deliberate-v2-0.safetensors", str(tmp_path), "anibench weights fetch prompt-free/"):
        assert part in str(caught.value)
    with pytest.raises(AnibenchError, match="has no checkpoint"):
        load(tmp_path / "other.safetensors", "cpu")
    monkeypatch.setattr(method, "find_spec", lambda name: None)
    assert "pip install 'anibench[diffusers]'" in str(missing(Config()))


def test_the_method_is_known_without_the_libraries(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def refuse(name: str, *rest: Any, **more: Any) -> Any:
        if name.split(".")[0] in ("torch", "diffusers", "transformers"):
            raise ImportError(name)
        return real(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", refuse)
    assert method.parameters(Config()) == 1_598_568_943
    assert len(method.files(Config())) == 4
