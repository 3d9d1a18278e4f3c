"""The tables show the numbers of the score cards; data and versions are not mixed."""

import re
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest
from cards import score_card
from evaluating import evaluate
from reporting import rows_of

from benchmark.core.files import read_json, write_json
from benchmark.data.dataset import Dataset
from benchmark.results.scorecard import Cost
from reports.content.tables import cost_table
from reports.read.collect import collect

pytestmark = pytest.mark.usefixtures("no_weights")


def test_the_tables_hold_the_numbers_of_the_score_cards(text: str, evaluated: Path) -> None:
    rows = rows_of(text, "self-ref, version 1")
    header = rows["method"]
    assert header[:2] == ["PSNR (dB) ↑", "MS-SSIM ↑"]
    for label, name in (("tint.a", "tint.a"), ("line-only", "line-only (floor)")):
        card = read_json(evaluated / "eval/self-ref-v1" / label / "scorecard.json")
        for column, metric, digits in ((0, "psnr", 2), (1, "ms-ssim", 4)):
            score = card["images"][metric]
            numbers = [float(n) for n in re.findall(r"[\d.]+", rows[name][column])]
            assert numbers == [round(score[key], digits) for key in ("mean", "low", "high")]
    assert rows["copy-reference (floor)"][0] == "all identical"
    assert rows["tint.a"][header.index("images seen")] == "1,234"
    assert rows["tint.a"][header.index("comparable")] == "no"
    assert list(rows)[1] == "tint.a", "methods before floors"


def test_the_cost_table_names_the_fastest_batch_and_gibibytes() -> None:
    cost = Cost(
        seconds_per_image=0.25, peak_memory=3 * 2**29, memory_kind="process memory", parameters=1234, device="cpu",
        batch=4, seconds_by_batch={1: 0.5, 8: 0.125, 16: 0.1875},
    )  # fmt: skip
    runs = [SimpleNamespace(card=score_card(cost=each, kind="external"), verified=True) for each in (cost, None)]
    table = cost_table(SimpleNamespace(runs=runs, names=("a", "b")))  # type: ignore[arg-type]
    cells = dict(zip(table.header, (str(cell) for cell in table.rows[0].cells), strict=True))
    assert cells == {
        "method": "a (external)", "device": "cpu", "s / image": "0.25 batch 4", "batch 1, s": "0.5",
        "best batch, s": "0.125 batch 8", "peak memory": "1.50 GiB", "parameters": "1,234", "images seen": "not known",
        "training time": "",
    }  # fmt: skip
    assert [str(cell) for cell in table.rows[1].cells[1:7]] == [""] * 6


def test_other_data_and_other_versions_get_tables_of_their_own(
    runs: Path, make_dataset: Callable[..., Dataset], tmp_path: Path
) -> None:
    other = runs / "second"
    evaluate(make_dataset(tmp_path / "more", seed=7), other, "self-ref")
    newer = runs / "third/eval/self-ref-v2/line-only"
    newer.parent.mkdir(parents=True)
    (runs / "eval/self-ref-v1/line-only").rename(newer)
    for name in ("scorecard.json", "config.json"):
        content = read_json(newer / name)
        (content if name == "scorecard.json" else content["protocol"])["version"] = 2
        write_json(newer / name, content)
    groups = collect(runs).groups
    assert [(g.card.protocol_label, g.card.data.name, len(g.runs)) for g in groups[:3]] == sorted(
        [("self-ref-v1", "shapes-0", 2), ("self-ref-v1", "shapes-7", 2), ("self-ref-v2", "shapes-0", 1)],
        key=lambda row: (row[0], next(g.card.data.fingerprint for g in groups if g.card.data.name == row[1])),
    )
