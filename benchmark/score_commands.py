"""Commands around pictures that are there, or that others make: score, rescore, pairs."""

from pathlib import Path

import click

from benchmark.cli import ANY_PATH, EXISTING_FOLDER, config_options, device_option, json_option, print_config
from benchmark.config import load_config
from benchmark.dataset import Dataset
from benchmark.device import resolve_device
from benchmark.errors import AnibenchError
from benchmark.eval_cli import (
    data_option,
    print_resolved,
    protocol_option,
    runs_option,
    say,
    scoring_options,
    show_cards,
)
from benchmark.eval_config import EvalSettings
from benchmark.protocol import dataset_pairs, get_protocol


@click.command()
@click.argument("folder", type=EXISTING_FOLDER)
@click.option("--name", required=True, help="What the row is called.")
@protocol_option(required=True)
@scoring_options
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

    FOLDER holds one 8-bit RGB PNG for each test pair, named after its line: ID.png, and for its further references
    ID-2.png and so on, as `anibench pairs` says. The pictures are copied to RUNS/eval/PROTOCOL/NAME and scored like
    any other.

    \b
    Example:
      anibench score outputs/other-tool --protocol random-ref --name other-tool
    """
    config = load_config(EvalSettings, file=config_file, settings=settings)
    protocol = get_protocol(protocol_name)
    if dry_run:
        print_resolved(protocol, config)
        return
    dataset = Dataset.open(data)
    from benchmark.evaluate import Evaluation, score_folder

    evaluation = Evaluation.open(protocol, dataset, runs, config, resolve_device(device), say)
    show_cards([score_folder(evaluation, folder, name)], as_json)


@click.command()
@runs_option
@click.option("--data", type=ANY_PATH, help="The dataset.  [default: the one each run names]")
@device_option
@config_options
@json_option
def rescore(
    runs: Path,
    data: Path | None,
    device: str,
    config_file: Path | None,
    settings: tuple[str, ...],
    dry_run: bool,
    as_json: bool,
) -> None:
    """Score the saved pictures of finished evaluations again.

    For metrics that were added, weights that have come, or other settings. No model and no checkpoint is needed, and
    no picture is changed; what painting cost, and the notes, stay as they were. What cannot be scored again is told.

    \b
    Examples:
      anibench rescore
      anibench rescore --runs runs --set fid=clean
    """
    from benchmark.rescore import RescoreConfig, find_evaluations, rescore_all
    from benchmark.runs import record_run

    asked = load_config(EvalSettings, file=config_file, settings=settings)
    changed = {name: getattr(asked, name) for name in sorted(asked.model_fields_set)}
    config = RescoreConfig(settings=changed, data=str(data) if data else None)
    if dry_run:
        print_config(config)
        return
    folders = find_evaluations(runs)
    if not folders:
        raise AnibenchError(f"{runs / 'eval'} holds no evaluation; make one with: anibench eval --protocol self-ref")
    with record_run(runs / "rescore", "rescore", config, name="rescore", device=resolve_device(device)):
        cards, failures = rescore_all(folders, config, resolve_device(device), say)
    show_cards(cards, as_json)
    if failures:
        raise AnibenchError("\n".join(failures))


@click.command()
@protocol_option(required=True)
@data_option
@click.option("--out", type=ANY_PATH, required=True, help="The folder to write.")
def pairs(protocol_name: str, data: Path, out: Path) -> None:
    """Write a protocol's pairs for a program outside.

    Lines, references (warped where the protocol warps them), pairs.csv, which says what becomes of what, and a README
    with the naming rule of `anibench score`. Stopped, it goes on with the same command.

    \b
    Example:
      anibench pairs --protocol random-ref --data data/faces --out random-ref
    """
    from benchmark.exchange import export_pairs

    dataset = Dataset.open(data)
    protocol = get_protocol(protocol_name)
    found = dataset_pairs(protocol, dataset)
    table = export_pairs(protocol, found, dataset, out)
    click.echo(f"Wrote {len(found)} pairs to {table}; what to do with them: {out / 'README.md'}")
