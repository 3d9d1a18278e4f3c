"""A leaderboard from the score cards of many people. Cards that are not comparable are refused by name."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmark.core.errors import AnibenchError
from benchmark.data.dataset import Dataset
from benchmark.results.eval_config import recorded_place
from benchmark.results.metrics import METRICS
from benchmark.results.score_table import Cell, title
from reports.board.submission import FILE, Submission, card_problems, data_problems, read_submission
from reports.content.compare import Verdicts, compare
from reports.content.grids import draw_grid, select_pairs
from reports.content.tables import emphasis, headline_metrics, images_seen, mark_notes, name_cell, score_cells
from reports.document import Block, Bullets, Code, Document, Heading, Paragraph, Row, Table, Text, join, pieces
from reports.markup import slug
from reports.read.collect import EvalRun, Group, collect, group_evaluations

OURS = "drawn by anibench itself"  # in the licence of a drawn dataset


@dataclass
class Board:
    """The rows of the board, and the refused runs with their reasons."""

    dataset: str = ""  # its name in the first folder
    groups: list[Group] = field(default_factory=list)
    submissions: dict[Path, Submission] = field(default_factory=dict)  # run folder -> what came with it
    refused: list[tuple[Path, str]] = field(default_factory=list)
    repeated: list[tuple[Path, Path]] = field(default_factory=list)  # a run, and the same one already there


def make_board(folders: Sequence[Path], data: Path | None = None) -> Board:
    """Merge the evaluations of several folders. The first folder determines data, protocols and pairs.

    A card of other data, another version or other pairs is refused, as is one that does not agree with the scores
    beside it or, if the dataset is given, with its pictures scored again, and each card of a folder whose authors
    declare that the method saw test pictures. Equal pictures under one protocol are listed once.
    """
    board = Board()
    dataset = Dataset.open(data) if data is not None else None
    standard: dict[str, EvalRun] = {}
    kept: list[EvalRun] = []
    for number, folder in enumerate(folders):
        if not folder.is_dir():
            raise AnibenchError(f"{folder} is not a folder of runs")
        found = collect(folder)
        board.refused += [(path, reason) for path, reason in found.left_out if _is_evaluation(path)]
        submission, fault = _submission(folder)
        for run in found.evaluations:
            if number == 0 and run.card.protocol not in standard:
                standard[run.card.protocol] = run
            problems = [*fault, *card_problems(run), *_misfits(run, standard), *_floor_problems(run, kept)]
            problems += data_problems(run, dataset)
            twin = next((other for other in kept if _same_pictures(run, other)), None)
            if problems:
                board.refused.append((run.folder, "; ".join(problems)))
            elif twin is not None:
                board.repeated.append((run.folder, twin.folder))
            else:
                kept.append(run)
                if submission is not None:
                    board.submissions[run.folder] = submission
    if not kept:
        reasons = "".join(f"\n{path}: {reason}" for path, reason in board.refused)
        raise AnibenchError(f"no score card is left for a board{reasons}")
    board.dataset = kept[0].card.data.name
    board.groups = group_evaluations(kept)
    return board


def board_document(board: Board, figures: Path, *, pictures: bool = False, allowed: Sequence[str] = ()) -> Document:
    """The board as a document. `figures` receives example pictures, only of data that may be shown."""
    if pictures:
        _require_allowed(board, allowed)
    card = board.groups[0].card
    blocks: list[Block] = [Heading(1, f"Leaderboard on {board.dataset}")]
    blocks.append(
        Paragraph(
            (
                f"{card.n:,} test lines, fingerprint ", Code(card.data.fingerprint[:16]),
                ". Rows in italics are floors: they need no training and show "
                "what a protocol rewards. ↑ higher is better, ↓ lower.",
            )
        )
    )  # fmt: skip
    for group in board.groups:
        verdicts = compare(group)
        blocks += [Heading(2, f"{group.card.protocol}, version {group.card.version}")]
        blocks += [Paragraph(group.protocol.description), _table(group, verdicts), *_stated(group)]
        if pictures:
            blocks.append(draw_grid(group, select_pairs(group)[0], figures / f"{slug(group.name)}.png"))
    return (*blocks, *_declared(board), *_left_off(board))


def board_facts(board: Board) -> dict[str, Any]:
    """The board as JSON values."""
    return {
        "boards": [
            {
                "protocol": group.card.protocol_label,
                "dataset": group.card.data.model_dump(mode="json"),
                "pairs": group.card.pairs,
                "rows": [
                    {
                        "name": name,
                        "folder": str(run.folder),
                        "submission": _dumped(board.submissions.get(run.folder)),
                        "card": run.card.model_dump(mode="json"),
                    }
                    for name, run in zip(group.names, group.runs, strict=True)
                ],
            }
            for group in board.groups
        ],
        "refused": [{"folder": str(path), "reason": reason} for path, reason in board.refused],
        "repeated": [{"folder": str(path), "same_as": str(other)} for path, other in board.repeated],
    }


def _dumped(submission: Submission | None) -> dict[str, Any] | None:
    return None if submission is None else submission.model_dump(mode="json")


def _is_evaluation(folder: Path) -> bool:
    return (folder / "scorecard.json").exists() or folder.parent.parent.name == "eval"


def _submission(folder: Path) -> tuple[Submission | None, tuple[str, ...]]:
    """What the authors declare, None for nothing, and why their evaluations are refused, if they are."""
    if not (folder / FILE).exists():
        return None, ()
    try:
        found = read_submission(folder)
    except AnibenchError as error:
        return None, (str(error),)
    return found, (f"{folder / FILE} says that the method saw test pictures",) if found.saw_test_pictures else ()


def _misfits(run: EvalRun, standard: dict[str, EvalRun]) -> Iterator[str]:
    """The differences between a run and the board's data, protocol and pairs."""
    first = standard.get(run.card.protocol)
    if first is None:
        yield f"the board has no {run.card.protocol}: it has {', '.join(sorted(standard)) or 'nothing'}"
        return
    if run.card.version != first.card.version:
        yield f"it is {run.card.protocol_label}, the board is for {first.card.protocol_label}"
    if run.card.data.fingerprint != first.card.data.fingerprint:
        theirs, ours = run.card.data.fingerprint[:16], first.card.data.fingerprint[:16]
        yield f"other data: fingerprint {theirs}, the board is for {ours}"
    elif run.card.pairs != first.card.pairs:
        yield f"other pairs: {run.card.pairs[:16]}, the board is for {first.card.pairs[:16]}"
    modes = [sorted(set(each.card.fid_modes)) for each in (run, first)]
    if modes[0] != modes[1]:
        yield f"other FID mode: {', '.join(modes[0])}; the board is for {', '.join(modes[1])}"
    levels = [each.config.settings.level for each in (run, first)]
    if levels[0] != levels[1]:
        yield f"intervals of {100 * levels[0]:g} %; those of the board are of {100 * levels[1]:g} %"


def _floor_problems(run: EvalRun, kept: Sequence[EvalRun]) -> Iterator[str]:
    """A floor paints the same pictures for everybody, so the floor of the first folder counts."""
    for other in kept:
        one, two = ((each.card.kind, *_key(each)[:-1]) for each in (run, other))
        if run.card.kind == "floor" and one == two and not _same(run, other):
            yield f"its pictures are not those of the floor {other.card.method} in {other.folder}"


def _same(run: EvalRun, other: EvalRun) -> bool:
    return _key(run) == _key(other)


def _same_pictures(run: EvalRun, other: EvalRun) -> bool:
    """Whether `run` scored the pictures of `other`; two floors may paint the same."""
    return _same(run, other) or (run.card.kind != "floor" and _key(run)[1:] == _key(other)[1:])


def _key(run: EvalRun) -> tuple[str, ...]:
    return run.card.method, run.card.protocol_label, run.card.pairs, run.card.outputs


def _table(group: Group, verdicts: Verdicts) -> Table:
    metrics = headline_metrics(group)
    rows = []
    for name, run in zip(group.names, group.runs, strict=True):
        seconds = run.card.cost.seconds_per_image if run.card.cost else None
        cost = Cell("") if seconds is None else Cell(f"{seconds:.3g}", value=seconds)
        scores = score_cells(name, run, metrics, verdicts)
        rows.append(Row((name_cell(name, run, verdicts), *scores, images_seen(run.card), cost), emphasis(run)))
    ordered = sorted(rows, key=lambda row: _place(row, metrics))
    header = ("method", *map(title, metrics), "images seen", "s / image")
    return Table(header, tuple(ordered), notes=mark_notes(rows))


def _stated(group: Group) -> list[Block]:
    """Which scores of a table are not computed again from pictures or from scores per picture."""
    sets = dict.fromkeys(
        METRICS[m].title for run in group.runs for m, s in run.card.sets.items() if s.value is not None
    )
    return [Paragraph((f"{', '.join(sets)}: as the score cards state; not computed again.",))] if sets else []


def _place(row: Row, metrics: Sequence[str]) -> tuple[float, ...]:
    """Sort key: best first by the first metric, then by the next; rows without a number are last."""
    values = []
    for metric, cell in zip(metrics, row.cells[1:], strict=False):
        sign = -1 if METRICS[metric].better == "higher" else 1
        perfect = cell.text == "all identical"
        number = isinstance(cell.value, int | float)
        values.append(sign * float(cell.value or 0) if number else float("-inf") if perfect else float("inf"))
    return tuple(values)


def _declared(board: Board) -> list[Block]:
    """The contents of `submission.toml` files and the rows they describe."""
    labels: dict[Submission, dict[str, None]] = {}
    for group in board.groups:
        for name, run in zip(group.names, group.runs, strict=True):
            if run.folder in board.submissions and run.card.kind != "floor":
                labels.setdefault(board.submissions[run.folder], {})[name] = None
    if not labels:
        return []
    texts = (
        (s.name, ", ".join(names), ", ".join(s.authors), s.code, s.training_data, s.remarks or "")
        for s, names in labels.items()
    )
    header = ("method", "rows", "authors", "code", "trained on", "remarks")
    rows = tuple(Row(tuple(map(Cell, each))) for each in texts)
    return [Heading(2, "What the authors declare"), Table(header, rows, words=len(header))]


def _left_off(board: Board) -> list[Block]:
    blocks: list[Block] = []
    if board.refused:
        reasons: dict[str, list[Text]] = {}  # one reason can refuse many cards of one folder
        for path, reason in board.refused:
            reasons.setdefault(reason, []).append(Code(path.as_posix()))
        refused = tuple((f"{reason}: ", *pieces(join(paths, ", "))) for reason, paths in reasons.items())
        blocks += [Heading(2, "Refused"), Bullets(refused)]
    if board.repeated:
        twice: tuple[Text, ...] = tuple(
            (Code(path.as_posix()), " is the same as ", Code(other.as_posix())) for path, other in board.repeated
        )
        blocks += [Heading(2, "There already"), Bullets(twice)]
    return blocks


def _require_allowed(board: Board, allowed: Sequence[str]) -> None:
    """Raise AnibenchError unless the pictures of the board's data may be published."""
    for group in board.groups:
        fingerprint = group.card.data.fingerprint
        if any(fingerprint.startswith(prefix) for prefix in allowed if len(prefix) >= 8):
            continue
        for root in {recorded_place(run.config.data, run.folder) for run in group.runs}:
            try:
                data = Dataset.open(root)
            except AnibenchError:
                continue
            if data.fingerprint == fingerprint and OURS in data.card.licence:
                break
        else:
            raise AnibenchError(
                f"{group.card.data.name} may contain pictures that you may not show; leave out --pictures, or "
                f"state that you may show them: --allow {fingerprint[:16]}"
            )
