"""Write a report: one file per format, and a folder of figures."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmark.core.files import write_text
from reports.content.build import Report, Sections, build_report
from reports.content.facts import report_csv, report_facts
from reports.content.grids import Pictures
from reports.document import Block, Details, Figure
from reports.read.collect import Collection
from reports.write.to_html import to_html
from reports.write.to_latex import to_latex
from reports.write.to_markdown import to_markdown

SUFFIXES = {"markdown": ".md", "html": ".html", "latex": ".tex", "csv": ".csv", "json": ".json"}


def write_report(
    found: Collection,
    out: Path,
    *,
    formats: Sequence[str] = ("markdown",),
    pictures: Pictures = "all",
    sections: Sections = lambda figures: (),
) -> tuple[Report, list[Path]]:
    """Write the report to `out`, each further format to a file of the same stem, and figures to `<stem>-figures`.

    `pictures` are those it shows beside its plots. Returns the report and all written files.
    """
    figures = out.parent / f"{out.stem}-figures"
    report = build_report(found, figures, pictures=pictures, sections=sections)
    files = [out if number == 0 else out.with_suffix(SUFFIXES[name]) for number, name in enumerate(formats)]
    for path, name in zip(files, formats, strict=True):
        write_text(path, _text(report, name, path.parent))
    return report, [*files, *(picture.path for picture in _pictures(report.document))]


def report_text(
    found: Collection, name: str, *, pictures: Pictures = "all", sections: Sections = lambda figures: ()
) -> str:
    """The report as one text, for standard output or a device. Only HTML contains pictures: it embeds them."""
    with TemporaryDirectory() as folder:
        shown: Pictures = pictures if name == "html" else "none"
        report = build_report(found, Path(folder), pictures=shown, sections=sections)
        if name != "html":
            report = replace(report, document=_without_pictures(report.document))
        return _text(report, name, Path(folder))


def _without_pictures(blocks: Sequence[Block]) -> tuple[Block, ...]:
    kept = (block for block in blocks if not isinstance(block, Figure))
    return tuple(
        replace(block, blocks=_without_pictures(block.blocks)) if isinstance(block, Details) else block
        for block in kept
    )


def _text(report: Report, name: str, home: Path) -> str:
    match name:
        case "markdown":
            return to_markdown(report.document, home)
        case "html":
            return to_html(report.document)
        case "latex":
            return to_latex(report.document, home)
        case "csv":
            return report_csv(report.found, report.verdicts)
        case _:
            facts = report_facts(report.found, report.verdicts, report.curves)
            return json.dumps(facts, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def _pictures(blocks: Sequence[Block]) -> list[Figure]:
    found: list[Figure] = []
    for block in blocks:
        if isinstance(block, Figure):
            found.append(block)
        elif isinstance(block, Details):
            found += _pictures(block.blocks)
    return found
