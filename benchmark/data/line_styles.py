"""The line of a pair as a method sees it: as the dataset has it, or drawn or degraded as a protocol says."""

import cv2
import numpy as np
import pandas as pd

from benchmark.core.errors import AnibenchError
from benchmark.core.files import Image
from benchmark.core.seeds import derive_seed
from benchmark.data.dataset import Dataset
from benchmark.data.edges import disc
from benchmark.data.protocol import EvalProtocol, LineStyle, Pair
from benchmark.data.xdog import XDoG, extract_lines

GAP = 3  # px; radius of a gap
GAP_SHARE = 0.004  # gaps per pixel of ink
SPECKS = 0.002  # share of the page that gets a speck of ink
LOST = 0.1  # share of the ink that is lost


def line_image(pair: Pair, data: Dataset, protocol: EvalProtocol) -> Image:
    """uint8 (256, 256), 0 ink / 255 paper: the line of `pair.sample` in the protocol's style."""
    style = protocol.lines
    if style.startswith("sigma-"):
        params = line_parameters(data, pair.sample).model_copy(update={"sigma": float(style.removeprefix("sigma-"))})
        return extract_lines(data.color(pair.sample), params)
    return degrade(data.line(pair.sample), style, derive_seed(pair.seed, "lines", style))


def degrade(line: Image, style: LineStyle, seed: int) -> Image:
    """`line`, uint8 (H, W), thicker, with gaps or with noise, all chance from `seed`; "as-built" is the line itself.

    thick: ink spreads by 1 px (a disc). gaps: paper in discs of 3 px radius around some pixels of ink. noise: single
    specks of ink anywhere, and single pixels of ink lost. Raises AnibenchError for a style that redraws.
    """
    rng = np.random.default_rng(seed)
    if style == "as-built":
        return line
    if style == "thick":
        return np.asarray(cv2.erode(line, disc(1)), np.uint8)
    ink = line < 128
    if style == "gaps":
        middles = np.asarray(ink & (rng.random(line.shape) < GAP_SHARE), np.uint8)
        return np.where(cv2.dilate(middles, disc(GAP)) > 0, np.uint8(255), line)
    if style == "noise":
        lost, specks = rng.random(line.shape) < LOST, rng.random(line.shape) < SPECKS
        return np.where(specks, np.uint8(0), np.where(ink & lost, np.uint8(255), line))
    raise AnibenchError(f"the style {style} is drawn from the picture, not from its line")


def line_parameters(data: Dataset, sample: str) -> XDoG:
    """What the line of a sample was made with, by the manifest; the defaults where it does not say."""
    row = data.manifest.iloc[data.manifest["id"].searchsorted(sample)]  # sorted by id
    known = {name: row[name] for name in XDoG.model_fields if name in row and not pd.isna(row[name])}
    return XDoG.model_validate(known)
