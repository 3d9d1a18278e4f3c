"""`anibench study`."""

from pathlib import Path

import click

from benchmark.commands.options import ANY_PATH, EXISTING_FILE
from benchmark.core.errors import AnibenchError
from benchmark.core.terminal import say, tell

KEY = click.option("--key", "key_file", type=EXISTING_FILE, required=True, help="Key that `study make` wrote.")


@click.group()
def study() -> None:
    """Make a user study, collect its answers and analyze them.

    \b
    Examples:
      anibench study make --protocol random-ref --out study --key study-key.json
      anibench study collect answers/*.json --key study-key.json --out ratings.csv
      anibench study analyze ratings.csv --out study.md
    """


@study.command("make")
@click.option("--runs", type=ANY_PATH, default=Path("runs"), show_default=True, help="Folder of the runs.")
@click.option("--protocol", required=True, help="Protocol whose pictures are rated.")
@click.option("--method", "methods", multiple=True, metavar="NAME", help="Method to rate; repeatable.  [default: all]")
@click.option("--out", type=ANY_PATH, required=True, help="Folder of the page, for the participants.")
@click.option("--key", "key_file", type=ANY_PATH, required=True, help="File that names the methods; keep it secret.")
@click.option(
    "--participants", type=click.IntRange(1, 1000), default=20, show_default=True, help="Number of participants."
)
@click.option("--pairs", type=click.IntRange(1, 500), default=24, show_default=True, help="Drawings to rate.")
@click.option("--checks", type=click.IntRange(0, 10), default=2, show_default=True, help="Attention checks.")
@click.option("--repeats", type=click.IntRange(0, 10), default=2, show_default=True, help="Items shown twice.")
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Random seed.")
def make(
    runs: Path, protocol: str, methods: tuple[str, ...], out: Path, key_file: Path, participants: int, pairs: int,
    checks: int, repeats: int, seed: int,
) -> None:  # fmt: skip
    """Write a page on which participants rate blinded pictures.

    The page is a folder that works without a server and without a network. Give each participant a number. Each
    participant rates each drawing once; methods are assigned by a Latin square. --pairs should be a multiple of the
    number of methods.

    \b
    Example:
      anibench study make --protocol random-ref --out study --key study-key.json --participants 20
    """
    from reports.read.collect import collect as collect_runs
    from reports.study.bundle import make_study

    key = make_study(
        collect_runs(runs), out, key_file, protocol=protocol, participants=participants, pairs=pairs, seed=seed,
        methods=methods, checks=checks, repeats=repeats,
    )  # fmt: skip
    if len(key.pairs) % len(key.methods):
        tell(
            f"{len(key.pairs)} drawings are not a multiple of {len(key.methods)} methods, so some methods are "
            "rated more often than others; change --pairs"
        )
    say(
        f"{len(key.methods)} methods on {len(key.pairs)} drawings for {participants} participants: {out / 'index.html'}"
    )


@study.command("collect")
@click.argument("answer_files", type=EXISTING_FILE, nargs=-1, required=True, metavar="FILES...")
@KEY
@click.option("--out", type=ANY_PATH, required=True, help="CSV file of the ratings.")
def collect(answer_files: tuple[Path, ...], key_file: Path, out: Path) -> None:
    """Check answer files and write their ratings with the names of the methods.

    \b
    Example:
      anibench study collect answers/*.json --key study-key.json --out ratings.csv
    """
    from benchmark.core.files import write_text
    from reports.study.answers import collect_answers, read_key

    ratings = collect_answers(answer_files, read_key(key_file))
    failed = ratings[ratings["failed_checks"] > 0].drop_duplicates("participant")
    for participant, count in zip(failed["participant"], failed["failed_checks"], strict=True):
        tell(f"participant {participant} failed {count} attention checks; analyze leaves this participant out")
    write_text(out, ratings.to_csv(index=False, lineterminator="\n"))
    say(f"{len(ratings)} ratings of {ratings['participant'].nunique()} participants: {out}")


@study.command("analyze")
@click.argument("ratings_file", type=EXISTING_FILE, metavar="RATINGS.csv")
@click.option("--out", type=ANY_PATH, default=Path("study.md"), show_default=True, help="Markdown file.")
@click.option("--keep-failed", is_flag=True, help="Keep participants who failed an attention check.")
def analyze(ratings_file: Path, out: Path, keep_failed: bool) -> None:
    """Compare the methods of a study.

    Writes means with intervals, paired tests, agreement, and the number of participants for a power of 80 %.

    \b
    Example:
      anibench study analyze ratings.csv --out study.md
    """
    import pandas as pd

    from benchmark.core.files import write_text
    from reports.study.analysis import analyze as analyze_question
    from reports.study.analysis import draw_distributions
    from reports.study.answers import COLUMNS
    from reports.study.design import QUESTIONS
    from reports.study.text import study_text

    try:
        ratings = pd.read_csv(ratings_file)
    except ValueError as error:
        raise AnibenchError(f"{ratings_file} is not a table of ratings: {error}") from error
    if tuple(ratings.columns) != COLUMNS:
        raise AnibenchError(f"{ratings_file} is not a table of `anibench study collect`")
    excluded = [] if keep_failed else sorted(ratings.loc[ratings["failed_checks"] > 0, "participant"].unique())
    ratings = ratings[~ratings["participant"].isin(excluded)]
    if ratings.empty:
        raise AnibenchError("every participant failed an attention check; --keep-failed keeps them")
    analyses = [analyze_question(ratings, question) for question in QUESTIONS]
    figure = out.with_name(f"{out.stem}-ratings.png")
    draw_distributions(ratings, figure)
    write_text(out, study_text(analyses, figure.name, ratings["pair"].nunique(), excluded))
    say(f"{analyses[0].participants} participants, {len(analyses[0].means)} methods: {out}")
