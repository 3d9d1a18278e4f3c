"""The paper's figures hold the pictures of the runs, in the paper's order of columns."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from ablations import METHOD, as_protocol, row, with_rows

from benchmark.core.files import Image, read_rgb, write_text
from benchmark.data.dataset import Dataset
from benchmark.scoring.outputs import output_path
from reports.content import paper_figures as module
from reports.content.grids import CAPTION, GAP, SHOWN, random_pairs
from reports.content.paper_figures import main_run, paper_figures, paper_groups
from reports.document import Figure
from reports.read.collect import Collection, Group, OtherRun, collect

pytestmark = pytest.mark.usefixtures("no_weights")


@pytest.fixture
def found(evaluated: Path) -> Collection:
    return collect(evaluated)


def figures_of(found: Collection, folder: Path, *, grids: bool = True) -> tuple[dict[str, Figure], str]:
    groups = paper_groups(found.groups, found.groups[0].card.data.fingerprint)
    figures, absent = paper_figures(found, groups, folder, grids=grids)
    return {figure.caption.split()[1]: figure for figure in figures}, absent


def cell(path: Path, column: int, line: int, left: int = 0) -> Image:
    top, side = CAPTION + GAP + line * (SHOWN + GAP + CAPTION), left + column * (SHOWN + GAP)
    return read_rgb(path)[top : top + SHOWN, side : side + SHOWN]


def halved(image: Image) -> np.ndarray:
    return np.floor(image.reshape(128, 2, 128, 2, 3).astype(float).mean(axis=(1, 3)) + 0.5)


def changed(found: Collection, *groups: Group) -> Collection:
    return replace(found, groups=list(groups))


def test_comparisons_show_reference_line_methods_and_target(found: Collection, data: Dataset, tmp_path: Path) -> None:
    groups = [with_rows(group, row(group, "mine", 20.0)) for group in found.groups]
    figures, absent = figures_of(changed(found, *groups), tmp_path)
    assert set(figures) == {"4", "7"}
    assert "5 (anibench run heterochromia), 6 (anibench run line-styles), 8 (anibench run table-2)" in absent
    for number, group in zip("47", groups, strict=True):
        for line, pair in enumerate(random_pairs(group, module.ROWS)):
            path = figures[number].path
            painted = read_rgb(output_path(group.runs[0].folder, pair.picture))
            assert np.array_equal(cell(path, 0, line), halved(data.color(pair.reference)))
            assert np.array_equal(cell(path, 2, line), halved(painted))
            assert np.array_equal(cell(path, 3, line), halved(data.color(pair.sample)))
    assert all(figure.in_latex for figure in figures.values())


def test_the_columns_are_in_the_papers_order(found: Collection) -> None:
    group = found.groups[0]
    rows = [row(group, name, 20.0) for name in (METHOD, "attention-aware", "scft", "prompt-free")]
    named = [replace(each, card=each.card.model_copy(update={"method": each.card.label})) for each in rows]
    titles = [title for title, _ in module._by_method(with_rows(group, *named))]
    assert titles == ["SCFT", "Cao", "Prompt-Free", "AnimeDiffusion"]


def test_the_ablation_has_the_rows_of_table_two_as_columns(
    found: Collection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    titles = []
    monkeypatch.setattr(module, "save_grid", lambda columns, rows, path: titles.append([title for title, _ in columns]))
    changes = {"ten": ("phase2.epochs=10",), "one": (), "odd": ("phase2.steps=3",), "flat": ("warp=false",)}
    group = with_rows(found.groups[0], *(row(found.groups[0], name, 20.0, *each) for name, each in changes.items()))
    figures, _ = figures_of(changed(found, group), tmp_path)
    assert set(figures) == {"4", "8"}
    assert titles[-1][2:-1] == ["without TPS", "1 epoch", "10 epochs"]
    first = main_run(group)
    assert first is not None
    assert first[0] == "one", "the row of Table 1"


def test_line_styles_are_columns_with_a_line_and_a_picture_for_each_pair(
    found: Collection, data: Dataset, tmp_path: Path
) -> None:
    group = found.groups[0]
    plain = with_rows(group, row(group, "mine", 20.0))
    warped, thick = (
        as_protocol(group, name, [row(group, "mine", 19.0)]) for name in ("self-ref-warped", "self-ref-lines-thick")
    )
    figures, _ = figures_of(changed(found, plain, warped, thick), tmp_path)
    path, left = figures["6"].path, 7 * SHOWN // 8
    pair = random_pairs(warped, 1)[0]
    line = np.repeat(data.line(pair.sample)[..., None], 3, axis=2)
    assert np.array_equal(cell(path, 1, 0, left), halved(line))
    assert not np.array_equal(cell(path, 2, 0, left), halved(line)), "thick lines"
    painted = read_rgb(output_path(plain.runs[0].folder, pair.picture))
    assert np.array_equal(cell(path, 1, 1, left), halved(painted))
    assert np.array_equal(cell(path, 0, 1, left), halved(data.color(pair.sample)))


def test_references_with_two_eye_colours_fill_figure_five(
    found: Collection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    group = with_rows(found.groups[0], row(found.groups[0], "mine", 20.0))
    monkeypatch.setattr(module, "slice_pairs", lambda group, data: {"heterochromia": random_pairs(group, 2)})
    figures, _ = figures_of(changed(found, group), tmp_path)
    assert "two eye colours" in figures["5"].caption
    assert read_rgb(figures["5"].path).shape[0] == CAPTION + GAP + 2 * (SHOWN + GAP + CAPTION) - GAP


def test_the_curve_is_that_of_phase_one_and_needs_no_pictures(found: Collection, tmp_path: Path) -> None:
    run = found.trainings[0]
    rows = [{"phase": "phase1", "step": step, "epoch": 0, "loss": 2.0} for step in range(3)]
    write_text(tmp_path / "run" / "metrics.jsonl", "".join(json.dumps(each) + "\n" for each in rows))
    training = OtherRun(tmp_path / "run", run.record.model_copy(update={"name": f"{METHOD}/shared"}), {})
    mine = row(found.groups[0], "mine", 20.0)
    group, config = with_rows(found.groups[0], mine), mine.config.method_config
    other = replace(training, record=run.record.model_copy(update={"name": f"{METHOD}/other"}))
    training = replace(training, config=config | {"phase2": {"enabled": False}})
    with_training = replace(changed(found, group), trainings=[other, training])
    figures, absent = figures_of(with_training, tmp_path, grids=False)
    assert set(figures) == {"9"}
    assert "phase 1 of animediffusion/shared" in figures["9"].caption
    assert absent == ""


def test_without_the_method_there_are_no_figures(found: Collection, tmp_path: Path) -> None:
    assert figures_of(found, tmp_path) == ({}, "")
