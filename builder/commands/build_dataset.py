"""`anibench build-dataset`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from benchmark.commands.options import ANY_PATH, EXISTING_FILE, config_options, json_option, print_config, print_json
from benchmark.core.device import available_cores
from benchmark.core.terminal import say, tell

if TYPE_CHECKING:
    from builder.build.pipeline import Built, Engine

FEW_TEST = "add pictures, or ask for 20 or more with --test N"


@click.command("build-dataset")
@click.argument("source")
@click.option("--out", type=ANY_PATH, default=Path("data/faces"), show_default=True, help="Folder of the dataset.")
@click.option("--name", help="Name of the dataset.  [default: name of the source]")
@click.option(
    "--detector",
    help="animeface, drawnface, whole, boxes:FILE, imgutils, anime-face-detector, another.  [default: animeface]",
)
@click.option(
    "--split", "mode", type=click.Choice(["paper", "ratio"]), help="31,696 train and 579 test, or that ratio."
)
@click.option("--train", type=click.IntRange(1), help="Exact number of training samples.")
@click.option(
    "--test",
    type=click.IntRange(1),
    help="Exact number of test samples; without --train, all others are training samples.",
)
@click.option("--xdog", type=EXISTING_FILE, metavar="FILE", help="XDoG parameters: the TOML file of fit-xdog.")
@click.option("--decisions", type=EXISTING_FILE, metavar="CSV", help="Decisions from the review page.")
@click.option("--from", "origin", metavar="SOURCE", help="For recipe:FILE: the source of the pictures.")
@click.option("--partial", is_flag=True, help="For recipe:FILE: leave out pictures that the source lacks.")
@click.option("--workers", type=click.IntRange(1), help="Number of worker processes.  [default: all cores]")
@click.option(
    "--engine",
    type=click.Choice(["processes", "ray"]),
    default="processes",
    show_default=True,
    help="Worker processes, or a Ray cluster that RAY_ADDRESS names.",
)
@click.option(
    "--work",
    type=ANY_PATH,
    metavar="DIR",
    help="Keep the detected faces and crops in DIR and reuse them in other builds.",
)
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

    SOURCE is a folder of pictures, danbooru:PATH, tar:PATTERN, official:PATH for a finished dataset with its own lines,
    side-by-side:PATH for pictures that hold a coloured picture and its line, recipe:FILE, drawn:N for N drawn
    illustrations, drawn:faces:N for N drawn faces, drawn:varied:N for N drawn faces and crops of crowds,
    drawn:pairs:N for N drawn characters in two pictures each, or drawn:figures:N for N drawn figures with clothes.
    drawn: also accepts a range of seeds, FIRST-LAST. The same command continues an interrupted or killed build.
    dropped.parquet lists every dropped picture with the reason. sheet.png shows some of the accepted crops.

    \b
    Examples:
      anibench build-dataset drawn:400
      anibench build-dataset ~/pictures --out data/faces --set crop.margin=0.4
      anibench build-dataset ~/face-crops --detector whole --test 100
      anibench build-dataset danbooru:~/danbooru --split paper --xdog xdog.toml --work work
      anibench build-dataset danbooru:~/danbooru --work work --out data/reviewed --decisions decisions.csv
      anibench build-dataset side-by-side:~/kaggle/data --out data/pairs
      anibench build-dataset recipe:faces.jsonl --from danbooru:~/danbooru
    """
    if source.startswith("recipe:"):
        settled = (name, detector, mode, train, test, xdog, decisions, config_file, settings, work)
        if any(settled) or engine != "processes":
            raise click.UsageError("recipe:FILE contains every setting; use only --from, --out, --partial, --workers")
        built = _rebuild(Path(source.removeprefix("recipe:")), origin, out, partial, workers)
        _print_built(built, out, as_json)
        return
    if origin is not None or partial:
        raise click.UsageError("--from and --partial are options of recipe:FILE only")
    from builder.build.decisions import read_decisions
    from builder.build.pipeline import build
    from builder.core.recipe import resolve_recipe
    from builder.sources.open import import_settings, open_source

    recipe = resolve_recipe(
        config_file,
        settings,
        detector=detector,
        mode=mode,
        train=train,
        test=test,
        xdog=xdog,
        imported=import_settings(source),
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
    from builder.share.export_recipe import read_recipe
    from builder.share.rebuild import rebuild
    from builder.sources.open import open_source

    if origin is None:
        raise click.UsageError("recipe:FILE needs --from SOURCE, the source of the pictures")
    exported = read_recipe(file)
    source = open_source(origin, exported.recipe.source)
    return rebuild(file, exported, source, out, workers=workers or available_cores(), partly=partial)


def _print_built(built: Built, out: Path, as_json: bool) -> None:
    from builder.build.split import USABLE_TEST

    if as_json:
        print_json({"out": str(out), "was_finished": built.was_finished, **built.card.model_dump(mode="json")})
        return
    card = built.card
    say(f"{'Already finished' if built.was_finished else 'Built'}: {card.name} in {out}")
    say(f"  {card.counts['train']} train, {card.counts['test']} test, fingerprint {card.fingerprint}")
    if (count := card.counts["test"]) < USABLE_TEST:
        tell(f"warning: {count} test samples are too few to compare methods; {FEW_TEST}")
    for reason, count in card.dropped.items():
        say(f"  dropped {count:6d}  {reason}")
    for heading, numbers in card.reported.items():
        say(f"  {heading}")
        for what, number in numbers.items():
            say(f"  {number:14g}  {what}")
    say(f"Sheet of crops: {out / 'sheet.png'}; check the dataset with: anibench verify-dataset {out}")
