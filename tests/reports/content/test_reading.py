"""The sentences on comparability, on metrics that were not computed, and on what a report cannot compute again."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from benchmark.results.scorecard import SetScore
from benchmark.scoring.outputs import FOLDER
from reports.content.compare import Verdicts, compare
from reports.content.reading import how_to_read
from reports.content.tables import headline_table
from reports.document import plain
from reports.read.claims import IMAGES_SEEN
from reports.read.collect import Group, collect

pytestmark = pytest.mark.usefixtures("no_weights")


def test_it_says_what_is_not_comparable_and_what_was_not_computed(text: str) -> None:
    for part in (
        "**Not comparable with the claimed rows:** other data: shapes-0, 6 train / 5 test pictures, against 31,696",
        "N = 5 against 579; FID grows as the number of pictures falls",
        "computes at 64 px",
        f"saw 1,234 images in training, 0.013 % of the paper's {IMAGES_SEEN:,}",
        "not computed: pt\\_inception",
        "<https://github.com/mseitzer/pytorch-fid/",
        "perfect by construction",
        "trained on other data",
        "**N = 5 is too few for significant differences:**",
    ):
        assert part in text
    assert text.count("trained on other data") == 1, "once, however many protocols"


@pytest.mark.parametrize(("low", "named"), [(0.19, False), (0.21, True)])
def test_a_row_copies_where_the_whole_interval_of_its_copy_score_is_above_a_fifth(
    evaluated: Path, low: float, named: bool
) -> None:
    group = next(group for group in collect(evaluated).groups if group.protocol.reference == "random")
    run = next(run for run in group.runs if run.card.method == "tint")
    score = run.card.images["copy"].model_copy(update={"mean": 0.5, "low": low, "high": 0.8})
    card = run.card.model_copy(update={"images": run.card.images | {"copy": score}})
    sentences = how_to_read(replace(group, runs=(replace(run, card=card),)), Verdicts())
    assert any("copies: its copy score is 0.500" in plain(each) for each in sentences) == named


def read(group: Group) -> str:
    return "\n".join(plain(each) for each in how_to_read(group, compare(group)))


def test_a_row_without_its_pictures_is_unverified(runs: Path) -> None:
    assert "nverified" not in read(collect(runs).groups[0])
    shutil.rmtree(runs / "eval/self-ref-v1/tint.a" / FOLDER)
    group = next(g for g in collect(runs).groups if g.protocol.reference == "self")
    assert "Unverified: tint.a. The scored pictures are not saved beside the scores" in read(group)
    names = [row.cells[0].text for row in headline_table(group, compare(group)).rows]
    assert [name for name in names if name.endswith("(unverified)")] == ["tint.a (unverified)"]


def test_metrics_of_sets_that_only_a_score_card_states_are_named(evaluated: Path) -> None:
    group = next(g for g in collect(evaluated).groups if g.protocol.reference == "random")
    assert "taken from the score cards" not in read(group)
    run = group.runs[0]
    made = SetScore(value=0.5, n=5, n_reference=5, extractor="made", mode="made", sha256="0" * 64)
    sets = {"kid": made, "fid": made}
    stated = replace(
        run, card=run.card.model_copy(update={"sets": sets}), scores=run.scores.assign(**{"share:fid": 0.5})
    )
    found = read(replace(group, runs=(stated, *group.runs[1:])))
    assert "KID: taken from the score cards, since the scores per picture do not determine them" in found
