"""Means over lines: pairings, pictures without a value, and references that lines share."""

import numpy as np
import pandas as pd
import pytest

from benchmark.core.seeds import derive_seed
from benchmark.data.protocol import get_protocol
from benchmark.results.eval_config import EvalSettings
from benchmark.results.means import mean_of_lines
from benchmark.results.statistics import bootstrap_interval, shared_error

SETTINGS = EvalSettings(resamples=99)
TABLE = pd.DataFrame(
    {
        "sample": [*"aabbcc", "d"],
        "reference": [*"bcacab", "a"],
        "psnr": [10.0, 14.0, 20.0, 20.0, 31.0, 29.0, np.nan],
        "identical": [False, False, False, False, True, False, False],
    }
)


def test_each_line_counts_once_and_missing_values_not_at_all() -> None:
    score = mean_of_lines(TABLE, "psnr", get_protocol("self-ref"), SETTINGS)
    assert (score.mean, score.n, score.identical) == (pytest.approx((12 + 20 + 30) / 3), 3, 1)
    seed = derive_seed(get_protocol("self-ref").seed, "bootstrap", "psnr")
    assert (score.low, score.high) == pytest.approx(bootstrap_interval([12.0, 20.0, 30.0], seed, resamples=99))


def test_a_slice_has_its_own_seed_and_the_eyes_that_of_their_metric() -> None:
    protocol, eyes = get_protocol("self-ref"), TABLE.assign(**{"eyes:psnr": TABLE["psnr"]})
    whole, part = (mean_of_lines(TABLE, "psnr", protocol, SETTINGS, name) for name in ("", "part"))
    assert (whole.mean, whole.low != part.low) == (part.mean, True)
    assert mean_of_lines(eyes, "eyes:psnr", protocol, SETTINGS) == whole


def test_random_references_are_shared_by_lines() -> None:
    lines = [line for line in range(20) for _ in range(2)]
    references = [(line + step) % 20 for line in range(20) for step in (1, 2)]
    psnr = np.random.default_rng(0).normal(20, 3, 40).tolist()
    names = {"sample": list(map(str, lines)), "reference": list(map(str, references))}
    rows = pd.DataFrame({**names, "psnr": psnr, "identical": False})
    score = mean_of_lines(rows, "psnr", get_protocol("random-ref"), SETTINGS)
    mean, error = np.mean(psnr), shared_error(psnr, *names.values())
    assert score.mean == pytest.approx(mean)
    assert (score.low, score.high) == pytest.approx(error.interval(mean, SETTINGS.level))
    few = mean_of_lines(TABLE[:2], "psnr", get_protocol("random-ref"), SETTINGS)
    assert (few.mean, few.low, few.high) == (12, None, None)
