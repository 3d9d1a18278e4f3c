"""Evaluations of trainings that differ in their seed alone, read as one row: the mean over seeds."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, stdev
from typing import TypeVar

import pandas as pd

from benchmark.core.config import flat
from benchmark.core.files import sha256_bytes
from benchmark.results.scorecard import MeanScore, ScoreCard, SetScore, share_column
from benchmark.results.statistics import LEVEL
from benchmark.results.training_variance import CrossedError, mean_over_seeds
from benchmark.training.config import FREE_KEYS
from reports.read.collect import EvalRun

T = TypeVar("T")
FREE = ("seed", "runtime.compile")  # besides `FREE_KEYS`, settings that are not part of a recipe
PAIR = ["sample", "reference", "pairing"]  # columns that identify a pair of an evaluation


@dataclass(frozen=True)
class SeedRuns(EvalRun):
    """The mean over runs with different seeds. Its folder and record are those of the first run."""

    members: tuple[EvalRun, ...] = ()

    @property
    def pictured(self) -> EvalRun:
        return self.members[0]


def seed_of(run: EvalRun) -> int | None:
    """The training seed of an evaluated run; None where it is not known."""
    seed = run.config.method_config.get("seed")
    return seed if run.card.kind == "method" and run.card.training is not None and isinstance(seed, int) else None


def pooled(runs: Sequence[EvalRun]) -> tuple[EvalRun, ...]:
    """The runs, those that differ in their seed alone as one `SeedRuns` in the place of the first.

    Runs of one recipe that have the same seed stay apart: they are repetitions, and not draws of a seed. So do
    runs with the same pictures or of one checkpoint.
    """
    found: list[EvalRun] = []
    for members in alike(runs, recipe_of):
        different = [
            len({seed_of(run) for run in members}),
            len({run.card.outputs for run in members}),
            len({run.card.checkpoint for run in members}),
        ]
        apart = len(members) == 1 or min(different) < len(members)
        found += members if apart else [mean_of(sorted(members, key=lambda run: seed_of(run) or 0))]
    return tuple(found)


def alike(items: Sequence[T], recipe: Callable[[T], str | None]) -> Iterable[list[T]]:
    """The items in lists of one recipe, in the order of their first; each without a recipe alone."""
    found: dict[str, list[T]] = {}
    for number, item in enumerate(items):
        found.setdefault(recipe(item) or str(number), []).append(item)
    return found.values()


def mean_of(members: Sequence[EvalRun]) -> SeedRuns:
    """One row over runs that painted the same pairs with the weights of different seeds."""
    first = members[0]
    scores = _mean_scores([run.scores for run in members])
    seeds = ", ".join(str(seed_of(run)) for run in members)
    notes = dict.fromkeys(note for run in members for note in run.card.notes)
    cards = [run.card for run in members]
    card = first.card.model_copy(
        update={
            "label": f"{first.card.label} ({len(members)} seeds)",
            "images": {name: _mean_score(name, cards, scores) for name in first.card.images},
            "sets": {name: _set_score(name, cards, scores) for name in first.card.sets},
            "slices": _mean_slices(cards),
            "notes": (*notes, f"mean over the seeds {seeds} of its training"),
        }
    )
    return SeedRuns(first.folder, first.record, first.config, card, scores, tuple(members))


def seed_means(runs: Mapping[str, EvalRun], column: str, pairs: pd.Index) -> dict[str, list[float]]:
    """Row -> the mean of a column of the scores over `pairs` for each seed; only rows over several seeds."""

    def mean(member: EvalRun) -> float:
        return float(member.scores.groupby(pairs.names)[column].mean().reindex(pairs).mean())

    return {
        name: [mean(member) for member in run.members]
        for name, run in runs.items()
        if isinstance(run, SeedRuns) and column in run.scores
    }


def recipe_of(run: EvalRun) -> str | None:
    """The method, settings and training data, which runs of different seeds share; None without a seed."""
    if seed_of(run) is None or run.card.training is None:
        return None
    config = flat(run.config.method_config)
    recipe = {key: value for key, value in config.items() if key not in FREE and not FREE_KEYS.match(key)}
    training = run.card.training
    facts = (run.card.method, recipe, training.fingerprint, training.phase, training.step)
    return sha256_bytes(repr(facts).encode())


def _mean_scores(tables: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """The mean over seeds of each score of a pair; a pair is identical where it is in every run."""
    first = tables[0].set_index(PAIR)
    others = [table.set_index(PAIR).loc[first.index] for table in tables]
    numbers = [str(name) for name in first.select_dtypes("number") if name != "seed"]
    means = {name: pd.concat([table[name] for table in others], axis=1).mean(axis=1) for name in numbers}
    identical = pd.concat([table["identical"] for table in others], axis=1).all(axis=1)
    return first.assign(**means, identical=identical).reset_index()


def _error(metric: str, scores: pd.DataFrame, means: Sequence[float]) -> CrossedError | None:
    """The error of a mean over pictures and seeds; None for too few pictures."""
    values = scores.groupby(PAIR)[metric].mean().dropna()
    lines, references = (values.index.get_level_values(name).tolist() for name in PAIR[:2])
    try:
        return mean_over_seeds(values.tolist(), lines, references, means)
    except ValueError:
        return None


def _mean_score(metric: str, cards: Sequence[ScoreCard], scores: pd.DataFrame) -> MeanScore:
    found = [card.images[metric] for card in cards if metric in card.images]
    means = [score.mean for score in found if score.mean is not None]
    if len(means) < len(cards):
        return found[0].model_copy(update={"mean": None, "low": None, "high": None, "reason": "not in every seed"})
    mean, error = fmean(means), _error(metric, scores, means) if metric in scores else None
    low, high = error.interval(mean, found[0].level) if error else (None, None)
    identical = min(score.identical for score in found)
    return found[0].model_copy(update={"mean": mean, "low": low, "high": high, "identical": identical})


def _set_score(metric: str, cards: Sequence[ScoreCard], scores: pd.DataFrame) -> SetScore:
    found = [card.sets[metric] for card in cards if metric in card.sets]
    numbers = [score.value for score in found if score.value is not None]
    if len(numbers) < len(cards):
        return found[0].model_copy(update={"value": None, "low": None, "high": None, "reason": "not in every seed"})
    column, value = share_column(metric), fmean(numbers)
    error = _error(column, scores, numbers) if column in scores else None
    level = found[0].level or LEVEL
    low, high = error.interval(value, level) if error else (None, None)
    pairings = [fmean(each) for each in zip(*(score.values for score in found), strict=False)]
    return found[0].model_copy(
        update={
            "value": value,
            "low": None if low is None else max(low, 0.0),
            "high": high,
            "level": level if error else None,
            "values": tuple(pairings),
            "spread": stdev(pairings) if len(pairings) > 1 else None,
            "reason": None if error else "no interval over seeds for this metric",
        }
    )


def _mean_slices(cards: Sequence[ScoreCard]) -> dict[str, dict[str, MeanScore]]:
    """The means over seeds of each slice, without intervals."""
    found: dict[str, dict[str, MeanScore]] = {}
    for name, scores in cards[0].slices.items():
        for metric, score in scores.items():
            same = [card.slices.get(name, {}).get(metric) for card in cards]
            means = [each.mean for each in same if each is not None and each.mean is not None]
            if len(means) == len(cards):
                update = {"mean": fmean(means), "low": None, "high": None}
                found.setdefault(name, {})[metric] = score.model_copy(update=update)
    return found
