"""`anibench fit-xdog`."""

from pathlib import Path

import click

from benchmark.commands.options import ANY_PATH, config_options, json_option, print_config, print_json
from benchmark.core.config import load_config


@click.command()
@click.argument("pairs")
@click.option(
    "--out", type=ANY_PATH, default=Path("xdog.toml"), show_default=True, help="File for the fitted parameters."
)
@click.option("--runs", type=ANY_PATH, default=Path("runs"), show_default=True, help="Folder of the runs.")
@json_option
@config_options
def fit_xdog(
    pairs: str,
    out: Path,
    runs: Path,
    config_file: Path | None,
    settings: tuple[str, ...],
    dry_run: bool,
    as_json: bool,
) -> None:
    """Fit the line extractor to an artist's lines.

    PAIRS is a folder with subfolders color/ and line/, whose pictures have the same stems and sizes and are aligned to
    the pixel; or drawn:N for N drawn portraits with their lines. The parameters are written to OUT, for `build-dataset
    --xdog OUT` and `extract-lines --xdog OUT`. Numbers, a plot of the objective and a sheet of lines are written to
    RUNS/fit-xdog/NAME for OUT NAME.toml. The objectives are edge-f1, thresholded, and equation-2 (the paper's).

    \b
    Examples:
      anibench fit-xdog my-pairs
      anibench fit-xdog drawn:24
      anibench fit-xdog my-pairs --out thin.toml --set objective=equation-2 --set form=equation-1
    """
    from builder.lines.fit_xdog import FitConfig

    config = load_config(FitConfig, file=config_file, settings=settings)
    if dry_run:
        print_config(config)
        return
    from builder.lines.fit_run import print_result, run_fit

    result, folder = run_fit(pairs, out, runs, config)
    if as_json:
        print_json({"out": str(out), "run": str(folder), **result.model_dump(mode="json")})
    else:
        print_result(result, out, folder)
