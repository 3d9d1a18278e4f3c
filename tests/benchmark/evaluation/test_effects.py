"""The effects of settings, worked out by hand on made scores."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from benchmark.core.seeds import derive_seed
from benchmark.evaluation.matrix import CellRecord, SettingsMatrix
from benchmark.evaluation.matrix_tables import effects
from benchmark.results.statistics import bootstrap_interval


def cells_of(value: Callable[[int, str], float | None]) -> tuple[SettingsMatrix, list[CellRecord], list[pd.DataFrame]]:
    """A matrix of two axes with made PSNR: of three pictures, the mean and as far as 1 below and above it."""
    matrix = SettingsMatrix(name="made", protocols=("self-ref",), axes={"steps": (10, 20, 50), "start": ("a", "b")})
    cells = [CellRecord(place=place) for place in matrix.cells()]
    means = [value(int(cell.place["steps"]), str(cell.place["start"])) for cell in cells]
    scores = [
        pd.DataFrame() if mean is None else pd.DataFrame({"psnr": [mean - 1, mean, mean + 1]}, index=list("xyz"))
        for mean in means
    ]
    return matrix, cells, scores


def test_effects_of_an_additive_table_are_its_terms() -> None:
    found = {e.axis: e for e in effects(*cells_of(lambda steps, start: 20 + steps / 10 + (3 if start == "b" else 0)))}
    assert set(found) == {"steps", "start"}, "an axis of one value has no effect"
    assert found["steps"].spread == pytest.approx(4)
    assert found["start"].spread == pytest.approx(3) == found["start"].largest
    assert found["start"].levels == pytest.approx({"a": 20 + 8 / 3, "b": 23 + 8 / 3})
    assert [(e.agree, e.groups, e.n) for e in (found["steps"], found["start"])] == [(2, 2, 3), (3, 3, 3)]
    assert (found["start"].low, found["start"].high) == pytest.approx((3, 3)), "pictures differ, not their differences"


def test_the_interval_of_an_effect_is_that_of_the_paired_difference() -> None:
    matrix, cells, scores = cells_of(lambda steps, start: 20.0)
    gains = pd.Series([0.0, 1.0, 5.0], index=list("zyx"))  # in another order than the scores
    scores = [t.add(gains, axis=0) if cell.place["start"] == "b" else t for cell, t in zip(cells, scores, strict=True)]
    found = {effect.axis: effect for effect in effects(matrix, cells, scores)}
    interval = bootstrap_interval([5.0, 1.0, 0.0], derive_seed("matrix", "psnr", "self-ref", "start"))
    assert interval is not None
    assert (found["start"].low, found["start"].high) == pytest.approx(interval)
    assert found["start"].spread == pytest.approx(2)


def test_opposite_effects_cancel_in_the_mean_and_show_in_the_largest_change_and_in_agreement() -> None:
    found = {e.axis: e for e in effects(*cells_of(lambda steps, start: steps * (1.01 if start == "a" else -1)))}
    assert found["steps"].spread == pytest.approx(0.2)
    assert found["steps"].largest == pytest.approx(40.4)
    assert (found["steps"].agree, found["steps"].groups) == (1, 2)


def test_settings_are_compared_within_each_protocol_and_protocols_over_all_settings() -> None:
    matrix = SettingsMatrix(name="made", protocols=("self-ref", "self-ref-warped"), axes={"start": ("a", "b")})
    cells = [CellRecord(place=place) for place in matrix.cells()]
    scores = [pd.DataFrame({"psnr": [mean, mean + 1]}, index=list("xy")) for mean in (10.0, 14.0, 10.0, 8.0)]
    found = [(e.protocol, e.axis, e.spread, e.levels, e.agree, e.groups) for e in effects(matrix, cells, scores)]
    assert found == [
        (None, "protocol", 3.0, {"self-ref": 12.5, "self-ref-warped": 9.5}, 1, 2),
        ("self-ref", "start", 4.0, {"a": 10.5, "b": 14.5}, 1, 1),
        ("self-ref-warped", "start", 2.0, {"a": 10.5, "b": 8.5}, 1, 1),
    ]


def test_groups_with_a_hole_and_pictures_without_a_finite_score_do_not_count() -> None:
    matrix, cells, scores = cells_of(lambda steps, start: None if (steps, start) == (50, "b") else float(steps))
    scores[0].loc["y"] = np.inf  # equal to its target
    found = {effect.axis: effect for effect in effects(matrix, cells, scores)}
    assert (found["steps"].groups, found["start"].groups) == (1, 2)
    assert (found["start"].spread, found["start"].agree, found["start"].n) == (0, 0, 2)
