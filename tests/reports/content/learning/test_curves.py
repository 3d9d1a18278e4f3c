"""Which rows of a table form a learning curve, and what is fitted to them."""

import json
from dataclasses import replace

import pytest
from ladders import IMAGES, evaluation, ladder, law, table

from reports.content.learning.curves import curve_facts, learning_curves, single_runs, training_flops
from reports.read.claims import IMAGES_SEEN

DIFFUSION = "animediffusion"


def test_trainings_that_differ_in_budget_alone_are_one_curve() -> None:
    v = ladder(seeds=(3, 3, 2, 1, 1), diffusion={"prediction": "v"})
    noise = ladder(IMAGES[:2], shift=-2.0, diffusion={"prediction": "noise"})
    alone = evaluation(1900, 0, diffusion={"prediction": "x0"})
    curves = learning_curves(table(*v[::-1], alone, *noise))
    assert [curve.name for curve in curves] == ["m, prediction v", "m, prediction noise"]
    assert [list(curve.runs) for curve in curves] == [list(IMAGES), list(IMAGES[:2])]
    assert [len(single_runs(run)) for run in curves[0].runs.values()] == [3, 3, 2, 1, 1]
    assert set(curves[0].fits) == {"psnr", "ms-ssim"}
    assert curves[1].fits == {}, "two budgets are drawn, and not fitted"


def test_the_fit_is_that_of_the_scores_and_covers_the_seeds() -> None:
    (curve,) = learning_curves(table(*ladder(seeds=(3, 3, 3, 1, 1))))
    fit = curve.fits["psnr"]
    assert curve.targets == (30_400, 304_000, IMAGES_SEEN)
    assert fit.seeded
    assert fit.at(30_400) == pytest.approx(curve.runs[30_400].value("psnr"), abs=0.2)
    level = curve.runs[30_400].scores["psnr"].mean() - law(30_400)  # the pictures of this test
    low, high = fit.interval(304_000)
    assert low < law(304_000) + level < high


def test_a_table_of_three_budgets_or_of_unequal_settings_has_no_curve() -> None:
    assert learning_curves(table(*ladder(IMAGES[:3]))) == ()
    assert learning_curves(table(*(evaluation(n, 0, width=n) for n in IMAGES))) == ()


def test_checkpoints_of_one_training_are_no_learning_curve() -> None:
    """Their schedules of the learning rate are not finished; the last one counts."""
    last = evaluation(30_400, 0)
    earlier = [replace(evaluation(n, 0), config=last.config) for n in IMAGES[:4]]
    assert learning_curves(table(*earlier, last)) == ()
    (curve,) = learning_curves(table(*ladder(IMAGES[:4]), *earlier, last))
    assert list(curve.runs) == list(IMAGES)
    assert curve.runs[30_400] is last


def test_flops_are_those_of_the_networks() -> None:
    unet = {"channels": 8, "multipliers": (1, 2), "blocks": 1, "groups": 4}
    settings = {
        "resolution": 16, "unet": unet, "phase1": {"steps": 1, "batch": 4},
        "phase2": {"steps": 3, "batch": 4, "chain": 1, "start_noise": "gaussian", "checkpointing": False},
    }  # fmt: skip
    run, larger = (
        evaluation(1900, 0, method=DIFFUSION, **settings | {"unet": unet | {"channels": channels}})
        for channels in (8, 16)
    )
    few, many = training_flops(run), training_flops(larger)
    assert few is not None
    assert many is not None
    assert 2 * few < many < 4 * few
    assert training_flops(evaluation(1900, 0)) is None, "a method that is not installed states no cost"


def test_the_facts_hold_points_seeds_and_fits() -> None:
    group = table(*ladder(seeds=(2, 1, 1, 1, 1)))
    facts = json.loads(json.dumps(curve_facts(group, learning_curves(group)), allow_nan=False))
    assert [(fact["curve"], fact["protocol"]) for fact in facts] == [("m", group.card.protocol_label)]
    points = facts[0]["points"]
    assert [point["images_seen"] for point in points] == list(IMAGES)
    assert list(points[0]["seeds"]) == ["0", "1"]
    assert [each["images"] for each in facts[0]["fits"]["psnr"]["at"]] == [30_400, 304_000, IMAGES_SEEN]
