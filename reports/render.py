"""The report as markdown: facts from run folders, a template, and the pictures beside it."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, PackageLoader, StrictUndefined

from benchmark.files import write_text
from benchmark.progress import format_seconds
from benchmark.runs import RunRecord
from reports.collect import Collection, EvalRun, Group, OtherRun
from reports.figures import Figure, draw_grid, draw_training
from reports.markup import Markdown, code, escape, fence, html_text, slug
from reports.reading import how_to_read
from reports.tables import Table, score_table, training_table


@dataclass(frozen=True)
class Section:
    """One table of a report with all that belongs to it."""

    group: Group
    table: Table
    reading: list[Markdown]
    figure: Figure | None  # the grid of pictures, unless it was left out


def write_report(found: Collection, out: Path, *, grids: bool = True) -> list[Path]:
    """Write the report to `out` and its figures to `<stem>-figures` beside it; returns all files written.

    Without `grids` no picture of the dataset is shown, only curves.
    """
    figures = out.parent / f"{out.stem}-figures"
    sections = []
    for group in found.groups:
        grid = draw_grid(group, figures / f"{slug(group.name)}.png") if grids else None
        sections.append(Section(group, score_table(group), how_to_read(group), grid))
    curves = [
        figure
        for run in found.trainings
        if (figure := draw_training(run, figures / f"loss-{slug(run.record.name)}-{run.record.id[:4]}.png"))
    ]
    text = render(found, sections, curves, out.parent)
    write_text(out, text)
    drawn = [*(section.figure for section in sections if section.figure), *curves]
    return [out, *(figure.path for figure in drawn)]


def render(found: Collection, sections: list[Section], curves: list[Figure], home: Path) -> str:
    """The markdown text; links to figures are relative to `home`. Every value is escaped unless it is `Markdown`."""
    environment = Environment(
        loader=PackageLoader("reports"),
        undefined=StrictUndefined,
        finalize=escape,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # this is markdown: `finalize` escapes every value
    )
    environment.filters |= {"code": code, "fence": fence, "html": html_text, "table": table_markdown}
    environment.globals |= {"link": lambda path: _link(path, home), "record": _record, "settings": _settings}
    versions = _versions([*found.evaluations, *found.trainings, *found.others])
    return environment.get_template("report.md.j2").render(
        found=found,
        sections=sections,
        curves=curves,
        trainings=training_table(found.trainings),
        runs=[*found.others, *found.trainings, *found.evaluations],
        versions=versions,
    )


def table_markdown(table: Table) -> Markdown:
    """A GitHub table; floors in italics, the paper's claims in italics under a dagger."""
    lines = [_line([escape(cell) for cell in table.header]), _line(["---"] * len(table.header))]
    for row, emphasis in zip(table.rows, table.emphasis, strict=True):
        cells = [escape(cell) for cell in row]
        if emphasis:
            mark = "† " if emphasis == "claim" else ""
            cells = [Markdown(f"*{mark if i == 0 else ''}{cell}*") if cell else cell for i, cell in enumerate(cells)]
        lines.append(_line(cells))
    return Markdown("\n".join(lines))


def _line(cells: list[Any]) -> str:
    return f"| {' | '.join(cells)} |"


def _link(path: Path, home: Path) -> Markdown:
    return Markdown(quote(path.relative_to(home).as_posix()))


def _record(record: RunRecord) -> list[tuple[str, Markdown]]:
    """What a run record says, line by line; package versions stand elsewhere."""
    changed = {True: ", with changes", False: "", None: ""}[record.dirty]
    facts: list[tuple[str, Markdown | None]] = [
        ("command", code(record.command)),
        ("status", escape(record.status)),
        ("started", escape(record.started)),
        ("time", escape(format_seconds(record.seconds))),
        ("device", escape(record.device)),
        ("seed", escape(record.seed) if record.seed is not None else None),
        ("commit", Markdown(code(record.commit) + changed) if record.commit else None),
        *((f"input {name}", code(value)) for name, value in sorted(record.inputs.items())),
    ]
    return [(name, value) for name, value in facts if value is not None]


def _settings(run: EvalRun | OtherRun) -> Markdown:
    config = run.config.model_dump(mode="json") if isinstance(run, EvalRun) else run.config
    return fence(json.dumps(config, indent=1, ensure_ascii=False), "json")


def _versions(runs: list[EvalRun | OtherRun]) -> list[tuple[str, list[str]]]:
    """Each set of package versions that occurs, and the runs that were made with it."""
    sets: dict[str, list[str]] = {}
    for run in runs:
        text = ", ".join(f"{name} {version}" for name, version in sorted(run.record.packages.items()))
        sets.setdefault(text, []).append(run.folder.as_posix())
    return list(sets.items())
