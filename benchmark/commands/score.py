"""`anibench score`."""

from pathlib import Path

import click

from benchmark.commands.options import EXISTING_FOLDER
from benchmark.commands.score_options import (
    ScoringOptions,
    data_option,
    print_resolved,
    protocol_option,
    scoring_options,
    show_cards,
)
from benchmark.core.device import resolve_device
from benchmark.core.terminal import tell
from benchmark.data.dataset import Dataset
from benchmark.data.protocol import get_protocol


@click.command()
@click.argument("folder", type=EXISTING_FOLDER)
@click.option("--name", required=True, help="Label of the row.")
@protocol_option(required=True)
@data_option
@scoring_options
def score(
    folder: Path,
    protocol_name: str,
    name: str,
    data: Path,
    options: ScoringOptions,
) -> None:
    """Score any folder of pictures under a protocol.

    FOLDER holds one 8-bit RGB PNG for each test pair, named after its line: ID.png, and ID-2.png and so on for further
    references, as `anibench pairs` lists them. The pictures are copied to RUNS/eval/PROTOCOL-vN/NAME and scored as
    those of a method.

    \b
    Example:
      anibench score outputs/other-tool --protocol random-ref --name other-tool
    """
    config = options.resolve()
    protocol = get_protocol(protocol_name)
    if options.dry_run:
        print_resolved(protocol, config)
        return
    dataset = Dataset.open(data)
    from benchmark.evaluation.evaluate import Evaluation, score_folder

    evaluation = Evaluation.open(protocol, dataset, options.runs, config, resolve_device(options.device), tell)
    show_cards([score_folder(evaluation, folder, name)], options.as_json)
