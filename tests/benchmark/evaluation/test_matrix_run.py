"""A matrix of settings: every cell is an evaluation, finished ones are reused, and cost is measured on request."""

import json
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result
from toys import write_training_run

import anibench
from benchmark.core.config import Config
from benchmark.core.errors import AnibenchError
from benchmark.core.files import read_json
from benchmark.data.dataset import Dataset
from benchmark.evaluation.entries import find_entries, reconfigured
from benchmark.methods import interface as methods


class Sampling(Config):
    shift: int = 0
    mood: str = "calm"


class Shifty(Config):
    resolution: int = 64
    sampling: Sampling = Sampling()


class Shift:
    """The reference, a little darker, by the setting."""

    def __init__(self, config: Shifty) -> None:
        self.shift = config.sampling.shift

    def colorize(self, lines: Any, references: Any, seeds: Sequence[int]) -> Any:
        return np.clip(references.astype(int) - 1 - self.shift, 0, 255).astype(np.uint8)


@pytest.fixture
def runs(tmp_path: Path, tiny_dataset: Dataset, no_weights: None, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A training run of a method that darkens by a setting; its mood `angry` is refused by `load`."""

    def load(checkpoint: Path, device: str, config: Shifty | None = None) -> Shift:
        if config is not None and config.sampling.mood == "angry":
            raise AnibenchError("will not paint")
        return Shift(config or Shifty())

    module = SimpleNamespace(
        Config=Shifty, load=load, train=print, SETTABLE=("sampling",), __doc__="Shifts.", __file__=__file__
    )
    entry = SimpleNamespace(name="shifty", value="shifty", load=lambda: module)
    known = methods._registered()
    monkeypatch.setattr(methods, "_registered", lambda: known | {"shifty": (entry, "method")})
    write_training_run(tmp_path / "runs", "shifty", "a", ids=tiny_dataset.ids("train"))
    return tmp_path / "runs"


def command(runs: Path, data: Dataset, *arguments: object) -> Result:
    where = ["--data", str(data.root), "--runs", str(runs)]
    return CliRunner().invoke(anibench.main, [*map(str, arguments), *where])


def test_a_setting_is_painted_with_named_and_kept_apart(tiny_dataset: Dataset, runs: Path) -> None:
    arguments = ("eval", "shifty/a", "--protocol", "self-ref", "--json")
    plain = command(runs, tiny_dataset, *arguments)
    darker = command(runs, tiny_dataset, *arguments, "--set", "sampling.shift=9", "--set", "level=0.9")
    (one,), (two,) = json.loads(plain.stdout), json.loads(darker.stdout)
    assert (one["label"], two["label"]) == ("shifty.a", "shifty.a+shift=9")
    assert two["images"]["psnr"]["level"] == 0.9
    assert one["images"]["psnr"]["mean"] > two["images"]["psnr"]["mean"] + 15
    config = read_json(runs / "eval/self-ref-v1/shifty.a+shift=9/config.json")
    assert config["method_config"]["sampling"] == {"shift": 9, "mood": "calm"}
    refused = command(runs, tiny_dataset, *arguments, "--set", "resolution=32")
    assert refused.exit_code == 1
    assert "resolution of shifty.a cannot be changed after training" in refused.output
    unknown = command(runs, tiny_dataset, *arguments, "--set", "sampling.shft=3")
    assert "did you mean sampling.shift?" in unknown.output
    floor = command(runs, tiny_dataset, "eval", "line-only", "--protocol", "self-ref", "--set", "shift=3")
    assert "unknown key shift" in floor.output


def test_labels_tell_settings_apart(runs: Path) -> None:
    (entry,), _ = find_entries(["shifty/a"], None, runs)
    assert reconfigured(entry, []).label == "shifty.a"
    assert reconfigured(entry, ["sampling.mood='../x'", "sampling.shift=-1"]).label == "shifty.a+mood=-x+shift=-1"
    long = [reconfigured(entry, [f"sampling.mood='{'x' * 200}{end}'"]).label for end in "ab"]
    assert len(set(long)) == 2
    assert all(len(label) <= 150 for label in long)


MATRIX = """
protocols = ["self-ref", "self-ref-warped"]
[axes]
"sampling.shift" = [0, 4, 9]
"sampling.mood" = ["calm", "angry"]
"""


def test_every_cell_is_an_evaluation_and_finished_ones_are_reused(
    tiny_dataset: Dataset, runs: Path, tmp_path: Path
) -> None:
    file = tmp_path / "grid.toml"
    file.write_text(MATRIX)
    result = command(runs, tiny_dataset, "eval", "shifty/a", "--matrix", file, "--set", "resamples=99")
    assert result.exit_code == 0, result.output
    folder = runs / "matrix/grid/shifty.a"
    found = read_json(folder / "matrix.json")
    assert len(found["cells"]) == 12
    for cell in found["cells"]:
        if cell["place"]["sampling.mood"] == "angry":
            assert cell["problem"] == "will not paint"
            continue
        card = read_json(runs / "eval" / f"{cell['place']['protocol']}-v1" / cell["label"] / "scorecard.json")
        assert cell["card"] == card | {"slices": {}}
    record = read_json(folder / "run.json")
    assert (record["status"], record["inputs"]["dataset"]) == ("done", tiny_dataset.fingerprint)
    assert "will not paint" in (folder / "matrix.md").read_text()
    assert len((folder / "matrix.csv").read_text().splitlines()) == 13
    again = command(runs, tiny_dataset, "eval", "shifty/a", "--matrix", file, "--set", "resamples=99", "--json")
    assert again.stderr.count("finished and unchanged, reused") == 6
    assert json.loads(again.stdout) == found
    both = command(runs, tiny_dataset, "eval", "shifty/a", "line-only", "--matrix", file)
    assert "--matrix evaluates one method" in both.output
    assert command(runs, tiny_dataset, "eval", "shifty/a").exit_code == 2


def test_a_matrix_goes_on_where_it_was_stopped_and_says_how_far_it_is(
    tiny_dataset: Dataset, runs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "grid.toml"
    file.write_text(MATRIX)
    paint, calls = Shift.colorize, []

    def stopping(self: Shift, lines: Any, references: Any, seeds: Sequence[int]) -> Any:
        calls.append(self.shift)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return paint(self, lines, references, seeds)

    monkeypatch.setattr(Shift, "colorize", stopping)
    arguments = ("eval", "shifty/a", "--matrix", file, "--set", "resamples=99", "--set", "batch=5")
    assert command(runs, tiny_dataset, *arguments).exit_code == 130
    assert read_json(runs / "matrix/grid/shifty.a/run.json")["status"] == "interrupted"
    again = command(runs, tiny_dataset, *arguments)
    assert again.exit_code == 0, again.output
    assert calls == [0, 4, 9, 9, 0, 4, 9], "what was finished is not painted again"
    said = [line for line in again.stderr.splitlines() if line.startswith("cell ")]
    assert said[0] == "cell 1 of 12: self-ref, 0, calm"
    assert said[-1].startswith("cell 12 of 12: self-ref-warped, 9, angry; about ")
    assert (runs / "matrix/grid/shifty.a/matrix.md").exists()


def test_cost_is_measured_on_request_and_kept(tiny_dataset: Dataset, runs: Path) -> None:
    arguments = ("eval", "shifty/a", "--protocol", "self-ref", "--json")
    (plain,) = json.loads(command(runs, tiny_dataset, *arguments).stdout)
    assert plain["cost"]["seconds_by_batch"] is None
    assert plain["cost"]["device_name"]
    (timed,) = json.loads(command(runs, tiny_dataset, *arguments, "--cost").stdout)
    assert {"1", "2"} <= set(timed["cost"]["seconds_by_batch"])
    again = command(runs, tiny_dataset, *arguments, "--cost")
    assert "reused" in again.stderr
    assert json.loads(again.stdout) == [timed]
