"""`anibench report`."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from benchmark.commands.options import ANY_PATH, EXISTING_FILE, EXISTING_FOLDER, json_option, print_json
from benchmark.core.errors import AnibenchError
from benchmark.core.terminal import say, tell

if TYPE_CHECKING:
    from reports.content.build import Sections
    from reports.content.grids import Pictures
    from reports.read.collect import Collection

FORMATS = ("markdown", "html", "latex", "csv", "json")
PICTURES = ("all", "few", "none")
OF_A_SUITE = ("markdown", "html", "latex")


@click.command()
@click.option("--runs", type=ANY_PATH, default=Path("runs"), show_default=True, help="Folder of the runs.")
@click.option(
    "--out",
    type=ANY_PATH,
    default=None,
    help="File to write; - for standard output.  [default: report, with the suffix of the format]",
)
@click.option(
    "--format",
    "formats",
    type=click.Choice(FORMATS),
    multiple=True,
    help="Format; repeatable.  [default: by the suffix of --out, else markdown]",
)
@click.option("--suite", type=EXISTING_FOLDER, metavar="DIR", help="Write a suite's report into the suite's folder.")
@click.option("--study", type=EXISTING_FILE, metavar="RATINGS.csv", help="Add a section on this user study.")
@click.option(
    "--pictures",
    type=click.Choice(PICTURES),
    default="all",
    show_default=True,
    help="few: those under the summary and the paper's figures; none: for pictures that you may not show.",
)
@click.option("--diff", type=ANY_PATH, nargs=2, metavar="A B", help="Compare two runs, or two trees of runs.")
@json_option
def report(
    runs: Path,
    out: Path | None,
    formats: tuple[str, ...],
    suite: Path | None,
    study: Path | None,
    pictures: "Pictures",
    diff: tuple[Path, Path] | None,
    as_json: bool,
) -> None:
    """Write the report over all runs.

    The report has a table for each protocol and dataset, with the paper's numbers and the reasons why yours are not
    comparable; diagnostics, slices and cost; pictures, loss curves, and the record of every run. Pictures are written
    to a folder next to the report; an HTML report contains them. --study takes the table of `anibench study collect`.

    \b
    Examples:
      anibench report --out results/report.md
      anibench report --format html --format csv
      anibench report --out published/report.md --pictures none
      anibench report --suite table-1-demo
      anibench report --out report.html --study ratings.csv
      anibench report --diff runs/eval/self-ref-v1/line-only runs/eval/self-ref-v1/animediffusion.demo
    """
    if diff is not None:
        _diff(*diff, out, formats, as_json)
        return
    from benchmark.suites.names import recorded_runs
    from reports.content.facts import report_facts
    from reports.read.collect import collect
    from reports.write.output import write_report

    only = None
    if suite is not None:
        only = recorded_runs(suite)
        runs, formats = suite / "runs", formats or OF_A_SUITE
        out = out or _out(None, formats, str(suite / "report"))
    if not runs.is_dir():
        raise AnibenchError(f"{runs} is not a folder of runs; evaluate first: anibench eval --protocol self-ref")
    chosen, sections = _formats(out, formats), _sections(study)
    if out is not None and (str(out) == "-" or (out.exists() and not out.is_file() and not out.is_dir())):
        _stream(collect(runs, only), out, chosen, pictures=pictures, sections=sections)
        return
    made, written = write_report(
        collect(runs, only), _out(out, chosen, "report"), formats=chosen, pictures=pictures, sections=sections
    )
    files, figures = written[: len(chosen)], written[len(chosen) :]
    if as_json:
        shown = {"files": [str(path) for path in files], "figures": [str(path) for path in figures]}
        print_json(shown | report_facts(made.found, made.verdicts, made.curves))
        return
    from reports.write.terminal import print_tables

    print_tables(made)
    for folder, reason in made.found.left_out:
        tell(f"left out: {folder}: {reason}")
    say(f"Report: {', '.join(map(str, files))}, with {len(figures)} pictures")


def _sections(study: Path | None) -> "Sections":
    """The section on a user study, if one is given."""
    if study is None:
        return lambda figures: ()
    from reports.study.answers import read_ratings
    from reports.study.section import study_blocks

    return partial(study_blocks, read_ratings(study))


def _stream(
    found: "Collection", out: Path, formats: tuple[str, ...], *, pictures: "Pictures", sections: "Sections"
) -> None:
    """Write one report to standard output (`-`) or to a device, with no folder of figures beside it."""
    from benchmark.core.files import write_text
    from reports.write.output import report_text

    if len(formats) > 1:
        raise AnibenchError(f"--out {out} takes one format, not {', '.join(formats)}; give one --format")
    text = report_text(found, formats[0], pictures=pictures, sections=sections)
    if str(out) == "-":
        click.echo(text, nl=False)
    else:
        write_text(out, text)
    for folder, reason in found.left_out:
        tell(f"left out: {folder}: {reason}")


def _formats(out: Path | None, formats: tuple[str, ...]) -> tuple[str, ...]:
    """The formats to write; the suffix of --out gives the first one."""
    from reports.write.output import SUFFIXES

    by_name = next((name for name, suffix in SUFFIXES.items() if out is not None and out.suffix == suffix), None)
    if not formats:
        return (by_name or "markdown",)
    if by_name is None:
        return tuple(dict.fromkeys(formats))
    return tuple(dict.fromkeys([*([by_name] if by_name in formats else []), *formats]))


def _out(out: Path | None, formats: tuple[str, ...], stem: str) -> Path:
    from reports.write.output import SUFFIXES

    return out if out is not None else Path(stem).with_suffix(SUFFIXES[formats[0]])


def _diff(first: Path, second: Path, out: Path | None, formats: tuple[str, ...], as_json: bool) -> None:
    from benchmark.core.files import write_text
    from reports.content.diff import diff_document, diff_facts, diff_runs
    from reports.write.output import SUFFIXES
    from reports.write.to_html import to_html
    from reports.write.to_markdown import to_markdown

    chosen = _formats(out, formats)
    if not set(chosen) <= {"markdown", "html"}:
        raise AnibenchError(f"--diff writes markdown or html, not {', '.join(chosen)}; for programs use --json")
    found = diff_runs(first, second)
    if as_json:
        print_json(diff_facts(found))
        return
    document = diff_document(found)
    if out is None and not formats:
        click.echo(to_markdown(document, Path()))
        return
    target = _out(out, chosen, "diff")
    for number, name in enumerate(chosen):
        path = target if number == 0 else target.with_suffix(SUFFIXES[name])
        write_text(path, to_html(document) if name == "html" else to_markdown(document, path.parent))
        say(f"Differences: {path}")
