"""The `anibench` command group. Nothing is imported until a command runs, so `--help` answers at once."""

import os
import shlex
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path

import click

# OpenMP's threads spin while they wait, so that on cores shared with other work two threads are slower than one.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")

# Command -> where it lives, and its line in `anibench --help`. A test holds each line to the command's own help.
COMMANDS = {
    "quickstart": ("anibench:quickstart", "Run the whole chain on drawn pictures, on a CPU, in minutes."),
    "build-dataset": ("builder.commands:build_dataset", "Build a dataset of faces and lines from illustrations."),
    "verify-dataset": ("builder.commands:verify_dataset", "Check every rule a dataset has to keep."),
    "review": ("builder.release_commands:review", "Write a page to look at every crop of a dataset."),
    "export-recipe": ("builder.release_commands:export", "Write a dataset's recipe, which holds no picture."),
    "fit-xdog": ("builder.commands:fit_xdog", "Fit the line extractor to an artist's lines."),
    "extract-lines": ("builder.commands:extract_lines", "Extract lines from any pictures."),
    "methods": ("benchmark.method_commands:methods", "List the methods there are."),
    "train": ("benchmark.commands:train", "Train a method on a dataset."),
    "import-checkpoint": ("benchmark.commands:import_checkpoint", "Take over a checkpoint of the authors' code."),
    "eval": ("benchmark.eval_commands:evaluate", "Evaluate methods by a protocol."),
    "score": ("benchmark.score_commands:score", "Score pictures made by anything by a protocol."),
    "rescore": ("benchmark.score_commands:rescore", "Score the saved pictures of finished evaluations again."),
    "pairs": ("benchmark.score_commands:pairs", "Write a protocol's pairs for a program outside."),
    "colorize": ("benchmark.commands:colorize", "Colorize line drawings of your own."),
    "report": ("reports.commands:report", "Write the report over all runs."),
    "leaderboard": ("reports.board_commands:leaderboard", "Merge score cards of many folders into one page."),
    "submit": ("reports.board_commands:submit", "Check results for a leaderboard and say what is missing."),
    "weights": ("benchmark.weights_commands:weights", "List, verify and fetch weight files."),
    "doctor": ("benchmark.commands:doctor", "Say what works on this machine, and what is missing."),
}


class LazyGroup(click.Group):
    """A group that knows its commands by name and imports one only when it is run."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, name = COMMANDS[cmd_name][0].split(":")
        command: click.Command = getattr(import_module(module), name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in COMMANDS.items()])

    def invoke(self, ctx: click.Context) -> object:
        from benchmark.errors import AnibenchError

        try:
            with _interrupted_by_sigterm():
                return super().invoke(ctx)
        except AnibenchError as error:
            raise click.ClickException(str(error)) from error
        except KeyboardInterrupt:
            click.echo("Interrupted; what was finished is kept, and the same command goes on from there.", err=True)
            sys.exit(130)


@contextmanager
def _interrupted_by_sigterm() -> Iterator[None]:
    """Have SIGTERM do what Ctrl-C does, so that records say so and no program outside is left running.

    A handler that is there already stays, and outside the main thread Python allows none.
    """
    main_thread = threading.current_thread() is threading.main_thread()
    if not main_thread or signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL:
        yield
        return
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="anibench")
def main() -> None:
    """Benchmark for reference-based anime line-drawing colorization.

    The chain: build-dataset, fit-xdog, train, eval, report. Start with `anibench quickstart`.
    """


# What quickstart runs, in order. Training alone needs to be told when it goes on with something; what paints is named,
# since a machine that has the files of large models would be painting with those for hours.
TRAIN = (
    "train animediffusion --preset demo --set phase1.steps=200 --set phase2.steps=150 "
    "--data {out}/faces --runs {out}/runs"
)
PAINTERS = "animediffusion/demo oracle copy-reference line-only mean-colour palette-transfer"
QUICKSTART = (
    "build-dataset drawn:{pictures} --test 40 --out {out}/faces",
    "verify-dataset {out}/faces",
    "fit-xdog drawn:24 --out {out}/xdog.toml --runs {out}/runs",
    TRAIN,
    f"eval {PAINTERS} --protocol self-ref --data {{out}}/faces --runs {{out}}/runs",
    f"eval {PAINTERS} --protocol self-ref-warped --data {{out}}/faces --runs {{out}}/runs",
    f"eval {PAINTERS} --protocol random-ref --data {{out}}/faces --runs {{out}}/runs",
    "report --runs {out}/runs --out {out}/report.md",
)


@click.command()
@click.option(
    "--out", type=click.Path(path_type=Path), default=Path("quickstart"), show_default=True, help="Its folder."
)
@click.option("--pictures", default=400, show_default=True, help="How many illustrations are drawn.")
def quickstart(out: Path, pictures: int) -> None:
    """Run the whole chain on drawn pictures, on a CPU, in minutes.

    Draws illustrations, builds a dataset from them, fits the line extractor, trains a small AnimeDiffusion, evaluates
    it beside the floors by every protocol and writes the report. Each step is a command of its own and is shown as
    one; run again, it goes on where it was stopped.

    \b
    Example:
      anibench quickstart
    """
    for step in QUICKSTART:
        arguments = [word.format(out=out, pictures=pictures) for word in step.split()]
        if step is TRAIN:
            trained = _status(out / "runs/train/animediffusion/demo")
            if trained == "done":
                continue
            arguments += ["--resume"] if trained else []
        click.secho(f"\n$ anibench {shlex.join(arguments)}", bold=True)
        sys.argv[1:] = arguments  # so that the step's record names its own command
        main.main(arguments, standalone_mode=False)
    click.echo(f"\nThe report: {out / 'report.md'}   the dataset: {out / 'faces'}   every run: {out / 'runs'}")


def _status(folder: Path) -> str | None:
    from benchmark.runs import read_record

    return read_record(folder).status if (folder / "run.json").exists() else None


if __name__ == "__main__":
    main()
