"""Evaluations for tests of reports: a few methods, few resamples."""

from pathlib import Path

from benchmark.data.dataset import Dataset
from benchmark.data.protocol import get_protocol
from benchmark.evaluation.entries import find_entries
from benchmark.evaluation.evaluate import Evaluation, evaluate_all
from benchmark.results.eval_config import EvalSettings

FLOORS = ("copy-reference", "line-only")


def evaluate(data: Dataset, runs: Path, *protocols: str, names: tuple[str, ...] = FLOORS) -> None:
    """Evaluate `names` by each protocol into `runs`."""
    for name in protocols:
        settings = EvalSettings(resamples=99)
        evaluation = Evaluation.open(get_protocol(name), data, runs, settings, "cpu", lambda message: None)
        _, failures = evaluate_all(evaluation, find_entries(names, None, runs)[0])
        assert not failures
