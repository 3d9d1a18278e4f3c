"""The builder's commands: from raw illustrations to a dataset, and the line extractor."""

from pathlib import Path

import click

from benchmark.cli import (
    ANY_PATH,
    EXISTING_FILE,
    EXISTING_FOLDER,
    config_options,
    json_option,
    print_config,
    print_json,
)
from benchmark.config import load_config


@click.command()
@click.argument("pairs", type=EXISTING_FOLDER)
@click.option("--out", type=ANY_PATH, default=Path("xdog.toml"), show_default=True, help="Where the parameters go.")
@click.option("--runs", type=ANY_PATH, default=Path("runs"), show_default=True, help="Where runs are kept.")
@json_option
@config_options
def fit_xdog(
    pairs: Path,
    out: Path,
    runs: Path,
    config_file: Path | None,
    settings: tuple[str, ...],
    dry_run: bool,
    as_json: bool,
) -> None:
    """Fit the line extractor to an artist's lines.

    PAIRS holds color/ and line/ with pictures of the same stems and sizes, pixel on pixel. The parameters go to OUT,
    for `build-dataset --xdog OUT` and `extract-lines --xdog OUT`; numbers, a picture of the objective and a sheet of
    lines go to RUNS/fit-xdog/<stem of OUT>. The objectives are edge-f1, thresholded, and equation-2 (the paper's).

    \b
    Examples:
      anibench fit-xdog my-pairs
      anibench fit-xdog my-pairs --out thin.toml --set objective=equation-2 --set form=equation-1
    """
    from builder.fit_xdog import FitConfig

    config = load_config(FitConfig, file=config_file, settings=settings)
    if dry_run:
        print_config(config)
        return
    from builder.fit_run import print_result, run_fit

    result, folder = run_fit(pairs, out, runs, config)
    if as_json:
        print_json({"out": str(out), "run": str(folder), **result.model_dump(mode="json")})
    else:
        print_result(result, out, folder)


@click.command()
@click.argument("images", type=click.Path(exists=True, path_type=Path), nargs=-1, required=True)
@click.option("--out", type=ANY_PATH, required=True, help="Folder the lines are written to, as PNG.")
@click.option("--xdog", type=EXISTING_FILE, help="Parameters from fit-xdog.  [default: the paper's]")
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

    IMAGES are pictures or folders of them, searched with their subfolders. A picture that cannot be read is named
    and skipped, and the exit code is then 1.

    \b
    Examples:
      anibench extract-lines pictures --out lines --xdog xdog.toml
      anibench extract-lines a.png b.jpg --out lines --set sigma=0.5
    """
    from benchmark.xdog import XDoG

    params = load_config(XDoG, preset=xdog, file=config_file, settings=settings)
    if dry_run:
        print_config(params)
        return
    from builder.extract_lines import extract_all

    count = extract_all(images, out, params)
    click.echo(f"{count} line drawings in {out}")
