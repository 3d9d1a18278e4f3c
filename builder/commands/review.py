"""`anibench review`."""

from pathlib import Path

import click

from benchmark.commands.options import ANY_PATH, EXISTING_FOLDER
from benchmark.core.device import available_cores
from benchmark.core.terminal import say, tell


@click.command()
@click.argument("folder", type=EXISTING_FOLDER, metavar="DIR")
@click.option("--out", type=ANY_PATH, help="Folder for the page.  [default: DIR/review]")
@click.option("--source", help="Source of the dataset, to show the surroundings of each crop.")
@click.option("--serve", is_flag=True, help="Serve the page on 127.0.0.1 until Ctrl-C.")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8765, show_default=True, help="Port of --serve; 0: any free port."
)
@click.option("--workers", type=click.IntRange(1), help="Number of worker processes.  [default: all cores]")
def review(folder: Path, out: Path | None, source: str | None, serve: bool, port: int, workers: int | None) -> None:
    """Write a page for the review of every crop of a dataset.

    DIR is a dataset. The page is a folder of static files: open its index.html. The most suspicious crops come first.
    Reject, accept, move or scale crops with keys (? lists them), and save decisions.csv. Then run the dataset's build
    command again with --decisions decisions.csv and another --out.

    \b
    Examples:
      anibench review data/faces
      anibench review data/faces --source ~/pictures --serve
      anibench build-dataset ~/pictures --out data/reviewed --decisions decisions.csv
    """
    from benchmark.data.dataset import Dataset
    from builder.check.review import write_review
    from builder.core.recipe import Recipe
    from builder.sources.open import open_source

    data = Dataset.open(folder)
    opened = None
    if source is not None:
        opened = open_source(source, Recipe.model_validate(data.card.config).source)
    made = write_review(data, out or folder / "review", opened, workers or available_cores())
    say(f"{made.samples} crops in {made.page}")
    if source is not None and made.wide < made.samples:
        tell(f"  {made.samples - made.wide} crops without surroundings: their source file is missing or has changed")
    if serve:
        from benchmark.app import local
        from builder.check.review_server import make_server

        with make_server(made.page.parent, port) as server:
            local.serve(server, "Stopped; unsaved decisions stay in the browser.")
