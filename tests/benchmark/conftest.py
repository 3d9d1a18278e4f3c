"""Evaluations for tests of evaluation: a folder of runs, and a registered toy method."""

from pathlib import Path

import pytest
from toys import Tint, register, write_training_run


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    return tmp_path / "runs"


@pytest.fixture
def tint(monkeypatch: pytest.MonkeyPatch, runs: Path) -> Tint:
    colorizer = Tint()
    register(monkeypatch, "tint", colorizer)
    write_training_run(runs, "tint", "a")
    return colorizer
