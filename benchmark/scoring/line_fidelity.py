"""Line fidelity: F1 of the lines extracted from the output, against the given line drawing."""

import numpy as np

from benchmark.core.errors import AnibenchError
from benchmark.core.files import Image
from benchmark.data.edges import edge_f1
from benchmark.data.xdog import XDoG, extract_lines
from benchmark.results.metric import Alarm, Metric

TOLERANCE = 1  # px; largest accepted displacement of a line
INK = 128  # grey level below which a pixel of the given line is ink


def line_f1(image: Image, line: Image, params: XDoG, tolerance: int = TOLERANCE) -> float:
    """F1 of the lines extracted from `image`, uint8 RGB (H, W, 3), against the given `line`, uint8 (H, W): 0..1.

    The lines are extracted with `params`, the parameters of the given line. Precision is the share of extracted ink
    within `tolerance` px of given ink. Recall is the share of given ink within `tolerance` px of extracted ink. F1 is
    their harmonic mean (van Rijsbergen 1979; tolerance as in Martin, Fowlkes and Malik 2004,
    doi:10.1109/TPAMI.2004.1273918, without their one-to-one matching). 1 for the picture from which the line was
    extracted, and if neither has ink; 0 if only one has. Raises ValueError for another dtype or shape, or two sizes.
    """
    if line.dtype != np.uint8 or line.ndim != 2 or line.shape != image.shape[:2]:
        raise ValueError(f"the line must be uint8 (H, W) of the picture's size, not {line.dtype} {line.shape}")
    try:
        found = extract_lines(image, params) < INK
    except AnibenchError as error:
        raise ValueError(str(error)) from error
    given = line < INK
    if not found.any() and not given.any():
        return 1.0
    return edge_f1(found, given, tolerance)


METRIC = Metric(
    name="line-f1",
    title="line F1",
    better="higher",
    digits=3,
    low=0,
    high=1,
    order=100,
    per="picture",
    function=line_f1,
    needs=("line", "xdog"),
    first_table=True,
    picks=3,
    floors="none",
    meaning="agreement of the lines extracted from the output with the given line, within 1 px",
    formula="F1 of the lines that XDoG extracts from the output with the sample's parameters, against the given "
    "line, within 1 px",
    source="F1 of XDoG ink",
    blind_to="colour",
    alarm=Alarm(0.5, "does not follow the lines", "its pictures show other shapes than the line drawings"),
)
