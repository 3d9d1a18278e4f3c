"""`anibench leaderboard`."""

import json
from pathlib import Path

import click

from benchmark.commands.options import ANY_PATH, EXISTING_FOLDER, json_option, print_json
from benchmark.core.terminal import say, tell


@click.command()
@click.argument("runs", metavar="RUNS...", nargs=-1, required=True, type=ANY_PATH)
@click.option("--out", type=ANY_PATH, default=Path("leaderboard"), show_default=True, help="Folder to write.")
@click.option("--data", type=EXISTING_FOLDER, help="Dataset, to score 32 pictures of each run again.")
@click.option("--pictures", is_flag=True, help="Show examples of drawn data, and of data that --allow names.")
@click.option(
    "--allow", multiple=True, metavar="FINGERPRINT", help="Fingerprint (8 digits or more) of data that you may show."
)
@json_option
def leaderboard(
    runs: tuple[Path, ...], out: Path, data: Path | None, pictures: bool, allow: tuple[str, ...], as_json: bool
) -> None:
    """Merge the score cards of several folders into one page.

    The first folder of runs determines data, protocol versions and pairs of the board. Score cards that differ in these
    are refused, and the reason is printed. Score cards with equal pictures are listed once. OUT/index.html is
    self-contained; OUT/leaderboard.json is for programs.

    \b
    Examples:
      anibench leaderboard runs submissions/alice submissions/bob --out board
      anibench leaderboard runs submissions/* --pictures
    """
    from benchmark.core.files import write_text
    from reports.board.leaderboard import board_document, board_facts, make_board
    from reports.write.to_html import to_html

    board = make_board(runs, data)
    write_text(out / "index.html", to_html(board_document(board, out / "pictures", pictures=pictures, allowed=allow)))
    facts = board_facts(board)
    text = json.dumps(facts, indent=1, ensure_ascii=False, allow_nan=False)
    write_text(out / "leaderboard.json", text + "\n")
    if as_json:
        print_json(facts)
        return
    for path, reason in board.refused:
        tell(f"refused: {path}: {reason}")
    for path, other in board.repeated:
        tell(f"repeated: {path} equals {other}")
    rows = sum(len(group.runs) for group in board.groups)
    say(f"Leaderboard: {out / 'index.html'}, {rows} rows in {len(board.groups)} tables")
