"""The section on learning curves: the figure, the fitted scores beyond the largest training, and their limits."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path

from benchmark.core.markup import DASH
from benchmark.data.dataset import SIZE
from benchmark.results.learning_curve import SIZES, CurveFit
from benchmark.results.metrics import METRICS
from benchmark.results.score_table import Cell, interval, number, score_cell, title
from reports.content.figures import PLOTS
from reports.content.learning.curves import AHEAD, Curve
from reports.content.learning.plot import Tables, draw_curves
from reports.content.tables import in_parts
from reports.document import Block, Details, Figure, Heading, Paragraph, Row, Table, Text
from reports.markup import slug
from reports.read.claims import IMAGES_SEEN, claimed
from reports.read.collect import Group

HEADER = (
    "training", "metric", "largest, images", "its score", f"fit at {AHEAD} times",
    f"fit at the paper's {IMAGES_SEEN:,}", "paper, claimed", "a", "b", "c",
)  # fmt: skip
FORMULA = (
    "The fit is score(n) = a - b (n / m)^-c for n images seen, m the images of the smallest training: least squares of "
    "the mean scores, with a no better than the metric's best value. b is negative where lower values are better."
)
CAPTION = (
    "Points are scores with their intervals, small dots single seeds. Lines are fits, dashed beyond the largest "
    "training; the shade is the interval of the fit."
)


def learning_blocks(groups: Sequence[Group], curves: Mapping[str, Sequence[Curve]], figures: Path) -> list[Block]:
    """A section for each dataset with learning curves; `curves` maps the name of a group to its curves."""
    blocks: list[Block] = []
    having = sorted((group for group in groups if curves[group.name]), key=_fingerprint)
    for _, members in groupby(having, key=_fingerprint):
        tables = [(group, curves[group.name]) for group in members]
        blocks += [Heading(2, f"Learning curve, on {tables[0][0].card.data.name}"), Paragraph(_meaning(tables))]
        for part in in_parts(tables, PLOTS):
            blocks += _figures(part, figures)
        blocks += [_fit_table(group, found) for group, found in tables]
    return blocks


def _fingerprint(group: Group) -> str:
    return group.card.data.fingerprint


def _meaning(tables: Tables) -> str:
    """What the curves join, and how far the paper's number of images is from the largest training."""
    largest = max(max(curve.runs) for _, curves in tables for curve in curves)
    runs = [run for _, curves in tables for curve in curves for run in curve.runs.values()]
    sizes = {run.config.method_config.get("resolution", SIZE) for run in runs}
    other = "the model, the resolution and the data differ" if sizes != {SIZE} else "the data differ"
    return (
        "Each curve joins trainings of equal settings that differ in the images seen alone. The largest saw "
        f"{largest:,} images. The paper's {IMAGES_SEEN:,} are {IMAGES_SEEN / largest:,.0f} times as many: there, the "
        f"fit is an extrapolation by that factor beyond the measured range, and {other} from the paper's. It is "
        "therefore no prediction of the paper's numbers."
    )


def _figures(tables: Tables, figures: Path) -> list[Block]:
    curves = [curve for _, found in tables for curve in found]
    metrics = [metric for metric in METRICS if any(metric in curve.metrics for curve in curves)]
    names = " and ".join(METRICS[metric].title for metric in metrics)
    stem = f"{slug(tables[0][0].name)}-learning"
    path = figures / f"{stem}.png"
    draw_curves(tables, metrics, path)
    blocks: list[Block] = [Figure(path, f"{names} after several numbers of images. {CAPTION}", in_latex=True)]
    if all(curve.flops is not None for curve in curves):
        path = figures / f"{stem}-flops.png"
        draw_curves(tables, metrics, path, by_flops=True)
        caption = f"{names} by the FLOPs of training, counted on the networks. {CAPTION}"
        blocks.append(Details("The same over the FLOPs of training", (Figure(path, caption),)))
    return blocks


def _fit_table(group: Group, curves: Sequence[Curve]) -> Table:
    """One row for each curve and metric: the largest training, and the fit beyond it."""
    rows = tuple(_row(curve, metric) for curve in curves for metric in curve.metrics)
    caption = f"Fits under {group.card.protocol_label}"
    return Table(HEADER, rows, caption, words=2, notes=(FORMULA, *_notes(curves)))


def _row(curve: Curve, metric: str) -> Row:
    largest, ahead, paper = curve.targets
    run, fit = curve.runs[largest], curve.fits.get(metric)
    claim = claimed(run.card)
    value = claim.scores.get(metric) if claim else None
    fitted = [Cell(DASH)] * 5 if fit is None else [
        _fitted(metric, fit, ahead), _fitted(metric, fit, paper),
        Cell(number(metric, fit.law.a[0]), value=float(fit.law.a[0])) if fit.levels_off else Cell(DASH),
        Cell(number(metric, fit.law.b[0]), value=float(fit.law.b[0])),
        Cell(f"{fit.law.c[0]:.2g}", value=float(fit.law.c[0])),
    ]  # fmt: skip
    said = Cell(DASH) if value is None else Cell(number(metric, value), value=value)
    first = Cell(curve.name), Cell(title(metric)), Cell(f"{largest:,}", value=largest), score_cell(metric, run.card)
    return Row((*first, *fitted[:2], said, *fitted[2:]))


def _fitted(metric: str, fit: CurveFit, images: int) -> Cell:
    value = fit.at(images)
    return Cell(number(metric, value), interval(metric, *fit.interval(images)), value)


def _notes(curves: Sequence[Curve]) -> Iterator[Text]:
    """What the brackets cover, and which fits are missing or have no asymptote."""
    fits = [(curve, metric, fit) for curve in curves for metric, fit in curve.fits.items()]
    for seeded in sorted({fit.seeded for *_, fit in fits}):
        names = "; ".join(dict.fromkeys(curve.name for curve, _, fit in fits if fit.seeded == seeded))
        covered = "the test pictures and the seeds of training" if seeded else "the test pictures alone"
        yield f"Brackets of the fits cover {covered}: {names}."
    for curve, metric, fit in fits:
        if fit.law.b[0] == 0:
            yield f"{curve.name}: the {METRICS[metric].title} does not improve with the images seen."
        elif not fit.levels_off:
            yield f"{curve.name}: the {METRICS[metric].title} does not level off in the measured range, so a is open."
    for curve in curves:
        if not curve.fits:
            yield f"{curve.name}: no fit; a fit needs {SIZES} different budgets, and there are {len(curve.runs)}."
