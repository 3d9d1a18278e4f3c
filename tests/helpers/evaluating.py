"""Evaluations for tests of reports: a few methods, few resamples."""

from pathlib import Path

from benchmark.dataset import Dataset
from benchmark.entries import find_entries
from benchmark.eval_config import EvalSettings
from benchmark.evaluate import Evaluation, evaluate_all
from benchmark.protocol import get_protocol

FLOORS = ("copy-reference", "line-only")


def evaluate(data: Dataset, runs: Path, *protocols: str, names: tuple[str, ...] = FLOORS) -> None:
    """Evaluate `names` by each protocol into `runs`."""
    for name in protocols:
        settings = EvalSettings(resamples=99)
        evaluation = Evaluation.open(get_protocol(name), data, runs, settings, "cpu", lambda message: None)
        _, failures = evaluate_all(evaluation, find_entries(names, None, runs)[0])
        assert not failures
