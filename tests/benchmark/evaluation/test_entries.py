"""Who takes part: names, finished runs, single checkpoints, and what each refusal says."""

import shlex
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from toys import Tint, register, write_built_in, write_training_run

import anibench
from benchmark.core.errors import AnibenchError
from benchmark.core.runs import Run
from benchmark.data.dataset import Dataset
from benchmark.evaluation.entries import find_entries, safe_label
from benchmark.methods.interface import get_method, method_names
from benchmark.weights import files


@pytest.fixture
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    register(monkeypatch, "tint", Tint())
    return tmp_path / "runs"


def test_without_names_finished_runs_and_floors_take_part(runs: Path) -> None:
    write_training_run(runs, "tint", "b")
    write_training_run(runs, "tint", "a")
    write_training_run(runs, "tint", "half", status="interrupted")
    (runs / "train/tint/nothing").mkdir()
    entries, told = find_entries([], None, runs)
    assert [entry.label for entry in entries] == ["tint.a", "tint.b", *method_names("floor")]
    assert len(told) == 2, "a method that lacks weights is not told at every evaluation"
    assert "half is interrupted; to evaluate its last checkpoint, name it as tint/half; finish it with: " in told[0]
    assert told[0].endswith("finish it with: anibench train tint --resume")
    assert "run.json is missing" in told[1]


def test_a_named_run_need_not_be_finished_but_says_so(runs: Path) -> None:
    write_training_run(runs, "tint", "half", status="interrupted")
    (entry,), _ = find_entries(["tint/half"], None, runs)
    assert (entry.label, entry.notes) == ("tint.half", ("its training is not finished (interrupted)",))
    with pytest.raises(AnibenchError, match=r"has no finished run \(.*half is interrupted.*anibench train tint"):
        find_entries(["tint"], None, runs)


def test_the_last_checkpoint_of_the_last_phase_is_taken(runs: Path) -> None:
    last = write_training_run(runs, "tint", "a")
    for name in ("phase1-step-000000900.safetensors", "phase2-step-000000001.safetensors"):
        (last.parent / name).write_bytes(last.read_bytes())
    (entry,), _ = find_entries(["tint"], None, runs)
    assert entry.checkpoint == last
    last.unlink()
    (entry,), _ = find_entries(["tint"], None, runs)
    assert entry.checkpoint == last.with_name("phase2-step-000000001.safetensors")


def test_a_checkpoint_is_hashed_once_until_it_changes(runs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_training_run(runs, "tint", "a")
    (entry,), _ = find_entries(["tint"], None, runs)
    hashed: list[Path] = []
    monkeypatch.setattr(files, "sha256_file", lambda file: hashed.append(file) or str(len(hashed)))
    files._hash_of.cache_clear()
    assert [entry.sha256, entry.sha256] == ["1", "1"]
    path.write_bytes(path.read_bytes() + b" ")
    assert entry.sha256 == "2"
    files._hash_of.cache_clear()


def test_a_single_checkpoint_brings_its_method_and_a_label_of_its_own(runs: Path, tmp_path: Path) -> None:
    path = write_training_run(runs, "tint", "a")
    (entry,), _ = find_entries([], path, runs)
    assert entry.label == "tint.a.phase2-step-000000009"
    elsewhere = tmp_path / "mine.safetensors"
    elsewhere.write_bytes(path.read_bytes())
    (entry,), _ = find_entries(["tint"], elsewhere, runs)
    assert entry.label == "tint.mine"
    for names in (["line-only"], ["tint", "line-only"]):
        with pytest.raises(AnibenchError, match="is a checkpoint of tint"):
            find_entries(names, path, runs)


def test_names_that_are_nothing_are_refused(runs: Path) -> None:
    with pytest.raises(AnibenchError, match="did you mean tint"):
        find_entries(["tints"], None, runs)
    with pytest.raises(AnibenchError, match="line-only needs no training"):
        find_entries(["line-only/x"], None, runs)
    with pytest.raises(AnibenchError, match=r"run.json is missing"):
        find_entries(["tint/none"], None, runs)
    path = write_training_run(runs, "tint", "a")
    path.unlink()
    with pytest.raises(AnibenchError, match="has no checkpoint"):
        find_entries(["tint/a"], None, runs)


@pytest.mark.parametrize("name", ["../x", "a/b", "..", ".hidden", "with space", "ünï", "a\nb", ""])
def test_a_label_is_a_plain_folder_name(name: str, tmp_path: Path) -> None:
    label = safe_label(name)
    assert (tmp_path / label).parent == tmp_path
    assert (tmp_path / label).resolve() != tmp_path
    assert not label.startswith(".")
    assert not set(label) & set("/\\ \n")


def test_the_hint_for_an_unfinished_run_is_a_command_that_continues_it(
    tiny_dataset: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    register(monkeypatch, "tint", Tint())
    trained: list[bool] = []

    def train(config: Any, data: Dataset, run: Run) -> Path:
        trained.append(run.resume)
        if len(trained) == 1:
            raise KeyboardInterrupt
        return run.folder

    method = get_method("tint")
    monkeypatch.setattr(method.module, "train", train)
    words = ["train", "tint", "--data", str(tiny_dataset.root), "--runs", str(tmp_path / "runs"), "--name", "a b"]
    monkeypatch.setattr("sys.argv", ["anibench", *words])
    stopped = CliRunner().invoke(anibench.main, words)
    assert stopped.exit_code == 130
    _, (told,) = find_entries([], None, tmp_path / "runs")
    for hint in (told.partition("finish it with: ")[2], stopped.output.partition("Continue with: ")[2]):
        continued = CliRunner().invoke(anibench.main, shlex.split(hint)[1:])
        assert continued.exit_code == 0 or "holds a finished run" in continued.output, continued.output
    assert trained == [False, True]


def test_weights_that_come_with_a_method_are_named_like_a_run(
    runs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_built_in(monkeypatch, tmp_path / "package", "tint", "drawn")
    (entry,), _ = find_entries(["tint/drawn"], None, runs)
    assert (entry.label, entry.checkpoint) == ("tint.drawn", path)
    assert entry.notes == ("its weights come with anibench",)
    assert entry.place == "tint/drawn (built in)"
    own = write_training_run(runs, "tint", "drawn")
    (entry,), _ = find_entries(["tint/drawn"], None, runs)
    assert entry.checkpoint == own, "a run of that name comes first"
    assert entry.place == str(own)
