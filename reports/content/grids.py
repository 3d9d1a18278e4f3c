"""Grids of what was painted, at half its size. Which pairs are shown is a rule, never a taste."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image as Pillow
from PIL import ImageDraw, ImageFont

from benchmark.core.errors import AnibenchError
from benchmark.core.files import Image, atomic_path, read_rgb
from benchmark.core.markup import one_line
from benchmark.core.seeds import derive_seed
from benchmark.data.dataset import SIZE, Dataset
from benchmark.data.line_styles import line_image
from benchmark.data.protocol import EvalProtocol, Pair
from benchmark.data.references import reference_image
from benchmark.results.eval_config import recorded_place
from benchmark.results.metrics import METRICS
from benchmark.scoring.outputs import output_path
from benchmark.scoring.slices import pair_slices
from reports.content.compare import per_line
from reports.document import Picture
from reports.markup import slug
from reports.read.collect import EvalRun, Group
from reports.read.floors import sees_target

ROWS = 6
PER_SLICE = 2
EXTREMES = 3  # pairs each of the best, the median and the worst
METHODS = 8  # columns for methods; more would not be read
SHOWN = SIZE // 2  # pixels of a picture: a dozen columns fit a page, and a grid a report
GAP = 6  # pixels
CAPTION = 22  # pixels of text above and below pictures
GROUND = (238, 238, 238)  # not white, so that a page of lines has an edge
RULES = ("psnr", "palette-distance", "line-f1")  # what best and worst go by: the first that was measured


@dataclass(frozen=True)
class Choice:
    """Pairs chosen by a rule, each under a word of its own (best, median, ...), and the rule in words."""

    name: str
    rule: str
    rows: tuple[tuple[str, Pair], ...]


@dataclass(frozen=True)
class Cell:
    """A picture uint8 (256, 256, 3) and a few words under it."""

    image: Image
    words: str = ""


def draw_grids(group: Group, folder: Path) -> list[Picture]:
    """Draw all grids of a group into `folder`: pairs at random, and the best, median and worst by a metric.

    Without the dataset at hand, or with another one in its place, only what the methods painted is shown.
    """
    found = []
    for choice in choices(group):
        path = folder / f"{slug(group.name)}-{choice.name}.png"
        found.append(draw_grid(group, choice, path))
    return found


def choices(group: Group) -> list[Choice]:
    """The pairs to show: stable under the protocol's seed, whatever methods are added or in which order they come."""
    chance = tuple(("", pair) for pair in choose_pairs(group))
    rule = f"{len(chance)} of {group.card.n:,} pairs, drawn by the protocol's seed."
    return [Choice("random", rule, chance), *_extremes(group), *_slices(group)]


def choose_pairs(group: Group, count: int = ROWS) -> list[Pair]:
    """The first `count` pairs in an order that hangs on the protocol's seed and each sample's id alone."""
    return _shuffled(group, _pairs(group))[:count]


def draw_grid(group: Group, choice: Choice, path: Path) -> Picture:
    """Draw reference, line, each method and ground truth for the pairs of a choice."""
    pairs = [pair for _, pair in choice.rows]
    data, problem = _open_data(group)
    runs = list(zip(group.names, group.runs, strict=True))
    if data is not None and len(runs) > 1:  # its pictures are the ground truth
        runs = [(name, run) for name, run in runs if not sees_target(run.card.method)]
    shown = runs[:METHODS]
    columns: list[tuple[str, list[Cell]]] = []
    if data is not None:
        columns.append(("reference", [Cell(reference_image(p, data, group.protocol)) for p in pairs]))
        columns.append(("line", [Cell(_grey(line_image(p, data, group.protocol))) for p in pairs]))
    columns += [(name, _painted(run, pairs, group)) for name, run in shown]
    if data is not None:
        columns.append(("ground truth", [Cell(data.color(p.sample)) for p in pairs]))
    grid = Pillow.fromarray(_compose(columns, [word for word, _ in choice.rows]))
    with atomic_path(path) as temporary:
        grid.save(temporary, "PNG", optimize=True)  # two thirds of the size, for what is put into a repository
    rest = f" {len(runs) - len(shown)} more methods are not shown." if len(runs) > len(shown) else ""
    return Picture(path, f"{choice.rule}{problem}{rest}", photo=True)


def rule_metric(group: Group) -> str | None:
    """The per-image metric that best and worst go by in a group."""
    return next((m for m in RULES if any(m in run.scores for run in group.runs)), None)


def _extremes(group: Group) -> list[Choice]:
    """Best, median and worst pairs by the mean of a metric over the methods, or over the floors where these are all."""
    metric = rule_metric(group)
    pairs = _pairs(group)
    if metric is None or len(pairs) < 2 * ROWS:
        return []
    runs = [run for run in group.runs if run.card.kind != "floor"] or list(group.runs)
    scores = pd.concat([per_line(run, metric) for run in runs if metric in run.scores], axis=1).mean(axis=1).dropna()
    better = METRICS[metric].better == "higher"
    known = [pair for pair in _shuffled(group, pairs) if pair.sample in scores.index]  # ties in a stable order
    ordered = sorted(known, key=lambda pair: float(scores[pair.sample]), reverse=better)
    middle = (len(ordered) - EXTREMES) // 2
    parts = (
        ("best", ordered[:EXTREMES]),
        ("median", ordered[middle : middle + EXTREMES]),
        ("worst", ordered[-EXTREMES:]),
    )
    rows = tuple((word, pair) for word, part in parts for pair in part)
    whose = "methods" if any(run.card.kind != "floor" for run in group.runs) else "floors"
    what = f"{METRICS[metric].title}, the mean over the {whose}"
    rule = f"The {EXTREMES} best, middle and worst of {len(ordered):,} lines by {what}."
    return [Choice(f"by-{metric}", rule, rows)]


def _slices(group: Group) -> list[Choice]:
    """Pairs of each slice, such as references with two eye colours, drawn by the seed."""
    data, _ = _open_data(group)
    if data is None:
        return []
    pairs = _shuffled(group, _pairs(group))
    members = pair_slices(data, pairs)
    rows = tuple(
        (name, pair)
        for name, inside in members.items()
        for pair in [pair for pair, there in zip(pairs, inside, strict=True) if there][:PER_SLICE]
    )
    return [Choice("slices", "Lines of each slice, drawn by the protocol's seed.", rows)] if rows else []


def _pairs(group: Group) -> list[Pair]:
    """The pairs of a group, the first where a line was painted with several references."""
    rows = group.runs[0].scores.drop_duplicates("sample")[["sample", "reference", "seed"]].itertuples(index=False)
    return [Pair(str(sample), str(reference), int(seed)) for sample, reference, seed in rows]


def _shuffled(group: Group, pairs: Sequence[Pair]) -> list[Pair]:
    return sorted(pairs, key=lambda pair: derive_seed(group.protocol.seed, "figure", pair.sample))


def _open_data(group: Group) -> tuple[Dataset | None, str]:
    """The dataset a group was evaluated on, or why its pictures cannot be shown."""
    protocol: EvalProtocol = group.protocol
    for root in dict.fromkeys(recorded_place(run.config.data, run.folder) for run in group.runs):
        try:
            data = Dataset.open(root)
        except AnibenchError:
            continue
        if data.fingerprint == group.card.data.fingerprint and set(data.ids(protocol.split)):
            return data, ""
    return None, " The dataset was not found where it was evaluated, so lines and references are not shown."


def _painted(run: EvalRun, pairs: Sequence[Pair], group: Group) -> list[Cell]:
    metric = rule_metric(group)
    scores = per_line(run, metric).to_dict() if metric is not None and metric in run.scores else {}
    cells = []
    for pair in pairs:
        try:
            image = read_rgb(output_path(run.folder, pair.picture))
            cells.append(Cell(image, _words(metric, scores.get(pair.sample))))
        except AnibenchError:
            cells.append(Cell(np.full((SIZE, SIZE, 3), 230, np.uint8), "missing or damaged"))
    return cells


def _grey(line: Image) -> Image:
    """A line drawing (H, W) as RGB."""
    return np.repeat(line[..., None], 3, axis=2)


def _words(metric: str | None, value: float | None) -> str:
    """What stands under a picture."""
    if metric is None or value is None or np.isnan(value):
        return ""
    if np.isinf(value):
        return "equal to target"
    facts = METRICS[metric]
    short = f"{facts.title.split()[0]} {{:.{facts.digits}f}}"  # more does not fit under a picture
    return (facts.caption or short).format(value)


def _compose(columns: Sequence[tuple[str, Sequence[Cell]]], titles: Sequence[str]) -> Image:
    """All cells, column titles above, words under each row that has any, and row titles at the left."""
    rows = max(len(cells) for _, cells in columns)
    below = CAPTION if any(cell.words for _, cells in columns for cell in cells) else 0
    left = 7 * SHOWN // 8 if any(titles) else 0
    step_x, step_y = SHOWN + GAP, SHOWN + GAP + below
    size = (left + len(columns) * step_x - GAP, CAPTION + GAP + rows * step_y - GAP)
    canvas = Pillow.new("RGB", size, GROUND)
    draw = ImageDraw.Draw(canvas)
    font = ImageFont.load_default(size=13)
    for y, row_title in enumerate(titles if left else ()):
        _write(draw, (0, CAPTION + GAP + y * step_y + SHOWN // 2), row_title, font, left)
    for x, (column_title, cells) in enumerate(columns):
        _write(draw, (left + x * step_x, 2), column_title, font, SHOWN)
        for y, cell in enumerate(cells):
            top = CAPTION + GAP + y * step_y
            canvas.paste(Pillow.fromarray(cell.image).reduce(SIZE // SHOWN), (left + x * step_x, top))
            _write(draw, (left + x * step_x, top + SHOWN + 1), cell.words, font, SHOWN)
    return np.asarray(canvas, np.uint8)


def _write(
    draw: ImageDraw.ImageDraw,
    at: tuple[int, int],
    text: str,
    font: ImageFont.FreeTypeFont | ImageFont.ImageFont,
    width: int,
) -> None:
    """Write `text` in the middle of `width` pixels, cut to fit."""
    whole = one_line(text)
    cut = whole
    while cut and draw.textlength(cut, font=font) > width:
        cut = cut[:-1]
    if cut != whole:
        cut = cut[:-3] + "..."
    draw.text((at[0] + (width - draw.textlength(cut, font=font)) / 2, at[1]), cut, fill=(40, 40, 40), font=font)
