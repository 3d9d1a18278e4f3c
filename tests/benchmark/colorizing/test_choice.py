"""Which method paints: the named one, the only run, or a list to choose from."""

from pathlib import Path

import pytest
from toys import Tint, register, write_training_run

from benchmark.colorizing.choice import choose_entry, name_of
from benchmark.core.errors import AnibenchError


@pytest.fixture
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    register(monkeypatch, "toy", Tint())
    write_training_run(tmp_path, "toy", "one", images_seen=99)
    return tmp_path


def test_the_only_run_is_chosen_and_little_training_is_told(runs: Path) -> None:
    told: list[str] = []
    assert name_of(choose_entry(None, None, runs, [], told.append)) == "toy/one"
    assert "toy/one has seen 99 pictures in training" in told[0]
    assert told[0].endswith("Weights that come with anibench: --method animediffusion/drawn")
    write_training_run(runs, "toy", "one", images_seen=10**6)
    assert choose_entry(None, None, runs, [], told.append).label == "toy.one"
    assert len(told) == 1


def test_of_several_runs_one_has_to_be_named(runs: Path) -> None:
    write_training_run(runs, "toy", "two")
    names = "toy/one, toy/two, animediffusion/drawn"
    with pytest.raises(AnibenchError, match=f"2 trained methods; choose one with --method: {names}"):
        choose_entry(None, None, runs, [], print)
    assert name_of(choose_entry("toy/two", None, runs, [], lambda message: None)) == "toy/two"
    assert name_of(choose_entry("line-only", None, runs, [], print)) == "line-only"


@pytest.mark.parametrize("name", ["toy/my run", "my_package.my_tint/demo"])
def test_the_name_of_an_entry_chooses_it_again(name: str, runs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    method, _, run = name.partition("/")
    register(monkeypatch, method, Tint())
    write_training_run(runs, method, run)
    assert name_of(choose_entry(name, None, runs, [], lambda message: None)) == name
