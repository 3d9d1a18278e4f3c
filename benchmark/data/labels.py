"""Short labels beside the pictures of a grid."""

import cv2
import numpy as np

from benchmark.core.files import Image

FONT, SCALE = cv2.FONT_HERSHEY_SIMPLEX, 0.4


def label(text: str, height: int, width: int) -> Image:
    """Black ASCII `text` in the middle of white, uint8 RGB (height, width, 3); text that does not fit is cut."""
    tile = np.full((height, width, 3), 255, np.uint8)
    (text_width, text_height), _ = cv2.getTextSize(text, FONT, SCALE, 1)
    corner = (max(0, (width - text_width) // 2), (height + text_height) // 2)
    cv2.putText(tile, text, corner, FONT, SCALE, (0, 0, 0), 1, cv2.LINE_AA)
    return tile
