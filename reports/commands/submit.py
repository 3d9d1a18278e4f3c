"""`anibench submit`."""

from pathlib import Path

import click

from benchmark.commands.options import EXISTING_FOLDER, json_option, print_json
from benchmark.core.errors import AnibenchError
from benchmark.core.terminal import say


@click.command()
@click.option("--check", "folder", type=EXISTING_FOLDER, required=True, metavar="DIR", help="Folder to submit.")
@click.option("--data", type=EXISTING_FOLDER, help="Dataset, to score pictures again and to compare pairs.")
@click.option("--full", is_flag=True, help="Score all pictures again.  [default: 32 of each run]")
@json_option
def submit(folder: Path, data: Path | None, full: bool, as_json: bool) -> None:
    """Check results before they go onto a leaderboard.

    DIR contains submission.toml (name, authors, code, training data, whether test pictures were seen) and run folders
    of `anibench eval` or `anibench score` with their pictures. Score cards are checked against the scores, pairs and
    pictures of their folders. With --data, pictures are scored again. The exit code is 0 if everything is complete, and
    1 if something is missing or wrong.

    \b
    Examples:
      anibench submit --check submissions/mine
      anibench submit --check submissions/mine --data data/faces
    """
    from reports.board.submission import SAMPLE, check_submission

    if full and data is None:
        raise click.UsageError("--full scores the pictures against a dataset; give --data DIR")
    findings = check_submission(folder, data, None if full else SAMPLE)
    bad = [finding for finding in findings if finding.status in ("missing", "wrong")]
    if as_json:
        print_json({"complete": not bad, "findings": [vars(finding) for finding in findings]})
    else:
        for finding in findings:
            say(f"{finding.status:>7}  {finding.what}")
    if bad:
        raise AnibenchError(
            f"{len(bad)} of {len(findings)} checks of {folder} failed; correct the lines marked missing or wrong"
        )
    if not as_json:
        say("Complete.")
