"""The files of `anibench colorize`: drawings, output files, and the record inside each output file."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmark.colorizing.options import ColorizeOptions
from benchmark.core.config import Config, validated
from benchmark.core.errors import AnibenchError
from benchmark.core.files import parse_json, sha256_bytes, sha256_file
from benchmark.core.markup import in_words
from benchmark.core.png_text import read_png_text
from benchmark.core.terminal import Say

PICTURES = frozenset((".png", ".jpg", ".jpeg", ".jpe", ".webp", ".bmp", ".gif", ".tif", ".tiff", ".ppm", ".pgm"))
KEY = "anibench"  # of the text chunk that holds the record
MAX_LISTED = 5  # file names listed in a message


class PictureRecord(Config):
    """How a picture was painted, in a text chunk of its PNG. Paths are stored as hashes only."""

    drawing: str  # SHA-256 of the drawing's file
    place: str  # the first 16 hex digits of the SHA-256 of the drawing's path
    method: str
    checkpoint: str | None  # SHA-256
    settings: str  # SHA-256 over the method's configuration
    reference: str  # SHA-256 of the reference's file, or over those of several references
    seed: int
    options: ColorizeOptions = ColorizeOptions()
    command: str = ""  # for readers; `options` is what --like repeats


@dataclass(frozen=True)
class ColoredFile:
    """One output: its drawing, its path, and the record written into it."""

    drawing: Path
    path: Path
    record: PictureRecord


def find_drawings(lines: Iterable[Path], say: Say) -> list[Path]:
    """The files of `lines`, and the pictures in its folders, sorted by name. `say` gets the skipped files.

    Hidden files are skipped without a message. Raises AnibenchError when no drawing remains.
    """
    found: list[Path] = []
    for path in lines:
        if not path.is_dir():
            found.append(path)
            continue
        inside = [each for each in sorted(path.iterdir()) if not each.name.startswith(".")]
        pictures = [each for each in inside if each.is_file() and each.suffix.lower() in PICTURES]
        others = [each for each in inside if each not in set(pictures)]
        _say_skipped("not a picture", [each for each in others if not each.is_dir()], say)
        _say_skipped("folder; give its name to colorize its drawings", [each for each in others if each.is_dir()], say)
        found += pictures
    if not found:
        raise AnibenchError(
            f"{', '.join(map(str, lines))}: no picture found; give line drawings, or a folder of line drawings"
        )
    return found


def plan_files(drawings: Sequence[Path], out: Path, shared: dict[str, object], suffix: str = "") -> list[ColoredFile]:
    """The output file of each drawing, its name and `suffix`; raises AnibenchError where it would overwrite a picture.

    `shared` holds the common fields of the records: method, checkpoint, settings, reference, seed, options, command.
    """
    planned: dict[Path, ColoredFile] = {}
    for drawing in drawings:
        path = out / f"{drawing.stem}{suffix}.png"
        if path in planned:
            raise AnibenchError(
                f"{planned[path].drawing} and {drawing} would both be written to {path}; "
                "colorize them by two commands with two --out"
            )
        if path.resolve() == drawing.resolve():
            raise AnibenchError(f"{drawing} would be overwritten; choose another --out")
        own = {"drawing": sha256_file(drawing), "place": sha256_bytes(str(drawing.resolve()).encode())[:16]}
        planned[path] = ColoredFile(drawing, path, PictureRecord.model_validate(own | shared))
    return list(planned.values())


def unfinished(files: Iterable[ColoredFile]) -> list[ColoredFile]:
    """The outputs to paint: those that do not exist, and those whose drawing has changed.

    Raises AnibenchError for an existing picture without a record, of another drawing, or of other settings.
    """
    return [file for file in files if not _is_painted(file)]


def _is_painted(file: ColoredFile) -> bool:
    if not file.path.exists():
        return False
    before = read_record(file.path)
    way_out = "choose another --out, or remove the picture"
    if before is None:
        raise AnibenchError(f"{file.path} exists and holds no record of anibench; {way_out}")
    if before.drawing != file.record.drawing and before.place != file.record.place:
        raise AnibenchError(f"{file.path} exists and was painted from another drawing; {way_out}")
    old, new = _settings(before), _settings(file.record)
    changed = [name.replace("_", " ") for name in new if old[name] != new[name]]
    if changed:
        raise AnibenchError(f"{file.path} exists and was painted with another {in_words(changed)}; {way_out}")
    return before.drawing == file.record.drawing  # else the drawing has changed


def _settings(record: PictureRecord) -> dict[str, object]:
    """What a record says of painting, by name: its own fields, then the options that they do not contain."""
    own = record.model_dump(exclude={"drawing", "place", "options", "command"})
    return own | record.options.model_dump() | own


def read_record(path: Path) -> PictureRecord | None:
    """The record in a picture, or None where the picture has none."""
    try:
        text = read_png_text(path).get(KEY)
        return None if text is None else validated(PictureRecord, parse_json(text, path), str(path))
    except AnibenchError:
        return None


def _say_skipped(reason: str, files: Sequence[Path], say: Say) -> None:
    if files:
        names = ", ".join(map(str, files[:MAX_LISTED]))
        more = f" and {len(files) - MAX_LISTED} more" if len(files) > MAX_LISTED else ""
        say(f"skipped, {reason}: {names}{more}")
