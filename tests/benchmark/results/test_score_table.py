"""Scores as text: digits, intervals, counts, and the reasons where there is no number."""

import pytest
from cards import score_card

from benchmark.core.markup import DASH
from benchmark.results.score_table import metrics_of, score_cell
from benchmark.results.scorecard import MeanScore, ScoreCard, SetScore

MEAN = MeanScore(mean=21.4, low=20.924, high=21.866, level=0.95, n=5, identical=0)
FID = SetScore(value=44.19, n=5, n_reference=5, extractor="e", mode="clean", sha256="0")


def card(images: dict[str, MeanScore] | None = None, sets: dict[str, SetScore] | None = None) -> ScoreCard:
    return score_card(images=images or {}, sets=sets or {})


@pytest.mark.parametrize(
    ("score", "text"),
    [
        (MEAN, "21.40 [20.92, 21.87]"),
        (MEAN.model_copy(update={"identical": 1}), "21.40 [20.92, 21.87] (1 of 5 identical)"),
        (MEAN.model_copy(update={"mean": 100.0, "identical": 5}), "all identical"),
        (MEAN.model_copy(update={"mean": None, "reason": "no pictures"}), "none: no pictures"),
    ],
)
def test_a_mean_has_digits_interval_and_reason(score: MeanScore, text: str) -> None:
    assert str(score_cell("psnr", card({"psnr": score}))) == text


def test_a_cell_keeps_its_interval_apart() -> None:
    cell = score_cell("psnr", card({"psnr": MEAN}))
    assert (cell.text, cell.aside, cell.value) == ("21.40", "[20.92, 21.87]", 21.4)


@pytest.mark.parametrize(
    ("update", "text"),
    [
        ({}, "44.19"),
        ({"spread": 1.25}, "44.19 ± 1.25"),
        ({"low": 40.0, "high": 48.0}, "44.19 [40.00, 48.00]"),
        ({"value": None}, "not computed"),
    ],
)
def test_a_set_score_has_its_interval_or_its_spread(update: dict[str, object], text: str) -> None:
    assert str(score_cell("fid", card(sets={"fid": FID.model_copy(update=update)}))) == text


def test_a_metric_that_was_not_measured_is_a_dash() -> None:
    assert score_cell("kid", card()).text == DASH


def test_the_papers_metrics_are_listed_without_a_number_and_others_only_with_one() -> None:
    missing = FID.model_copy(update={"value": None})
    assert metrics_of([card({"line-f1": MEAN}, {"fid": missing, "kid": missing})]) == ["fid", "line-f1"]
