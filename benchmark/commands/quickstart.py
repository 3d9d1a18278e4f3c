"""`anibench quickstart`: the suite of that name."""

from pathlib import Path

import click

from benchmark.commands.run import run_named


@click.command()
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=Path("quickstart"),
    show_default=True,
    help="Folder of the result.",
)
@click.option(
    "--pictures", type=click.IntRange(1), default=400, show_default=True, help="Number of drawn illustrations."
)
def quickstart(out: Path, pictures: int) -> None:
    """Run the whole pipeline on drawn pictures, on a CPU, in minutes.

    Fits the line extractor, builds a dataset from drawn illustrations, trains a small AnimeDiffusion, evaluates it and
    the floors under three protocols, and writes the report. Each step is an anibench command, which is printed. After a
    stop, the same command continues. It is the suite quickstart of `anibench run`.

    \b
    Example:
      anibench quickstart
    """
    from benchmark.suites.suite import load_suite

    suite = load_suite("quickstart", [f'datasets.faces.source="drawn:{pictures}"'])
    run_named("quickstart", suite, out, [""])
