"""`anibench verify-dataset`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from benchmark.commands.options import (
    EXISTING_FOLDER,
    json_option,
    print_json,
)

if TYPE_CHECKING:
    pass


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
            click.echo(f"{'warning: ' if one.warning else ''}{one.file}: {one.what}", err=True)
        if not problems:
            counts = card["counts"]
            click.echo(f"{folder} keeps every rule: {counts['train']} train, {counts['test']} test")
            click.echo(f"  fingerprint {card['fingerprint']}")
    if problems:
        if not as_json:
            click.echo(f"{folder}: {len(problems)} problem{'s' if len(problems) > 1 else ''}; build it again", err=True)
        raise SystemExit(1)
