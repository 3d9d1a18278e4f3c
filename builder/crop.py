"""The square around a face: where it lies, its resize to 256 px, and what can be measured on it cheaply."""

from dataclasses import dataclass
from math import ceil, floor

import cv2
import numpy as np
import PIL.Image

from benchmark.dataset import SIZE
from benchmark.files import Image
from builder.detect import Box
from builder.recipe import CropRecipe


@dataclass(frozen=True)
class Square:
    """A square in px of the picture; with `crop.pad` it may reach beyond it."""

    x: int
    y: int
    size: int


def face_square(box: Box, width: int, height: int, recipe: CropRecipe) -> Square | None:
    """The square around a face box in a picture of `width` x `height` px.

    Side = (1 + 2 margin) of the box's longer side, its centre lifted since hair is taller than a neck. Without padding
    a square larger than the picture shrinks to its shorter side, and one that sticks out is shifted in; a face that
    then would not fit whole gives None. The part of a box that is outside the picture does not count.
    """
    left, top = max(0.0, box[0]), max(0.0, box[1])
    right, bottom = min(float(width), box[0] + box[2]), min(float(height), box[1] + box[3])
    if right <= left or bottom <= top:
        return None
    side = max(right - left, bottom - top)
    size = max(1, round(side * (1 + 2 * recipe.margin)))
    center_x, center_y = (left + right) / 2, (top + bottom) / 2 - recipe.lift * side
    if recipe.pad:
        return Square(floor(center_x - size / 2), floor(center_y - size / 2), size)
    size = min(size, width, height)
    if size < floor(side):
        return None
    x = _hold(floor(center_x - size / 2), left, right, size, width)
    y = _hold(floor(center_y - size / 2), top, bottom, size, height)
    return Square(x, y, size)


def whole_square(box: Box, recipe: CropRecipe) -> Square | None:
    """The largest centred square of a crop that is there already; None when it is far from square."""
    _, _, width, height = box
    if max(width, height) > recipe.max_aspect * min(width, height):
        return None
    size = int(min(width, height))
    return Square(int(box[0]) + (int(width) - size) // 2, int(box[1]) + (int(height) - size) // 2, size)


def cut(rgb: Image, square: Square) -> Image:
    """The square as RGB uint8 (256, 256, 3), antialiased (Lanczos over the crop alone); white outside the picture."""
    crop = _window(rgb, square)
    if square.size == SIZE:
        return crop
    picture = PIL.Image.fromarray(crop).resize((SIZE, SIZE), PIL.Image.Resampling.LANCZOS)
    return np.ascontiguousarray(picture, dtype=np.uint8)


def measure(color: Image) -> dict[str, float]:
    """Quality figures of RGB uint8 (H, W, 3): sharpness (variance of the Laplacian), brightness and saturation 0..1.

    Saturation is the mean of (max - min) / 255 over the channels: 0 for a picture in grey.
    """
    grey = cv2.cvtColor(color, cv2.COLOR_RGB2GRAY)
    spread = color.max(2).astype(np.int64) - color.min(2)
    return {
        "sharpness": round(float(cv2.Laplacian(grey, cv2.CV_64F).var()), 3),
        "brightness": round(float(grey.mean()) / 255, 5),
        "saturation": round(float(spread.mean()) / 255, 5),
    }


def _hold(start: int, low: float, high: float, size: int, room: int) -> int:
    """Shift a window [start, start + size) into [0, room), then so that it holds [low, high) where it can."""
    start = min(start, floor(low))
    start = max(start, ceil(high) - size)
    return min(max(start, 0), room - size)


def _window(rgb: Image, square: Square) -> Image:
    height, width = rgb.shape[:2]
    x, y, size = square.x, square.y, square.size
    if x >= 0 and y >= 0 and x + size <= width and y + size <= height:
        return np.ascontiguousarray(rgb[y : y + size, x : x + size])
    page = np.full((size, size, 3), 255, np.uint8)
    left, top = max(0, x), max(0, y)
    right, bottom = max(left, min(width, x + size)), max(top, min(height, y + size))
    page[top - y : bottom - y, left - x : right - x] = rgb[top:bottom, left:right]
    return page
