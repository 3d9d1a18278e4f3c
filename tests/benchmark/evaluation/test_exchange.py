"""`anibench pairs`: the files for another program, and scoring its outputs with `anibench score`."""

import csv
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from click.testing import CliRunner, Result

import anibench
from benchmark.core.files import read_grey, read_json, read_rgb
from benchmark.data.dataset import Dataset
from benchmark.data.protocol import dataset_pairs, get_protocol
from benchmark.data.warp import draw_warp, warp_image
from benchmark.evaluation.exchange import export_pairs, write_csv


def command(*arguments: object) -> Result:
    return CliRunner().invoke(anibench.main, [str(argument) for argument in arguments])


def rows_of(folder: Path) -> list[dict[str, str]]:
    with (folder / "pairs.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.mark.usefixtures("no_weights")
@pytest.mark.parametrize("protocol", ["self-ref", "random-ref"])
def test_pairs_to_a_program_to_scores(tiny_dataset: Dataset, tmp_path: Path, protocol: str) -> None:
    out, runs = tmp_path / "pairs", tmp_path / "runs"
    result = command("pairs", "--protocol", protocol, "--data", tiny_dataset.root, "--out", out)
    assert result.exit_code == 0, result.output
    rows = rows_of(out)
    assert len(rows) == len(dataset_pairs(get_protocol(protocol), tiny_dataset))
    for row in rows:  # a program that hands back its reference
        cv2.imwrite(str(out / row["output"]), cv2.imread(str(out / row["reference"])))
    where = ("--protocol", protocol, "--data", tiny_dataset.root, "--runs", runs)
    result = command("score", out / "outputs", "--name", "outside", *where)
    assert result.exit_code == 0, result.output
    assert command("eval", "copy-reference", *where).exit_code == 0
    label = get_protocol(protocol).label
    ours, theirs = (
        read_json(runs / "eval" / label / name / "scorecard.json") for name in ("copy-reference", "outside")
    )
    assert theirs["outputs"] == ours["outputs"]
    assert theirs["images"] == ours["images"]
    assert label in (out / "README.md").read_text()


def test_the_files_are_what_a_method_would_be_given(tiny_dataset: Dataset, tmp_path: Path) -> None:
    protocol = get_protocol("self-ref-warped")
    pairs = dataset_pairs(protocol, tiny_dataset)
    export_pairs(protocol, pairs, tiny_dataset, tmp_path / "out")
    for pair, row in zip(pairs, rows_of(tmp_path / "out"), strict=True):
        assert np.array_equal(read_grey(tmp_path / "out" / row["line"]), tiny_dataset.line(pair.sample))
        warped = warp_image(tiny_dataset.color(pair.reference), draw_warp(pair.seed))
        assert np.array_equal(read_rgb(tmp_path / "out" / row["reference"]), warped)
        assert (row["sample"], row["reference_sample"], int(row["seed"])) == (pair.sample, pair.reference, pair.seed)


def test_a_stopped_export_goes_on_and_other_folders_are_refused(
    tiny_dataset: Dataset, make_dataset: Callable[..., Dataset], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from benchmark.evaluation import exchange

    protocol, out = get_protocol("self-ref"), tmp_path / "out"
    pairs = dataset_pairs(protocol, tiny_dataset)
    written: list[Path] = []
    write = exchange.write_png

    def stop_at_five(path: Path, image: np.ndarray) -> None:
        if len(written) == 5:
            raise KeyboardInterrupt
        written.append(path)
        write(path, image)

    monkeypatch.setattr(exchange, "write_png", stop_at_five)
    with pytest.raises(KeyboardInterrupt):
        export_pairs(protocol, pairs, tiny_dataset, out)
    assert not (out / "pairs.csv").exists(), "the table comes last"
    monkeypatch.setattr(exchange, "write_png", lambda path, image: (written.append(path), write(path, image)))
    export_pairs(protocol, pairs, tiny_dataset, out)
    assert len(written) == len(set(written)) == 10, "nothing is written twice"
    other = make_dataset(tmp_path / "other", seed=3)
    result = command("pairs", "--protocol", "self-ref", "--data", other.root, "--out", out)
    assert result.exit_code == 1
    assert "choose another --out" in result.output
    result = command("pairs", "--protocol", "self-ref", "--data", other.root, "--out", tmp_path / "other")
    assert "holds no pairs of anibench" in result.output


def test_no_cell_is_a_formula(tmp_path: Path) -> None:
    write_csv(
        tmp_path / "t.csv", ["a", "b", "c"], [{"a": "=1+1", "b": -0.5, "c": None}, {"a": 'x,"y', "b": 2, "c": "@"}]
    )
    assert (tmp_path / "t.csv").read_text() == 'a,b,c\n\'=1+1,-0.5,\n"x,""y",2,\'@\n'
