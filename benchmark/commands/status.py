"""`anibench status`."""

from pathlib import Path

import click

from benchmark.commands.options import EXISTING_FOLDER, json_option, print_json
from benchmark.commands.score_options import show_table


@click.command()
@click.argument("folder", type=EXISTING_FOLDER, metavar="DIR")
@json_option
def status(folder: Path, as_json: bool) -> None:
    """Show the steps of a suite: waiting, running, done, failed.

    DIR is the folder of `anibench run`. For a running step it shows progress and time left, for a failed step the last
    line of the error and the log file.

    \b
    Example:
      anibench status table-1-demo
    """
    from benchmark.suites.expand import suite_steps
    from benchmark.suites.run import read_suite
    from benchmark.suites.status import step_states

    record = read_suite(folder)
    rows = step_states(suite_steps(record.suite, folder)[0], folder)
    if as_json:
        print_json([row._asdict() for row in rows])
        return
    show_table(["step", "state", "detail"], [list(row) for row in rows], f"{record.name} in {folder}")
