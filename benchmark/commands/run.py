"""`anibench run`: the steps of a suite, in order; and what `anibench quickstart` shares with it."""

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from benchmark.commands.options import ANY_PATH, EXISTING_FILE, checked, json_option, print_json
from benchmark.commands.score_options import show_table
from benchmark.core.device import device_list, resolve_device
from benchmark.core.progress import format_seconds
from benchmark.core.terminal import say, tell

if TYPE_CHECKING:
    from benchmark.suites.estimate import StepCost
    from benchmark.suites.suite import Suite

MOST_NAMES = 2  # steps named in a cell of the plan


@click.command()
@click.argument("name", metavar="[SUITE]", required=False)
@click.option("--out", type=ANY_PATH, help="Folder of the results.  [default: the name of the suite]")
@click.option("--list", "listing", is_flag=True, help="List the suites with their purpose and time.")
@click.option(
    "--devices",
    metavar="NAME,...",
    help="Devices for steps in parallel: cuda:0,cuda:1.",
    callback=checked(device_list),
)
@click.option(
    "--engine",
    type=click.Choice(["local", "ray"]),
    default="local",
    show_default=True,
    help="Where steps run: on this machine, or on a Ray cluster.",
)
@click.option("--config", "config_file", type=EXISTING_FILE, metavar="FILE", help="Changes of the suite, in TOML.")
@click.option(
    "--set", "settings", multiple=True, metavar="KEY.PATH=VALUE", help="Change one setting of the suite; repeatable."
)
@click.option("--dry-run", is_flag=True, help="Print the plan with its cost, and stop.")
@click.option("--calibrate", "measure", is_flag=True, help="As --dry-run, with speeds from real steps on this device.")
@click.option("--step", "only", metavar="STEP", help="Run only this step; the steps it needs must be done.")
@click.option("--plan", "planner", type=click.Choice(["slurm"]), help="Write job scripts for a cluster and stop.")
@json_option
def run(
    name: str | None,
    out: Path | None,
    listing: bool,
    devices: list[str] | None,
    engine: str,
    config_file: Path | None,
    settings: tuple[str, ...],
    dry_run: bool,
    measure: bool,
    only: str | None,
    planner: str | None,
    as_json: bool,
) -> None:
    """Run a suite: datasets, trainings, evaluations and reports in one command.

    SUITE is a name of --list, or a TOML file. Each step is an anibench command with its own run folder. The same
    command continues a stopped suite. After a change of a setting, only the steps that depend on it run again. A failed
    step stops only the steps that need its result. --dry-run prints the steps with their time, memory and disk.

    \b
    Examples:
      anibench run --list
      anibench run table-1-demo
      anibench run table-1 --dry-run --set datasets.faces.path=data/faces
      anibench run table-2 --devices cuda:0,cuda:1 --set seeds=[0,1,2]
      anibench run table-2 --plan slurm
      anibench run table-1 --engine ray
    """
    from benchmark.suites.suite import load_suite

    if listing:
        _list(as_json)
        return
    if name is None:
        raise click.UsageError("give SUITE, or --list for the suites")
    if engine == "ray" and devices:
        raise click.UsageError("--engine ray takes the GPUs of the cluster; leave out --devices")
    suite = load_suite(name, settings, config_file)
    folder = out or Path(Path(name).stem)
    if dry_run or measure:
        _show_plan(suite, folder, devices[0] if devices else "auto", measure, as_json)
        return
    if planner is not None:
        _write_jobs(name, suite, folder, settings, config_file)
        return
    names = devices or [""]
    if only is not None:
        _run_step(suite, folder, only, names)
        return
    run_named(name, suite, folder, names, engine)


def _run_step(suite: "Suite", folder: Path, only: str, devices: Sequence[str]) -> None:
    from benchmark.suites.expand import suite_steps
    from benchmark.suites.run import run_step

    run_step(only, suite_steps(suite, folder)[0], folder, devices, say)


def _write_jobs(name: str, suite: "Suite", folder: Path, settings: Sequence[str], config_file: Path | None) -> None:
    """Write the job arrays of a suite; each job runs one step of it, with the same settings."""
    from benchmark.suites.expand import suite_steps
    from benchmark.suites.run import suite_folder
    from benchmark.suites.slurm import write_slurm

    config = ["--config", str(config_file)] if config_file else []
    changes = [word for setting in settings for word in ("--set", setting)]
    command = ["anibench", "run", name, "--out", str(folder), *config, *changes]
    steps, _ = suite_steps(suite, folder)
    with suite_folder(Path(name).stem, suite, steps, folder):
        path = write_slurm(steps, command, folder)
    say(f"Submit the jobs with: {shlex.quote(str(path))}")


def run_named(name: str, suite: "Suite", folder: Path, devices: Sequence[str], engine: str = "local") -> None:
    """Run a suite in `folder` and print where its results are. Empty names of devices are left to each command."""
    from benchmark.suites.expand import suite_steps
    from benchmark.suites.names import require_datasets
    from benchmark.suites.run import run_suite

    require_datasets(suite)
    steps, notes = suite_steps(suite, folder)
    for note in notes:
        tell(note)
    if engine == "ray":
        from benchmark.suites.ray_engine import run_on_cluster

        run_on_cluster(Path(name).stem, suite, steps, folder, say)
    else:
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


def _show_plan(suite: "Suite", folder: Path, device: str, measure: bool, as_json: bool) -> None:
    from benchmark.suites.calibrate import calibrate
    from benchmark.suites.estimate import suite_costs, total
    from benchmark.suites.expand import suite_steps
    from benchmark.suites.plan import plan_steps

    steps, notes = suite_steps(suite, folder)
    device = resolve_device(device) if measure or device == "auto" else device  # another device can be planned for
    if measure:
        calibrate(steps, folder, device, tell)
    plan = plan_steps(steps, folder)
    costs, sources = suite_costs(steps, suite, folder, device)
    left = total(costs[each.step.name] for each in plan if each.state != "done")
    if as_json:
        rows = [
            {"step": each.step.name, "needs": each.step.needs, "state": each.state, "why": each.why,
             **costs[each.step.name]._asdict()}
            for each in plan
        ]  # fmt: skip
        print_json({"steps": rows, "left": left._asdict(), "device": device, "datasets": sources, "notes": notes})
        return
    table = [
        [each.step.name, _names(each.step.needs), each.state, *_cost_cells(costs[each.step.name]), each.why]
        for each in plan
    ]
    table.append(["all unfinished steps", "", "", *_cost_cells(left), ""])
    show_table(["step", "needs", "state", "time", "device memory", "disk", "why"], table, str(folder))
    say(f"Time: on {device}, one step after another, from {_basis(left.measured, measure)}.")
    for name, source in sources.items():
        say(f"{name}: {source}")
    for note in notes:
        tell(note)


def _names(needs: Sequence[str]) -> str:
    return ", ".join(needs) if len(needs) <= MOST_NAMES else f"{len(needs)} steps"


def _cost_cells(cost: "StepCost") -> list[str]:
    """Time, memory and disk of a step."""
    sizes = ["" if size is None else f"{size / 2**30:.2f} GiB" for size in (cost.memory, cost.disk)]
    return ["" if cost.seconds is None else format_seconds(cost.seconds), *sizes]


def _basis(measured: bool, asked: bool) -> str:
    if measured:
        return "speeds measured here"
    return "speeds measured here for trainings, else assumed" if asked else "assumed speeds; --calibrate measures them"
