"""Scoring of the saved pictures of finished evaluations with other metrics or settings, without the model."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmark.core.config import Config, validated
from benchmark.core.errors import AnibenchError
from benchmark.core.files import folder_lock, read_json, read_object, write_json
from benchmark.core.hints import finish_hint
from benchmark.core.runs import RunRecord, read_record
from benchmark.core.terminal import Say
from benchmark.data.dataset import SHAPE, Dataset
from benchmark.data.protocol import EvalProtocol, Pair, dataset_pairs, get_protocol
from benchmark.data.verify_split import verify_split
from benchmark.evaluation.card import make_card
from benchmark.results.eval_config import EvalConfig, EvalSettings, hash_pairs, read_eval_config, recorded_place
from benchmark.results.scorecard import CARD, Cost, ScoreCard, TrainingFacts, write_card
from benchmark.scoring.outputs import hash_outputs
from benchmark.scoring.scorer import Scorer

KEPT = "rescoring.json"  # copy of the run record while the pictures are scored again


class RescoreConfig(Config):
    """`config.json` of a rescoring."""

    settings: dict[str, Any]  # changed ones only
    data: str | None  # folder of the dataset; null: the one recorded in each run


def find_evaluations(runs: Path) -> list[Path]:
    """The folders of all evaluations under `runs`, external pictures included."""
    return sorted(path.parent for path in (runs / "eval").glob("*/*/run.json"))


def rescore_all(
    folders: Sequence[Path], config: RescoreConfig, device: str, say: Say
) -> tuple[list[ScoreCard], list[str]]:
    """The new score cards, and the errors of the evaluations that could not be scored."""
    scorer, cards, failures = Scorer(device), [], []
    for folder in folders:
        try:
            cards.append(rescore(folder, config, scorer))
        except AnibenchError as error:
            failures.append(f"{folder}: {error}")
        else:
            say(f"{folder}: scored again")
    return cards, failures


def rescore(folder: Path, config: RescoreConfig, scorer: Scorer) -> ScoreCard:
    """Score the pictures in `folder`; cost, training, notes and run record are kept.

    Raises AnibenchError for an evaluation that is not finished, whose dataset or pairs have changed, or whose pictures
    were changed.
    """
    with folder_lock(folder):
        record = _record(folder)
        if record.status != "done":
            raise AnibenchError(
                f"the evaluation is {record.status}; {finish_hint(record.status, record.command, record.kind)}"
            )
        before = read_eval_config(folder)
        data, protocol, pairs = _same_pairs(folder, before, config)
        old = _old_card(folder)
        if hash_outputs(folder, [pair.picture for pair in pairs], SHAPE) != old.get("outputs"):
            raise AnibenchError(
                f"its pictures were changed after they were scored; paint them again with: {record.command}"
            )
        settings = validated(EvalSettings, before.settings.model_dump() | config.settings, "the new settings")
        after = before.model_copy(update={"settings": settings, "protocol": protocol})
        scores = scorer(folder, pairs, data, protocol, settings)
        cost = validated(Cost, old["cost"], f"the cost in {folder / CARD}") if old.get("cost") else None
        training = (
            validated(TrainingFacts, old["training"], f"the training in {folder / CARD}")
            if old.get("training")
            else None
        )
        card = make_card(after, scores, cost, training, tuple(old.get("notes", ())))
        write_json(folder / KEPT, record.model_dump(mode="json"))  # a kill leaves an unfinished run
        write_json(folder / "run.json", record.model_copy(update={"status": "running"}).model_dump(mode="json"))
        write_json(folder / "config.json", after.model_dump(mode="json"))
        write_card(folder, card, scores.table)
        write_json(folder / "run.json", record.model_dump(mode="json"))
        (folder / KEPT).unlink()
    return card


def _same_pairs(folder: Path, before: EvalConfig, config: RescoreConfig) -> tuple[Dataset, EvalProtocol, list[Pair]]:
    """The dataset, the current protocol and the pairs; raises AnibenchError if they are not those of the painting."""
    data = Dataset.open(Path(config.data) if config.data else recorded_place(before.data, folder))
    if data.fingerprint != before.dataset.fingerprint:
        raise AnibenchError(
            f"{data.root} has the fingerprint {data.fingerprint[:12]}, but the pictures were painted on "
            f"{before.dataset.fingerprint[:12]}; give that dataset with --data"
        )
    protocol = _current(before.protocol)
    verify_split(data, protocol.split)
    pairs = dataset_pairs(protocol, data)
    if hash_pairs(pairs) != before.pairs:
        raise AnibenchError(
            f"the pairs of {protocol.label} in {data.root} have changed since the painting; run `anibench eval` again"
        )
    return data, protocol, pairs


def _current(protocol: EvalProtocol) -> EvalProtocol:
    """The installed protocol of this label if it differs in its metrics and description only, else `protocol`."""
    try:
        now = get_protocol(protocol.label)
    except AnibenchError:
        return protocol
    measured = {"metrics", "description"}
    return now if now.model_dump(exclude=measured) == protocol.model_dump(exclude=measured) else protocol


def _old_card(folder: Path) -> dict[str, Any]:
    """A score card of any format, for the fields that do not depend on the scoring."""
    return read_object(folder / CARD)


def _record(folder: Path) -> RunRecord:
    """The run record, also after a killed rescoring; the copy of an earlier run has another id."""
    record = read_record(folder)
    if not (folder / KEPT).exists():
        return record
    kept = validated(RunRecord, read_json(folder / KEPT), f"{folder / KEPT} is not a run record; remove it")
    return kept if kept.id == record.id else record
