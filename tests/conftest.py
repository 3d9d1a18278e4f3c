"""Small datasets for every test: random shapes with their outlines, written as a real dataset folder."""

from collections.abc import Callable
from pathlib import Path

import pytest

import anibench  # noqa: F401  says how torch's threads wait, which only counts before torch is imported
from benchmark.dataset import Dataset
from benchmark.shapes import write_dataset


@pytest.fixture
def tiny_dataset(tmp_path: Path) -> Dataset:
    """6 train and 5 test samples in `tmp_path / "faces"`."""
    return write_dataset(tmp_path / "faces")


@pytest.fixture(scope="session")
def make_dataset() -> Callable[..., Dataset]:
    """`write_dataset`, for tests that need another one."""
    return write_dataset


@pytest.fixture
def no_weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever weights this machine has are not found."""
    monkeypatch.delenv("ANIBENCH_WEIGHTS", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
