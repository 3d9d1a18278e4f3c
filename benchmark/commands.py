"""Commands about methods: train, take over; and a look at the machine."""

from pathlib import Path

import click

from benchmark.cli import (
    ANY_PATH,
    EXISTING_FILE,
    config_options,
    device_option,
    json_option,
    print_config,
    print_json,
)
from benchmark.config import Config, load_config
from benchmark.dataset import Dataset
from benchmark.device import resolve_device
from benchmark.errors import AnibenchError
from benchmark.methods import Method, get_method
from benchmark.runs import process_rank, read_record, record_run

PAPER_SAMPLES = 31_696  # in its train split


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
    with --resume, to the same weights as one that was never stopped. Under torchrun or `accelerate launch` its
    processes share each batch. --dry-run also says, on standard error, what the run will take.

    \b
    Examples:
      anibench train animediffusion --preset demo
      anibench train animediffusion --preset paper --dry-run
      anibench train animediffusion --preset demo --set phase1.steps=2000 --name longer
      torchrun --nproc-per-node 4 -m anibench train animediffusion --preset paper
    """
    method = get_method(method_name)
    if method.train is None:
        raise AnibenchError(f"{method_name} needs no training; run: anibench eval {method_name} --protocol self-ref")
    preset_file = method.preset(preset) if preset else None
    config = load_config(method.config, preset=preset_file, file=config_file, settings=settings)
    if dry_run:
        print_config(config)
        _show_estimate(method, config, data)
        return
    dataset = Dataset.open(data)
    folder = runs / "train" / method_name / (name or preset or "default")
    rank = process_rank()
    if rank == 0:
        _refuse_overwrite(folder, resume)
        _check_resumed(folder, method_name, config, dataset)
    with record_run(
        folder,
        "train",
        config,
        name=f"{method_name}/{folder.name}",
        seed=getattr(config, "seed", None),
        device=resolve_device(device),
        inputs={"dataset": dataset.fingerprint},
        resume=resume,
        rank=rank,
    ) as run:
        checkpoint = method.train(config, dataset, run)
    if rank == 0:
        click.echo(f"Trained {method_name}: {checkpoint}")
        click.echo(f"Samples, metrics and the loss picture: {folder}")


def _show_estimate(method: Method, config: Config, data: Path) -> None:
    """Say what training will take; the configuration alone is on standard output, for programs."""
    if method.estimate is None:
        return
    try:
        samples, where = len(Dataset.open(data).ids("train")), str(data)
    except AnibenchError:
        samples, where = PAPER_SAMPLES, f"as in the paper; there is no dataset at {data}"
    rows = [("training samples", f"{samples:,} ({where})"), *method.estimate(config, samples)]
    for what, value in rows:
        click.echo(f"{what}: {value}", err=True)


def _refuse_overwrite(folder: Path, resume: bool) -> None:
    if not (folder / "run.json").exists():
        return
    status = read_record(folder).status
    if status == "done":
        raise AnibenchError(f"{folder} is finished; give the new run another --name, or remove that folder")
    if not resume:
        raise AnibenchError(f"{folder} holds a run that is {status}; add --resume to go on, or give another --name")


def _check_resumed(folder: Path, method_name: str, config: Config, dataset: Dataset) -> None:
    """Refuse other settings or data before the record of the run says that they are its own."""
    if not (folder / "run.json").exists():
        return
    from benchmark.training_state import RunIdentity, check_run

    identity = RunIdentity(method=method_name, config=config.model_dump(mode="json"), fingerprint=dataset.fingerprint)
    check_run(folder, identity)


@click.command("import-checkpoint")
@click.argument("file", type=EXISTING_FILE)
@click.option("--method", "method_name", required=True, metavar="METHOD", help="The method the weights belong to.")
@click.option("--preset", help="Settings that the file itself does not tell.  [default: official, where there is one]")
@click.option("--runs", type=ANY_PATH, default=Path("runs"), show_default=True, help="Where runs are kept.")
@click.option("--name", help="Name of the run.  [default: the file's]")
@config_options
def import_checkpoint(
    file: Path,
    method_name: str,
    preset: str | None,
    runs: Path,
    name: str | None,
    config_file: Path | None,
    settings: tuple[str, ...],
    dry_run: bool,
) -> None:
    """Take over a checkpoint of the authors' code.

    FILE is a `.pth` of plain weights; nothing else in it is loaded. Every name and shape is checked, the network's plan
    follows from them, and what shapes cannot tell comes from the preset. The result is a run like any other, in
    RUNS/train/METHOD/NAME, which `anibench eval` finds.

    \b
    Example:
      anibench import-checkpoint ADF300_10.pth --method animediffusion
    """
    from benchmark.importing import import_run

    method = get_method(method_name)
    preset = preset or ("official" if "official" in method.presets() else None)
    preset_file = method.preset(preset) if preset else None
    config = load_config(method.config, preset=preset_file, file=config_file, settings=settings)
    if dry_run:
        print_config(config)
        return
    folder = runs / "train" / method_name / (name or file.stem)
    checkpoint = import_run(method, file, config, folder)
    click.echo(f"Imported {file} as {checkpoint}")


@click.command()
@click.argument("lines", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path), metavar="LINE...")
@click.option("--reference", type=EXISTING_FILE, required=True, metavar="IMAGE", help="The picture with the colours.")
@click.option("--out", type=ANY_PATH, required=True, help="Folder of the results.")
@click.option("--method", "name", metavar="METHOD[/RUN]", help="What paints.  [default: the one training run there is]")
@click.option("--checkpoint", type=EXISTING_FILE, metavar="FILE", help="These weights, not the last ones of a run.")
@click.option("--runs", type=ANY_PATH, default=Path("runs"), show_default=True, help="Where runs are kept.")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Another seed, other chances.")
@device_option
@click.option("--set", "settings", multiple=True, metavar="KEY.PATH=VALUE", help="Change one setting; repeatable.")
def colorize(
    lines: tuple[Path, ...],
    reference: Path,
    out: Path,
    name: str | None,
    checkpoint: Path | None,
    runs: Path,
    seed: int,
    device: str,
    settings: tuple[str, ...],
) -> None:
    """Colorize line drawings of your own.

    LINE is a drawing, dark on white, of any size and format, or a folder of them. Each is painted in the colours of
    IMAGE into OUT/<its name>.png, at its own size. Trained methods know faces: a drawing and a reference framed like
    the dataset's crops give the best results.

    \b
    Examples:
      anibench colorize sketch.png --reference face.png --out colored
      anibench colorize drawings --reference face.png --out colored --method animediffusion/demo --seed 1
    """
    from benchmark.colorize import colorize_files
    from benchmark.entries import find_entries, reconfigured

    entries, skipped = find_entries([name] if name else [], checkpoint, runs)
    entries = entries if name else [entry for entry in entries if entry.method.kind != "floor"]
    if len(entries) != 1:
        found = ", ".join(entry.label.replace(".", "/", 1) for entry in entries)
        hint = f"choose one with --method: {found}" if found else "train one with: anibench train animediffusion"
        raise AnibenchError("\n".join([f"{runs} has {len(entries)} trained methods; {hint}", *skipped]))
    entry = reconfigured(entries[0], settings)
    count = colorize_files(entry, lines, reference, out, seed=seed, device=resolve_device(device))
    click.echo(f"{count} drawings colorized by {entry.label}: {out}")


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
