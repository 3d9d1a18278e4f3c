"""Read run folders. A run that is missing files, damaged or unfinished is left out with the reason."""

from collections import Counter
from collections.abc import Iterator, Set
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Any

from benchmark.core.errors import AnibenchError
from benchmark.core.files import read_object
from benchmark.core.hints import finish_hint
from benchmark.core.runs import RunRecord, read_record
from benchmark.data.protocol import EvalProtocol
from benchmark.methods.built_in import MARK, NOTE
from benchmark.results.consistency import Evaluated, read_evaluated
from benchmark.results.eval_config import EvalConfig
from benchmark.results.scorecard import ScoreCard
from benchmark.scoring.outputs import FOLDER
from reports.read.checks import kind_problems, picture_problems, training_problems
from reports.read.matrices import Matrix, read_matrix, verify_matrix

KIND_ORDER = {"method": 0, "external": 1, "floor": 2}
DIFFICULTY = ("self", "character", "random")  # references of protocols, from the easiest


@dataclass(frozen=True)
class EvalRun(Evaluated):
    """A finished evaluation whose score card agrees with its scores and pictures."""

    @property
    def verified(self) -> bool:
        """Whether its pictures are saved beside its scores. They are then those that were scored."""
        return (self.folder / FOLDER).is_dir()

    def value(self, metric: str) -> float | None:
        """The mean over pictures or the score of the set; None without a finite number."""
        if metric in self.card.images:
            return self.card.images[metric].mean
        return self.card.sets[metric].value if metric in self.card.sets else None

    @property
    def pictured(self) -> "EvalRun":
        """The evaluation whose saved pictures are shown for this row."""
        return self


@dataclass(frozen=True)
class OtherRun:
    """Any other run with its configuration: training, building, fitting."""

    folder: Path
    record: RunRecord
    config: dict[str, Any]


AnyRun = EvalRun | OtherRun


@dataclass(frozen=True)
class Group:
    """Evaluations that share a table: one protocol version, fingerprint, set of pairs and FID mode."""

    protocol: EvalProtocol
    runs: tuple[EvalRun, ...]  # methods, external pictures, floors

    @property
    def card(self) -> ScoreCard:
        """A card of the group, for the facts that all cards share."""
        return self.runs[0].card

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the rows: their labels, with the folder if two rows have one label."""
        times = Counter(run.card.label for run in self.runs)
        return tuple(
            run.card.label if times[run.card.label] == 1 else f"{run.card.label} ({run.folder.as_posix()})"
            for run in self.runs
        )

    @property
    def name(self) -> str:
        """The prefix of the group's figures, unique per group."""
        card = self.card
        modes = "".join(f"-{mode}" for mode in dict.fromkeys(card.fid_modes))
        return f"{card.protocol_label}-{card.data.fingerprint[:8]}-{card.pairs[:4]}{modes}"


@dataclass
class Collection:
    """Everything under one runs folder."""

    groups: list[Group] = field(default_factory=list)
    trainings: list[OtherRun] = field(default_factory=list)
    others: list[OtherRun] = field(default_factory=list)
    matrices: list[Matrix] = field(default_factory=list)
    left_out: list[tuple[Path, str]] = field(default_factory=list)

    @property
    def evaluations(self) -> list[EvalRun]:
        """The evaluations of all groups."""
        return [run for group in self.groups for run in group.runs]


def settings(run: AnyRun) -> dict[str, Any]:
    """The configuration of a run as nested mappings."""
    return run.config.model_dump(mode="json") if isinstance(run, EvalRun) else run.config


def collect(runs: Path, only: Set[Path] | None = None) -> Collection:
    """Read every run folder under `runs`. An evaluation that belongs to a matrix is listed in the matrix only.

    With `only`, trainings, matrices and other evaluations in folders that it lacks are left out without a note.
    """
    found = Collection()
    evaluations = []
    for folder in _run_folders(runs):
        wanted = only is None or folder in only
        try:
            record = read_record(folder)
            if record.kind in ("eval", "score"):
                evaluations.append(_evaluation(folder, record))
            elif wanted or record.kind not in ("train", "matrix"):
                run = OtherRun(folder, record, read_object(folder / "config.json"))
                (found.trainings if record.kind == "train" else found.others).append(run)
                if record.status != "done":
                    found.left_out.append((folder, _unfinished(record)))
                elif record.kind == "matrix":
                    found.matrices.append(read_matrix(folder))
        except (AnibenchError, ValueError, TypeError, KeyError, ArithmeticError) as error:
            found.left_out.append((folder, str(error)))
    swept = {(label, matrix.entry) for matrix in found.matrices for label in matrix.labels}
    cells = {label for label, entry in swept if label != entry}
    reasons = {"/".join(folder.parts[-2:]): reason for folder, reason in found.left_out}
    matrices, found.matrices = found.matrices, []
    for matrix in matrices:
        try:
            found.matrices.append(verify_matrix(matrix, evaluations, reasons))
        except AnibenchError as error:
            found.left_out.append((matrix.folder, str(error)))
    rows = [run for run in evaluations if run.card.label not in cells and (only is None or run.folder in only)]
    found.groups = group_evaluations(rows)
    found.left_out = [(folder, why) for folder, why in found.left_out if only is None or folder in only]
    return found


def group_evaluations(evaluations: list[EvalRun]) -> list[Group]:
    """Groups in the order of their protocols; in a group, methods precede floors."""

    def key(run: EvalRun) -> tuple[Any, ...]:
        protocol = run.config.protocol
        return (DIFFICULTY.index(protocol.reference), protocol.warp, *run.card.table_key)

    def order(run: EvalRun) -> tuple[Any, ...]:
        return (*key(run), KIND_ORDER[run.card.kind], run.card.label)

    ordered = sorted(evaluations, key=order)
    return [
        Group(members[0].config.protocol, members) for members in (tuple(each) for _, each in groupby(ordered, key=key))
    ]


def _evaluation(folder: Path, record: RunRecord) -> EvalRun:
    if record.status != "done":
        raise AnibenchError(_unfinished(record))
    found = read_evaluated(folder, record)
    problems = [*kind_problems(found.card), *picture_problems(found), *training_problems(found)]
    if problems:
        raise AnibenchError("; ".join(problems))
    return EvalRun(**vars(found) | {"config": _without_install_folder(found)})


def _without_install_folder(found: Evaluated) -> EvalConfig:
    """The configuration with the name of weights that come with anibench; older versions recorded their path."""
    path = found.config.checkpoint or ""
    if NOTE not in found.card.notes or path.endswith(MARK):
        return found.config
    name = f"{found.card.method}/{Path(path).stem}{MARK}"
    return found.config.model_copy(update={"checkpoint": name})


def _unfinished(record: RunRecord) -> str:
    error = f": {record.error}" if record.error else ""
    return f"{record.kind} is {record.status}{error}; {finish_hint(record.status, record.command, record.kind)}"


def _run_folders(runs: Path) -> Iterator[Path]:
    """Folders that contain a run, or are at the place of one."""
    expected = {folder for kind in ("eval", "train") for folder in runs.glob(f"{kind}/*/*") if folder.is_dir()}
    recorded = {path.parent for path in runs.glob("**/run.json")}
    yield from sorted(folder for folder in expected | recorded if not folder.name.startswith("."))
