"""Reading the user's drawings: clean lines, scans, ink in alpha, white ink on black, and pictures in colour."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import cv2
import numpy as np

from benchmark.colorizing.scan import clean_scan, is_scan
from benchmark.core.errors import AnibenchError
from benchmark.core.files import Image
from benchmark.core.terminal import Say
from benchmark.data.dataset import SIZE
from benchmark.data.decode import DecodeRecipe, read_alpha, read_picture
from benchmark.data.line_check import LineDrawing, find_ink, line_faults, read_line, whiten_paper
from benchmark.data.xdog import XDoG, extract_lines, to_grey

Kind = Literal["auto", "line", "scan", "colour"]
MIN_HUE = 12.0  # distance in a and b of 8-bit Lab from the paper's, beyond which a pixel of the paper has a colour
MIN_COLOURED = 0.04  # share of coloured pixels beside the ink, beyond which a page is a picture in colour
EXTRACTOR = XDoG(sigma=0.4)  # the middle one of the dataset's sigmas
VIEW = 960  # px of the longer side of the copy in which faces are looked for
MAX_SIGMA = 50.0  # px, the limit of XDoG


@dataclass(frozen=True)
class UserDrawing:
    """A drawing as read: grey uint8 (H, W), 0 ink / 255 paper; its opacity where it has any; its kind; what was done.

    `view` is a copy RGB uint8 of at most `VIEW` px, in which faces are looked for.
    """

    line: Image
    alpha: Image | None
    kind: Kind
    notes: tuple[str, ...]
    view: Image


def read_drawing(path: Path, recipe: DecodeRecipe | None = None, say: Say = print, kind: Kind = "auto") -> UserDrawing:
    """Read a drawing; `say` gets what was corrected and what is unusual.

    `kind` "auto" distinguishes clean lines, scans and pictures in colour. White ink on black or in an alpha channel
    becomes dark ink. Raises AnibenchError for a blank page and, for lines, a mostly dark picture.
    """
    read = read_line(path, recipe)
    rgb = read_picture(path, recipe)
    chosen = tell_kind(rgb, read) if kind == "auto" else kind
    drawing = drawing_of(rgb, read, chosen, str(path))
    drawing = replace(drawing, alpha=_kept_alpha(read_alpha(path, recipe), drawing))
    for note in drawing.notes:
        say(f"{path}: {note}")
    return drawing


def drawing_of(rgb: Image, read: LineDrawing, kind: Kind, name: str) -> UserDrawing:
    """The drawing of RGB uint8 (H, W, 3), read as grey by `read_line`, of a known kind. Raises as `read_drawing`."""
    if kind == "colour":
        line = recoloured_lines(rgb)
        _faults(line, name)
        return UserDrawing(line, None, kind, ("is a picture in colour; its lines were extracted",), reduced(rgb, VIEW))
    if kind == "scan":
        line, notes = clean_scan(read.line), (*read.mends, "is a scan; the shade of its paper was removed")
    else:
        line, notes = whiten_paper(read.line), read.mends
    notes = (*notes, *_faults(read.line if kind == "line" else line, name))
    return UserDrawing(line, None, kind, notes, np.repeat(reduced(line, VIEW)[..., None], 3, axis=2))


def tell_kind(rgb: Image, read: LineDrawing) -> Kind:
    """The kind of a page: by the colours beside its ink, then by the shade of its paper."""
    if _coloured_share(rgb) > MIN_COLOURED:
        return "colour"
    return "scan" if is_scan(read.line) else "line"


def recoloured_lines(rgb: Image) -> Image:
    """The lines of a picture RGB uint8 (H, W, 3): XDoG with the sigma of 256 px scaled to the picture's size."""
    scale = max(1.0, min(rgb.shape[:2]) / SIZE)
    return extract_lines(rgb, EXTRACTOR.model_copy(update={"sigma": min(MAX_SIGMA, EXTRACTOR.sigma * scale)}))


def reduced(image: Image, longest: int) -> Image:
    """A copy of uint8 (H, W) or (H, W, 3) of at most `longest` px, by area averaging."""
    scale = min(1.0, longest / max(image.shape[:2]))
    size = [max(1, round(side * scale)) for side in image.shape[1::-1]]
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)


def _coloured_share(rgb: Image) -> float:
    """Share of the pixels beside the ink whose hue differs from the paper's, measured at 256 px."""
    small = reduced(rgb, SIZE)
    beside = cv2.erode((~find_ink(to_grey(small))).astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    if not beside.any():
        return 0.0
    hues = cv2.cvtColor(small, cv2.COLOR_RGB2LAB)[beside][:, 1:].astype(np.float32)
    lightness = to_grey(small)[beside]
    paper = np.median(hues[lightness >= np.percentile(lightness, 75)], axis=0)
    return float((np.hypot(*(hues - paper).T) > MIN_HUE).mean())


def _faults(line: Image, name: str) -> list[str]:
    """Messages about a drawing; raises AnibenchError for a page that cannot be painted."""
    notes = []
    for fault in line_faults(line):
        if fault.reason == "blank-line":
            raise AnibenchError(f"{name} {fault.text}, so there is nothing to colorize; leave it out")
        if fault.reason == "dense-line":
            raise AnibenchError(f"{name} {fault.text}; to paint over a picture with shades, give --input colour")
        grey_paper = fault.reason == "grey-paper"
        notes.append(f"{fault.text.removeprefix('has ')} was made white" if grey_paper else fault.text)
    return notes


def _kept_alpha(alpha: Image | None, drawing: UserDrawing) -> Image | None:
    """The opacity of the result: the drawing's, unless the ink alone is opaque; then the page is painted whole."""
    if alpha is None or alpha.max() == 0:
        return None
    opaque = drawing.line[alpha > 127]
    only_ink = drawing.kind != "colour" and (opaque.size == 0 or float(np.median(opaque)) < 128)
    return None if only_ink else alpha
