"""A collection with the evaluations and matrices of trainings that differ in their seed alone as means over seeds."""

from collections.abc import Sequence
from dataclasses import replace
from math import hypot

from benchmark.core.files import sha256_bytes
from benchmark.evaluation.effects import Effect, effects, sample_means
from benchmark.evaluation.matrix import CellRecord
from benchmark.results.statistics import LEVEL
from benchmark.results.training_variance import seed_error
from reports.read.collect import Collection, EvalRun
from reports.read.matrices import Matrix
from reports.read.seeds import alike, mean_of, pooled, recipe_of, seed_of


def pool_seeds(found: Collection) -> Collection:
    """The collection with one row, and one matrix, for each method and its settings that has two or more seeds."""
    groups = [replace(group, runs=pooled(group.runs)) for group in found.groups]
    return replace(found, groups=groups, matrices=pooled_matrices(found.matrices))


def pooled_matrices(matrices: Sequence[Matrix]) -> list[Matrix]:
    """The matrices, those that differ in the seed of the training alone as one in the place of the first.

    Only matrices with a verified evaluation of every cell are pooled.
    """
    found: list[Matrix] = []
    for members in alike(matrices, _recipe):
        seeds = {_seed(matrix) for matrix in members}
        found += [_mean(sorted(members, key=_seed))] if 1 < len(members) == len(seeds) else members
    return found


def _recipe(matrix: Matrix) -> str | None:
    """The settings of the matrix and the training of its cells; None where a cell has no verified evaluation."""
    recipes = [recipe_of(run) for run in _runs(matrix)]
    whole = bool(matrix.cells) and len(recipes) == len(matrix.cells) and None not in recipes
    return sha256_bytes(repr((matrix.settings, recipes)).encode()) if whole else None


def _runs(matrix: Matrix) -> list[EvalRun]:
    return [run for run in matrix.evaluations if isinstance(run, EvalRun)]


def _seed(matrix: Matrix) -> int:
    runs = _runs(matrix)
    return (seed_of(runs[0]) if runs else None) or 0


def _mean(members: Sequence[Matrix]) -> Matrix:
    """One matrix over the seeds."""
    first, cells, scores = members[0], [], []
    for number, cell in enumerate(first.cells):
        run = mean_of([_runs(matrix)[number] for matrix in members])
        card = run.card.model_copy(update={"slices": {}})
        cells.append(CellRecord(place=cell.place, label=card.label, commit=cell.commit, card=card))
        scores.append(sample_means(run.scores))
    level = next((score.level for card in first.cards for score in card.images.values()), LEVEL)
    found = [_crossed(effect, members, level) for effect in effects(first.settings, cells, scores)]
    entry, seeds = f"{first.entry} ({len(members)} seeds)", tuple(map(_seed, members))
    return replace(first, entry=entry, cells=tuple(cells), effects=tuple(found), evaluations=(), seeds=seeds)


def _crossed(effect: Effect, members: Sequence[Matrix], level: float) -> Effect:
    """The effect with an interval over pictures and seeds, combined as in `training_variance`."""
    low, high = (choose(effect.levels, key=lambda value: effect.levels[value]) for choose in (min, max))
    key = (effect.metric, effect.protocol, effect.axis)
    same = [one for matrix in members for one in matrix.effects if (one.metric, one.protocol, one.axis) == key]
    if effect.low is None or effect.high is None or len(same) != len(members):
        return effect._replace(low=None, high=None)
    reach = seed_error([one.levels[high] - one.levels[low] for one in same]).interval(0.0, level).high
    return effect._replace(
        low=effect.spread - hypot(effect.spread - effect.low, reach),
        high=effect.spread + hypot(effect.high - effect.spread, reach),
    )
