"""Which pictures are opened at all, by what is known of them: the same rules for a build and for its verification."""

import csv
from dataclasses import dataclass
from pathlib import Path

from benchmark.core.errors import AnibenchError
from benchmark.core.files import sha256_bytes
from builder.core.recipe import SelectRecipe
from builder.sources.metadata import Metadata


@dataclass(frozen=True)
class Lists:
    """Names that are taken alone, and names that are never taken; None where there is no such list."""

    allowed: frozenset[str] | None = None
    taken_down: frozenset[str] = frozenset()
    stamp: str = ""  # of their contents


def read_lists(recipe: SelectRecipe) -> Lists:
    """The files of ids a recipe names: one a line or the first column of a CSV; `#` starts a comment.

    Raises AnibenchError that names the file.
    """
    texts = [None if name is None else _read(Path(name)) for name in (recipe.allow, recipe.takedown)]
    allowed, taken_down = (None if text is None else _names(text) for text in texts)
    stamp = "" if texts == [None, None] else sha256_bytes(repr(texts).encode())[:16]
    return Lists(allowed, taken_down or frozenset(), stamp)


def refuse_listed(name: str, metadata: Metadata | None, lists: Lists) -> tuple[str, str] | None:
    """Reason and text when the lists keep a picture out: by its source id, its post id or its MD5."""
    names = {name, Path(name).stem, *([metadata.md5] if metadata and metadata.md5 else [])}
    if names & lists.taken_down:
        return "taken-down", f"{name} is on the list of takedowns (select.takedown)"
    if lists.allowed is not None and not names & lists.allowed:
        return "not-allowed", f"{name} is not on the list of what may be taken (select.allow)"
    return None


def refuse_metadata(name: str, metadata: Metadata, recipe: SelectRecipe) -> tuple[str, str] | None:
    """Reason and text when what is known of a picture keeps it out, else None."""
    flags = (("deleted", recipe.deleted), ("banned", recipe.banned), ("pending", recipe.pending))
    for flag, taken in flags:
        if getattr(metadata, flag) and not taken:
            return flag, f"{name} is {flag} (select.{flag})"
    if recipe.ratings and metadata.rating not in recipe.ratings and not (recipe.unknown and metadata.rating is None):
        wanted = " or ".join(recipe.ratings)
        return "rating", f"{name} is rated {metadata.rating or 'in no known way'}, not {wanted} (select.ratings)"
    return _refuse_tags(name, metadata, recipe) or _refuse_numbers(name, metadata, recipe)


def _refuse_tags(name: str, metadata: Metadata, recipe: SelectRecipe) -> tuple[str, str] | None:
    named = (metadata.tags, metadata.artist, metadata.character, metadata.copyright)
    tags = {tag for text in named if text is not None for tag in text.split()}
    unwanted = sorted(tags & set(recipe.forbidden))
    if unwanted:
        return "forbidden-tag", f"{name} is tagged {', '.join(unwanted)} (select.forbidden)"
    lacking = [tag for tag in recipe.required if tag not in tags]
    if lacking and not (recipe.unknown and metadata.tags is None):
        return "required-tag", f"{name} is not tagged {', '.join(lacking)} (select.required)"
    return None


def _refuse_numbers(name: str, metadata: Metadata, recipe: SelectRecipe) -> tuple[str, str] | None:
    extension = metadata.extension
    if extension is not None and recipe.extensions and extension not in recipe.extensions:
        return "extension", f"{name} is a file of the kind {extension} (select.extensions)"
    if metadata.score is not None and recipe.min_score is not None and metadata.score < recipe.min_score:
        return "score", f"{name} has the score {metadata.score}, less than {recipe.min_score} (select.min_score)"
    sides = [side for side in (metadata.width, metadata.height) if side is not None]
    if sides and min(sides) < recipe.min_side:
        return "picture-size", f"{name} has a side of {min(sides)} px, less than {recipe.min_side} (select.min_side)"
    if sides and recipe.max_side is not None and max(sides) > recipe.max_side:
        return "picture-size", f"{name} has a side of {max(sides)} px, more than {recipe.max_side} (select.max_side)"
    return None


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise AnibenchError(f"{path} cannot be read as a list of ids, one a line: {error}") from error


def _names(text: str) -> frozenset[str]:
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    return frozenset(row[0].strip() for row in csv.reader(lines) if row and row[0].strip())
