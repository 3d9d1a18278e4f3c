"""The files of `anibench colorize`: the drawings, where each picture goes, and the record in each picture."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmark.core.config import Config, validated
from benchmark.core.errors import AnibenchError
from benchmark.core.files import parse_json, sha256_bytes, sha256_file
from benchmark.core.png_text import read_png_text

PICTURES = frozenset((".png", ".jpg", ".jpeg", ".jpe", ".webp", ".bmp", ".gif", ".tif", ".tiff", ".ppm", ".pgm"))
KEY = "anibench"  # of the text chunk that holds the record
NAMED = 5  # files a message lists before it only counts


class PictureRecord(Config):
    """How one picture was painted: a text chunk of its PNG. It names no path and no setting in clear text."""

    drawing: str  # SHA-256 of the drawing's file
    place: str  # the first 16 hex digits of the SHA-256 of the drawing's path
    method: str
    checkpoint: str | None  # SHA-256
    settings: str  # SHA-256 over the method's configuration
    reference: str  # SHA-256 of the reference's file
    seed: int


@dataclass(frozen=True)
class Target:
    """One picture to paint: its drawing, its file, and the record it gets."""

    drawing: Path
    path: Path
    record: PictureRecord


def find_drawings(lines: Iterable[Path], say: Callable[[str], None]) -> list[Path]:
    """The files themselves, and the pictures of folders by name; what is left out of a folder is said.

    Hidden files are left out silently. Raises AnibenchError when nothing remains.
    """
    found: list[Path] = []
    for path in lines:
        if not path.is_dir():
            found.append(path)
            continue
        inside = [each for each in sorted(path.iterdir()) if not each.name.startswith(".")]
        pictures = [each for each in inside if each.is_file() and each.suffix.lower() in PICTURES]
        others = [each for each in inside if each not in set(pictures)]
        _say_left_out("no pictures", [each for each in others if not each.is_dir()], say)
        _say_left_out(
            "folders; name a folder to colorize what it holds", [each for each in others if each.is_dir()], say
        )
        found += pictures
    if not found:
        raise AnibenchError(f"no drawings in {', '.join(map(str, lines))}")
    return found


def make_targets(drawings: Sequence[Path], out: Path, shared: dict[str, object]) -> list[Target]:
    """Which file is painted from which drawing; raises AnibenchError where a picture would be lost.

    `shared` holds what the records have in common: method, checkpoint, settings, reference and seed.
    """
    targets: dict[Path, Target] = {}
    for drawing in drawings:
        path = out / f"{drawing.stem}.png"
        if path in targets:
            raise AnibenchError(
                f"{targets[path].drawing} and {drawing} would both become {path}; colorize them one by one"
            )
        if path.resolve() == drawing.resolve():
            raise AnibenchError(f"{drawing} would be overwritten; give --out another folder")
        own = {"drawing": sha256_file(drawing), "place": sha256_bytes(str(drawing.resolve()).encode())[:16]}
        targets[path] = Target(drawing, path, PictureRecord.model_validate(own | shared))
    return list(targets.values())


def unfinished(targets: Iterable[Target]) -> list[Target]:
    """The targets that have to be painted: those without a picture, and those whose own drawing has changed.

    Raises AnibenchError for a picture that was painted from another drawing, in another way, or by nothing known.
    """
    return [target for target in targets if not _is_painted(target)]


def _is_painted(target: Target) -> bool:
    if not target.path.exists():
        return False
    before = read_record(target.path)
    if before == target.record:
        return True
    way_out = "give --out another folder, or remove the picture"
    if before is None:
        raise AnibenchError(f"{target.path} exists, and does not say how it was painted; {way_out}")
    if before.model_copy(update={"drawing": target.record.drawing}) == target.record:
        return False  # the artist has gone on drawing
    if before.place != target.record.place:
        raise AnibenchError(f"{target.path} exists, and was painted from another drawing; {way_out}")
    raise AnibenchError(f"{target.path} exists, and was painted in another way; {way_out}")


def read_record(path: Path) -> PictureRecord | None:
    """How a picture was painted, None where it does not say."""
    try:
        text = read_png_text(path).get(KEY)
        return None if text is None else validated(PictureRecord, parse_json(text, path), str(path))
    except AnibenchError:
        return None


def _say_left_out(what: str, files: Sequence[Path], say: Callable[[str], None]) -> None:
    if files:
        names = ", ".join(map(str, files[:NAMED]))
        say(f"left out, {what}: {names}{f' and {len(files) - NAMED} more' if len(files) > NAMED else ''}")
