"""The tables of a matrix: the effects of its settings, and the scores of every combination."""

from collections.abc import Collection, Sequence
from pathlib import Path

import pandas as pd

from benchmark.core.files import write_json, write_text
from benchmark.core.markup import DASH, Markdown, escape
from benchmark.evaluation.effects import Effect, effects
from benchmark.evaluation.exchange import write_csv
from benchmark.evaluation.matrix import CellRecord, SettingsMatrix
from benchmark.results.metrics import METRICS
from benchmark.results.score_table import Cell, interval, metrics_of, number, score_cell, title
from benchmark.results.statistics import LEVEL

HOW_TO_READ = (
    "A group holds the cells that differ in one setting alone; groups mix protocols only where the protocol is the "
    "setting. Mean: over all groups and pictures. Main effect: the largest mean minus the smallest, with the interval "
    "of the paired difference. Largest change: the largest difference within one group. Agree: groups in which the two "
    "values of the main effect have the same order. The numbers hold for these weights only."
)
EFFECT_HEADER = ("metric", "protocol", "setting", "mean", "main effect", "largest change", "agree")


def write_tables(
    folder: Path, matrix: SettingsMatrix, cells: Sequence[CellRecord], scores: Sequence[pd.DataFrame]
) -> None:
    """Write `matrix.json`, `matrix.csv` and `matrix.md`."""
    found = effects(matrix, cells, scores)
    write_json(
        folder / "matrix.json",
        {
            "matrix": matrix.model_dump(mode="json"),
            "cells": [cell.model_dump(mode="json") for cell in cells],
            "effects": [effect._asdict() for effect in found],
        },
    )
    cards = [cell.card for cell in cells if cell.card]
    metrics = metrics_of(cards)
    numbers = [name for metric in metrics for name in (metric, f"{metric} low", f"{metric} high")]
    rows = [{**dict.fromkeys(numbers), **_plain(cell, metrics)} for cell in cells]
    write_csv(folder / "matrix.csv", [*matrix.all_axes, *numbers, "n", "problem"], rows)
    parts = [f"# {escape(matrix.name)}: {escape(folder.name)}", escape(matrix.description)]
    parts += [escape(facts(cells))] if cards else []
    parts += [_table(EFFECT_HEADER, effect_rows(found, METRICS)), HOW_TO_READ, "## Every combination"]
    parts += [_table(cell_header(cells, metrics), cell_rows(cells, metrics)), *map(escape, cell_notes(cells))]
    write_text(folder / "matrix.md", "\n\n".join(part for part in parts if part) + "\n")


def facts(cells: Sequence[CellRecord], seeds: Sequence[int] = ()) -> str:
    """The pictures, protocols, weights and commits of the cells that have a score card, and the intervals' level.

    `seeds` are those of the training if the scores are means over several.
    """
    cards = [cell.card for cell in cells if cell.card]
    card, commits = cards[0], dict.fromkeys(cell.commit for cell in cells if cell.commit)
    level = next(iter(card.images.values())).level if card.images else LEVEL
    if seeds:
        weights = f"means over the training seeds {', '.join(map(str, seeds))}"
    else:
        weights = f"checkpoint {card.checkpoint[:16]}" if card.checkpoint else "no weights"
    return (
        f"{card.n:,} pictures of {card.data.name}, fingerprint {card.data.fingerprint[:16]}; "
        f"protocols {', '.join(dict.fromkeys(each.protocol_label for each in cards))}; {weights}"
        f"{'; evaluated at commit ' + ', '.join(commits) if commits else ''}. "
        f"Brackets: {100 * level:g} % intervals over pictures{' and seeds' if seeds else ''}."
    )


def effect_rows(found: Sequence[Effect], metrics: Collection[str]) -> list[tuple[Cell, ...]]:
    """One row with the columns `EFFECT_HEADER` for each effect on one of `metrics`."""
    return [
        (
            Cell(METRICS[effect.metric].title),
            Cell(effect.protocol or "all"),
            Cell(_short(effect.axis)),
            Cell(", ".join(f"{level}: {number(effect.metric, mean)}" for level, mean in effect.levels.items())),
            Cell(number(effect.metric, effect.spread), interval(effect.metric, effect.low, effect.high), effect.spread),
            Cell(number(effect.metric, effect.largest), value=effect.largest),
            Cell(f"{effect.agree} of {effect.groups}", value=effect.agree / effect.groups),
        )
        for effect in found
        if effect.metric in metrics
    ]


def cell_header(cells: Sequence[CellRecord], metrics: Sequence[str]) -> tuple[str, ...]:
    """The columns of `cell_rows`: the axes without their sections, and the metrics with their better direction."""
    return (*map(_short, _axes(cells)), *map(title, metrics))


def cell_rows(cells: Sequence[CellRecord], metrics: Sequence[str]) -> list[tuple[Cell, ...]]:
    """One row for each cell: its settings, and its scores, `refused` or dashes."""
    return [
        (
            *(Cell(str(cell.place.get(axis, DASH))) for axis in _axes(cells)),
            *(score_cell(metric, cell.card) if cell.card else Cell("refused") for metric in metrics),
        )
        for cell in cells
    ]


def cell_notes(cells: Sequence[CellRecord]) -> tuple[str, ...]:
    """The reasons why cells have no scores."""
    return tuple(f"not evaluated: {problem}" for problem in dict.fromkeys(cell.problem for cell in cells) if problem)


def _axes(cells: Sequence[CellRecord]) -> list[str]:
    return list(dict.fromkeys(axis for cell in cells for axis in cell.place))


def _short(axis: str) -> str:
    return axis.rpartition(".")[2]


def _plain(cell: CellRecord, metrics: Sequence[str]) -> dict[str, object]:
    """The CSV row of a cell."""
    row: dict[str, object] = {**cell.place, "n": cell.card.n if cell.card else None, "problem": cell.problem or ""}
    for metric in metrics:
        if cell.card and metric in cell.card.images:
            score = cell.card.images[metric]
            row |= {metric: score.mean, f"{metric} low": score.low, f"{metric} high": score.high}
        elif cell.card and metric in cell.card.sets:
            of_set = cell.card.sets[metric]
            row |= {metric: of_set.value, f"{metric} low": of_set.low, f"{metric} high": of_set.high}
    return row


def _table(header: Sequence[str], rows: Sequence[Sequence[Cell]]) -> str:
    return "\n".join(
        f"| {' | '.join(map(escape, line))} |" for line in (header, [Markdown("---")] * len(header), *rows)
    )
