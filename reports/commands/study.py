"""`anibench study`."""

from pathlib import Path

import click

from benchmark.commands.options import ANY_PATH, EXISTING_FILE
from benchmark.core.terminal import say, tell

KEY = click.option("--key", "key_file", type=EXISTING_FILE, required=True, help="Key that `study make` wrote.")

WANTED = click.option(
    "--difference", type=click.FloatRange(0, min_open=True), default=0.5, show_default=True,
    help="Difference of two mean ratings that a test should find.",
)  # fmt: skip


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
@click.option(
    "--choices", type=click.IntRange(0, 500), default=0, show_default=True, help="Choices between two methods."
)
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Random seed.")
def make(
    runs: Path, protocol: str, methods: tuple[str, ...], out: Path, key_file: Path, participants: int, pairs: int,
    checks: int, repeats: int, choices: int, seed: int,
) -> None:  # fmt: skip
    """Write a page on which participants rate blinded pictures.

    The page is a folder that works without a server and without a network. Give each participant a number. Each
    participant rates each drawing once; methods are assigned by a Latin square. --pairs should be a multiple of the
    number of methods. With --choices each participant also chooses, after the ratings, between the pictures of
    two methods.

    \b
    Examples:
      anibench study make --protocol random-ref --out study --key study-key.json --participants 20
      anibench study make --protocol random-ref --out study --key study-key.json --choices 12
    """
    from reports.read.collect import collect as collect_runs
    from reports.study.bundle import make_study

    key = make_study(
        collect_runs(runs), out, key_file, protocol=protocol, participants=participants, pairs=pairs, seed=seed,
        methods=methods, checks=checks, repeats=repeats, choices=choices,
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
@click.option("--out", type=ANY_PATH, default=Path("study.md"), show_default=True, help="Markdown or HTML file.")
@click.option("--keep-failed", is_flag=True, help="Keep participants who failed an attention check.")
@click.option("--mixed", is_flag=True, help="Also fit a linear mixed model; needs the package statsmodels.")
@WANTED
def analyze(ratings_file: Path, out: Path, keep_failed: bool, mixed: bool, difference: float) -> None:
    """Compare the methods of a study: means, tests, agreement, choices, and how many participants a test needs.

    \b
    Examples:
      anibench study analyze ratings.csv --out study.md
      anibench study analyze ratings.csv --out study.html --mixed --difference 0.3
    """
    from benchmark.core.files import write_text
    from reports.document import Heading
    from reports.study.answers import read_ratings
    from reports.study.section import FIGURE, study_blocks
    from reports.write.to_html import to_html
    from reports.write.to_markdown import to_markdown

    ratings, figures = read_ratings(ratings_file), out.parent / f"{out.stem}-figures"
    blocks = study_blocks(ratings, figures, keep_failed=keep_failed, wanted=difference, mixed=mixed)
    document = (Heading(1, "anibench study"), *blocks)
    write_text(out, to_html(document) if out.suffix == ".html" else to_markdown(document, out.parent))
    say(f"Study: {out}, with the figure {figures / FIGURE}")


@study.command("power")
@WANTED
@click.option("--spread", type=click.FloatRange(0), required=True, help="Its standard deviation over participants.")
def power(difference: float, spread: float) -> None:
    """Print how many participants find a difference between two methods with a power of 80 %.

    The number is for Wilcoxon's signed-rank test at 5 %. Take the spread from an earlier study: the standard deviation
    of the participants' differences between two methods.

    \b
    Example:
      anibench study power --difference 0.3 --spread 0.8
    """
    from reports.study.analysis import participants_needed

    say(f"{participants_needed(difference, spread):,} participants")
