"""Painting one drawing: the whole picture, and each face in a frame of its own."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmark.colorizing.drawings import UserDrawing
from benchmark.colorizing.faces import FaceFinder, Frame, cut_frame, frames_of, is_portrait, set_back
from benchmark.colorizing.framing import fit_line, unfit
from benchmark.colorizing.layers import with_alpha, with_lines
from benchmark.colorizing.line_style import darkened
from benchmark.colorizing.references import Reference, nearest
from benchmark.core.errors import AnibenchError
from benchmark.core.files import Image
from benchmark.core.seeds import derive_seed
from benchmark.data.dataset import SHAPE
from benchmark.methods.interface import Colorizer, Request


@dataclass(frozen=True)
class Plan:
    """The requests that paint a drawing: the first is of the whole picture, the others are of `frames`."""

    drawing: UserDrawing
    frames: tuple[Frame, ...]
    requests: tuple[Request, ...]
    notes: tuple[str, ...]


def plan_drawing(
    drawing: UserDrawing, references: Sequence[Reference], find: FaceFinder | None, seed: int, name: str
) -> Plan:
    """Choose frames and references for a drawing. `name` is the drawing's; the noise depends on it and on `seed`.

    Each frame is painted by the face of a reference whose lines are most like it, the whole picture by the nearest
    reference. A drawing framed like a sample is painted whole, by the nearest face.
    """
    frames = _frames(drawing, find)
    portrait = any(is_portrait(frame, drawing.line.shape) for frame in frames)
    frames = () if portrait else frames
    wholes = [each.whole for each in references]
    faces = [face for each in references for face in (each.faces or (each.whole,))]
    owners = [each.path for each in references for _ in each.faces or (each.whole,)]
    parts = [drawing.line, *(cut_frame(drawing.line, frame) for frame in frames)]
    lines = [darkened(fit_line(part)) for part in parts]
    chosen = [nearest(lines[0], faces if portrait else wholes), *(nearest(line, faces) for line in lines[1:])]
    pictures = [(faces if portrait else wholes)[chosen[0]], *(faces[number] for number in chosen[1:])]
    seeds = [derive_seed(seed, "colorize", name), *(derive_seed(seed, "face", name, k) for k in range(len(frames)))]
    requests = tuple(Request(*each) for each in zip(lines, pictures, seeds, strict=True))
    notes = [f"{len(frames)} faces are painted in frames of their own"] if frames else []
    if len(references) > 1:
        whole = owners[chosen[0]] if portrait else references[chosen[0]].path
        notes.append(f"painted in the colours of {whole}")
        notes += [f"face {k}: the colours of {owners[number]}" for k, number in enumerate(chosen[1:], 1)]
    return Plan(drawing, frames, requests, tuple(notes))


def assemble(plan: Plan, pictures: Sequence[Image], keep_lines: bool = False) -> Image:
    """The result at the drawing's size, uint8 RGB or, where the drawing has an opacity, RGBA.

    `pictures` are the painted requests, RGB uint8 (256, 256, 3). With `keep_lines` the drawing's own lines replace the
    painted ones.
    """
    line = plan.drawing.line
    picture = unfit(pictures[0], line)
    for frame, painted in zip(plan.frames, pictures[1:], strict=True):
        set_back(picture, unfit(painted, cut_frame(line, frame)), frame)
    return with_alpha(with_lines(picture, line) if keep_lines else picture, plan.drawing.alpha)


def paint_requests(
    colorizer: Colorizer, requests: Sequence[Request], done: Callable[[int, Image], None], folder: Path
) -> None:
    """Paint requests one by one, which needs the least memory; `done` is given the number and RGB (256, 256, 3).

    A colorizer with `colorize_all` is given all of them and `folder`. Raises AnibenchError for a wrong result.
    """
    if hasattr(colorizer, "colorize_all"):
        colorizer.colorize_all(requests, done, folder)
        return
    for number, request in enumerate(requests):
        reference = np.ascontiguousarray(request.reference.transpose(2, 0, 1)[None])
        painted = colorizer.colorize(request.line[None, None], reference, [request.seed])
        picture = np.ascontiguousarray(painted[0].transpose(1, 2, 0))
        if picture.dtype != np.uint8 or picture.shape != SHAPE:
            raise AnibenchError(f"the method returned {picture.dtype} {picture.shape}; it must return uint8 {SHAPE}")
        done(number, picture)


def paint_plan(colorizer: Colorizer, plan: Plan, folder: Path) -> list[Image]:
    """The painted requests of a plan, in their order. Raises AnibenchError when the method leaves one out."""
    pictures: dict[int, Image] = {}
    paint_requests(colorizer, plan.requests, pictures.__setitem__, folder)
    if len(pictures) != len(plan.requests):
        raise AnibenchError(f"the method returned {len(pictures)} of {len(plan.requests)} pictures")
    return [pictures[number] for number in range(len(pictures))]


def _frames(drawing: UserDrawing, find: FaceFinder | None) -> tuple[Frame, ...]:
    """The frames of the faces that are found in the drawing's view, in px of the drawing."""
    if find is None:
        return ()
    scale = max(drawing.line.shape) / max(drawing.view.shape[:2])
    faces = [(x * scale, y * scale, right * scale, low * scale) for x, y, right, low in find(drawing.view)]
    return tuple(frames_of(faces))
