"""Tables 1 and 2 of the paper: our rows and the claimed ones."""

from dataclasses import replace
from pathlib import Path

import pytest
from reporting import rows_of

from reports.content.compare import Verdicts
from reports.content.paper_tables import PaperProtocols, paper_protocols, table_one
from reports.read.collect import collect

pytestmark = pytest.mark.usefixtures("no_weights")


def test_the_papers_rows_stand_beside_ours_as_claims(text: str) -> None:
    rows = rows_of(text, "Comparison with the paper, on shapes-0")
    assert rows["method"] == ["PSNR (dB) ↑", "MS-SSIM ↑", "FID ↓"]
    assert rows["† AnimeDiffusion 2024, claimed"] == ["25.47", "0.9596", "44.19"]
    assert rows["† SCFT (Lee 2020), claimed"] == ["23.89", "0.9224", "57.19"]
    assert [rows[name][2] for name in rows if "claimed" in name] == ["57.19", "49.33", "46.39", "44.19"]
    assert rows["tint.a"][2] == "not computed"
    assert list(rows)[-1] == "† AnimeDiffusion 2024, claimed", "claims last"


def test_table_one_joins_the_two_protocols_of_one_dataset(evaluated: Path) -> None:
    (protocols,) = paper_protocols(collect(evaluated).groups)
    assert protocols.title == "self-ref-v1 and random-ref-v2"


def test_a_training_that_was_repeated_under_its_name_has_two_rows(evaluated: Path) -> None:
    (protocols,) = paper_protocols(collect(evaluated).groups)
    one, two = protocols.groups
    verdicts = {group.name: Verdicts() for group in (one, two)}
    assert [row.cells[0].text for row in table_one(protocols, verdicts).rows].count("tint.a") == 1
    again = [
        replace(run, card=run.card.model_copy(update={"checkpoint": "other"})) if run.card.kind == "method" else run
        for run in two.runs
    ]
    apart = PaperProtocols((one, replace(two, runs=tuple(again))))
    assert [row.cells[0].text for row in table_one(apart, verdicts).rows].count("tint.a") == 2


def test_a_difference_is_our_score_minus_the_claimed_one(evaluated: Path) -> None:
    group = next(group for group in collect(evaluated).groups if group.protocol.reference == "self")
    run = next(run for run in group.runs if run.card.method == "tint")
    psnr = run.card.images["psnr"].model_copy(update={"mean": 20.0})
    ours = {"method": "animediffusion", "images": run.card.images | {"psnr": psnr}}
    group = replace(group, runs=(replace(run, card=run.card.model_copy(update=ours)),))
    table = table_one(PaperProtocols((group,)), {group.name: Verdicts()})
    assert table.header[:3] == ("method", "PSNR (dB) ↑", "\N{MINUS SIGN} claimed")
    difference = table.rows[0].cells[2]
    assert difference.value == pytest.approx(20 - 25.4658)
    assert difference.text == "\N{MINUS SIGN}5.47"
