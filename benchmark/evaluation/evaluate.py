"""Evaluation: paint every pair of a protocol, save, read back, score, into `runs/eval/<protocol>/<label>/`."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from benchmark.core.errors import AnibenchError
from benchmark.core.runs import RunRecord, package_versions, read_record, record_run
from benchmark.core.terminal import Say
from benchmark.data.dataset import SHAPE, Dataset
from benchmark.data.kinds import MethodKind
from benchmark.data.protocol import EvalProtocol, Pair, dataset_pairs, unpaired
from benchmark.data.verify_split import verify_split
from benchmark.evaluation.card import EXTERNAL_NOTES, cost_of, make_card, notes_of, training_of
from benchmark.evaluation.entries import Entry, require_label
from benchmark.evaluation.painting import (
    PaintingTask,
    keeps_outputs,
    measure_batches,
    measured_batches,
    paint,
    prepare_outputs,
)
from benchmark.evaluation.recheck import score_problems
from benchmark.methods.leaks import refuse_leak
from benchmark.results.consistency import read_evaluated
from benchmark.results.eval_config import EvalConfig, EvalSettings, hash_pairs, read_eval_config
from benchmark.results.metrics import METRICS
from benchmark.results.scorecard import (
    FORMAT,
    SCORES,
    DataFacts,
    ScoreCard,
    read_card,
    read_scores,
    remove_card,
    write_card,
)
from benchmark.scoring.outputs import copy_outputs, hash_outputs, remove_changed
from benchmark.scoring.scorer import Scorer
from benchmark.weights.files import has_weights

SAMPLE = 8  # pictures that are scored again before a finished evaluation is reused


@dataclass(frozen=True)
class Evaluation:
    """One protocol on one dataset: pairs, settings and scorer that all entries share."""

    protocol: EvalProtocol
    data: Dataset
    runs: Path
    settings: EvalSettings
    device: str
    say: Say
    scorer: Scorer
    pairs: list[Pair]
    cost: bool = False  # also measure seconds per image by batch
    said: set[str] = field(default_factory=set)  # messages of `say_once`

    @classmethod
    def open(
        cls, protocol: EvalProtocol, data: Dataset, runs: Path, settings: EvalSettings, device: str, say: Say = print
    ) -> "Evaluation":
        """Read the pairs and verify the split.

        Raises AnibenchError when the split is empty, its pictures were changed, or its stored pairs are others.
        """
        verify_split(data, protocol.split)
        pairs = dataset_pairs(protocol, data)
        if not pairs:
            raise AnibenchError(
                f"{data.root} has no pictures in its {protocol.split} split; build a dataset from more pictures"
            )
        if (left_out := unpaired(protocol, data, pairs)) is not None:
            say(left_out)
        return cls(protocol, data, runs, settings, device, say, Scorer(device), pairs)

    def say_once(self, message: str) -> None:
        """Print a message that concerns several entries once."""
        if message not in self.said:
            self.said.add(message)
            self.say(message)

    def folder(self, label: str) -> Path:
        """The run folder of the evaluation of `label`."""
        return self.runs / "eval" / self.protocol.label / label


def evaluate_all(evaluation: Evaluation, entries: Sequence[Entry]) -> tuple[list[ScoreCard], list[str]]:
    """The score cards of the entries that could be evaluated, and the errors of the others."""
    cards, failures = [], []
    for entry in entries:
        try:
            cards.append(evaluate_entry(evaluation, entry))
        except AnibenchError as error:
            failures.append(f"{entry.label}: {error}")
    return cards, failures


def evaluate_entry(evaluation: Evaluation, entry: Entry) -> ScoreCard:
    """Paint the missing pictures, score the saved pictures, and write the score card.

    A finished evaluation of the same checkpoint, data, protocol and settings is reused. Pictures painted under other
    conditions are removed. A message names either case. Raises AnibenchError for a checkpoint that was trained on the
    test split or near duplicates of it, and when the method fails.
    """
    compared = refuse_leak(entry.checkpoint, entry.info, evaluation.data)
    config = _entry_config(evaluation, entry)
    folder = evaluation.folder(entry.label)
    _refuse_other_kind(folder, "eval")
    finished = _finished(folder, config, evaluation)
    if finished is not None and not (evaluation.cost and measured_batches(folder) is None):
        evaluation.say(f"{entry.label}: finished and unchanged, reused")
        return finished
    identity = config.identity(evaluation.device, package_versions()["anibench"])
    with record_run(
        folder,
        "eval",
        config,
        name=entry.label,
        seed=evaluation.protocol.seed,
        device=evaluation.device,
        inputs=_inputs(config),
        resume=keeps_outputs(folder, identity),
    ):
        reason = prepare_outputs(folder, identity)
        if reason:
            evaluation.say(f"{entry.label}: removed the pictures in {folder} ({reason}); painting them again")
        _remove_old_score(evaluation, folder)
        pairs, data, protocol = evaluation.pairs, evaluation.data, evaluation.protocol
        batch, sees_target = evaluation.settings.batch, entry.method.sees_target
        task = PaintingTask(folder, entry.label, pairs, data, protocol, batch, evaluation.device, sees_target)
        load = partial(entry.method.load_colorizer, entry.checkpoint, evaluation.device, entry.config)
        paint(task, load)
        if evaluation.cost:
            measure_batches(task, load)
        return _score(evaluation, folder, config, entry, compared)


def score_folder(evaluation: Evaluation, source: Path, name: str) -> ScoreCard:
    """Score the pictures of any program: `source/<sample id>.png`, copied into a run folder called `name`.

    Raises AnibenchError for missing, additional and unreadable files, a name that cannot name a folder, and a name that
    a method, an evaluation or the pictures of another folder use already.
    """
    folder = evaluation.folder(require_label(name, "--name"))
    _refuse_other_kind(folder, "score")
    _refuse_other_source(folder, source)
    config = EvalConfig(
        label=name,
        method=name,
        kind="external",
        protocol=evaluation.protocol,
        pairs=hash_pairs(evaluation.pairs),
        data=str(evaluation.data.root),
        dataset=_data_facts(evaluation.data),
        checkpoint=None,
        checkpoint_sha256=None,
        method_config={},
        source=str(source),
        settings=evaluation.settings,
    )
    with record_run(
        folder,
        "score",
        config,
        name=name,
        seed=evaluation.protocol.seed,
        device=evaluation.device,
        inputs=_inputs(config),
    ):
        copy_outputs(source, folder, [pair.picture for pair in evaluation.pairs], SHAPE)
        return _score(evaluation, folder, config, None)


def _refuse_other_source(folder: Path, source: Path) -> None:
    """Raise AnibenchError if `folder` holds the scores of pictures of another folder than `source`."""
    if not (folder / "config.json").exists():
        return
    before = read_eval_config(folder).source
    if before is not None and Path(before).resolve() != source.resolve():
        raise AnibenchError(
            f"{folder} holds the scores of the pictures in {before}; choose another --name, or remove the folder"
        )


def _remove_old_score(evaluation: Evaluation, folder: Path) -> None:
    """Remove the score card, and every picture that has changed since it was scored."""
    if (folder / SCORES).exists():
        scores = read_scores(folder)
        changed = remove_changed(folder, zip(scores["picture"], scores["pixels"], strict=True), SHAPE)
        if changed:
            evaluation.say(
                f"{folder.name}: {len(changed)} pictures were changed after they were scored; painting them again"
            )
    remove_card(folder)


def _score(
    evaluation: Evaluation, folder: Path, config: EvalConfig, entry: Entry | None, compared: str | None = None
) -> ScoreCard:
    scores = evaluation.scorer(folder, evaluation.pairs, evaluation.data, evaluation.protocol, config.settings)
    if entry is None:
        card = make_card(config, scores, None, None, EXTERNAL_NOTES)
    else:
        cost = cost_of(entry, folder, config.settings.batch, evaluation.device)
        card = make_card(config, scores, cost, training_of(entry), notes_of(entry, folder, evaluation.data, compared))
    write_card(folder, card, scores.table)
    wanted = (*evaluation.protocol.metrics, *config.settings.extras)
    absent = {metric: score.reason for metric, score in card.sets.items() if score.value is None}
    absent |= {
        metric: score.reason for metric, score in card.images.items() if METRICS[metric].files and score.mean is None
    }
    for metric, reason in absent.items():
        if metric in wanted:
            evaluation.say_once(f"{metric} not computed: {reason}")
    return card


def _entry_config(evaluation: Evaluation, entry: Entry) -> EvalConfig:
    kind: MethodKind = entry.method.kind
    return EvalConfig(
        label=entry.label,
        method=entry.name,
        kind=kind,
        protocol=evaluation.protocol,
        pairs=hash_pairs(evaluation.pairs),
        data=str(evaluation.data.root),
        dataset=_data_facts(evaluation.data),
        checkpoint=entry.place,
        checkpoint_sha256=entry.sha256,
        method_config=entry.settings,
        source=None,
        settings=evaluation.settings,
    )


def _data_facts(data: Dataset) -> DataFacts:
    return DataFacts(name=data.name, fingerprint=data.fingerprint, counts=data.card.counts, source=data.card.source)


def _inputs(config: EvalConfig) -> dict[str, str]:
    checkpoint = {"checkpoint": config.checkpoint_sha256} if config.checkpoint_sha256 else {}
    return {"dataset": config.dataset.fingerprint, "pairs": config.pairs, **checkpoint}


def _refuse_other_kind(folder: Path, kind: str) -> None:
    if (folder / "run.json").exists() and read_record(folder).kind != kind:
        raise AnibenchError(
            f"{folder} holds a run of `anibench {read_record(folder).kind}`; choose another --name or remove the folder"
        )


def _finished(folder: Path, config: EvalConfig, evaluation: Evaluation) -> ScoreCard | None:
    """The score card in `folder` if this evaluation would write the same one from the same pictures, else None."""
    try:
        record = read_record(folder)
        if record.status != "done":
            return None
        before = read_eval_config(folder)
        card = read_card(folder)
        identity = config.identity(evaluation.device, package_versions()["anibench"])
        if card.format != FORMAT or not config.same_result(before) or not keeps_outputs(folder, identity):
            return None
        if any(score.sha256 is None and has_weights(score.extractor) for score in card.sets.values()):
            return None  # its weight file was fetched after the scoring
        if any(score.mean is None and _can_be_computed(name) for name, score in card.images.items()):
            return None
        outputs = hash_outputs(folder, [pair.picture for pair in evaluation.pairs], SHAPE)
    except AnibenchError:
        return None
    return card if outputs == card.outputs and _is_consistent(folder, record, evaluation) else None


def _is_consistent(folder: Path, record: RunRecord, evaluation: Evaluation) -> bool:
    """Whether the score card agrees with its scores, and a sample of these with the pictures; prints the differences.

    Raises AnibenchError for a picture that cannot be read.
    """
    try:
        found = read_evaluated(folder, record)
    except AnibenchError as error:
        evaluation.say(f"{folder.name}: scored again, because its records are inconsistent: {error}")
        return False
    wrong = score_problems(found, evaluation.data, SAMPLE)
    if wrong:
        evaluation.say(f"{folder.name}: scored again, because {'; '.join(wrong)}")
    return not wrong


def _can_be_computed(metric: str) -> bool:
    """Whether a metric without a value needs weight files that are all present now."""
    files = METRICS[metric].files if metric in METRICS else ()
    return bool(files) and all(map(has_weights, files))
