"""Evaluations for tests: a few methods, few resamples."""

from pathlib import Path

from benchmark.data.dataset import Dataset
from benchmark.data.protocol import get_protocol
from benchmark.evaluation.entries import find_entries
from benchmark.evaluation.evaluate import Evaluation, evaluate_all, evaluate_entry
from benchmark.results.eval_config import EvalSettings
from benchmark.results.scorecard import ScoreCard

FLOORS = ("copy-reference", "line-only")


def evaluate(data: Dataset, runs: Path, *protocols: str, names: tuple[str, ...] = FLOORS) -> None:
    """Evaluate `names` by each protocol into `runs`."""
    for name in protocols:
        settings = EvalSettings(resamples=99)
        evaluation = Evaluation.open(get_protocol(name), data, runs, settings, "cpu", lambda message: None)
        _, failures = evaluate_all(evaluation, find_entries(names, None, runs)[0])
        assert not failures


Messages = list[str]


def open_evaluation(data: Dataset, runs: Path, protocol: str = "self-ref", **settings: object) -> Evaluation:
    """An evaluation that keeps what it says in `say.__self__`."""
    messages: Messages = []
    chosen = EvalSettings.model_validate({"resamples": 99, "batch": 2} | settings)
    return Evaluation.open(get_protocol(protocol), data, runs, chosen, "cpu", messages.append)


def said(evaluation: Evaluation) -> str:
    """The messages of an evaluation made by `open_evaluation`."""
    messages: Messages = evaluation.say.__self__  # type: ignore[attr-defined]
    return "\n".join(messages)


def run_entry(evaluation: Evaluation, name: str) -> ScoreCard:
    """The score card of the one entry that `name` names."""
    entries, _ = find_entries([name], None, evaluation.runs)
    assert len(entries) == 1
    return evaluate_entry(evaluation, entries[0])


def pictures(evaluation: Evaluation, label: str) -> dict[str, bytes]:
    """File name -> bytes of the saved outputs."""
    return {path.name: path.read_bytes() for path in (evaluation.folder(label) / "outputs").iterdir()}
