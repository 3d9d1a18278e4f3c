"""The `anibench` command group. A command's module is imported when the command runs, so that `--help` is fast."""

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

import click

# By default, waiting OpenMP threads spin. On cores shared with other work, two threads are then slower than one.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")

ARGUMENTS = "anibench.arguments"  # key in the context's `meta` of the command-line arguments
INTERRUPTED = 130  # exit code after Ctrl-C
PATIENCE = 3.0  # seconds after Ctrl-C until threads and processes that still run are ended

# Command -> its module, which defines a function named like the module, and the first line of its help (a test
# compares the two).
COMMANDS = {
    "quickstart": ("benchmark.commands.quickstart", "Run the whole pipeline on drawn pictures, on a CPU, in minutes."),
    "run": ("benchmark.commands.run", "Run a suite: datasets, trainings, evaluations and reports in one command."),
    "status": ("benchmark.commands.status", "Show the steps of a suite: waiting, running, done, failed."),
    "build-dataset": (
        "builder.commands.build_dataset",
        "Build a dataset of faces and lines from illustrations.",
    ),
    "verify-dataset": ("builder.commands.verify_dataset", "Check every rule of a dataset."),
    "review": ("builder.commands.review", "Write a page for the review of every crop of a dataset."),
    "export-recipe": ("builder.commands.export_recipe", "Write a dataset's recipe, from which others rebuild it."),
    "fit-xdog": ("builder.commands.fit_xdog", "Fit the line extractor to an artist's lines."),
    "extract-lines": ("builder.commands.extract_lines", "Extract lines from any pictures."),
    "methods": ("benchmark.commands.methods", "List the methods, or check one against the contract."),
    "train": ("benchmark.commands.train", "Train a method on a dataset."),
    "import-checkpoint": (
        "benchmark.commands.import_checkpoint",
        "Import a checkpoint of the authors' code.",
    ),
    "eval": ("benchmark.commands.evaluate", "Evaluate methods under a protocol."),
    "score": ("benchmark.commands.score", "Score any folder of pictures under a protocol."),
    "rescore": ("benchmark.commands.rescore", "Score the saved pictures of finished evaluations again."),
    "pairs": ("benchmark.commands.pairs", "Write the pairs of a protocol for another program."),
    "colorize": ("benchmark.commands.colorize", "Colorize your own line drawings."),
    "ui": ("benchmark.app.commands.ui", "Colorize drawings on a page in the browser."),
    "report": ("reports.commands.report", "Write the report over all runs."),
    "leaderboard": ("reports.commands.leaderboard", "Merge the score cards of several folders into one page."),
    "submit": ("reports.commands.submit", "Check results before they go onto a leaderboard."),
    "study": ("reports.commands.study", "Make a user study, collect its answers and analyze them."),
    "weights": ("benchmark.commands.weights", "List, verify and fetch weight files."),
    "doctor": ("benchmark.commands.doctor", "Check what works on this machine and what is missing."),
}


class LazyGroup(click.Group):
    """A click group that imports the module of a command when that command is run."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = COMMANDS[cmd_name][0]
        command: click.Command = getattr(import_module(module), module.rpartition(".")[2])
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in COMMANDS.items()])

    def main(self, *args: Any, **options: Any) -> Any:
        """As `click.Group.main`. When it runs the process's own command line, Ctrl-C ends the process within seconds.

        The command has cleaned up by then; only threads and child processes could keep the process alive.
        """
        try:
            return super().main(*args, **options)
        except SystemExit as end:
            if end.code == INTERRUPTED and not args and not options:
                _end_within(PATIENCE)
            raise

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        ctx.meta[ARGUMENTS] = list(args)
        for argument in args:
            if not argument.isascii():
                _require_text(argument, ctx)
        return super().parse_args(ctx, args)

    def invoke(self, ctx: click.Context) -> object:
        from benchmark.core.errors import AnibenchError
        from benchmark.core.failures import explain
        from benchmark.core.hints import interrupted_message
        from benchmark.core.terminal import printable, replace_unencodable

        replace_unencodable()
        try:
            with _interrupted_by_signals():
                return super().invoke(ctx)
        except AnibenchError as error:
            raise click.ClickException(printable(error)) from error
        except KeyboardInterrupt:
            click.echo(printable(interrupted_message(ctx.meta[ARGUMENTS])), err=True)
            sys.exit(INTERRUPTED)
        except BrokenPipeError:  # the reader of the output has ended; click ends the command without a message
            raise
        except (OSError, UnicodeError) as error:
            raise click.ClickException(printable(explain(error))) from error


def _require_text(argument: str, ctx: click.Context) -> None:
    """Raise click.UsageError for an argument that is not UTF-8: records and tables hold Unicode text only."""
    from benchmark.core.failures import is_text

    if not is_text(argument):
        raise click.UsageError(f"{argument!a} is not UTF-8; rename the file or folder", ctx)


def _end_within(seconds: float) -> None:
    """End the process after `seconds` if it still runs; ignore further Ctrl-C."""
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    last = threading.Timer(seconds, os._exit, [INTERRUPTED])
    last.daemon = True
    last.start()


@contextmanager
def _interrupted_by_signals() -> Iterator[None]:
    """Handle SIGTERM and SIGHUP like Ctrl-C: the run record says "interrupted" and external programs are ended.

    An existing handler is kept. Python allows signal handlers in the main thread only; in others this does nothing.
    """
    main_thread = threading.current_thread() is threading.main_thread()
    known = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
    taken = [each for each in known if main_thread and signal.getsignal(each) is signal.SIG_DFL]
    for each in taken:
        signal.signal(each, signal.default_int_handler)
    try:
        yield
    finally:
        for each in taken:
            signal.signal(each, signal.SIG_DFL)


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="anibench")
def main() -> None:
    """Benchmark for reference-based anime line-drawing colorization.

    The pipeline: fit-xdog (optional), build-dataset, train, eval, report. Start with `anibench quickstart`.
    """


if __name__ == "__main__":
    main()
