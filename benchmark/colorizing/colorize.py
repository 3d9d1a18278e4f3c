"""Colorization of the user's drawings with any method, at the drawing's own size.

Methods paint at 256 px. A drawing is padded to a white square and reduced to 256 px; the result is enlarged guided by
the full-size lines. Methods are trained on faces: each face is painted in a frame like the dataset's crops.
"""

import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmark.colorizing.colored_files import KEY, ColoredFile, find_drawings, plan_files, unfinished
from benchmark.colorizing.drawings import read_drawing
from benchmark.colorizing.faces import FaceFinder, face_finder
from benchmark.colorizing.layers import psd_tools, write_layers
from benchmark.colorizing.options import ColorizeOptions
from benchmark.colorizing.painting import Plan, assemble, paint_requests, plan_drawing
from benchmark.colorizing.references import Reference, read_reference
from benchmark.colorizing.sheet import contact_sheet
from benchmark.core.errors import AnibenchError
from benchmark.core.files import Image, encode_png, read_rgb, sha256_bytes, sha256_file, write_bytes, write_png
from benchmark.core.png_text import with_png_text
from benchmark.core.progress import progress
from benchmark.core.terminal import Say
from benchmark.data.decode import DecodeRecipe
from benchmark.evaluation.entries import Entry

HIDDEN = ".anibench"  # folder in `out` for the files and the log of an external program


@dataclass(frozen=True)
class PaintingSetup:
    """The method, the references and their files, the options, and the device of a command."""

    entry: Entry
    files: tuple[Path, ...]  # of the references
    references: tuple[Reference, ...]
    options: ColorizeOptions
    device: str
    recipe: DecodeRecipe | None = None

    @property
    def find(self) -> FaceFinder | None:
        """The finder of faces; None with `whole`."""
        return None if self.options.whole else face_finder()


def make_job(
    entry: Entry, references: Sequence[Path], options: ColorizeOptions, device: str, recipe: DecodeRecipe | None = None
) -> PaintingSetup:
    """Read the references. Raises AnibenchError for a file without a picture and a floor that needs the target."""
    if entry.method.sees_target:
        raise AnibenchError(
            f"{entry.label} paints from the target, which a drawing does not have; choose another --method"
        )
    find = None if options.whole else face_finder()
    read = tuple(read_reference(path, recipe, find, options.palette, options.whole) for path in references)
    return PaintingSetup(entry, tuple(references), read, options, device, recipe)


def record_fields(job: PaintingSetup, seed: int) -> dict[str, object]:
    """The fields of a picture's record that all drawings of a job share."""
    hashes = [sha256_file(path) for path in job.files]
    options = job.options.model_copy(update={"seed": seed})
    return {
        "method": job.entry.label,
        "checkpoint": sha256_file(job.entry.checkpoint) if job.entry.checkpoint else None,
        "settings": sha256_bytes(json.dumps(job.entry.settings, sort_keys=True).encode()),
        "reference": hashes[0] if len(hashes) == 1 else sha256_bytes("".join(hashes).encode()),
        "seed": seed,
        "options": options,
        "command": options.command(),
    }


def colorize_files(
    job: PaintingSetup,
    lines: Sequence[Path],
    out: Path,
    *,
    count: int = 1,
    layers: Sequence[str] = (),
    say: Say = print,
) -> tuple[int, int]:
    """Paint each drawing to `out`/<its name>.png; returns (pictures, pictures painted).

    With `count` above 1 each drawing is painted with that many seeds, to <its name>-seed<N>.png. `layers` are the
    suffixes, .ora and .psd, of files with layers beside each picture. A picture is kept when its record has the same
    drawing, method, weights, reference, seed and options; it is painted again when its drawing has changed. Raises
    AnibenchError, before anything is written, for a file that is not a drawing, and for a picture that would be
    overwritten.
    """
    if ".psd" in layers:
        psd_tools()
    drawings = find_drawings(lines, say)
    first = job.options.seed
    seeds = range(first, first + count)
    files = [
        (seed, file)
        for seed in seeds
        for file in plan_files(drawings, out, record_fields(job, seed), f"-seed{seed}" if count > 1 else "")
    ]
    missing = {file.path for file in unfinished(file for _, file in files)}
    todo = [
        (seed, file)
        for seed, file in files
        if file.path in missing or not all(path.exists() for path in _layers(file, layers))
    ]
    plans = _plans(job, todo, say)
    if todo:
        _paint(job, [file for _, file in todo], plans, out, layers)
    for drawing in drawings if count > 1 else ():
        own = [(f"seed {seed}", file.path) for seed, file in files if file.drawing == drawing]
        sheet = contact_sheet([read_rgb(path) for _, path in own], [label for label, _ in own])
        write_png(out / f"{drawing.stem}-sheet.png", sheet)
    return len(files), len(todo)


def encode_picture(path: Path, picture: Image, file: ColoredFile) -> bytes:
    """The PNG of a painted picture, with its record."""
    return with_png_text(encode_png(path, picture), {KEY: json.dumps(file.record.model_dump(mode="json"))})


def _plans(job: PaintingSetup, todo: Sequence[tuple[int, ColoredFile]], say: Say) -> list[Plan]:
    """The plan of each picture; a drawing is read once for all its seeds."""
    read, faults = {}, []
    for path in {file.drawing: None for _, file in todo}:
        try:
            read[path] = read_drawing(path, job.recipe, say, job.options.kind)
        except AnibenchError as error:
            faults.append(str(error))
    if faults:
        raise AnibenchError("\n".join(faults))
    plans, told = [], set()
    for seed, file in todo:
        plan = plan_drawing(read[file.drawing], job.references, job.find, seed, f"{file.drawing.stem}.png")
        plans.append(plan)
        for note in plan.notes if file.drawing not in told else ():
            say(f"{file.drawing}: {note}")
        told.add(file.drawing)
    return plans


def _paint(
    job: PaintingSetup, files: Sequence[ColoredFile], plans: Sequence[Plan], out: Path, layers: Sequence[str]
) -> None:
    colorizer = job.entry.method.load_colorizer(job.entry.checkpoint, job.device, job.entry.config)
    owners = [(owner, place) for owner, plan in enumerate(plans) for place in range(len(plan.requests))]
    painted: dict[int, dict[int, Image]] = {owner: {} for owner in range(len(plans))}
    with progress(f"colorizing by {job.entry.label}", len(files), unit="drawings") as advance:

        def done(number: int, picture: Image) -> None:
            owner, place = owners[number]
            painted[owner][place] = picture
            plan, file = plans[owner], files[owner]
            if len(painted[owner]) < len(plan.requests):
                return
            pictures = [painted[owner][each] for each in range(len(plan.requests))]
            del painted[owner]
            write_bytes(file.path, encode_picture(file.path, assemble(plan, pictures, job.options.keep_lines), file))
            for path in _layers(file, layers):
                plain = assemble(plan, pictures)[..., :3]
                write_layers(path, plain, plan.drawing.line, plan.drawing.alpha)
            advance()

        requests = [request for plan in plans for request in plan.requests]
        paint_requests(colorizer, requests, done, out / HIDDEN)
        shutil.rmtree(out / HIDDEN, ignore_errors=True)


def _layers(file: ColoredFile, suffixes: Sequence[str]) -> list[Path]:
    return [file.path.with_suffix(suffix) for suffix in suffixes]
