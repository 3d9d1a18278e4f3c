"""Making a score card: scores, cost of painting, training of the weights, and notes."""

from pathlib import Path

from benchmark.data.dataset import Dataset
from benchmark.evaluation.cost import device_name, parameter_count
from benchmark.evaluation.entries import Entry
from benchmark.evaluation.painting import measured_batches, painting_cost, painting_notes
from benchmark.methods.interface import parameters_of
from benchmark.results.eval_config import EvalConfig
from benchmark.results.scorecard import FORMAT, Cost, ScoreCard, TrainingFacts
from benchmark.scoring.scorer import Scores

EXTERNAL_NOTES: tuple[str, ...] = ("made by another program: its training data are unknown",)


def make_card(
    config: EvalConfig, scores: Scores, cost: Cost | None, training: TrainingFacts | None, notes: tuple[str, ...]
) -> ScoreCard:
    """The score card of the evaluation that `config` describes."""
    return ScoreCard(
        format=FORMAT,
        label=config.label,
        method=config.method,
        kind=config.kind,
        checkpoint=config.checkpoint_sha256,
        data=config.dataset,
        protocol=config.protocol.name,
        version=config.protocol.version,
        n=scores.n,
        pairings=scores.pairings,
        pairs=config.pairs,
        outputs=scores.outputs,
        images=scores.images,
        sets=scores.sets,
        slices=scores.slices,
        cost=cost,
        training=training,
        notes=notes,
    )


def cost_of(entry: Entry, folder: Path, batch: int, device: str) -> Cost:
    """The cost of the painting recorded in the run folder `folder`."""
    seconds, peak, kind = painting_cost(folder)
    if entry.checkpoint:
        parameters: int | None = parameter_count(entry.checkpoint, entry.method.training_only)
    else:
        parameters = 0 if entry.method.kind == "floor" else parameters_of(entry.method, entry.config)
    return Cost(
        seconds_per_image=seconds,
        peak_memory=peak,
        memory_kind=kind,
        parameters=parameters,
        device=device,
        batch=batch,
        device_name=device_name(device),
        seconds_by_batch=measured_batches(folder) or None,
    )


def training_of(entry: Entry) -> TrainingFacts | None:
    """The training of the weights; None for a floor, and for weights of another program."""
    if entry.info is None or not entry.info.training_ids:
        return None
    return TrainingFacts(
        dataset=entry.info.dataset,
        fingerprint=entry.info.fingerprint,
        pictures=len(entry.info.training_ids),
        images_seen=entry.info.images_seen,
        phase=entry.info.phase,
        step=entry.info.step,
        seconds=entry.info.seconds,
    )


def notes_of(entry: Entry, folder: Path, data: Dataset, compared: str | None = None) -> tuple[str, ...]:
    """Notes for readers of the scores: of the method, of the painting, and about unknown or other training data.

    `compared` states how the training pictures were compared with the test pictures.
    """
    notes = [*entry.notes, *painting_notes(folder)]
    if entry.info is not None and entry.info.initial:
        notes.append(f"its training started from {entry.info.initial.partition(' (')[0]}")
    if entry.info is not None and entry.info.unknown_past:
        notes.append("the data of the weights that it started from are unknown and may contain these test pictures")
    if entry.method.kind != "floor" and (entry.info is None or not entry.info.training_ids):
        notes.append("its training data are unknown and may contain these test pictures")
    elif entry.info is not None and entry.info.fingerprint != data.fingerprint:
        notes.append(f"trained on other data: {entry.info.dataset} ({entry.info.fingerprint[:12]})")
    return (*notes, *([compared] if compared else []))
