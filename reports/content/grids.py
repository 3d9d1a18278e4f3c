"""Grids of painted pictures at half size. The pairs are chosen by a fixed rule, not by hand."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

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
from benchmark.data.protocol import Pair
from benchmark.data.references import reference_image
from benchmark.results.eval_config import open_recorded
from benchmark.results.metrics import METRICS
from benchmark.scoring.outputs import output_path
from benchmark.scoring.slices import pair_slices
from reports.content.compare import per_line
from reports.document import Figure
from reports.markup import slug
from reports.read.collect import EvalRun, Group
from reports.read.floors import sees_target

Pictures = Literal["all", "few", "none"]
"""Which pictures a report has; `few` are those under its summary and the paper's figures."""
ROWS = 6
PER_SLICE = 2
EXTREMES = 3  # pairs each of the best, the median and the worst
METHODS = 8  # most columns for methods
SHOWN = SIZE // 2  # side of a picture in the grid, px
GAP = 6  # px
TITLE = 20  # characters of a column's title that are sure to fit
CAPTION = 22  # height of the text above and below pictures, px
GROUND = (238, 238, 238)  # background; not white, so that line drawings have a visible edge


@dataclass(frozen=True)
class Selection:
    """Pairs chosen by a rule. `rule` is its text; each pair has the title of its row (best, median, ...)."""

    name: str
    rule: str
    rows: tuple[tuple[str, Pair], ...]


@dataclass(frozen=True)
class Tile:
    """A picture of a grid, uint8 (256, 256, 3), and the text below it."""

    image: Image
    caption: str = ""


def draw_grids(group: Group, folder: Path, pictures: Pictures = "all") -> list[Figure]:
    """Draw the grids of a group into `folder`: random pairs, the best, median and worst by a metric, and slices.

    `few` is the random pairs alone. If the dataset of the evaluation is not found, lines, references and targets are
    left out.
    """
    found = []
    selections = [] if pictures == "none" else select_pairs(group)
    for selection in selections[: 1 if pictures == "few" else None]:
        path = folder / f"{slug(group.name)}-{selection.name}.png"
        found.append(draw_grid(group, selection, path))
    return found


def select_pairs(group: Group) -> list[Selection]:
    """The pairs to show. The random ones depend on the protocol's seed and the sample ids, not on the methods."""
    drawn = tuple(("", pair) for pair in random_pairs(group))
    rule = f"{len(drawn)} of {group.card.n:,} pairs, drawn by the protocol's seed."
    return [Selection("random", rule, drawn), *_extremes(group), *_slices(group)]


def random_pairs(group: Group, count: int = ROWS) -> list[Pair]:
    """The first `count` pairs in an order that depends only on the protocol's seed and the sample ids."""
    return _shuffled(group, _pairs(group))[:count]


def draw_grid(group: Group, selection: Selection, path: Path) -> Figure:
    """Draw reference, line, the picture of each method, and target, with one row per pair of `selection`."""
    pairs = [pair for _, pair in selection.rows]
    data, problem = open_data(group)
    runs = list(zip(group.names, group.runs, strict=True))
    if data is not None and len(runs) > 1:  # such a floor's pictures equal the last column
        runs = [(name, run) for name, run in runs if not sees_target(run.card.method)]
    shown = runs[:METHODS]
    columns: list[tuple[str, list[Tile]]] = []
    if data is not None:
        columns.append(("reference", [Tile(reference_image(p, data, group.protocol)) for p in pairs]))
        columns.append(("line", line_tiles(pairs, data, group)))
    columns += [(column_title(name, run), painted(run, pairs, group)) for name, run in shown]
    if data is not None:
        columns.append(("target", [Tile(data.color(p.sample)) for p in pairs]))
    save_grid(columns, [title for title, _ in selection.rows], path)
    rest = f" {len(runs) - len(shown)} more methods are not shown." if len(runs) > len(shown) else ""
    single = " Rows over several seeds show the first." if any(run.pictured is not run for _, run in shown) else ""
    return Figure(path, f"{selection.rule}{problem}{rest}{single}", photo=True)


def column_title(name: str, run: EvalRun) -> str:
    """The row's `name`, or the label of the painted run for a mean over seeds; without the method if it is long."""
    label = name if run.pictured is run else run.pictured.card.label
    return label if len(label) <= TITLE else label.removeprefix(f"{run.card.method}.")


def save_grid(columns: Sequence[tuple[str, Sequence[Tile]]], titles: Sequence[str], path: Path) -> None:
    """Write the PNG of columns of tiles, each with its title; `titles` are those of the rows, empty for none."""
    with atomic_path(path) as temporary:
        Pillow.fromarray(_compose(columns, titles)).save(temporary, "PNG", optimize=True)  # two thirds of the size


def line_tiles(pairs: Sequence[Pair], data: Dataset, group: Group) -> list[Tile]:
    """The lines that the methods were given."""
    return [Tile(np.repeat(line_image(pair, data, group.protocol)[..., None], 3, axis=2)) for pair in pairs]


def ranking_metric(group: Group) -> str | None:
    """The metric that orders the pictures of a group from best to worst: the measured one with the lowest `picks`."""
    measured = [each for each in METRICS.values() if any(each.name in run.scores for run in group.runs)]
    return min(((each.picks, each.name) for each in measured if each.picks is not None), default=(0, None))[1]


def _extremes(group: Group) -> list[Selection]:
    """Best, median and worst pairs by the mean of a metric over the methods; over the floors if there is no method."""
    metric = ranking_metric(group)
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
    rows = tuple((title, pair) for title, part in parts for pair in part)
    whose = "methods" if any(run.card.kind != "floor" for run in group.runs) else "floors"
    by = f"the mean {METRICS[metric].title} over the {whose}"
    rule = f"The {EXTREMES} best, median and worst of {len(ordered):,} lines, by {by}."
    return [Selection(f"by-{metric}", rule, rows)]


def _slices(group: Group) -> list[Selection]:
    """Pairs of each slice, such as references with two eye colours, drawn by the seed."""
    data, _ = open_data(group)
    if data is None:
        return []
    rows = tuple((name, pair) for name, members in slice_pairs(group, data).items() for pair in members[:PER_SLICE])
    return [Selection("slices", "Lines of each slice, drawn by the protocol's seed.", rows)] if rows else []


def slice_pairs(group: Group, data: Dataset) -> dict[str, list[Pair]]:
    """Slice -> its pairs, in an order that depends only on the protocol's seed and the sample ids."""
    pairs = _shuffled(group, _pairs(group))
    members = pair_slices(data, pairs)
    return {
        name: [pair for pair, there in zip(pairs, inside, strict=True) if there] for name, inside in members.items()
    }


def _pairs(group: Group) -> list[Pair]:
    """The first pair of each line of a group."""
    rows = group.runs[0].scores.drop_duplicates("sample")[["sample", "reference", "seed"]].itertuples(index=False)
    return [Pair(str(sample), str(reference), int(seed)) for sample, reference, seed in rows]


def _shuffled(group: Group, pairs: Sequence[Pair]) -> list[Pair]:
    return sorted(pairs, key=lambda pair: derive_seed(group.protocol.seed, "figure", pair.sample))


def open_data(group: Group) -> tuple[Dataset | None, str]:
    """The dataset of a group, or None and the sentence for the caption."""
    for run in group.runs:
        data = open_recorded(run.config, run.folder)
        if data is not None:
            return data, ""
    return None, " The dataset was not found at its recorded path, so lines and references are not shown."


def painted(run: EvalRun, pairs: Sequence[Pair], group: Group) -> list[Tile]:
    """The pictures that a method painted, with their scores; a grey tile for a picture that cannot be read."""
    run = run.pictured
    metric = ranking_metric(group)
    scores = per_line(run, metric).to_dict() if metric is not None and metric in run.scores else {}
    tiles = []
    for pair in pairs:
        try:
            image = read_rgb(output_path(run.folder, pair.picture))
            tiles.append(Tile(image, _caption(metric, scores.get(pair.sample))))
        except AnibenchError:
            tiles.append(Tile(np.full((SIZE, SIZE, 3), 230, np.uint8), "missing or damaged"))
    return tiles


def _caption(metric: str | None, value: float | None) -> str:
    """The text below a picture: its score."""
    if metric is None or value is None or np.isnan(value):
        return ""
    facts = METRICS[metric]
    if facts.capped_if_identical and value == facts.high:
        return "equal to target"
    short = f"{facts.title.split()[0]} {{:.{facts.digits}f}}"  # fits the width of a picture
    return (facts.caption or short).format(value)


def _compose(columns: Sequence[tuple[str, Sequence[Tile]]], titles: Sequence[str]) -> Image:
    """The grid: column titles at the top, row titles at the left, captions below the pictures."""
    rows = max(len(tiles) for _, tiles in columns)
    below = CAPTION if any(tile.caption for _, tiles in columns for tile in tiles) else 0
    left = 7 * SHOWN // 8 if any(titles) else 0
    step_x, step_y = SHOWN + GAP, SHOWN + GAP + below
    size = (left + len(columns) * step_x - GAP, CAPTION + GAP + rows * step_y - GAP)
    canvas = Pillow.new("RGB", size, GROUND)
    draw = ImageDraw.Draw(canvas)
    font = ImageFont.load_default(size=13)
    for y, row_title in enumerate(titles if left else ()):
        _write(draw, (0, CAPTION + GAP + y * step_y + SHOWN // 2), row_title, font, left)
    for x, (column_title, tiles) in enumerate(columns):
        _write(draw, (left + x * step_x, 2), column_title, font, SHOWN)
        for y, tile in enumerate(tiles):
            top = CAPTION + GAP + y * step_y
            canvas.paste(Pillow.fromarray(tile.image).reduce(SIZE // SHOWN), (left + x * step_x, top))
            _write(draw, (left + x * step_x, top + SHOWN + 1), tile.caption, font, SHOWN)
    return np.asarray(canvas, np.uint8)


def _write(
    draw: ImageDraw.ImageDraw,
    at: tuple[int, int],
    text: str,
    font: ImageFont.FreeTypeFont | ImageFont.ImageFont,
    width: int,
) -> None:
    """Draw `text` centred in `width` pixels; text that does not fit is cut."""
    whole = one_line(text)
    cut = whole
    while cut and draw.textlength(cut, font=font) > width:
        cut = cut[:-1]
    if cut != whole:
        cut = cut[:-3] + "..."
    draw.text((at[0] + (width - draw.textlength(cut, font=font)) / 2, at[1]), cut, fill=(40, 40, 40), font=font)
