"""The builder's commands: from raw illustrations to a checked dataset, and the line extractor."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

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

if TYPE_CHECKING:
    from builder.pipeline import Built, Engine


@click.command("build-dataset")
@click.argument("source")
@click.option("--out", type=ANY_PATH, default=Path("data/faces"), show_default=True, help="The dataset's folder.")
@click.option("--name", help="Name of the dataset.  [default: the source's name]")
@click.option(
    "--detector",
    help="animeface, whole, boxes:FILE, imgutils, anime-face-detector, or one that is installed.  [default: animeface]",
)
@click.option("--split", "mode", type=click.Choice(["paper", "ratio"]), help="31,696 / 579, or that proportion.")
@click.option("--train", type=click.IntRange(1), help="Exactly so many training samples.")
@click.option("--test", type=click.IntRange(1), help="Exactly so many test samples; without --train the rest is train.")
@click.option("--xdog", type=EXISTING_FILE, metavar="FILE", help="Line parameters as fit-xdog writes them.")
@click.option("--decisions", type=EXISTING_FILE, metavar="CSV", help="What a human decided on the review page.")
@click.option("--from", "origin", metavar="SOURCE", help="For recipe:FILE: where the pictures are.")
@click.option("--partial", is_flag=True, help="For recipe:FILE: leave out what the source lacks.")
@click.option("--workers", type=click.IntRange(1), help="Processes.  [default: all cores]")
@click.option(
    "--engine",
    type=click.Choice(["processes", "ray"]),
    default="processes",
    show_default=True,
    help="Where pictures are worked on; ray: a cluster, named by RAY_ADDRESS.",
)
@click.option("--work", type=ANY_PATH, metavar="DIR", help="Keep what was worked out there, for other builds.")
@config_options
@json_option
def build_dataset(
    source: str,
    out: Path,
    name: str | None,
    detector: str | None,
    mode: str | None,
    train: int | None,
    test: int | None,
    xdog: Path | None,
    decisions: Path | None,
    origin: str | None,
    partial: bool,
    workers: int | None,
    engine: Engine,
    work: Path | None,
    config_file: Path | None,
    settings: tuple[str, ...],
    dry_run: bool,
    as_json: bool,
) -> None:
    """Build a dataset of faces and lines from illustrations.

    SOURCE is a folder of pictures, drawn:N to have N illustrations drawn, danbooru:PATH, tar:PATTERN, or official:PATH
    for a finished dataset with lines of its own. Killed or interrupted, the same command
    goes on. What was left out, and why, is in dropped.parquet; sheet.png shows a part of what was taken.

    \b
    Examples:
      anibench build-dataset drawn:400
      anibench build-dataset ~/pictures --out data/faces --set crop.margin=0.4
      anibench build-dataset ~/face-crops --detector whole --test 100
      anibench build-dataset danbooru:~/danbooru --split paper --xdog xdog.toml --work work
      anibench build-dataset danbooru:~/danbooru --work work --out data/reviewed --decisions decisions.csv
      anibench build-dataset recipe:faces.jsonl --from danbooru:~/danbooru
    """
    if source.startswith("recipe:"):
        settled = (name, detector, mode, train, test, xdog, decisions, config_file, settings, work)
        if any(settled) or engine != "processes":
            raise click.UsageError("recipe:FILE holds every setting; only --from, --out, --partial and --workers apply")
        built = _rebuild(Path(source.removeprefix("recipe:")), origin, out, partial, workers)
        _print_built(built, out, as_json)
        return
    if origin is not None or partial:
        raise click.UsageError("--from and --partial belong to recipe:FILE")
    from builder.decisions import read_decisions
    from builder.pipeline import build
    from builder.recipe import resolve_recipe
    from builder.sources import open_source

    recipe = resolve_recipe(
        config_file,
        settings,
        detector=detector,
        mode=mode,
        train=train,
        test=test,
        xdog=xdog,
        official=source.startswith("official:"),
    )
    if dry_run:
        print_config(recipe)
        return
    built = build(
        open_source(source, recipe.source),
        out,
        recipe,
        name=name,
        workers=workers,
        engine=engine,
        decisions=None if decisions is None else read_decisions(decisions),
        work=work,
    )
    _print_built(built, out, as_json)


def _rebuild(file: Path, origin: str | None, out: Path, partial: bool, workers: int | None) -> Built:
    import os

    from builder.export_recipe import read_recipe
    from builder.rebuild import rebuild
    from builder.sources import open_source

    if origin is None:
        raise click.UsageError("recipe:FILE needs --from SOURCE, the place of the pictures")
    exported = read_recipe(file)
    source = open_source(origin, exported.recipe.source)
    return rebuild(file, exported, source, out, workers=workers or os.cpu_count() or 1, partly=partial)


def _print_built(built: Built, out: Path, as_json: bool) -> None:
    if as_json:
        print_json({"out": str(out), "was_finished": built.was_finished, **built.card.model_dump(mode="json")})
        return
    card = built.card
    click.echo(f"{'Already finished' if built.was_finished else 'Built'}: {card.name} in {out}")
    click.echo(f"  {card.counts['train']} train, {card.counts['test']} test, fingerprint {card.fingerprint}")
    for reason, count in card.dropped.items():
        click.echo(f"  dropped {count:6d}  {reason}")
    for heading, numbers in card.reported.items():
        click.echo(f"  {heading}")
        for what, number in numbers.items():
            click.echo(f"  {number:14g}  {what}")
    click.echo(f"Look at {out / 'sheet.png'}; check with: anibench verify-dataset {out}")


@click.command("verify-dataset")
@click.argument("folder", type=EXISTING_FOLDER, metavar="DIR")
@json_option
def verify_dataset(folder: Path, as_json: bool) -> None:
    """Check every rule a dataset has to keep.

    Recomputes ids, lines, fingerprint and pairing from the pixels, and searches near duplicates across the split.
    Exits with 1 when anything is wrong.

    \b
    Example:
      anibench verify-dataset data/faces
    """
    from benchmark.dataset import Dataset
    from builder.verify import verify

    found = verify(folder)
    problems, warnings = [one for one in found if not one.warning], [one for one in found if one.warning]
    card: dict[str, Any] = {} if problems else Dataset.open(folder).card.model_dump(mode="json")
    if as_json:
        named = [[{"file": one.file, "problem": one.what} for one in each] for each in (problems, warnings)]
        print_json(
            {"ok": not problems, "problems": named[0], "warnings": named[1], "fingerprint": card.get("fingerprint")}
        )
    else:
        for one in found:
            click.echo(f"{'warning: ' if one.warning else ''}{one.file}: {one.what}", err=True)
        if not problems:
            counts = card["counts"]
            click.echo(f"{folder} keeps every rule: {counts['train']} train, {counts['test']} test")
            click.echo(f"  fingerprint {card['fingerprint']}")
    if problems:
        if not as_json:
            click.echo(f"{folder}: {len(problems)} problem{'s' if len(problems) > 1 else ''}; build it again", err=True)
        raise SystemExit(1)


@click.command()
@click.argument("pairs")
@click.option("--out", type=ANY_PATH, default=Path("xdog.toml"), show_default=True, help="Where the parameters go.")
@click.option("--runs", type=ANY_PATH, default=Path("runs"), show_default=True, help="Where runs are kept.")
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

    PAIRS is a folder that holds color/ and line/ with pictures of the same stems and sizes, pixel on pixel; drawn:N
    has N portraits drawn with the lines that belong to them. The parameters go to OUT, for `build-dataset --xdog OUT`
    and `extract-lines --xdog OUT`; numbers, a picture of the objective and a sheet of lines go to RUNS/fit-xdog/<stem
    of OUT>. The objectives are edge-f1, thresholded, and equation-2 (the paper's).

    \b
    Examples:
      anibench fit-xdog my-pairs
      anibench fit-xdog drawn:24
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
