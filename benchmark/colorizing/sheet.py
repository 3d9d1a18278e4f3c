"""A contact sheet: one drawing painted with several seeds."""

from collections.abc import Sequence
from math import ceil, sqrt

import cv2
import numpy as np

from benchmark.colorizing.drawings import reduced
from benchmark.core.files import Image

CELL = 512  # px, the longer side of a picture on the sheet
LABEL = 28  # px of the row with a picture's label
GAP = 8  # px between pictures


def contact_sheet(pictures: Sequence[Image], labels: Sequence[str]) -> Image:
    """RGB uint8 of `pictures` RGB uint8 of one size, about as many across as down, each above its label."""
    small = [reduced(picture, CELL) for picture in pictures]
    height, width = small[0].shape[:2]
    columns = ceil(sqrt(len(small)))
    rows = ceil(len(small) / columns)
    tall, wide = height + LABEL + GAP, width + GAP
    sheet = np.full((rows * tall + GAP, columns * wide + GAP, 3), 255, np.uint8)
    for number, (picture, label) in enumerate(zip(small, labels, strict=True)):
        top, left = GAP + number // columns * tall, GAP + number % columns * wide
        sheet[top : top + height, left : left + width] = picture
        place = (left, top + height + LABEL - 9)
        cv2.putText(sheet, label, place, cv2.FONT_HERSHEY_SIMPLEX, 0.6, (40, 40, 40), 1, cv2.LINE_AA)
    return sheet
