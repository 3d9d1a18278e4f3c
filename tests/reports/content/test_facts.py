"""A report as JSON and CSV: the numbers of the score cards beside the verdicts, and no formula in a cell."""

import csv
import io
import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from reports.content.compare import Verdicts
from reports.content.facts import COLUMNS, report_csv, report_facts
from reports.read.collect import Collection, Group, collect
from reports.read.seeds import mean_of

FLOOR = "line-only"


@pytest.fixture(scope="module")
def found(evaluated: Path) -> Collection:
    return collect(evaluated)


@pytest.fixture(scope="module")
def verdicts(found: Collection) -> dict[str, Verdicts]:
    """Made verdicts: `tint.a` has the letter a in PSNR and is not better than a floor."""
    made = Verdicts(letters={"psnr": {"tint.a": "a"}}, no_better={("tint.a", "psnr"): (FLOOR, "other")})
    return {group.name: made for group in found.groups}


def rows_of(found: Collection, verdicts: Mapping[str, Verdicts]) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(report_csv(found, verdicts))))


def test_a_row_of_csv_holds_the_score_and_the_verdicts(found: Collection, verdicts: dict[str, Verdicts]) -> None:
    rows = rows_of(found, verdicts)
    assert tuple(rows[0]) == COLUMNS
    whole = [row for row in rows if not row["slice"]]
    score = {(r["protocol"], r["row"], r["metric"]): r for r in whole}["self-ref-v1", "tint.a", "psnr"]
    card = next(run.card for run in found.groups[0].runs if run.card.label == "tint.a")
    mean = card.images["psnr"]
    assert (float(score["value"]), float(score["low"]), int(score["n"])) == (mean.mean, mean.low, mean.n)
    assert (score["group_letters"], score["not_better_than"], score["better"]) == ("a", f"{FLOOR}; other", "higher")
    assert int(score["images_seen"]) == 1234
    floor = {(r["protocol"], r["row"], r["metric"]): r for r in whole}["self-ref-v1", FLOOR, "psnr"]
    assert (floor["group_letters"], floor["not_better_than"], floor["images_seen"]) == ("", "", "")


def test_each_seed_has_rows_of_its_own_after_the_mean(found: Collection) -> None:
    run = found.groups[0].runs[0]
    seeds = [
        replace(
            run,
            config=run.config.model_copy(update={"method_config": {"seed": seed}}),
            card=run.card.model_copy(update={"label": f"tint.{seed}"}),
        )
        for seed in (0, 3)
    ]
    group = Group(found.groups[0].protocol, (mean_of(seeds), found.groups[0].runs[1]))
    rows = [row for row in rows_of(Collection(groups=[group]), {group.name: Verdicts()}) if row["metric"] == "psnr"]
    whole = [(row["row"], row["seed"]) for row in rows if not row["slice"]]
    assert whole == [("tint.0 (2 seeds)", "0, 3"), ("tint.0", "0"), ("tint.3", "3"), (group.names[1], "")]


def test_the_facts_are_json_with_whole_cards(found: Collection, verdicts: dict[str, Verdicts]) -> None:
    left = replace(found, left_out=[(Path("runs/x"), "damaged")])
    curves = {group.name: () for group in found.groups}
    facts = json.loads(json.dumps(report_facts(left, verdicts, curves), allow_nan=False))
    assert [table["protocol"] for table in facts["tables"]] == [g.card.protocol_label for g in found.groups]
    rows = {row["name"]: row for row in facts["tables"][0]["rows"]}
    assert rows["tint.a"]["letters"] == {"psnr": "a"}
    assert rows["tint.a"]["not_better_than"] == {"psnr": [FLOOR, "other"]}
    assert rows[FLOOR]["not_better_than"] == {}
    assert [row["card"] for row in rows.values()] == [run.card.model_dump(mode="json") for run in found.groups[0].runs]
    assert facts["left_out"] == [{"folder": str(Path("runs/x")), "reason": "damaged"}]


def test_a_label_is_no_formula(found: Collection) -> None:
    run = found.groups[0].runs[0]
    bad = replace(run, card=run.card.model_copy(update={"label": "=1+1\n2"}))
    group = Group(found.groups[0].protocol, (bad,))
    rows = rows_of(Collection(groups=[group]), {group.name: Verdicts()})
    assert {row["row"] for row in rows} == {"'=1+1 2"}
