"""Runs that differ in their seed alone are one row: its mean, its interval, and what keeps rows apart."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from statistics import fmean, stdev
from typing import Any

import pytest
from scipy.stats import t

from benchmark.results.scorecard import SetScore
from benchmark.training.config import RuntimeConfig
from reports.content.compare import beats, compare
from reports.content.tables import headline_table, seed_notes, single_seeds
from reports.read.collect import Collection, EvalRun, Group, collect
from reports.read.pool import pool_seeds
from reports.read.seeds import SeedRuns, mean_of, pooled, seed_means, seed_of


def with_seed(run: EvalRun, seed: int, shift: float = 0.0, **settings: Any) -> EvalRun:
    """The run as if trained with `seed`, its PSNR changed by `shift` dB."""
    config = run.config.model_copy(update={"method_config": {"seed": seed, **settings}})
    images = dict(run.card.images)
    psnr = images["psnr"]
    assert psnr.mean is not None
    images["psnr"] = psnr.model_copy(update={"mean": psnr.mean + shift})
    own = {"label": f"tint.seed{seed}", "outputs": f"pictures {seed}", "checkpoint": f"weights {seed}"}
    card = run.card.model_copy(update=own | {"images": images})
    return replace(run, config=config, card=card, scores=run.scores.assign(psnr=run.scores["psnr"] + shift))


@pytest.fixture
def group(evaluated: Path) -> Group:
    return next(group for group in collect(evaluated).groups if group.protocol.reference == "self")


def seeds_of(group: Group, shifts: Sequence[float], **settings: Any) -> list[EvalRun]:
    run = next(run for run in group.runs if run.card.kind == "method")
    return [with_seed(run, seed, shift, **settings) for seed, shift in enumerate(shifts)]


def test_runs_of_three_seeds_are_one_row_with_their_mean(group: Group) -> None:
    members = seeds_of(group, [0.0, 1.0, 5.0])
    (row,) = pooled(members)
    assert isinstance(row, SeedRuns)
    assert row.card.label == "tint.seed0 (3 seeds)"
    assert row.value("psnr") == pytest.approx(fmean(run.value("psnr") or 0 for run in members))
    assert row.scores["psnr"].mean() == pytest.approx(row.value("psnr"))
    assert row.card.notes[-1] == "mean over the seeds 0, 1, 2 of its training"
    assert row.pictured is members[0]


def test_the_interval_holds_pictures_and_seeds(group: Group) -> None:
    same, apart = (mean_of(seeds_of(group, shifts)).card.images["psnr"] for shifts in ([0.0] * 3, [-3.0, 0.0, 3.0]))
    assert same.low is not None
    assert same.high is not None
    assert apart.low is not None
    assert apart.high is not None
    over_pictures = (same.high - same.low) / 2
    over_seeds = float(t.ppf(0.975, 2)) * stdev([-3.0, 0.0, 3.0]) / 3**0.5
    assert (apart.high - apart.low) / 2 == pytest.approx((over_pictures**2 + over_seeds**2) ** 0.5)


def test_a_picture_equals_its_target_where_it_does_with_every_seed(group: Group) -> None:
    one, two = seeds_of(group, [0.0, 1.0])
    flags = [[True, False], [False, True], [True, True]]
    rest = [False] * (len(one.scores) - len(flags))
    columns = [[*(flag[k] for flag in flags), *rest] for k in (0, 1)]
    runs = [
        replace(run, scores=run.scores.assign(identical=each)) for run, each in zip((one, two), columns, strict=True)
    ]
    assert mean_of(runs).scores["identical"].tolist() == [False, False, True, *rest]


def test_a_metric_of_sets_is_the_mean_over_seeds_of_each_pairing(group: Group) -> None:
    def with_kid(run: EvalRun, *values: float) -> EvalRun:
        score = SetScore(
            value=fmean(values), n=5, n_reference=5, extractor="e", mode="m", sha256=None, values=values,
            spread=stdev(values), low=0.0, high=9.0, level=0.95,
        )  # fmt: skip
        return replace(run, card=run.card.model_copy(update={"sets": {"kid": score}}))

    one, two = seeds_of(group, [0.0, 1.0])
    found = mean_of([with_kid(one, 1.0, 2.0, 3.0), with_kid(two, 3.0, 4.0, 8.0)]).card.sets["kid"]
    assert (found.value, found.values) == (3.5, (2.0, 3.0, 5.5))
    assert found.spread == pytest.approx(stdev([2.0, 3.0, 5.5]))
    assert (found.low, found.high, found.level) == (None, None, None)
    assert found.reason == "no interval over seeds for this metric"


def test_other_settings_and_repeated_seeds_stay_apart(group: Group) -> None:
    one, two, three = seeds_of(group, [0.0, 1.0, 2.0])
    other = with_seed(one, 1, width=2)
    assert pooled([one, other]) == (one, other)
    assert pooled([one, with_seed(one, 0, 1.0)])[0] is one
    assert len(pooled([one, two, other, three])) == 2
    floors = tuple(run for run in group.runs if run.card.kind == "floor")
    assert pooled(floors) == floors
    assert seed_of(floors[0]) is None


def test_runtime_settings_that_change_the_weights_keep_rows_apart(group: Group) -> None:
    runtime = RuntimeConfig().model_dump(mode="json")
    (one,) = seeds_of(group, [0.0], runtime=runtime)
    for setting, value in {"precision": "bf16", "validation_samples": 16}.items():
        assert len(pooled([one, with_seed(one, 1, runtime=runtime | {setting: value})])) == 2
    for setting, value in {"log_every": 7, "keep_checkpoints": 9, "compile": True}.items():
        assert len(pooled([one, with_seed(one, 1, runtime=runtime | {setting: value})])) == 1


def test_a_test_counts_the_seeds(group: Group) -> None:
    """Better than the floor with each seed alone, but not where the seeds are far apart."""
    floor = next(run for run in group.runs if run.card.label == "line-only")
    near, apart = (
        replace(group, runs=(mean_of(seeds_of(group, shifts)), floor)) for shifts in ([20.0] * 3, [0.0, 20.0, 200.0])
    )
    for each, ahead in ((near, True), (apart, False)):
        verdicts = compare(each)
        assert beats(each.names[0], "line-only", "psnr", verdicts.tests["psnr"]) == ahead
    assert compare(near).smallest["psnr"] == 0.0


def test_the_means_of_each_seed_are_over_the_pairs_of_the_test(group: Group) -> None:
    row = mean_of(seeds_of(group, [0.0, 2.0]))
    pairs = row.scores.groupby(["sample", "reference"])["psnr"].mean().index[:3]
    low, high = seed_means({"a": row, "b": group.runs[0]}, "psnr", pairs)["a"]
    assert high - low == pytest.approx(2.0)


def test_a_table_says_what_its_brackets_hold(group: Group) -> None:
    one = seeds_of(group, [0.0])
    several = [mean_of(seeds_of(group, [0.0, 1.0]))]
    assert seed_notes(one) == (
        "Each trained method has one seed: brackets and tests do not cover the variance of training.",
    )
    assert len(seed_notes(several)) == 1
    assert seed_notes([*several, *one])[1].startswith("Other trained methods have one seed")  # type: ignore[union-attr]
    assert seed_notes([run for run in group.runs if run.card.kind == "floor"]) == ()


def test_single_seeds_are_shown_on_demand(group: Group) -> None:
    pooled_group = pool_seeds(Collection(groups=[replace(group, runs=tuple(seeds_of(group, [0.0, 1.0])))])).groups[0]
    (details,) = single_seeds(pooled_group)
    assert [row.cells[1].text for row in details.blocks[0].rows] == ["0", "1"]  # type: ignore[union-attr]
    assert len(headline_table(pooled_group, compare(pooled_group)).rows) == 1
    assert single_seeds(group) == []


def test_equal_pictures_are_no_second_seed(group: Group) -> None:
    one, two, three = seeds_of(group, [0.0, 0.0, 1.0])
    assert len(pooled([one, two, three])) == 1
    for what in ("checkpoint", "outputs"):
        copied = replace(two, card=two.card.model_copy(update={what: getattr(one.card, what)}))
        assert len(pooled([one, copied, three])) == 3
    assert pooled([one, copied, three]) == (one, copied, three)
