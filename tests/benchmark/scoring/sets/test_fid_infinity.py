"""FID infinity removes the bias of few pictures."""

import numpy as np
import pytest
from gaussians import shifted

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


def test_fid_infinity_needs_some_pictures() -> None:
    with pytest.raises(ValueError, match="at least 8"):
        fid_infinity(shifted(7, 0), shifted(90, 1), 0)
