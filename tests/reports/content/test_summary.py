"""The summary names the best method, whether it is ahead, and its claim."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from reporting import disguise

from benchmark.core.files import read_json, write_json
from reports.content.compare import compare
from reports.content.summary import summary_table
from reports.read.collect import collect

pytestmark = pytest.mark.usefixtures("no_weights")


def short(runs: Path) -> dict[str, list[str]]:
    """Summary of the self-reference protocol: metric -> best method, better than others and floor, claim."""
    groups = collect(runs).groups
    rows = summary_table(groups, {group.name: compare(group) for group in groups}).rows
    assert [row.cells[0].text for row in rows] == ["self-ref-v1", "self-ref-v1", "random-ref-v2"]
    return {row.cells[1].text: [row.cells[i].text for i in (2, 3, 4, 6)] for row in rows}


def test_the_summary_names_the_best_method_its_comparisons_and_its_claim(runs: Path) -> None:
    floor = read_json(runs / "eval/self-ref-v1/line-only/scorecard.json")["images"]["psnr"]["mean"]
    answer = short(runs)
    assert answer["PSNR (dB) ↑"] == ["tint.a", "the only one", f"no: line-only {floor:.2f}", "\N{EN DASH}"]
    assert answer["FID ↓"][0] == "\N{EN DASH}"
    shutil.copytree(runs / "eval/self-ref-v1/tint.a", runs / "eval/self-ref-v1/twin")
    for name, method in (("twin", "scft"), ("tint.a", "animediffusion")):
        for path in (runs / "eval/self-ref-v1" / name).glob("*.json"):
            if path.name != "run.json":
                write_json(path, read_json(path) | {"label": name, "method": method})
    assert short(runs)["PSNR (dB) ↑"] == ["tint.a", "no: twin", f"no: line-only {floor:.2f}", "25.47"]


def test_the_summary_says_how_many_images_the_methods_saw(evaluated: Path) -> None:
    groups = collect(evaluated).groups
    verdicts = {group.name: compare(group) for group in groups}
    said = "The trained methods saw {} images in training. The paper's model saw 9,540,496."
    assert summary_table(groups, verdicts).notes[-1] == said.format("1,234")
    run = next(run for run in groups[0].runs if run.card.training is not None)
    assert run.card.training is not None
    less = run.card.training.model_copy(update={"images_seen": 99})
    one = replace(run, card=run.card.model_copy(update={"training": less}))
    group = replace(groups[0], runs=tuple(one if each is run else each for each in groups[0].runs))
    assert summary_table([group, *groups[1:]], verdicts).notes[-1] == said.format("99 to 1,234")


def test_the_summary_calls_what_is_perfect_by_construction_neither_best_nor_a_floor(runs: Path) -> None:
    disguise(runs, "copy-reference", "perfect")
    assert short(runs)["MS-SSIM ↑"][0] == "tint.a"
    assert "copy-reference" not in short(runs)["MS-SSIM ↑"][2]
