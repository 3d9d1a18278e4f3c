"""The fit of learning curves: known curves, bounds, and the coverage of its interval in simulations."""

import numpy as np
import pytest
from numpy.typing import NDArray

from benchmark.results.learning_curve import EXPONENTS, fit_curve, fit_power_law

IMAGES = np.array([1900, 3800, 7600, 15200, 30400])
PICTURES = 50


def curve(images: float | NDArray[np.int_]) -> float | NDArray[np.float64]:
    """A PSNR in dB that approaches 24."""
    return 24 - 8 * (images / 1900) ** -0.4


def simulated(
    rng: np.random.Generator, seeds: tuple[int, ...] = (3, 3, 3, 1, 1), over_seeds: float = 0.1
) -> dict[int, NDArray[np.float64]]:
    """Scores (seeds, pictures) of each number of images: effects of pictures and seeds, and their interaction."""
    pictures = rng.normal(0, 3, PICTURES)
    return {
        int(n): curve(n) + pictures + rng.normal(0, over_seeds, (s, 1)) + rng.normal(0, 0.5, (s, PICTURES))
        for n, s in zip(IMAGES, seeds, strict=True)
    }


@pytest.mark.parametrize(("best", "sign"), [(100.0, 1.0), (0.0, -1.0)])
def test_the_fit_recovers_a_known_curve(best: float, sign: float) -> None:
    asymptote = 24.0 if sign > 0 else 0.1
    scale = 8.0 if sign > 0 else 0.2
    law = fit_power_law(IMAGES, asymptote - sign * scale * (IMAGES / 1900) ** -0.4, best)
    assert law.c[0] == pytest.approx(0.4, rel=0.02)
    assert law.a[0] == pytest.approx(asymptote, rel=0.02)
    assert law.b[0] == pytest.approx(sign * scale, rel=0.02)
    assert law.at(304_000)[0] == pytest.approx(asymptote - sign * scale * 160**-0.4, rel=0.01)


def test_no_score_is_better_than_the_best_value() -> None:
    law = fit_power_law(IMAGES, [0.80, 0.90, 0.97, 0.99, 1.0], best=1.0)
    assert law.a[0] == pytest.approx(1.0)
    assert law.at(10**9)[0] <= 1.0


def test_scores_that_fall_have_a_flat_fit_and_a_line_in_log_n_has_no_asymptote() -> None:
    falling = fit_curve({int(n): [[20 - k, 21 - k]] for k, n in enumerate(IMAGES)}, 100, seed=0, resamples=9)
    assert falling.law.b[0] == 0
    assert falling.at(10**7) == pytest.approx(18.5)
    steady = fit_curve({int(n): [[15 + k, 16 + k]] for k, n in enumerate(IMAGES)}, 100, seed=0, resamples=9)
    assert steady.law.c[0] == EXPONENTS[0]
    assert not steady.levels_off
    bent = fit_curve({int(n): [[float(curve(n))] * 2] for n in IMAGES}, 100, seed=0, resamples=9)
    assert bent.levels_off
    assert not bent.seeded


@pytest.mark.parametrize(("best", "sign"), [(100.0, -1), (0.0, 1)])
def test_the_interval_of_scores_that_get_worse_is_around_their_mean(best: float, sign: int) -> None:
    scores = {int(n): [[20 + sign * k, 21 + sign * k, 22 + sign * k]] for k, n in enumerate(IMAGES)}
    fit = fit_curve(scores, best, seed=0, resamples=99)
    low, high = fit.interval(10**7)
    assert 15 < low < fit.at(10**7) < high < 27


def test_the_interval_covers_the_curve_at_its_level() -> None:
    """Three seeds of the small trainings and one of the large ones; ten times the largest is extrapolated."""
    rng = np.random.default_rng(0)
    hits, runs = np.zeros(2), 60
    for number in range(runs):
        fit = fit_curve(simulated(rng), 100, seed=number, resamples=99)
        for place, images in enumerate((30_400, 304_000)):
            low, high = fit.interval(images)
            hits[place] += low <= float(curve(images)) <= high
    assert min(hits / runs) >= 0.85


def test_a_training_with_one_seed_has_the_variance_of_the_others() -> None:
    scores = simulated(np.random.default_rng(1), over_seeds=0.5)
    with_seeds = fit_curve(scores, 100, seed=0, resamples=199)
    alone = fit_curve({n: each[:1] for n, each in scores.items()}, 100, seed=0, resamples=199)
    assert with_seeds.seeded
    assert not alone.seeded
    widths = [high - low for low, high in (fit.interval(304_000) for fit in (with_seeds, alone))]
    assert widths[0] > 1.5 * widths[1]


def test_a_resample_has_the_same_pictures_after_any_number_of_images() -> None:
    """Pictures that shift all scores alike move the curve and keep its shape."""
    pictures = np.random.default_rng(2).normal(0, 3, PICTURES)
    fit = fit_curve({int(n): curve(n) + pictures[None] for n in IMAGES}, 100, seed=0, resamples=49)
    assert fit.resamples.c == pytest.approx(fit.law.c[0], rel=0.03)
    assert fit.resamples.a.std() > 0.2


def test_the_same_seed_gives_the_same_interval() -> None:
    scores = simulated(np.random.default_rng(3))
    first, again, other = (fit_curve(scores, 100, seed=seed, resamples=49).interval(10**6) for seed in (0, 0, 1))
    assert first == again != other


@pytest.mark.parametrize(
    ("images", "scores", "message"),
    [
        (IMAGES[:3], [1.0, 2.0, 3.0], "needs 4 different numbers of images, not 3"),
        ([1, 1, 2, 3], [1.0, 2.0, 3.0, 4.0], "needs 4 different numbers of images, not 3"),
        (IMAGES, [1.0, 2.0, 3.0, 4.0, np.nan], "finite scores"),
        (IMAGES, [1.0, 2.0, 3.0, 4.0, 101.0], "none better than the best value"),
    ],
)
def test_what_cannot_be_fitted_is_refused(images: list[int], scores: list[float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        fit_power_law(images, scores, 100.0)
