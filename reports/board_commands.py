"""`anibench leaderboard` and `anibench submit`."""

import json
from pathlib import Path

import click

from benchmark.cli import ANY_PATH, EXISTING_FOLDER, json_option, print_json
from benchmark.errors import AnibenchError


@click.command()
@click.argument("runs", metavar="RUNS...", nargs=-1, required=True, type=ANY_PATH)
@click.option("--out", type=ANY_PATH, default=Path("leaderboard"), show_default=True, help="The folder to write.")
@click.option("--pictures", is_flag=True, help="Show examples, of drawn data or data that --allow names.")
@click.option(
    "--allow", multiple=True, metavar="FINGERPRINT", help="Data whose pictures you may show, by 8 digits or more."
)
@json_option
def leaderboard(runs: tuple[Path, ...], out: Path, pictures: bool, allow: tuple[str, ...], as_json: bool) -> None:
    """Merge score cards of many folders into one page.

    The first folder of runs says what the board is for: its data, protocol versions and pairs. Cards that do not fit
    are refused, each with its reason; a card that is there already is left out. OUT/index.html needs nothing else to
    be shown; OUT/leaderboard.json is for programs.

    \b
    Examples:
      anibench leaderboard runs submissions/alice submissions/bob --out board
      anibench leaderboard runs submissions/* --pictures
    """
    from benchmark.files import write_text
    from reports.leaderboard import board_document, board_facts, make_board
    from reports.to_html import to_html

    board = make_board(runs)
    write_text(out / "index.html", to_html(board_document(board, out / "pictures", pictures=pictures, allowed=allow)))
    facts = board_facts(board)
    text = json.dumps(facts, indent=1, ensure_ascii=False, allow_nan=False)
    write_text(out / "leaderboard.json", text + "\n")
    if as_json:
        print_json(facts)
        return
    for path, reason in board.refused:
        click.echo(f"refused: {path}: {reason}", err=True)
    for path, other in board.repeated:
        click.echo(f"there already: {path} is the same as {other}", err=True)
    rows = sum(len(group.runs) for group in board.groups)
    click.echo(f"Leaderboard: {out / 'index.html'}, {rows} rows in {len(board.groups)} tables")


@click.command()
@click.option("--check", "folder", type=EXISTING_FOLDER, required=True, metavar="DIR", help="What is to be submitted.")
@click.option("--data", type=EXISTING_FOLDER, help="The dataset, to compare fingerprint and pairs with.")
@json_option
def submit(folder: Path, data: Path | None, as_json: bool) -> None:
    """Check results for a leaderboard and say what is missing.

    DIR holds submission.toml (name, authors, code, training data, whether test pictures were seen) and run folders of
    `anibench eval` or `anibench score` with their pictures. Score cards are checked against the scores, pairs and
    pictures beside them. Exit code 0: complete; 1: something is missing or wrong.

    \b
    Examples:
      anibench submit --check submissions/mine
      anibench submit --check submissions/mine --data data/faces
    """
    from reports.submission import check_submission

    findings = check_submission(folder, data)
    bad = [finding for finding in findings if finding.status in ("missing", "wrong")]
    if as_json:
        print_json({"complete": not bad, "findings": [vars(finding) for finding in findings]})
    else:
        for finding in findings:
            click.echo(f"{finding.status:>7}  {finding.what}")
    if bad:
        raise AnibenchError(f"{len(bad)} of {len(findings)} findings keep {folder} off a leaderboard")
    if not as_json:
        click.echo("Complete.")
