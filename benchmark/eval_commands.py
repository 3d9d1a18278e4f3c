"""Commands that score: evaluate methods, or pictures that anything made."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click
from rich.markup import escape

from benchmark.cli import (
    ANY_PATH,
    EXISTING_FILE,
    EXISTING_FOLDER,
    config_options,
    device_option,
    json_option,
    print_json,
)
from benchmark.config import load_config
from benchmark.dataset import Dataset
from benchmark.device import resolve_device
from benchmark.errors import AnibenchError
from benchmark.eval_config import EvalSettings
from benchmark.protocol import EvalProtocol, get_protocol
from benchmark.score_table import TITLES, metrics_of, score_text
from benchmark.scorecard import ScoreCard

F = TypeVar("F", bound=Callable[..., Any])


def _protocol_options(command: F) -> F:
    """`--protocol`, `--data`, `--runs`, and what every command that computes shares."""
    for option in (
        json_option,
        config_options,
        device_option,
        click.option("--runs", type=ANY_PATH, default=Path("runs"), show_default=True, help="Where runs are kept."),
        click.option("--data", type=ANY_PATH, default=Path("data/faces"), show_default=True, help="The dataset."),
        click.option(
            "--protocol", "protocol_name", required=True, metavar="NAME", help="self-ref, self-ref-warped, random-ref."
        ),
    ):
        command = option(command)
    return command


@click.command(name="eval")
@click.argument("names", metavar="[METHOD | METHOD/RUN]...", nargs=-1)
@click.option("--checkpoint", type=EXISTING_FILE, metavar="FILE", help="These weights, not the last ones of a run.")
@click.option("--batch", type=click.IntRange(min=1), help="Pictures painted at once.  [default: 8]")
@_protocol_options
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
        _print_resolved(protocol, config)
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
@click.option("--name", required=True, help="What the row is called.")
@_protocol_options
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
        _print_resolved(protocol, config)
        return
    dataset = Dataset.open(data)
    from benchmark.evaluate import Evaluation, score_folder

    evaluation = Evaluation.open(protocol, dataset, runs, config, resolve_device(device), _say)
    _show_cards([score_folder(evaluation, folder, name)], as_json)


def _print_resolved(protocol: EvalProtocol, config: EvalSettings) -> None:
    print_json({"protocol": protocol.model_dump(mode="json"), "settings": config.model_dump(mode="json")})


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
