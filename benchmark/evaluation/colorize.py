"""Colorizing one's own drawings: any method, any size; the drawing itself comes back at its full size.

A method paints at the benchmark's 256 px, so a drawing is set on a white square and reduced to that, and the result is
enlarged along the full-size lines. What a method has learnt are faces: a drawing framed like the dataset's crops suits.
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
from benchmark.evaluation.colored_files import KEY, Target, find_drawings, make_targets, unfinished
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
    """Paint every drawing in the colours of `reference` into `out`/<its name>.png; how many there are, how many were
    painted now.

    A picture is kept when its own record names the same drawing, method, weights, reference and seed; it is painted
    anew when the drawing has changed since. Raises AnibenchError, before anything is written, for a file that is not a
    line drawing, a picture that would be lost, or a floor that is handed the target.
    """
    if entry.method.sees_target:
        raise AnibenchError(
            f"{entry.label} is handed the target, which a drawing of yours does not have; name a method"
        )
    shared: dict[str, object] = {
        "method": entry.label,
        "checkpoint": sha256_file(entry.checkpoint) if entry.checkpoint else None,
        "settings": sha256_bytes(json.dumps(entry.settings, sort_keys=True).encode()),
        "reference": sha256_file(reference),
        "seed": seed,
    }
    targets = make_targets(find_drawings(lines, say), out, shared)
    todo = unfinished(targets)
    colors = fit_reference(read_picture(reference, recipe))
    drawings = [read_drawing(target.drawing, recipe, say) for target in todo]
    if todo:
        _paint(entry, todo, drawings, colors, out, seed=seed, device=device)
    return len(targets), len(todo)


def read_drawing(path: Path, recipe: DecodeRecipe | None = None, say: Callable[[str], None] = print) -> Image:
    """A line drawing as grey uint8 (H, W), dark ink on white paper; `say` is told what was mended or is unusual.

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
    entry: Entry, todo: Sequence[Target], drawings: Sequence[Image], colors: Image, out: Path, *, seed: int, device: str
) -> None:
    names = [target.path.name for target in todo]
    requests = [
        Request(fit_line(drawing), colors, derive_seed(seed, "colorize", name))
        for drawing, name in zip(drawings, names, strict=True)
    ]
    colorizer = entry.method.load_colorizer(entry.checkpoint, device, entry.config)
    with progress(f"colorizing by {entry.label}", len(todo), unit="drawings") as advance:

        def save(number: int, picture: Image) -> None:
            target = todo[number]
            content = encode_png(target.path, unfit(picture, drawings[number]))
            write_bytes(target.path, with_png_text(content, {KEY: json.dumps(target.record.model_dump())}))
            advance()

        if hasattr(colorizer, "colorize_all"):
            colorizer.colorize_all(requests, save, out / HIDDEN)
            shutil.rmtree(out / HIDDEN, ignore_errors=True)
            return
        for number, request in enumerate(requests):  # one at a time, so that memory is that of one
            reference = np.ascontiguousarray(request.reference.transpose(2, 0, 1)[None])
            painted = colorizer.colorize(request.line[None, None], reference, [request.seed])
            save(number, painted[0].transpose(1, 2, 0))
