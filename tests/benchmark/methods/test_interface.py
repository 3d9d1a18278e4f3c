"""The registry finds methods by their entry points and says clearly what it cannot find or import."""

from importlib.metadata import EntryPoint

import pytest

from benchmark.core.errors import AnibenchError
from benchmark.methods import interface as methods


def test_floors_and_methods_are_told_apart() -> None:
    assert {"copy-reference", "line-only"} <= set(methods.method_names("floor"))
    assert "animediffusion" in methods.method_names("method")
    assert set(methods.method_names()) == set(methods.method_names("floor")) | set(methods.method_names("method"))


def test_animediffusion_can_train_and_has_its_presets() -> None:
    method = methods.get_method("animediffusion")
    assert method.train is not None
    assert {"paper", "official", "demo"} <= set(method.presets())
    with pytest.raises(AnibenchError, match="no preset tiny; it has: .*demo"):
        method.preset("tiny")


def test_an_unknown_method_names_the_nearest() -> None:
    with pytest.raises(AnibenchError, match="did you mean animediffusion"):
        methods.get_method("animediffusionn")


def test_a_method_that_cannot_be_imported_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    broken = EntryPoint("broken", "no_such_package.method", "anibench.methods")
    monkeypatch.setattr(methods, "_registered", lambda: {"broken": (broken, "method")})
    with pytest.raises(AnibenchError, match=r"broken \(no_such_package.method\) cannot be imported"):
        methods.get_method("broken")
