"""`anibench run`: the steps of a suite, in order; and what `anibench quickstart` shares with it."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from benchmark.commands.options import ANY_PATH, EXISTING_FILE, json_option, print_json
from benchmark.commands.score_options import show_table
from benchmark.core.terminal import say, tell

if TYPE_CHECKING:
    from benchmark.suites.suite import Suite


@click.command()
@click.argument("name", metavar="[SUITE]", required=False)
@click.option("--out", type=ANY_PATH, help="Folder of the results.  [default: the name of the suite]")
@click.option("--list", "listing", is_flag=True, help="List the suites, what each gives and takes.")
@click.option("--devices", default="", metavar="NAME,...", help="Devices for steps side by side: cuda:0,cuda:1.")
@click.option("--config", "config_file", type=EXISTING_FILE, metavar="FILE", help="Changes of the suite, in TOML.")
@click.option(
    "--set", "settings", multiple=True, metavar="KEY.PATH=VALUE", help="Change one setting of the suite; repeatable."
)
@click.option("--dry-run", is_flag=True, help="Print the plan and stop.")
@json_option
def run(
    name: str | None,
    out: Path | None,
    listing: bool,
    devices: str,
    config_file: Path | None,
    settings: tuple[str, ...],
    dry_run: bool,
    as_json: bool,
) -> None:
    """Run a suite: datasets, trainings, evaluations and reports in one command.

    SUITE is a name of --list, or a TOML file. Each step is an anibench command with its own run folder. The same
    command continues a stopped suite. After a changed setting it runs again only what depends on that setting. A failed
    step stops only the steps that need its result.

    \b
    Examples:
      anibench run --list
      anibench run table-1-demo
      anibench run table-1 --dry-run --set datasets.faces.path=data/faces
      anibench run table-2 --devices cuda:0,cuda:1 --set seeds=[0,1,2]
    """
    from benchmark.suites.suite import load_suite

    if listing:
        _list(as_json)
        return
    if name is None:
        raise click.UsageError("give SUITE, or --list for the suites")
    suite = load_suite(name, settings, config_file)
    folder = out or Path(Path(name).stem)
    if dry_run:
        _show_plan(suite, folder, as_json)
        return
    run_named(name, suite, folder, [each.strip() for each in devices.split(",")])


def run_named(name: str, suite: "Suite", folder: Path, devices: Sequence[str]) -> None:
    """Run a suite in `folder` and print where its results are. Empty names of devices are left to each command."""
    from benchmark.suites.run import run_suite
    from benchmark.suites.steps import suite_steps

    steps, notes = suite_steps(suite, folder)
    for note in notes:
        tell(note)
    run_suite(Path(name).stem, suite, steps, folder, devices, say)
    reports = [str(path) for step in steps if step.command == "report" for path in step.results]
    say(f"\nReport: {', '.join(reports) or 'none'}   steps: anibench status {folder}")


def _list(as_json: bool) -> None:
    from benchmark.suites.suite import load_suite, shipped_suites

    suites = {name: load_suite(name) for name in shipped_suites()}
    if as_json:
        print_json([{"name": name, "title": suite.title, "takes": suite.takes} for name, suite in suites.items()])
        return
    for name, suite in suites.items():
        click.secho(name, bold=True)
        say(f"  {suite.title}")
        say(f"  {suite.takes}")


def _show_plan(suite: "Suite", folder: Path, as_json: bool) -> None:
    from benchmark.suites.plan import plan_steps
    from benchmark.suites.steps import suite_steps

    steps, notes = suite_steps(suite, folder)
    plan = plan_steps(steps, folder)
    rows = [[each.step.name, ", ".join(each.step.needs), each.state, each.why] for each in plan]
    if as_json:
        print_json({"steps": [dict(zip(("step", "needs", "state", "why"), row, strict=True)) for row in rows]})
        return
    show_table(["step", "needs", "state", "why"], rows, str(folder))
    for note in notes:
        tell(note)
