"""`anibench extract-lines`."""

from pathlib import Path

import click

from benchmark.commands.options import (
    ANY_PATH,
    EXISTING_FILE,
    config_options,
    print_config,
)
from benchmark.core.config import load_config
from benchmark.core.terminal import say


@click.command()
@click.argument("images", type=click.Path(exists=True, path_type=Path), nargs=-1, required=True)
@click.option("--out", type=ANY_PATH, required=True, help="Folder for the line drawings (PNG).")
@click.option(
    "--xdog", type=EXISTING_FILE, help="Line parameters, a file that fit-xdog writes.  [default: the paper's]"
)
@config_options
def extract_lines(
    images: tuple[Path, ...],
    out: Path,
    xdog: Path | None,
    config_file: Path | None,
    settings: tuple[str, ...],
    dry_run: bool,
) -> None:
    """Extract lines from any pictures.

    IMAGES are pictures and folders; folders are searched recursively. A file that cannot be read is named and skipped,
    and the exit code is then 1.

    \b
    Examples:
      anibench extract-lines pictures --out lines --xdog xdog.toml
      anibench extract-lines a.png b.jpg --out lines --set sigma=0.5
    """
    from benchmark.data.xdog import XDoG

    params = load_config(XDoG, preset=xdog, file=config_file, settings=settings)
    if dry_run:
        print_config(params)
        return
    from builder.lines.extract_lines import extract_all

    count = extract_all(images, out, params)
    say(f"{count} line drawings in {out}")
