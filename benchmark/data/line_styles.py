"""The line of a pair as the method gets it: the dataset's line, or one of the protocol's line style."""

import cv2
import numpy as np

from benchmark.core.errors import AnibenchError
from benchmark.core.files import Image
from benchmark.core.seeds import derive_seed
from benchmark.data.dataset import Dataset
from benchmark.data.edges import disc
from benchmark.data.protocol import EvalProtocol, LineStyle, Pair
from benchmark.data.xdog import XDoG, extract_lines

GAP = 3  # px; radius of a gap
GAP_SHARE = 0.004  # gaps per pixel of ink
SPECKS = 0.002  # share of all pixels that become ink
LOST = 0.1  # share of the ink pixels that become paper


def line_image(pair: Pair, data: Dataset, protocol: EvalProtocol) -> Image:
    """uint8 (256, 256), 0 ink / 255 paper: the line of `pair.sample` in the protocol's style."""
    style = protocol.lines
    if style.startswith("sigma-"):
        params = line_parameters(data, pair.sample).model_copy(update={"sigma": float(style.removeprefix("sigma-"))})
        return extract_lines(data.color(pair.sample), params)
    return degrade(data.line(pair.sample), style, derive_seed(pair.seed, "lines", style))


def degrade(line: Image, style: LineStyle, seed: int) -> Image:
    """`line`, uint8 (H, W), degraded by `style` with random choices from `seed`; "as-built" returns it unchanged.

    thick: ink dilated by 1 px (a disc). gaps: discs of paper, 3 px in radius, around random ink pixels. noise: random
    pixels become ink, and random ink pixels become paper. Raises AnibenchError for a style that extracts lines anew.
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
    raise AnibenchError(f"the line style {style} is extracted from the colour picture; degrade() has no such style")


def line_parameters(data: Dataset, sample: str) -> XDoG:
    """The XDoG parameters of a sample's line in the manifest; defaults for missing ones."""
    row = data.manifest.iloc[data.manifest["id"].searchsorted(sample)]  # sorted by id
    import pandas as pd  # imported here: methods that colorize open no table

    known = {name: row[name] for name in XDoG.model_fields if name in row and not pd.isna(row[name])}
    return XDoG.model_validate(known)
