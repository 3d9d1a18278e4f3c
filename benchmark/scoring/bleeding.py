"""Colour bleeding: the share of colour edges that lie away from every line."""

import cv2
import numpy as np

from benchmark.core.files import Image
from benchmark.data.edges import disc
from benchmark.results.metric import Metric
from benchmark.scoring.lab import to_lab
from benchmark.scoring.line_fidelity import INK

REACH = 3  # px; a colour edge within this distance of a line belongs to the line
SMOOTH = 1.0  # px; sigma of the blur before the gradient, which suppresses single pixels
STEEP = 3.0  # CIELAB units per px; smaller gradients are shading


def bleeding(image: Image, line: Image) -> float:
    """Share of the colour edges of `image`, uint8 RGB (H, W, 3), away from every line of `line`, uint8 (H, W): 0..1.

    The chroma (a, b) of CIELAB is blurred with sigma 1 px. Its Scharr gradient has the magnitude
    sqrt(|grad a|^2 + |grad b|^2), which is summed where it is at least 3 units per px. The score is the share of that
    sum that lies more than 3 px from any ink. 0: every colour ends at a line, or there are no colour edges. Our own
    measure. Real pictures also have colour edges without a line (shadows, highlights, a blush). Compare a score with
    that of the targets, which is in every score card. Raises ValueError for another dtype or shape, or two sizes.
    """
    if line.dtype != np.uint8 or line.ndim != 2 or line.shape != image.shape[:2]:
        raise ValueError(f"the line must be uint8 (H, W) of the picture's size, not {line.dtype} {line.shape}")
    chroma = cv2.GaussianBlur(to_lab(image)[..., 1:], (0, 0), SMOOTH)
    across, down = (cv2.Scharr(chroma, cv2.CV_32F, dx, 1 - dx, scale=1 / 32) for dx in (1, 0))
    steepness = np.sqrt(np.square(across).sum(axis=2) + np.square(down).sum(axis=2))
    edges = np.where(steepness >= STEEP, steepness, 0)
    total = float(edges.sum(dtype=np.float64))
    if not total:
        return 0.0
    near = cv2.dilate((line < INK).astype(np.uint8), disc(REACH)) > 0
    return float(edges[~near].sum(dtype=np.float64)) / total


METRIC = Metric(
    name="bleeding",
    title="bleeding",
    better="lower",
    digits=3,
    low=0,
    high=1,
    order=130,
    per="picture",
    function=bleeding,
    needs=("line",),
    floors="none",
    meaning="share of the colour edges that lie away from every line",
    formula="share of the steep chroma edges more than 3 px from every line",
    source="our own; CIELAB chroma gradient",
    blind_to="colours that are merely wrong",
)
