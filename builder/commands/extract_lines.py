"""`anibench extract-lines`."""

from pathlib import Path

import click

from benchmark.commands.options import ANY_PATH, EXISTING_FILE, config_options, print_config
from benchmark.core.config import load_config
from benchmark.core.terminal import say


@click.command()
@click.argument("images", type=click.Path(exists=True, path_type=Path), nargs=-1, required=True)
@click.option("--out", type=ANY_PATH, required=True, help="Folder for the line drawings (PNG).")
@click.option(
    "--xdog",
    type=EXISTING_FILE,
    help="XDoG parameters: the TOML file of fit-xdog.  [default: the paper's]",
)
@click.option("--native", is_flag=True, help="Apply sigma in px of each picture, not scaled from 256 px.")
@config_options
def extract_lines(
    images: tuple[Path, ...],
    out: Path,
    xdog: Path | None,
    native: bool,
    config_file: Path | None,
    settings: tuple[str, ...],
    dry_run: bool,
) -> None:
    """Extract lines from any pictures.

    IMAGES are pictures and folders; folders are searched recursively. A file that cannot be read is printed and
    skipped, and the exit code is then 1. Sigma is given for 256 px, the size of dataset pictures; for larger pictures
    it is scaled with the shorter side. The command prints the pages with less than 0.5 % or more than 25 % ink.

    \b
    Examples:
      anibench extract-lines pictures --out lines --xdog xdog.toml
      anibench extract-lines a.png b.jpg --out lines --set sigma=0.5
    """
    from builder.lines.extract_lines import ExtractConfig, extract_all

    options = ["native=true"] if native else []
    config = load_config(ExtractConfig, preset=xdog, file=config_file, settings=[*options, *settings])
    if dry_run:
        print_config(config)
        return
    count = extract_all(images, out, config)
    say(f"Line drawings: {count}, in {out}")
