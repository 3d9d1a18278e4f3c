"""Colorization of the user's drawings with any method, at the drawing's own size.

Methods paint at 256 px. A drawing is padded to a white square and reduced to 256 px; the result is enlarged guided by
the full-size lines. Methods are trained on faces: drawings framed like the dataset's crops give the best results.
"""

import json
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from benchmark.core.errors import AnibenchError
from benchmark.core.files import Image, encode_png, sha256_bytes, sha256_file, write_bytes
from benchmark.core.png_text import with_png_text
from benchmark.core.progress import progress
from benchmark.core.seeds import derive_seed
from benchmark.data.decode import DecodeRecipe, read_picture
from benchmark.data.line_check import line_faults, read_line, whiten_paper
from benchmark.evaluation.colored_files import KEY, ColoredFile, find_drawings, plan_files, unfinished
from benchmark.evaluation.entries import Entry
from benchmark.evaluation.framing import fit_line, fit_reference, unfit
from benchmark.methods.interface import Request

HIDDEN = ".anibench"  # folder in `out` for the files and the log of an external program


def colorize_files(
    entry: Entry,
    lines: Sequence[Path],
    reference: Path,
    out: Path,
    *,
    seed: int,
    device: str,
    say: Callable[[str], None] = print,
    recipe: DecodeRecipe | None = None,
) -> tuple[int, int]:
    """Paint each drawing in the colours of `reference` to `out`/<its name>.png; returns (drawings, pictures painted).

    A picture is kept when its record has the same drawing, method, weights, reference and seed; it is painted again
    when its drawing has changed. Raises AnibenchError, before anything is written, for a file that is not a line
    drawing, a picture that would be overwritten, and a floor that needs the target.
    """
    if entry.method.sees_target:
        raise AnibenchError(f"{entry.label} needs the target, which your drawing lacks; choose another --method")
    shared: dict[str, object] = {
        "method": entry.label,
        "checkpoint": sha256_file(entry.checkpoint) if entry.checkpoint else None,
        "settings": sha256_bytes(json.dumps(entry.settings, sort_keys=True).encode()),
        "reference": sha256_file(reference),
        "seed": seed,
    }
    files = plan_files(find_drawings(lines, say), out, shared)
    todo = unfinished(files)
    colors = fit_reference(read_picture(reference, recipe))
    drawings = [read_drawing(file.drawing, recipe, say) for file in todo]
    if todo:
        _paint(entry, todo, drawings, colors, out, seed=seed, device=device)
    return len(files), len(todo)


def read_drawing(path: Path, recipe: DecodeRecipe | None = None, say: Callable[[str], None] = print) -> Image:
    """A line drawing as grey uint8 (H, W), dark ink on white paper; `say` is given each mend and each fault.

    White ink on black or in an alpha channel becomes dark ink, and grey paper becomes white. Raises AnibenchError for a
    blank page, a picture in colour and a mostly dark picture.
    """
    drawing = read_line(path, recipe)
    notes = list(drawing.mends)
    for fault in line_faults(drawing.line, color=drawing.color):
        if fault.reason == "blank-line":
            raise AnibenchError(f"{path} {fault.text}, so there is nothing to colorize; leave it out")
        if fault.reason in ("color-line", "dense-line"):
            raise AnibenchError(f"{path} {fault.text}; make one with: anibench extract-lines {path} --out lines")
        if fault.reason == "grey-paper":
            notes.append(f"{fault.text.removeprefix('has ')} was made white")
        else:
            notes.append(fault.text)
    for note in notes:
        say(f"{path}: {note}")
    return whiten_paper(drawing.line)


def _paint(
    entry: Entry,
    todo: Sequence[ColoredFile],
    drawings: Sequence[Image],
    colors: Image,
    out: Path,
    *,
    seed: int,
    device: str,
) -> None:
    names = [file.path.name for file in todo]
    requests = [
        Request(fit_line(drawing), colors, derive_seed(seed, "colorize", name))
        for drawing, name in zip(drawings, names, strict=True)
    ]
    colorizer = entry.method.load_colorizer(entry.checkpoint, device, entry.config)
    with progress(f"colorizing by {entry.label}", len(todo), unit="drawings") as advance:

        def save(number: int, picture: Image) -> None:
            file = todo[number]
            content = encode_png(file.path, unfit(picture, drawings[number]))
            write_bytes(file.path, with_png_text(content, {KEY: json.dumps(file.record.model_dump())}))
            advance()

        if hasattr(colorizer, "colorize_all"):
            colorizer.colorize_all(requests, save, out / HIDDEN)
            shutil.rmtree(out / HIDDEN, ignore_errors=True)
            return
        for number, request in enumerate(requests):  # batch 1, which needs the least memory
            reference = np.ascontiguousarray(request.reference.transpose(2, 0, 1)[None])
            painted = colorizer.colorize(request.line[None, None], reference, [request.seed])
            save(number, painted[0].transpose(1, 2, 0))
