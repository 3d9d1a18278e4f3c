"""Matrices of trainings that differ in their seed alone: the means, the intervals, and what keeps them apart."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from statistics import fmean, stdev

import pytest
from scipy.stats import t

from benchmark.evaluation.matrix import CellRecord, SettingsMatrix
from reports.content.sensitivity import sensitivity_blocks
from reports.document import Paragraph
from reports.read.collect import EvalRun, collect
from reports.read.matrices import Matrix, verify_matrix
from reports.read.pool import pooled_matrices

SETTINGS = SettingsMatrix(name="grid", protocols=("self-ref",), axes={"sampling.steps": (5, 9)})


@pytest.fixture
def run(evaluated: Path) -> EvalRun:
    group = next(group for group in collect(evaluated).groups if group.protocol.reference == "self")
    return next(run for run in group.runs if run.card.kind == "method")


def trained(run: EvalRun, seed: int, psnr: Sequence[float]) -> Matrix:
    """A verified matrix of one seed: the PSNR of `run`, raised by `psnr` dB in each of its two cells."""
    cells, runs = [], []
    for place, raised in zip(SETTINGS.cells(), psnr, strict=True):
        steps = {"sampling": {"steps": place["sampling.steps"]}}
        config = run.config.model_copy(update={"method_config": {"seed": seed, **steps}})
        scores = run.scores.assign(psnr=run.scores["psnr"] + raised)
        score = run.card.images["psnr"]
        images = run.card.images | {"psnr": score.model_copy(update={"mean": float(scores["psnr"].mean())})}
        label = f"tint.{seed}-{place['sampling.steps']}"
        card = run.card.model_copy(update={"label": label, "images": images, "outputs": label})
        cells.append(CellRecord(place=place, label=label, card=card.model_copy(update={"slices": {}})))
        runs.append(replace(run, config=config, card=card, scores=scores))
    matrix = Matrix(Path("matrix"), SETTINGS, f"tint.{seed}", tuple(cells), ())
    return verify_matrix(matrix, runs, {})


def test_matrices_of_three_seeds_are_one_with_the_means_of_cells_and_effects(run: EvalRun) -> None:
    gains = [1.0, 2.0, 6.0]
    (found,) = pooled_matrices([trained(run, seed, (0.0, gain)) for seed, gain in enumerate(gains)])
    assert (found.entry, found.seeds) == ("tint.0 (3 seeds)", (0, 1, 2))
    means = [cell.card.images["psnr"].mean for cell in found.cells if cell.card]
    assert means == pytest.approx([run.value("psnr"), (run.value("psnr") or 0) + fmean(gains)])
    (effect,) = (effect for effect in found.effects if effect.metric == "psnr")
    assert effect.spread == pytest.approx(3)
    reach = float(t.ppf(0.975, 2)) * stdev(gains) / 3**0.5
    assert (effect.low, effect.high) == pytest.approx((3 - reach, 3 + reach)), "each picture gains the same"
    first = next(block for block in sensitivity_blocks(found) if isinstance(block, Paragraph))
    assert "means over the training seeds 0, 1, 2" in str(first)
    assert "intervals over pictures and seeds" in str(first)


def test_matrices_of_one_seed_of_other_settings_or_without_evaluations_stay_apart(run: EvalRun) -> None:
    one, two = trained(run, 0, (0.0, 1.0)), trained(run, 1, (0.0, 2.0))
    assert pooled_matrices([one, one]) == [one, one]
    other = replace(two, settings=SETTINGS.model_copy(update={"name": "another"}))
    assert pooled_matrices([one, other]) == [one, other]
    unverified = replace(two, evaluations=(None, None))
    assert pooled_matrices([one, unverified]) == [one, unverified]
