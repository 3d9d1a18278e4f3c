"""The hub's commands: list, train, evaluate and score methods, and look at the machine."""

from pathlib import Path

import click

from benchmark.cli import (
    ANY_PATH,
    config_options,
    device_option,
    json_option,
    print_config,
    print_json,
)
from benchmark.config import load_config
from benchmark.dataset import Dataset
from benchmark.device import resolve_device
from benchmark.errors import AnibenchError
from benchmark.methods import get_method, method_names
from benchmark.runs import read_record, record_run


@click.command()
@json_option
def methods(as_json: bool) -> None:
    """List the methods there are.

    \b
    Example:
      anibench methods
    """
    rows = [
        {
            "name": method.name,
            "kind": method.kind if method.train is None else "trainable",
            "presets": ", ".join(method.presets()),
            "about": (method.module.__doc__ or "").strip().partition("\n")[0],
        }
        for method in map(get_method, method_names())
    ]
    if as_json:
        print_json(rows)
        return
    from rich.console import Console
    from rich.table import Table

    table = Table(*rows[0])
    for row in rows:
        table.add_row(*row.values())
    Console().print(table)


@click.command()
@click.argument("method_name", metavar="METHOD")
@click.option("--data", type=ANY_PATH, default=Path("data/faces"), show_default=True, help="The dataset.")
@click.option("--preset", help="Settings the method brings; see `anibench methods`.")
@click.option("--runs", type=ANY_PATH, default=Path("runs"), show_default=True, help="Where runs are kept.")
@click.option("--name", help="Name of this run.  [default: the preset's name]")
@click.option("--resume", is_flag=True, help="Go on with an unfinished run.")
@device_option
@config_options
def train(
    method_name: str,
    data: Path,
    preset: str | None,
    runs: Path,
    name: str | None,
    resume: bool,
    device: str,
    config_file: Path | None,
    settings: tuple[str, ...],
    dry_run: bool,
) -> None:
    """Train a method on a dataset.

    Writes checkpoints, metrics, sample grids and a loss picture to RUNS/train/METHOD/NAME. A stopped run goes on
    with --resume, to the same weights as one that was never stopped.

    \b
    Examples:
      anibench train animediffusion --preset demo
      anibench train animediffusion --preset paper --dry-run
      anibench train animediffusion --preset demo --set phase1.steps=2000 --name longer
    """
    method = get_method(method_name)
    if method.train is None:
        raise AnibenchError(f"{method_name} needs no training; run: anibench eval {method_name} --protocol self-ref")
    preset_file = method.preset(preset) if preset else None
    config = load_config(method.config, preset=preset_file, file=config_file, settings=settings)
    if dry_run:
        print_config(config)
        return
    dataset = Dataset.open(data)
    folder = runs / "train" / method_name / (name or preset or "default")
    _refuse_overwrite(folder, resume)
    with record_run(
        folder,
        "train",
        config,
        name=f"{method_name}/{folder.name}",
        seed=getattr(config, "seed", None),
        device=resolve_device(device),
        inputs={"dataset": dataset.fingerprint},
        resume=resume,
    ) as run:
        checkpoint = method.train(config, dataset, run)
    click.echo(f"Trained {method_name}: {checkpoint}")
    click.echo(f"Samples, metrics and the loss picture: {folder}")


def _refuse_overwrite(folder: Path, resume: bool) -> None:
    if not (folder / "run.json").exists():
        return
    status = read_record(folder).status
    if status == "done":
        raise AnibenchError(f"{folder} is finished; give the new run another --name, or remove that folder")
    if not resume:
        raise AnibenchError(f"{folder} holds a run that is {status}; add --resume to go on, or give another --name")


@click.command()
@json_option
def doctor(as_json: bool) -> None:
    """Say what works on this machine, and what is missing.

    Exits with 1 when something that every user needs does not work.

    \b
    Example:
      anibench doctor
    """
    from benchmark.doctor import examine

    findings = examine()
    if as_json:
        print_json([finding._asdict() for finding in findings])
    else:
        marks = {"ok": "ok      ", "optional": "optional", "broken": "BROKEN  "}
        for finding in findings:
            click.echo(f"{marks[finding.state]}  {finding.what}: {finding.detail}")
    if any(finding.state == "broken" for finding in findings):
        raise SystemExit(1)
