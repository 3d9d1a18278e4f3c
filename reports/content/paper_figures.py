"""Figures 4 to 9 of the paper from the run folders: the same rows and columns, the user's pictures.

The content of figures 5 (two eye colours), 6 (line styles) and 9 (loss curve) is known. The numbers of the comparisons
(4, 7) and of the ablation (8) are assumed from the order of the paper's sections.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from benchmark.data.dataset import Dataset
from benchmark.data.protocol import Pair
from benchmark.data.references import reference_image
from reports.content.figures import draw_training
from reports.content.grids import Tile, line_tiles, open_data, painted, random_pairs, save_grid, slice_pairs
from reports.document import Figure
from reports.markup import slug
from reports.read.claims import ABLATIONS, EPOCH, ablation
from reports.read.collect import Collection, EvalRun, Group
from reports.read.prices import OURS, is_ours

ROWS = 4  # pairs in a figure
STYLED = 3  # pairs in the figure of line styles, which take two rows each
METHODS = {  # method -> title of its column, in the paper's order
    "scft": "SCFT", "sga": "SGA", "attention-aware": "Cao", "prompt-free": "Prompt-Free", OURS: "AnimeDiffusion",
}  # fmt: skip
MISSING = {  # number of a figure -> the suite that draws it
    4: "table-1", 5: "heterochromia", 6: "line-styles", 7: "table-1", 8: "table-2",
}  # fmt: skip
Columns = list[tuple[str, list[Tile]]]


class PaperGroups(NamedTuple):
    """The evaluations on one dataset, by what the paper's figures show."""

    plain: Group | None  # the reference is the target
    chance: Group | None  # the reference is another picture
    styles: Sequence[Group]  # lines of several styles, with one kind of reference; those of the dataset come first


def paper_groups(groups: Sequence[Group], fingerprint: str) -> PaperGroups:
    """The groups of a dataset that the paper's figures show."""
    here = [group for group in groups if group.card.data.fingerprint == fingerprint]
    as_built = [group for group in here if group.protocol.lines == "as-built"]
    plain = next((group for group in as_built if group.protocol.reference == "self" and not group.protocol.warp), None)
    chance = next((group for group in as_built if group.protocol.reference == "random"), None)
    styles = [group for group in here if group.protocol.lines != "as-built"]
    references = {(group.protocol.reference, group.protocol.warp) for group in styles}
    same = [group for group in as_built if (group.protocol.reference, group.protocol.warp) in references]
    return PaperGroups(plain, chance, [*same, *styles] if styles else [])


def main_run(group: Group) -> tuple[str, EvalRun] | None:
    """The row of AnimeDiffusion as in Table 1: phase 2 of one epoch if there is such a row, else the first."""
    rows = [(name, run) for name, run in zip(group.names, group.runs, strict=True) if is_ours(run)]
    as_published = [row for row in rows if (ablation(row[1].card, row[1].config) or ("",))[0] == EPOCH]
    return next(iter([*as_published, *rows]), None)


def paper_figures(found: Collection, groups: PaperGroups, folder: Path, *, grids: bool) -> tuple[list[Figure], str]:
    """The figures that the runs have, drawn into `folder`, and a sentence on the others; without `grids` the curve."""
    drawn: dict[int, Figure] = {}
    drawers: dict[int, Callable[[Path], Figure | None]] = {
        4: lambda path: _comparison(4, groups.plain, path),
        5: lambda path: _heterochromia(groups.chance or groups.plain, path),
        6: lambda path: _line_styles(groups, path),
        7: lambda path: _comparison(7, groups.chance, path),
        8: lambda path: _ablation(groups.chance or groups.plain, path),
    }
    any_group = groups.plain or groups.chance
    if any_group is None or main_run(any_group) is None:
        return [], ""
    prefix = slug(any_group.name)
    for number, draw in drawers.items() if grids else ():
        figure = draw(folder / f"{prefix}-paper-{number}.png")
        drawn |= {} if figure is None else {number: figure}
    curve = _curve(found, any_group, folder / f"{prefix}-paper-9.png")
    drawn |= {} if curve is None else {9: curve}
    absent = [number for number in MISSING if number not in drawn] if grids else []
    names = ", ".join(f"{number} (anibench run {MISSING[number]})" for number in absent)
    return list(drawn.values()), f"Figures of the paper that these runs do not have: {names}." if absent else ""


def _comparison(number: int, group: Group | None, path: Path) -> Figure | None:
    """Reference, line, each method, target."""
    if group is None:
        return None
    runs = _by_method(group)
    what = "the reference is the target" if group.protocol.reference == "self" else "the reference is another picture"
    return _pairs_figure(number, f"comparison of methods; {what}", group, runs, random_pairs(group, ROWS), path)


def _heterochromia(group: Group | None, path: Path) -> Figure | None:
    data = open_data(group)[0] if group else None
    if group is None or data is None:
        return None
    pairs = slice_pairs(group, data).get("heterochromia", [])[:ROWS]
    return _pairs_figure(5, "references with two eye colours", group, _by_method(group), pairs, path)


def _ablation(group: Group | None, path: Path) -> Figure | None:
    """The rows of Table 2 as columns."""
    if group is None:
        return None
    rows = {row[0]: run for run in group.runs if (row := ablation(run.card, run.config)) is not None}
    columns = [(claim.name.removeprefix("phase 2 for "), rows[claim.name]) for claim in ABLATIONS if claim.name in rows]
    if len(columns) < 2:
        return None
    return _pairs_figure(8, "ablations of AnimeDiffusion", group, columns, random_pairs(group, ROWS), path)


def _pairs_figure(
    number: int, what: str, group: Group, runs: Sequence[tuple[str, EvalRun]], pairs: Sequence[Pair], path: Path
) -> Figure | None:
    """One row for each pair: reference, line, `runs`, target. None without pictures to show."""
    data, _ = open_data(group)
    if data is None or not runs or not pairs:
        return None
    columns: Columns = [
        ("reference", _references(pairs, data, group)),
        ("line", line_tiles(pairs, data, group)),
        *((title, painted(run, pairs, group)) for title, run in runs),
        ("target", [Tile(data.color(pair.sample)) for pair in pairs]),
    ]
    save_grid(columns, [""] * len(pairs), path)
    return Figure(path, f"Figure {number} of the paper, with other pictures: {what}.", photo=True, in_latex=True)


def _line_styles(groups: PaperGroups, path: Path) -> Figure | None:
    """For each pair a row of lines and a row of what AnimeDiffusion painted, one column for each style."""
    rows = [(group, row[1]) for group in groups.styles if (row := main_run(group)) is not None]
    if not rows:
        return None
    first = rows[0][0]
    data, pairs = open_data(first)[0], random_pairs(first, STYLED)
    if data is None:
        return None
    targets = [Tile(data.color(pair.sample)) for pair in pairs]
    columns: Columns = [("reference, target", _alternating(_references(pairs, data, first), targets))]
    for group, run in rows:
        tiles = _alternating(line_tiles(pairs, data, group), painted(run, pairs, group))
        columns.append((group.protocol.lines, tiles))
    save_grid(columns, ["line", "painted"] * len(pairs), path)
    return Figure(
        path, "Figure 6 of the paper, with other pictures: lines of several styles.", photo=True, in_latex=True
    )


def _curve(found: Collection, group: Group, path: Path) -> Figure | None:
    """The loss of the training behind `main_run`, or of the run whose first phase it uses: one with its settings."""
    row = main_run(group)
    checkpoint = row[1].config.checkpoint if row else None
    name = f"{OURS}/{Path(checkpoint).parent.parent.name}" if checkpoint else ""
    settings = _of_phase1(row[1].config.method_config) if row else {}
    trainings = [run for run in found.trainings if run.record.name.startswith(f"{OURS}/")]
    for run in sorted(trainings, key=lambda each: (each.record.name != name, _of_phase1(each.config) != settings)):
        figure = draw_training(run, path, phase="phase1")
        if figure is not None:
            return Figure(
                path, f"Figure 9 of the paper, of another training: phase 1 of {run.record.name}.", in_latex=True
            )
    return None


def _of_phase1(config: Mapping[str, Any]) -> dict[str, Any]:
    """The settings that decide the first phase."""
    return {key: value for key, value in config.items() if key not in ("phase2", "sampling", "budget", "runtime")}


def _by_method(group: Group) -> list[tuple[str, EvalRun]]:
    """The paper's methods that have a row, with the titles of their columns."""
    first = {run.card.method: run for run in reversed(group.runs) if run.card.kind == "method"}
    ours = main_run(group)
    first |= {OURS: ours[1]} if ours else {}
    return [(title, first[method]) for method, title in METHODS.items() if method in first]


def _references(pairs: Sequence[Pair], data: Dataset, group: Group) -> list[Tile]:
    return [Tile(reference_image(pair, data, group.protocol)) for pair in pairs]


def _alternating(upper: Sequence[Tile], lower: Sequence[Tile]) -> list[Tile]:
    return [tile for both in zip(upper, lower, strict=True) for tile in both]
