"""`anibench train`."""

import json
from dataclasses import replace
from pathlib import Path

import click

from benchmark.commands.options import ANY_PATH, config_options, device_option, print_config
from benchmark.core.config import Config, load_config
from benchmark.core.device import resolve_device
from benchmark.core.errors import AnibenchError
from benchmark.core.runs import process_rank, read_record, record_run, require_run_name
from benchmark.core.terminal import say, tell
from benchmark.data.dataset import PAPER_TRAIN, Dataset
from benchmark.methods.interface import Method, get_method


@click.command()
@click.argument("method_name", metavar="METHOD")
@click.option("--data", type=ANY_PATH, default=Path("data/faces"), show_default=True, help="Folder of the dataset.")
@click.option("--preset", help="Named settings of the method; see `anibench methods`.")
@click.option("--runs", type=ANY_PATH, default=Path("runs"), show_default=True, help="Folder of the runs.")
@click.option("--name", help="Name of the run.  [default: the preset]")
@click.option("--init", "initial", metavar="WEIGHTS", help="Start from a checkpoint, or from animediffusion/drawn.")
@click.option("--phase1", metavar="NAME", help="Use the finished first phase of the run NAME.")
@click.option("--resume", is_flag=True, help="Continue an unfinished run.")
@device_option
@config_options
def train(
    method_name: str,
    data: Path,
    preset: str | None,
    runs: Path,
    name: str | None,
    initial: str | None,
    phase1: str | None,
    resume: bool,
    device: str,
    config_file: Path | None,
    settings: tuple[str, ...],
    dry_run: bool,
) -> None:
    """Train a method on a dataset.

    Writes checkpoints, metrics, sample grids and a loss curve to RUNS/train/METHOD/NAME. --resume continues a stopped
    run and reaches the same weights as a run without the stop. Under torchrun or `accelerate launch` the processes
    share each batch. --dry-run also prints an estimate of time, memory and disk on standard error.

    \b
    Examples:
      anibench train animediffusion --preset demo
      anibench train animediffusion --preset paper --dry-run
      anibench train animediffusion --preset demo --set phase2.steps=6000 --name longer
      anibench train animediffusion --preset overnight --init animediffusion/drawn
      anibench train animediffusion --preset paper --set phase2.epochs=10 --phase1 paper --name ten-epochs
      torchrun --nproc-per-node 4 -m anibench train animediffusion --preset paper
    """
    method = get_method(method_name)
    if method.train is None:
        raise AnibenchError(f"{method_name} needs no training; run: anibench eval {method_name} --protocol self-ref")
    if phase1 is not None and not method.shares_phase1:
        raise AnibenchError(f"{method_name} has no first phase that runs can share; leave out --phase1")
    preset_file = method.preset(preset) if preset else None
    if initial is not None:
        if "initial" not in method.config.model_fields:
            raise AnibenchError(f"{method_name} cannot start from given weights; leave out --init")
        settings = (*settings, f"initial={json.dumps(initial)}")
    config = load_config(method.config, preset=preset_file, file=config_file, settings=settings)
    if dry_run:
        print_config(config)
        _show_estimate(method, config, data)
        return
    dataset = Dataset.open(data)
    folder = runs / "train" / method_name / require_run_name((preset or "default") if name is None else name)
    shared = None if phase1 is None else folder.parent / require_run_name(phase1, "--phase1")
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
        checkpoint = method.train(config, dataset, replace(run, phase1=shared))
    if rank == 0:
        say(f"Trained {method_name}: {checkpoint}")
        say(f"Samples, metrics and loss curve: {folder}")


def _show_estimate(method: Method, config: Config, data: Path) -> None:
    """Print the cost estimate on standard error; standard output holds the configuration alone."""
    if method.estimate is None:
        return
    try:
        dataset = Dataset.open(data)
    except AnibenchError:
        samples, where = PAPER_TRAIN, f"the paper's number; {data} holds no dataset"
    else:
        samples, where = len(dataset.require_ids("train")), str(data)
    rows = [("training samples", f"{samples:,} ({where})"), *method.estimate(config, samples)]
    for what, value in rows:
        tell(f"{what}: {value}")


def _refuse_overwrite(folder: Path, resume: bool) -> None:
    if not (folder / "run.json").exists():
        return
    status = read_record(folder).status
    if status == "done":
        raise AnibenchError(f"{folder} holds a finished run; give the new run another --name, or remove that folder")
    if not resume:
        raise AnibenchError(
            f"{folder} holds a run that is {status}; add --resume to continue it, or give another --name"
        )


def _check_resumed(folder: Path, method_name: str, config: Config, dataset: Dataset) -> None:
    """Raise AnibenchError for other settings or data, before the run record is overwritten with them."""
    if not (folder / "run.json").exists():
        return
    from benchmark.training.state import check_run, run_identity

    identity = run_identity(method_name, config, dataset.fingerprint)
    check_run(folder, identity)
