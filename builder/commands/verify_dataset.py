"""`anibench verify-dataset`."""

from pathlib import Path
from typing import Any

import click

from benchmark.commands.options import EXISTING_FOLDER, json_option, print_json
from benchmark.core.terminal import say, tell


@click.command("verify-dataset")
@click.argument("folder", type=EXISTING_FOLDER, metavar="DIR")
@json_option
def verify_dataset(folder: Path, as_json: bool) -> None:
    """Check every rule of a dataset.

    Recomputes ids, lines, fingerprint and pairs from the pixels, and searches near duplicates across the split. The
    exit code is 1 if a rule is broken.

    \b
    Example:
      anibench verify-dataset data/faces
    """
    from benchmark.data.dataset import Dataset
    from builder.check.verify import verify

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
            tell(f"{'warning: ' if one.warning else ''}{one.file}: {one.what}")
        if not problems:
            counts = card["counts"]
            say(f"{folder} is correct: {counts['train']} train, {counts['test']} test")
            say(f"  fingerprint {card['fingerprint']}")
    if problems:
        if not as_json:
            tell(f"{folder}: {len(problems)} problem{'s' if len(problems) > 1 else ''}; build it again")
        raise SystemExit(1)
