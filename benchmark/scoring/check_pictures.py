"""The checks of the two pictures that a metric compares, and of their part labels.

Pictures are always uint8 RGB (H, W, 3), so metrics have no parameter for the value range.
"""

import numpy as np

from benchmark.core.files import Image


def check_pictures(image: Image, target: Image) -> None:
    """Raise ValueError unless both are uint8 RGB (H, W, 3) of one shape."""
    for each in (image, target):
        if each.dtype != np.uint8 or each.ndim != 3 or each.shape[2] != 3 or not each.size:
            raise ValueError(f"metrics take uint8 RGB (H, W, 3), not {each.dtype} {each.shape}")
    if image.shape != target.shape:
        raise ValueError(f"the pictures differ in shape: {image.shape} and {target.shape}")


def check_labels(parts: Image, image: Image) -> None:
    """Raise ValueError unless `parts` is uint8 (H, W) of the picture's size."""
    if parts.dtype != np.uint8 or parts.shape != image.shape[:2]:
        raise ValueError(f"part labels must be uint8 (H, W) of the picture's size, not {parts.dtype} {parts.shape}")
