"""Grids show the scored pictures of pairs that a rule selects."""

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from reporting import rows_of, written

from benchmark.core.files import read_json, read_rgb, write_json, write_png
from benchmark.data.dataset import Dataset
from reports.content.grids import (
    CAPTION,
    GAP,
    SHOWN,
    Pictures,
    column_title,
    draw_grid,
    draw_grids,
    random_pairs,
    select_pairs,
)
from reports.read.collect import collect
from reports.read.seeds import SeedRuns

pytestmark = pytest.mark.usefixtures("no_weights")


@pytest.mark.parametrize(("number", "below"), [(0, CAPTION), (1, CAPTION)])
def test_the_grid_shows_the_pictures_that_were_scored(
    runs: Path, data: Dataset, tmp_path: Path, number: int, below: int
) -> None:
    group = collect(runs).groups[number]  # a score under each picture
    draw_grid(group, select_pairs(group)[0], tmp_path / "grid.png")
    grid = read_rgb(tmp_path / "grid.png")
    pairs = random_pairs(group)
    assert len(pairs) == 5

    def cell(column: int, row: int) -> np.ndarray:
        top, left = CAPTION + GAP + row * (SHOWN + GAP + below), column * (SHOWN + GAP)
        return grid[top : top + SHOWN, left : left + SHOWN]

    def halved(image: np.ndarray) -> np.ndarray:
        blocks = image.reshape(128, 2, 128, 2, -1).astype(float).mean(axis=(1, 3))
        return np.floor(blocks + 0.5).squeeze()

    for row, pair in enumerate(pairs):
        painted = read_rgb(group.runs[0].folder / "outputs" / f"{pair.sample}.png")
        expected = [data.color(pair.reference), None, painted, None, None, data.color(pair.sample)]
        for column, image in enumerate(expected):
            assert image is None or np.array_equal(cell(column, row), halved(image))
        assert np.array_equal(cell(1, row)[..., 0], halved(data.line(pair.sample)))


def test_a_column_has_the_name_of_the_run_that_painted_it(runs: Path, tmp_path: Path) -> None:
    group = collect(runs).groups[0]
    run = next(run for run in group.runs if run.card.kind == "method")
    mean = SeedRuns(
        run.folder, run.record, run.config, run.card.model_copy(update={"label": "mean"}), run.scores, (run,)
    )
    assert (column_title("tint.a (folder)", run), column_title("mean", mean)) == ("tint.a (folder)", "tint.a")
    assert column_title("tint.a-run-of-a-long-name", run) == "a-run-of-a-long-name"
    alone, seeds = (replace(group, runs=(each,)) for each in (run, mean))
    captions = [draw_grid(each, select_pairs(each)[0], tmp_path / "grid.png").caption for each in (alone, seeds)]
    assert captions[1] == f"{captions[0]} Rows over several seeds show the first."


def test_the_grid_shows_the_same_pairs_whatever_the_others_are(runs: Path) -> None:
    group = collect(runs).groups[0]
    fewer = replace(group.runs[0], scores=group.runs[0].scores.iloc[::-1].iloc[:4])
    chosen = [pair.sample for pair in random_pairs(group)]
    left = [name for name in chosen if name in set(fewer.scores["sample"])]
    assert [pair.sample for pair in random_pairs(replace(group, runs=(fewer,)))] == left


@pytest.mark.parametrize(("pictures", "count"), [("all", None), ("few", 1), ("none", 0)])
def test_few_pictures_are_the_random_pairs(
    runs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pictures: Pictures, count: int | None
) -> None:
    monkeypatch.setattr("reports.content.grids.ROWS", 2)  # enough pairs for the best and the worst
    group = collect(runs).groups[0]
    names = [selection.name for selection in select_pairs(group)]
    assert len(names) > 1
    assert names[0] == "random"
    drawn = draw_grids(group, tmp_path, pictures)
    assert [figure.path.stem.rpartition("-")[2] for figure in drawn] == [
        name.rpartition("-")[2] for name in names[:count]
    ]


def test_without_the_dataset_the_grid_says_so(runs: Path) -> None:
    for path in runs.glob("eval/*/*/config.json"):
        write_json(path, read_json(path) | {"data": "no/such/folder"})
    text = written(runs)
    assert "The dataset was not found at its recorded path" in text


def test_a_picture_lost_after_scoring_leaves_its_run_out(runs: Path) -> None:
    picture = next((runs / "eval/self-ref-v1/tint.a/outputs").iterdir())
    picture.unlink()
    text = written(runs)
    assert "tint.a" not in rows_of(text, "self-ref, version 1")
    assert picture.name in text[text.index("\n## Left out") :]


def test_a_run_whose_pictures_were_not_handed_on_is_shown(runs: Path) -> None:
    shutil.rmtree(runs / "eval/self-ref-v1/tint.a/outputs")
    assert "tint.a (unverified)" in rows_of(written(runs), "self-ref, version 1")


def test_a_picture_of_another_size_leaves_its_run_out(runs: Path) -> None:
    victim = next((runs / "eval/self-ref-v1/tint.a/outputs").iterdir())
    write_png(victim, np.zeros((300, 10, 3), np.uint8))
    assert "tint.a" not in rows_of(written(runs), "self-ref, version 1")


def test_from_another_folder_the_datasets_pictures_are_found(
    evaluated: Path, data: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs = Path(shutil.copytree(evaluated, tmp_path / "home" / "runs"))
    (tmp_path / "home" / "faces").symlink_to(data.root)
    for path in runs.glob("eval/*/*/config.json"):
        write_json(path, read_json(path) | {"data": "faces"})
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert "The dataset was not found" not in written(runs)
