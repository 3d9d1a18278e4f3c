"""Inconsistencies of a finished evaluation: its score card against its configuration, record and scores.

Everything that the per-picture scores determine is computed again from them. No torch, no dataset.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchmark.core.errors import AnibenchError
from benchmark.core.runs import RunRecord
from benchmark.data.protocol import Pair, make_pairs, reference_cycles
from benchmark.results.eval_config import EvalConfig, combine_hashes, hash_pairs, read_eval_config
from benchmark.results.means import mean_of_lines
from benchmark.results.metric import Metric
from benchmark.results.metrics import METRICS
from benchmark.results.scorecard import (
    EYES,
    FORMAT,
    MeanScore,
    ScoreCard,
    SetScore,
    eyes_column,
    read_card,
    read_scores,
    share_column,
)
from benchmark.results.statistics import shared_error

EXACT = 1e-6  # relative; a mean computed again from the same scores
WIDER = 3.0  # times; intervals of earlier versions were up to 1.7 times narrower
NAMED = 3  # inconsistencies that one message lists
COLUMNS = ("sample", "reference", "seed", "picture", "pixels", "identical")


def scored_pairs(scores: pd.DataFrame) -> list[Pair]:
    """The pairs that the rows of `scores.parquet` stand for."""
    columns = [name for name in ("sample", "reference", "seed", "pairing") if name in scores]
    rows = scores[columns].itertuples(index=False, name=None)
    return [Pair(str(row[0]), str(row[1]), *map(int, row[2:])) for row in rows]


def recompute(card: ScoreCard, config: EvalConfig, scores: pd.DataFrame) -> ScoreCard:
    """The score card with every mean and interval that the scores determine computed again from them."""
    images = dict(card.images)
    for name in _measured(scores):
        images[name] = _again(images.get(name), mean_of_lines(scores, name, config.protocol, config.settings))
    slices = dict(card.slices)
    if EYES in slices:
        slices[EYES] = {
            name: _again(score, mean_of_lines(scores, eyes_column(name), config.protocol, config.settings, EYES))
            for name, score in slices[EYES].items()
            if eyes_column(name) in scores
        }
    sets = {name: score.model_copy(update=_set_again(name, score, config, scores)) for name, score in card.sets.items()}
    return card.model_copy(update={"images": images, "slices": slices, "sets": sets})


@dataclass(frozen=True)
class Evaluated:
    """A finished evaluation: its folder, its records, and the scores its score card is computed again from."""

    folder: Path
    record: RunRecord
    config: EvalConfig
    card: ScoreCard  # recomputed
    scores: pd.DataFrame


def read_evaluated(folder: Path, record: RunRecord) -> Evaluated:
    """Read a finished evaluation; raises AnibenchError that names every inconsistency."""
    config, card = read_eval_config(folder), read_card(folder)
    scores = read_scores(folder, card.format)
    problems = [*_identity(card, config, record), *table_problems(card, config, scores)]
    if not problems:
        again = recompute(card, config, scores)
        problems = list(_number_problems(card, scores, again))
    if problems:
        more = f"; and {len(problems) - NAMED} more" if len(problems) > NAMED else ""
        raise AnibenchError(f"{'; '.join(problems[:NAMED])}{more}")
    return Evaluated(folder, record, config, again, scores)


def _number_problems(card: ScoreCard, scores: pd.DataFrame, again: ScoreCard) -> Iterator[str]:
    """The numbers of the score card that differ from those computed from its scores."""
    for name, score in card.images.items():
        yield from _mean_problems(name, name, score, again.images.get(name, score), scores)
    for part, means in card.slices.items():
        for name, score in means.items():
            yield from _slice_problems(part, name, score, again, scores)
    for name, of_set in card.sets.items():
        yield from _set_problems(name, of_set, again.sets[name], card.pairings)


def table_problems(card: ScoreCard, config: EvalConfig, scores: pd.DataFrame) -> Iterator[str]:
    """The faults of `scores.parquet` itself; a table with such a problem gives no means."""
    lacking = [name for name in COLUMNS if name not in scores]
    if lacking:
        yield f"scores.parquet lacks the columns {', '.join(lacking)}"
        return
    pairs = scored_pairs(scores)
    if hash_pairs(pairs) != card.pairs:
        yield "the pairs in scores.parquet are not those that its score card names"
    elif not _follow_protocol(pairs, config):
        yield f"its pairs are not those that {config.protocol.label} gives for these lines"
    everything = card.data.counts.get(config.protocol.split, card.n)
    if config.protocol.reference != "character" and card.n != everything:
        yield f"its score card has {card.n} lines, and the split {config.protocol.split} has {everything}"
    if len(scores) != card.n * card.pairings or scores["sample"].nunique() != card.n:
        stated = f"{card.n} lines in {card.pairings} pairings"
        yield f"its score card names {stated}, and scores.parquet has {len(scores)} rows"
    if combine_hashes(list(zip(scores["picture"].map(str), scores["pixels"].map(str), strict=True))) != card.outputs:
        yield "the picture hashes in scores.parquet are not those that its score card names"
    for name, metric in METRICS.items():
        expected = card.format == FORMAT and metric.alarm and metric.applies_to(config.protocol)
        if expected and name not in scores and (name not in card.images or card.images[name].reason is None):
            yield f"scores.parquet lacks the column {name}, and its score card gives no reason; run anibench rescore"
        if metric.per == "picture":
            for column in (name, eyes_column(name)):
                yield from _column_problems(column, metric, scores)


def _follow_protocol(pairs: list[Pair], config: EvalConfig) -> bool:
    """Whether each line has the references that the protocol gives; the seeds are compared only with a dataset."""
    try:
        groups = None
        if config.protocol.reference == "character":  # known from the dataset alone, so the pairs say which they are
            groups = reference_cycles([pair for pair in pairs if pair.pairing == 1])
        made = make_pairs(config.protocol, sorted({pair.sample for pair in pairs}), groups)
        ours, theirs = ([(each.sample, each.reference, each.pairing) for each in some] for some in (pairs, made))
        return ours == theirs
    except (AnibenchError, ValueError):
        return False


def _column_problems(column: str, metric: Metric, scores: pd.DataFrame) -> Iterator[str]:
    if column not in scores:
        return
    values = pd.to_numeric(scores[column], errors="coerce").to_numpy(np.float64)
    if not (column.startswith(f"{EYES}:") or metric.sparse) and not np.isfinite(values).all():
        yield f"scores.parquet has {column} values that are not finite numbers"
    known = values[~np.isnan(values)]
    wrong = known[~_inside(known, metric)]
    if len(wrong):
        yield f"scores.parquet has the {column} {wrong[0]:g}, outside {metric.low:g} to {metric.high:g}"
    capped = metric.capped_if_identical and column == metric.name
    if capped and (values[scores["identical"].to_numpy(bool)] < metric.high).any():
        yield f"scores.parquet has pictures marked identical whose {column} is below {metric.high:g}"


def _inside(values: NDArray[np.float64], metric: Metric) -> NDArray[np.bool_]:
    slack = EXACT * max([1.0, *(abs(end) for end in (metric.low, metric.high) if math.isfinite(end))])
    return np.asarray((values >= metric.low - slack) & (values <= metric.high + slack))


def _identity(card: ScoreCard, config: EvalConfig, record: RunRecord) -> Iterator[str]:
    """Where the score card names another method, data or protocol than its configuration and run record."""
    stated: Mapping[str, tuple[object, object]] = {
        "label": (card.label, config.label),
        "method": (card.method, config.method),
        "kind": (card.kind, config.kind),
        "checkpoint": (card.checkpoint, config.checkpoint_sha256),
        "dataset": (card.data, config.dataset),
        "protocol": (card.protocol_label, config.protocol.label),
        "pairs": (card.pairs, config.pairs),
    }
    for what, (one, other) in stated.items():
        if one != other:
            yield f"its score card and its configuration differ in the {what}"
    inputs = {"dataset": config.dataset.fingerprint, "pairs": config.pairs, "checkpoint": config.checkpoint_sha256}
    for what, expected in inputs.items():
        if record.inputs.get(what, expected) != expected:
            yield f"its run record and its configuration differ in the {what}"
    if record.kind == "score" and card.kind != "external":
        yield f"its score card says {card.kind}, but its pictures were made by another program"
    if card.training is not None and (card.kind != "method" or card.checkpoint is None):
        yield "its score card describes a training, but names no checkpoint"


def _measured(scores: pd.DataFrame) -> list[str]:
    """The metrics per picture that the table has values of, whether its score card names them or not."""
    return [name for name, each in METRICS.items() if each.per == "picture" and name in scores]


def _again(before: MeanScore | None, again: MeanScore) -> MeanScore:
    """The recomputed mean with the values that only the score card has."""
    if before is None:
        return again
    return again.model_copy(update={"target": before.target, "weights": before.weights})


def _mean_problems(name: str, column: str, score: MeanScore, again: MeanScore, scores: pd.DataFrame) -> Iterator[str]:
    if name not in METRICS or METRICS[name].per != "picture":
        yield f"{name} in its score card is not a metric per picture"
    elif column not in scores:
        if score.mean is not None:
            yield f"{name} is in its score card, but not in scores.parquet"
    elif not _same_mean(score, again):
        yield f"the mean of {name} in its score card, {score.mean}, differs from that of scores.parquet, {again.mean}"
    else:
        yield from _interval_problems(name, score, again)
    if score.target is not None and name in METRICS and not _inside(np.array([score.target]), METRICS[name]).all():
        yield f"its score card has the {name} {score.target:g} for the targets, outside the metric's range"


def _same_mean(score: MeanScore, again: MeanScore) -> bool:
    """Whether the stated mean is the recomputed one; earlier versions left out identical pictures."""
    if score.mean is None:
        return again.mean is None or again.identical == again.n
    if again.mean is None or score.n > again.n:
        return False
    if score.n < again.n and score.n == again.n - again.identical:
        return True
    return score.n == again.n and _equal(score.mean, again.mean)


def _equal(one: float, other: float) -> bool:
    return math.isclose(one, other, rel_tol=EXACT, abs_tol=EXACT)


def _interval_problems(name: str, score: MeanScore | SetScore, again: MeanScore | SetScore) -> Iterator[str]:
    """An interval that does not contain its value, or is far narrower or wider than the scores allow."""
    value = score.mean if isinstance(score, MeanScore) else score.value
    if score.low is None or score.high is None or value is None:
        return
    stated = f"the interval of {name} in its score card, {score.low:g} to {score.high:g},"
    slack = EXACT * max(1.0, abs(value))
    if not score.low - slack <= value <= score.high + slack:
        yield f"{stated} does not contain its value {value:g}"
    elif again.low is not None and again.high is not None:
        ours, theirs = again.high - again.low + slack, score.high - score.low + slack
        if not 1 / WIDER <= theirs / ours <= WIDER:
            yield f"{stated} differs from that of scores.parquet, {again.low:g} to {again.high:g}"


def _slice_problems(part: str, name: str, score: MeanScore, again: ScoreCard, scores: pd.DataFrame) -> Iterator[str]:
    if part == EYES and name in again.slices.get(EYES, {}):
        found = _mean_problems(name, eyes_column(name), score, again.slices[EYES][name], scores)
        yield from (f"{EYES}: {each}" for each in found)
        return
    if score.mean is None:
        return
    if name not in scores:
        yield f"{name} is in its slice {part}, but not in scores.parquet"
        return
    values = scores[name]
    slack = EXACT * max(1.0, float(values.abs().max()))
    if not float(values.min()) - slack <= score.mean <= float(values.max()) + slack or score.n > again.n:
        yield f"the mean of {name} in its slice {part}, {score.mean:g}, is outside the values of scores.parquet"
    yield from _interval_problems(f"{name} in its slice {part}", score, score)


def _set_again(name: str, score: SetScore, config: EvalConfig, scores: pd.DataFrame) -> dict[str, object]:
    """Value and interval of a metric per set from what each pair adds to it, where the table has that."""
    column = share_column(name)
    if score.value is None or column not in scores or not np.isfinite(scores[column]).all():
        return {}
    shares = scores[column]
    found: dict[str, object] = {"value": float(shares.mean())}
    try:
        error = shared_error(shares.tolist(), scores["sample"].tolist(), scores["reference"].tolist())
    except ValueError:  # too few pictures
        return found | {"low": None, "high": None}
    low, high = error.interval(float(shares.mean()), config.settings.level)
    return found | {"low": low, "high": high, "level": config.settings.level}


def _set_problems(name: str, score: SetScore, again: SetScore, pairings: int) -> Iterator[str]:
    if name not in METRICS or METRICS[name].per != "set":
        yield f"{name} in its score card is not a metric per set"
        return
    numbers = [each for each in (score.value, score.floor, *score.values) if each is not None]
    if not _inside(np.array(numbers, np.float64), METRICS[name]).all():
        yield f"its score card has a {name} outside {METRICS[name].low:g} to {METRICS[name].high:g}"
    if score.value is None:
        return
    if score.values and not _equal(score.value, float(np.mean(score.values))):
        yield f"the {name} in its score card, {score.value:g}, is not the mean of its pairings"
    yield from _pairing_problems(name, score, pairings)
    assert again.value is not None
    if not math.isclose(score.value, again.value, rel_tol=1e-4, abs_tol=1e-4):
        yield f"the {name} in its score card, {score.value:g}, differs from that of scores.parquet, {again.value:g}"
    else:
        yield from _interval_problems(name, score, again)


def _pairing_problems(name: str, score: SetScore, pairings: int) -> Iterator[str]:
    if score.values and len(score.values) != pairings:
        yield f"its score card has {len(score.values)} values of {name} for {pairings} pairings"
    elif score.spread is not None and not _equal(score.spread, float(np.std(score.values, ddof=1))):
        yield f"the spread of {name} in its score card, {score.spread:g}, is not that of its pairings"
    if score.value is None or score.low is None or score.high is None or "level" not in METRICS[name].needs:
        return
    if not _equal(score.low + score.high, 2 * score.value):
        yield f"the {name} in its score card, {score.value:g}, is not the middle of its normal interval"
