"""References for the user's drawings: the choice for each drawing, and changes of their main colours."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmark.colorizing.drawings import recoloured_lines
from benchmark.colorizing.faces import FaceFinder, frames_of, is_portrait
from benchmark.colorizing.framing import fit_reference, squared
from benchmark.core.errors import AnibenchError
from benchmark.core.files import Image
from benchmark.data.decode import DecodeRecipe, read_picture
from benchmark.scoring.lab import to_lab
from benchmark.scoring.palette import palette

COLOURS = 8  # main colours of a reference
APART = 18.0  # Delta E 1976 between main colours; nearer cells of the palette belong to one colour
SOFT = 6.0  # Delta E over which an edit fades from one main colour to the next
# px at 256 px, over which ink is smoothed before drawings are compared. Among the pictures of 19 artists' drawings, 19
# were found with 2 px, 18 with 4 and 17 with 8; among 60 real faces, bent by the protocols' warp, 26, 25 and 22.
BLUR = 2.0
EDIT = re.compile(r"(\d+)=#([0-9a-fA-F]{6})")


@dataclass(frozen=True)
class Reference:
    """A picture whose colours are used: its central square and its faces, each RGB uint8 (256, 256, 3)."""

    path: Path
    whole: Image
    faces: tuple[Image, ...]


def read_reference(
    path: Path, recipe: DecodeRecipe | None, find: FaceFinder | None, edits: Sequence[str] = (), fit: bool = False
) -> Reference:
    """Read a reference with the faces that `find` finds in it, its main colours changed by `edits`.

    A picture that is a portrait already has no faces of its own: its central square is the face. With `fit` the whole
    picture is used, with white borders like a drawing, in place of its central square. Raises DecodeError for a file
    that is no picture, and AnibenchError for a wrong edit.
    """
    picture = read_picture(path, recipe)
    whole = fit_reference(squared(picture) if fit else picture)
    height, width = picture.shape[:2]
    frames = [] if find is None else frames_of(find(picture), min(height, width))
    faces = []
    for frame in [] if any(is_portrait(frame, picture.shape) for frame in frames) else frames:
        x, y = min(max(frame.x, 0), width - frame.size), min(max(frame.y, 0), height - frame.size)
        faces.append(fit_reference(picture[y : y + frame.size, x : x + frame.size]))
    changes = _changes(main_colours(whole), edits) if edits else None
    if changes is not None:
        whole, faces = shifted(whole, *changes), [shifted(face, *changes) for face in faces]
    return Reference(path, whole, tuple(faces))


def nearest(line: Image, candidates: Sequence[Image]) -> int:
    """The number of the candidate RGB (256, 256, 3) whose lines are most like `line`, grey (256, 256).

    Ink is smoothed and compared by its correlation, so that the place of face, hair and shoulders decides.
    """
    if len(candidates) == 1:
        return 0
    own = _smooth(line)
    return int(np.argmax([(own * _smooth(recoloured_lines(each))).sum() for each in candidates]))


def main_colours(picture: Image) -> NDArray[np.float32]:
    """At most `COLOURS` main colours of RGB uint8 (H, W, 3) as (n, 4): share of the pixels, L, a, b; largest first.

    Cells of the palette within `APART` of a larger one belong to it.
    """
    cells = palette(to_lab(picture))
    chosen: list[NDArray[np.float32]] = []
    for cell in cells[np.argsort(-cells[:, 0], kind="stable")]:
        near = [number for number, each in enumerate(chosen) if np.linalg.norm(each[1:] - cell[1:]) < APART]
        if near:
            share = chosen[near[0]][0] + cell[0]
            mean = (chosen[near[0]][0] * chosen[near[0]][1:] + cell[0] * cell[1:]) / share
            chosen[near[0]] = np.concatenate([[share], mean]).astype(np.float32)
        else:
            chosen.append(cell)
    return np.stack(sorted(chosen, key=lambda each: -each[0])[:COLOURS])


def hex_colour(lab: NDArray[np.float32]) -> str:
    """#rrggbb of a colour in CIELAB (3,)."""
    return "#" + bytes(_to_rgb(lab[None, None])[0, 0]).hex()


def shifted(picture: Image, old: NDArray[np.float32], new: NDArray[np.float32]) -> Image:
    """RGB uint8 (H, W, 3) whose colours `old` become `new`, both CIELAB (n, 3); shades of a colour move with it."""
    lab = to_lab(picture)
    distance = np.sqrt(np.square(lab[..., None, :] - old).sum(axis=-1))
    weight = np.exp((distance.min(axis=-1, keepdims=True) - distance) / SOFT)
    weight /= weight.sum(axis=-1, keepdims=True)
    return _to_rgb((lab + weight @ (new - old)).astype(np.float32))


def _changes(colours: NDArray[np.float32], edits: Sequence[str]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """The main colours and what they become, CIELAB (n, 3). Raises AnibenchError for an edit that is not N=#RRGGBB."""
    old = colours[:, 1:]
    new = old.copy()
    for edit in edits:
        match = EDIT.fullmatch(edit)
        if match is None or not 1 <= int(match[1]) <= len(old):
            raise AnibenchError(
                f"--palette {edit} is not N=#RRGGBB with N from 1 to {len(old)}; --palette show prints the main colours"
            )
        new[int(match[1]) - 1] = to_lab(np.array([[list(bytes.fromhex(match[2]))]], np.uint8))[0, 0]
    return old, new


def _to_rgb(lab: NDArray[np.float32]) -> Image:
    from skimage.color import lab2rgb

    return np.asarray(np.rint(lab2rgb(lab.astype(np.float64)) * 255).clip(0, 255), np.uint8)


def _smooth(line: Image) -> NDArray[np.float32]:
    """The smoothed ink of a drawing (256, 256), of mean 0 and norm 1."""
    ink = np.asarray(cv2.GaussianBlur(255 - line.astype(np.float32), (0, 0), BLUR), np.float32)
    ink -= ink.mean()
    return ink / max(float(np.linalg.norm(ink)), 1e-6)
