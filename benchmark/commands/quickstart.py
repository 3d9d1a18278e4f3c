"""`anibench quickstart`: the whole chain on drawn pictures."""

import shlex
from pathlib import Path

import click

from benchmark.core.runs import read_record, recorded_as
from benchmark.core.terminal import say

# The commands of quickstart, in order. Training gets --resume where a run exists. The evaluated methods are named,
# since without names large pretrained models on the machine would be evaluated too, which takes hours.
TRAIN = "train animediffusion --preset demo --set phase2.steps=450 --data {out}/faces --runs {out}/runs"
PAINTERS = "animediffusion/demo oracle copy-reference line-only mean-colour palette-transfer"
QUICKSTART = (
    "fit-xdog drawn:24 --out {out}/xdog.toml --runs {out}/runs",
    "build-dataset drawn:{pictures} --test 40 --xdog {out}/xdog.toml --out {out}/faces",
    "verify-dataset {out}/faces",
    TRAIN,
    f"eval {PAINTERS} --protocol self-ref --data {{out}}/faces --runs {{out}}/runs",
    f"eval {PAINTERS} --protocol self-ref-warped --data {{out}}/faces --runs {{out}}/runs",
    f"eval {PAINTERS} --protocol random-ref --data {{out}}/faces --runs {{out}}/runs",
    "report --runs {out}/runs --out {out}/report.md",
)


@click.command()
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=Path("quickstart"),
    show_default=True,
    help="Folder of the result.",
)
@click.option("--pictures", default=400, show_default=True, help="Number of drawn illustrations.")
@click.pass_context
def quickstart(context: click.Context, out: Path, pictures: int) -> None:
    """Run the whole chain on drawn pictures, on a CPU, in minutes.

    Fits the line extractor, builds a dataset from drawn illustrations, trains a small AnimeDiffusion, evaluates it and
    the floors under three protocols, and writes the report. Each step is an anibench command, which is printed. If it
    is stopped, run it again: it continues.

    \b
    Example:
      anibench quickstart
    """
    group = context.find_root().command
    for step in QUICKSTART:
        arguments = [word.format(out=out, pictures=pictures) for word in step.split()]
        if step is TRAIN:
            trained = _status(out / "runs/train/animediffusion/demo")
            if trained == "done":
                continue
            arguments += ["--resume"] if trained else []
        line = shlex.join(["anibench", *arguments])
        click.secho(f"\n$ {line}", bold=True)
        with recorded_as(line):
            group.main(arguments, standalone_mode=False)
    say(f"\nReport: {out / 'report.md'}   dataset: {out / 'faces'}   runs: {out / 'runs'}")


def _status(folder: Path) -> str | None:
    return read_record(folder).status if (folder / "run.json").exists() else None
