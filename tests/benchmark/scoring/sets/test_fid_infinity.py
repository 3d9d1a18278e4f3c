"""FID infinity removes the bias of few pictures."""

import numpy as np
import pytest
from gaussians import shifted

from benchmark.scoring.sets.check_features import Features
from benchmark.scoring.sets.fid_infinity import fid_infinity
from benchmark.scoring.sets.frechet import frechet_distance


def test_fid_infinity_takes_the_bias_of_few_pictures_away() -> None:
    d, trials = 40, 20
    truth = d * 0.1**2  # of two unit Gaussians whose means lie 0.1 apart in each direction
    plain, endless = [], []
    for trial in range(trials):
        a, b = shifted(150, trial, d=d), shifted(150, 1000 + trial, 0.1, d)
        plain.append(frechet_distance(a, b))
        endless.append(fid_infinity(a, b, trial))
    bias = np.mean(plain) - truth
    assert bias > 3, "FID itself is far too high here"
    assert abs(np.mean(endless) - truth) < 0.15 * bias
    assert fid_infinity(a, b, 1) == fid_infinity(a, b, 1) != fid_infinity(a, b, 2)


def test_the_line_passes_through_12_subsets_from_a_quarter_of_the_smaller_set(monkeypatch: pytest.MonkeyPatch) -> None:
    """A distance that is 3 + 50 / N exactly has 3 at infinity; no picture is drawn twice, and not the first ones."""
    drawn: list[list[float]] = []

    def distance(features: Features, others: Features) -> float:
        assert len(features) == len(others)
        drawn.extend(sorted(each[:, 0].tolist()) for each in (features, others))
        return 3 + 50 / len(features)

    monkeypatch.setattr("benchmark.scoring.sets.fid_infinity.frechet_distance", distance)
    assert fid_infinity(np.arange(600.0)[:, None], np.arange(400.0)[:, None], 1) == pytest.approx(3)
    sizes = [len(each) for each in drawn[::2]]
    assert (len(sizes), sizes[0], sizes[-1]) == (12, 100, 400)
    assert np.ptp(np.diff(1 / np.array(sizes))) < 2e-4, "equal steps of 1 / N, but for rounding"
    assert all(len(set(each)) == len(each) for each in drawn)
    assert drawn[0] != drawn[1] != [*range(100)] != drawn[0]


def test_fid_infinity_needs_some_pictures() -> None:
    with pytest.raises(ValueError, match="at least 8"):
        fid_infinity(shifted(7, 0), shifted(90, 1), 0)
