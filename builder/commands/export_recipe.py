"""`anibench export-recipe`."""

from pathlib import Path

import click

from benchmark.commands.options import ANY_PATH, EXISTING_FOLDER, json_option, print_json
from benchmark.core.device import available_cores
from benchmark.core.terminal import say


@click.command("export-recipe")
@click.argument("folder", type=EXISTING_FOLDER, metavar="DIR")
@click.option("--out", type=ANY_PATH, help="File to write.  [default: NAME.jsonl in the current folder]")
@click.option("--workers", type=click.IntRange(1), help="Number of threads.  [default: all cores]")
@json_option
def export_recipe(folder: Path, out: Path | None, workers: int | None, as_json: bool) -> None:
    """Write a dataset's recipe, from which others rebuild it.

    DIR is a dataset. The file contains no picture. It contains the configuration and, for each sample, the id and
    SHA-256 of its source, its crop, line parameters and split, and the hashes of its pixels. Anyone with the same
    source pictures rebuilds the same dataset from it.

    \b
    Examples:
      anibench export-recipe data/faces --out faces.jsonl
      anibench build-dataset recipe:faces.jsonl --from danbooru:~/danbooru
    """
    from benchmark.data.dataset import Dataset
    from builder.share import export_recipe as exporting

    data = Dataset.open(folder)
    file = out or Path(f"{data.name}.jsonl")
    header = exporting.export_recipe(data, file, workers or available_cores())
    if as_json:
        print_json({"out": str(file), **header.model_dump(mode="json")})
    else:
        say(f"{header.samples} samples in {file}, fingerprint {header.fingerprint}; the file contains no picture")
