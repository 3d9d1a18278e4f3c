"""The hub's commands: list, train, evaluate and score methods, and look at the machine."""

from pathlib import Path

import click
from rich.markup import escape

from benchmark.cli import (
    ANY_PATH,
    EXISTING_FILE,
    EXISTING_FOLDER,
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
from benchmark.eval_config import EvalSettings
from benchmark.methods import Method, get_method, method_names
from benchmark.protocol import get_protocol
from benchmark.runs import process_rank, read_record, record_run
from benchmark.score_table import TITLES, metrics_of, score_text
from benchmark.scorecard import ScoreCard

PAPER_SAMPLES = 31_696  # in its train split


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


@click.command(name="eval")
@click.argument("names", metavar="[METHOD | METHOD/RUN]...", nargs=-1)
@click.option(
    "--protocol", "protocol_name", required=True, metavar="NAME", help="self-ref, self-ref-warped, random-ref."
)
@click.option("--data", type=ANY_PATH, default=Path("data/faces"), show_default=True, help="The dataset.")
@click.option("--runs", type=ANY_PATH, default=Path("runs"), show_default=True, help="Where runs are kept.")
@click.option("--checkpoint", type=EXISTING_FILE, metavar="FILE", help="These weights, not the last ones of a run.")
@click.option("--batch", type=click.IntRange(min=1), help="Pictures painted at once.  [default: 8]")
@device_option
@config_options
@json_option
def evaluate(
    names: tuple[str, ...],
    protocol_name: str,
    data: Path,
    runs: Path,
    checkpoint: Path | None,
    batch: int | None,
    device: str,
    config_file: Path | None,
    settings: tuple[str, ...],
    dry_run: bool,
    as_json: bool,
) -> None:
    """Evaluate methods by a protocol.

    Paints every test pair, saves it, reads it back and scores it, into RUNS/eval/PROTOCOL/METHOD.RUN. Without METHOD:
    every finished training run, and the floors that need no training. Stopped, it goes on with the same command; what
    is finished and unchanged is not done twice.

    \b
    Examples:
      anibench eval --protocol random-ref
      anibench eval animediffusion/demo copy-reference --protocol self-ref
      anibench eval --protocol self-ref --checkpoint phase1-step-000001000.safetensors
    """
    from benchmark.entries import find_entries

    chosen = [*settings, *([f"batch={batch}"] if batch else [])]
    config = load_config(EvalSettings, file=config_file, settings=chosen)
    protocol = get_protocol(protocol_name)
    if dry_run:
        print_json({"protocol": protocol.model_dump(mode="json"), "settings": config.model_dump(mode="json")})
        return
    dataset = Dataset.open(data)
    entries, skipped = find_entries(names, checkpoint, runs)
    for reason in skipped:
        click.echo(f"left out: {reason}", err=True)
    from benchmark.evaluate import Evaluation, evaluate_all

    evaluation = Evaluation.open(protocol, dataset, runs, config, resolve_device(device), _say)
    cards, failures = evaluate_all(evaluation, entries)
    _show_cards(cards, as_json)
    if failures:
        raise AnibenchError("\n".join(failures))


@click.command()
@click.argument("folder", type=EXISTING_FOLDER)
@click.option(
    "--protocol", "protocol_name", required=True, metavar="NAME", help="self-ref, self-ref-warped, random-ref."
)
@click.option("--name", required=True, help="What the row is called.")
@click.option("--data", type=ANY_PATH, default=Path("data/faces"), show_default=True, help="The dataset.")
@click.option("--runs", type=ANY_PATH, default=Path("runs"), show_default=True, help="Where runs are kept.")
@device_option
@config_options
@json_option
def score(
    folder: Path,
    protocol_name: str,
    name: str,
    data: Path,
    runs: Path,
    device: str,
    config_file: Path | None,
    settings: tuple[str, ...],
    dry_run: bool,
    as_json: bool,
) -> None:
    """Score pictures made by anything by a protocol.

    FOLDER holds one 8-bit RGB PNG for each test pair, named after its line: ID.png. Which reference goes with which
    line is in the dataset's pairs folder. The pictures are copied to RUNS/eval/PROTOCOL/NAME and scored like any
    other.

    \b
    Example:
      anibench score outputs/other-tool --protocol random-ref --name other-tool
    """
    config = load_config(EvalSettings, file=config_file, settings=settings)
    protocol = get_protocol(protocol_name)
    if dry_run:
        print_json({"protocol": protocol.model_dump(mode="json"), "settings": config.model_dump(mode="json")})
        return
    dataset = Dataset.open(data)
    from benchmark.evaluate import Evaluation, score_folder

    evaluation = Evaluation.open(protocol, dataset, runs, config, resolve_device(device), _say)
    _show_cards([score_folder(evaluation, folder, name)], as_json)


def _say(message: str) -> None:
    click.echo(message, err=True)


def _show_cards(cards: list[ScoreCard], as_json: bool) -> None:
    if as_json:
        print_json([card.model_dump(mode="json") for card in cards])
        return
    if not cards:
        return
    from rich.console import Console
    from rich.table import Table

    metrics = metrics_of(cards)
    table = Table("method", *(TITLES[metric] for metric in metrics), "n", title=cards[0].protocol_label)
    for card in cards:
        table.add_row(escape(card.label), *(escape(score_text(metric, card)) for metric in metrics), str(card.n))
    Console().print(table)


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
