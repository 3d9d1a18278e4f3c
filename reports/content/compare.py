"""Paired tests between the rows of a table: which rows differ, and which are no better than a floor."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pandas as pd

from benchmark.core.seeds import derive_seed
from benchmark.results.metrics import METRICS
from benchmark.results.scorecard import share_column
from benchmark.results.statistics import LEVEL, Comparison, Rank, groups, paired_tests, rank_stability, shared_tests
from benchmark.results.training_variance import seeded_tests
from reports.read.collect import EvalRun, Group
from reports.read.floors import returns_reference
from reports.read.seeds import PAIR, seed_means

RESAMPLES = 4999
EQUAL = 45.0  # dB; a picture with a higher PSNR differs from its target by less than can be seen


@dataclass(frozen=True)
class Verdicts:
    """The results of the tests of one group; rows have their names in `Group.names`."""

    letters: Mapping[str, Mapping[str, str]] = field(default_factory=dict)  # metric -> row -> letters, a the best
    tests: Mapping[str, Sequence[Comparison]] = field(default_factory=dict)  # metric -> every two rows
    ranks: Mapping[str, Mapping[str, Rank]] = field(default_factory=dict)
    no_better: Mapping[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)  # (row, metric) -> floors
    smallest: Mapping[str, float] = field(default_factory=dict)  # metric -> least adjusted p that its tests can give
    dominated: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # row -> floors it beats in no metric


def compare(group: Group) -> Verdicts:
    """Test every two rows of a group in each metric that has a test, Holm-corrected within the metric."""
    named = dict(zip(group.names, group.runs, strict=True))
    letters, tests, ranks, smallest = {}, {}, {}, {}
    for metric, table in paired_tables(named).items():
        seed = derive_seed(group.protocol.seed, "report", metric)
        higher = METRICS[metric].better == "higher"
        over_seeds = seed_means(named, metric, table.index)
        tests[metric] = image_tests(table, seed, over_seeds)
        smallest[metric] = (
            0.0 if _shares_references(table) or over_seeds else len(tests[metric]) * 2.0 ** (1 - len(table))
        )
        means = {str(name): float(table[name].mean()) for name in table}
        if tests[metric]:
            letters[metric] = groups(means, tests[metric], higher_is_better=higher)
        pictures = shared_pictures(table)
        ranks[metric] = rank_stability(_columns(table), seed, higher_is_better=higher, pictures=pictures)
    for metric, found_tests in set_tests(named).items():
        tests[metric] = found_tests
        values = {
            name: named[name].card.sets[metric].value for test in found_tests for name in (test.first, test.second)
        }
        letters[metric] = groups(
            {n: v for n, v in values.items() if v is not None},
            found_tests,
            higher_is_better=METRICS[metric].better == "higher",
        )
    floors = [name for name, run in named.items() if run.card.kind == "floor" and not is_perfect(run)]
    others = [name for name, run in named.items() if run.card.kind != "floor"]
    comparable_with_floors = [metric for metric, facts in METRICS.items() if facts.floors != "none"]
    no_better = {
        (name, metric): found
        for name in others
        for metric in comparable_with_floors
        if (found := tuple(f for f in floors if _no_better(named[name], named[f], name, f, metric, tests)))
    }
    tested = any(tests.values())
    dominated = {
        name: found
        for name in others
        if (found := tuple(f for f in floors if tested and not any(beats(name, f, m, tests[m]) for m in tests)))
    }
    return Verdicts(letters, tests, ranks, no_better, smallest, dominated)


def paired_tables(named: Mapping[str, EvalRun]) -> dict[str, pd.DataFrame]:
    """Metric -> table with one column per row of the report and one line per pair; all values are finite.

    Pairs that have no value in some row are left out. If every reference is the line's own picture, the pairs of a line
    are replaced by their mean.
    """
    found = {}
    for metric in METRICS:
        columns = {name: run.scores.set_index(PAIR)[metric] for name, run in named.items() if metric in run.scores}
        if len(columns) < 2:
            continue
        table = pd.DataFrame(columns).dropna()
        if not _shares_references(table):
            table = table.groupby(level=PAIR[:2]).mean()
        if len(table) > 1:
            found[metric] = table
    return found


def image_tests(
    table: pd.DataFrame, seed: int, over_seeds: Mapping[str, Sequence[float]] | None = None
) -> list[Comparison]:
    """Compare every two columns of a table of `paired_tables`; empty for too few pictures.

    `over_seeds` holds the means of each seed for rows over several seeds; the tests then cover pictures and seeds.
    """
    if over_seeds:
        try:
            return seeded_tests(_columns(table), *_pictures(table), over_seeds)
        except ValueError:
            return []
    if not _shares_references(table):
        return paired_tests(_columns(table), seed, resamples=RESAMPLES)
    try:
        return shared_tests(_columns(table), *_pictures(table))
    except ValueError:
        return []


def set_tests(named: Mapping[str, EvalRun]) -> dict[str, list[Comparison]]:
    """Metric of sets -> comparisons of every two rows by the share of each pair; only if two rows have shares."""
    found = {}
    for metric in METRICS:
        column = share_column(metric)
        columns = {n: run.scores.set_index(PAIR)[column] for n, run in named.items() if column in run.scores}
        if len(columns) < 2:
            continue
        table = pd.DataFrame(columns).dropna()
        try:
            over_seeds = seed_means(named, column, table.index)
            if over_seeds:
                found[metric] = seeded_tests(_columns(table), *_pictures(table), over_seeds)
            else:
                found[metric] = shared_tests(_columns(table), *_pictures(table))
        except ValueError:  # too few pictures
            continue
    return found


def per_line(run: EvalRun, metric: str) -> pd.Series:
    """A metric of each painted line by sample id: the mean over its references."""
    return run.scores.groupby("sample")[metric].mean()


def shared_pictures(table: pd.DataFrame) -> tuple[list[str], list[str]] | None:
    """The line and the reference of each pair of a table of `paired_tables`; None where no two pairs share a picture.

    Pairs share pictures if a reference is another picture than the target.
    """
    return _pictures(table) if _shares_references(table) else None


def is_perfect(run: EvalRun) -> bool:
    """Whether every picture equals its target, so that no method can be better."""
    return bool(equal_targets(run).all())


def equal_targets(run: EvalRun) -> "pd.Series[bool]":
    """For each pair, whether the picture equals its target, or differs from it by less than can be seen."""
    same = run.scores["identical"].astype(bool)
    return same | (run.scores["psnr"] > EQUAL) if "psnr" in run.scores else same


def is_trivial(run: EvalRun, metric: str) -> bool:
    """Whether a floor's outputs are the real pictures, so that its value of a metric of sets is trivial."""
    return METRICS[metric].per == "set" and returns_reference(run.card.method)


def _no_better(
    run: EvalRun, floor: EvalRun, name: str, floor_name: str, metric: str, tests: Mapping[str, Sequence[Comparison]]
) -> bool:
    if is_trivial(floor, metric):
        return False
    if metric in tests and {name, floor_name} <= {n for c in tests[metric] for n in (c.first, c.second)}:
        return not beats(name, floor_name, metric, tests[metric])
    ours, theirs = (each.card.sets.get(metric) for each in (run, floor))
    if ours is None or theirs is None or ours.value is None or theirs.value is None:
        return False
    higher = METRICS[metric].better == "higher"  # a metric of sets without a test: compare the numbers
    return ours.value <= theirs.value if higher else ours.value >= theirs.value


def beats(name: str, floor: str, metric: str, tests: Sequence[Comparison]) -> bool:
    """Whether the test shows that `name` is better than `floor` in a metric; False if they were not tested."""
    for test in tests:
        if {test.first, test.second} == {name, floor} and test.adjusted <= 1 - LEVEL:
            ahead = test.difference if test.first == name else -test.difference
            return ahead > 0 if METRICS[metric].better == "higher" else ahead < 0
    return False


def _columns(table: pd.DataFrame) -> dict[str, list[float]]:
    return {str(name): table[name].tolist() for name in table}


def _pictures(table: pd.DataFrame) -> tuple[list[str], list[str]]:
    """The line and the reference of each pair of a table."""
    lines, references = (table.index.get_level_values(name).tolist() for name in PAIR[:2])
    return lines, references


def _shares_references(table: pd.DataFrame) -> bool:
    """Whether some pair's reference is another picture than its target."""
    lines, references = _pictures(table)
    return lines != references
