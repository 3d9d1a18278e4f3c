"""`anibench pairs`."""

from pathlib import Path

import click

from benchmark.commands.options import ANY_PATH
from benchmark.commands.score_options import data_option, protocol_option
from benchmark.core.terminal import say
from benchmark.data.dataset import Dataset
from benchmark.data.protocol import dataset_pairs, get_protocol, unpaired


@click.command()
@protocol_option(required=True)
@data_option
@click.option("--out", type=ANY_PATH, required=True, help="Folder of the result.")
def pairs(protocol_name: str, data: Path, out: Path) -> None:
    """Write the pairs of a protocol for another program.

    Writes lines, references (warped where the protocol warps them), pairs.csv with the input and output files of each
    pair, and a README with the naming rule of `anibench score`. The same command continues a stopped export.

    \b
    Example:
      anibench pairs --protocol random-ref --data data/faces --out random-ref
    """
    from benchmark.evaluation.exchange import export_pairs

    dataset = Dataset.open(data)
    protocol = get_protocol(protocol_name)
    found = dataset_pairs(protocol, dataset)
    if (left_out := unpaired(protocol, dataset, found)) is not None:
        say(left_out)
    table = export_pairs(protocol, found, dataset, out)
    say(f"Wrote {len(found)} pairs to {table}; instructions: {out / 'README.md'}")
