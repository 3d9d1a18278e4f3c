"""The square crop around a face: its position, its resize to 256 px, and its quality figures."""

from dataclasses import dataclass
from math import atan2, ceil, cos, degrees, floor, hypot, radians, sin
from typing import Any

import cv2
import numpy as np
import PIL.Image

from benchmark.core.files import Image
from benchmark.data.dataset import SIZE
from benchmark.data.face_frame import face_frame
from builder.core.recipe import CropRecipe
from builder.faces.detectors import FaceBox


@dataclass(frozen=True)
class Square:
    """A square in px of the picture, rotated by `angle` degrees clockwise about its centre.

    x and y are the upper left corner before the rotation. With `crop.pad` the square may extend beyond the picture.
    """

    x: int
    y: int
    size: int
    angle: float = 0.0


def face_square(box: FaceBox, width: int, height: int, recipe: CropRecipe) -> Square | None:
    """The square around a face box in a picture of `width` x `height` px.

    The side is (1 + 2 margin) times the longer side of the box. The centre is raised by `lift`, since hair is taller
    than a neck. Without padding, a square larger than the picture shrinks to the picture's shorter side, and a square
    beyond the border is shifted inside. None when the whole face does not fit. The box is first clipped to the picture.
    """
    left, top = max(0.0, box[0]), max(0.0, box[1])
    right, bottom = min(float(width), box[0] + box[2]), min(float(height), box[1] + box[3])
    if right <= left or bottom <= top:
        return None
    center_x, center_y, size = face_frame((left, top, right, bottom), recipe.margin, recipe.lift)
    if recipe.pad:
        return Square(floor(center_x - size / 2), floor(center_y - size / 2), size)
    size = min(size, width, height)
    if size < floor(max(right - left, bottom - top)):
        return None
    x = _hold(floor(center_x - size / 2), left, right, size, width)
    y = _hold(floor(center_y - size / 2), top, bottom, size, height)
    return Square(x, y, size)


def whole_square(box: FaceBox, recipe: CropRecipe) -> Square | None:
    """The square of a finished crop: the largest centred one, or with `fit` the smallest around the whole picture.

    Without `fit` None when the aspect ratio exceeds `max_aspect`.
    """
    width, height = int(box[2]), int(box[3])
    if not recipe.fit and max(box[2:]) > recipe.max_aspect * min(box[2:]):
        return None
    size = max(width, height) if recipe.fit else min(width, height)
    return Square(int(box[0]) + (width - size) // 2, int(box[1]) + (height - size) // 2, size)


def aligned_square(
    box: FaceBox, landmarks: dict[str, Any] | None, width: int, height: int, recipe: CropRecipe
) -> Square | None:
    """The square in which the eyes are level and at the position of the mean face.

    Without padding, a square beyond the border is shifted inside: the eyes are level, at another position. None when
    fewer than two eyes are known, when they are tilted by more than `max_tilt`, when the side would be less than 0.7 or
    more than 1.4 times the side of the plain square (a profile), or when the whole face does not fit.
    """
    eyes = [(landmarks or {}).get(key) for key in ("left_eye", "right_eye")]
    if None in eyes:
        return None
    (ax, ay), (bx, by) = sorted(center_of(eye) for eye in eyes)
    angle = round(degrees(atan2(by - ay, bx - ax)), 2)
    along, across = cos(radians(angle)), sin(radians(angle))
    side = max(box[2], box[3])
    wanted = hypot(bx - ax, by - ay) / recipe.eye_distance
    plain = side * (1 + 2 * recipe.margin)
    if abs(angle) > recipe.max_tilt or not 0.7 * plain <= wanted <= 1.4 * plain:
        return None
    spread = abs(along) + abs(across)  # side of the upright bounding square, in sides of the rotated square
    if not recipe.pad:
        wanted = min(wanted, (min(width, height) - 2) / spread)
    size = int(wanted)
    down = (0.5 - recipe.eye_height) * size
    center_x = (ax + bx) / 2 - down * across
    center_y = (ay + by) / 2 + down * along
    if not recipe.pad:
        reach = size * spread / 2 + 1
        center_x = min(max(center_x, reach), width - reach)
        center_y = min(max(center_y, reach), height - reach)
    x, y = box[0] + box[2] / 2 - center_x, box[1] + box[3] / 2 - center_y
    if max(abs(x * along + y * across), abs(y * along - x * across)) > (size - side) / 2 + 1:
        return None
    return Square(round(center_x - size / 2), round(center_y - size / 2), size, angle)


def cut(rgb: Image, square: Square, denoise: float = 0.0) -> Image:
    """Cut the square as RGB uint8 (256, 256, 3), by antialiased Lanczos over the crop; white outside the picture.

    A rotated square is first rotated at the picture's own scale (cubic). `denoise` above 0 is the strength of OpenCV's
    non-local means, applied before the resize.
    """
    crop = _window(rgb, square) if square.angle == 0 else _turned(rgb, square)
    if denoise > 0:
        crop = np.asarray(cv2.fastNlMeansDenoisingColored(crop, None, denoise, denoise, 5, 15), np.uint8)
    if square.size == SIZE:
        return crop
    picture = PIL.Image.fromarray(crop).resize((SIZE, SIZE), PIL.Image.Resampling.LANCZOS)
    return np.ascontiguousarray(picture, dtype=np.uint8)


def cut_parts(parts: Image, square: Square) -> Image:
    """Cut the square from part labels uint8 (H, W) as uint8 (256, 256), without mixing labels; 0 outside."""
    scale, turn = square.size / SIZE, radians(square.angle)
    rotate = np.array([[cos(turn), -sin(turn)], [sin(turn), cos(turn)]])
    middle = np.array([square.x, square.y]) + square.size / 2
    corner = middle - 0.5 + rotate @ np.full(2, (scale - square.size) / 2)  # of the first pixel's centre
    flags = cv2.INTER_NEAREST | cv2.WARP_INVERSE_MAP
    matrix = np.column_stack([scale * rotate, corner])
    return np.asarray(cv2.warpAffine(parts, matrix, (SIZE, SIZE), flags=flags), np.uint8)


def measure(color: Image) -> dict[str, float]:
    """Quality figures of a crop RGB uint8 (H, W, 3): sharpness; brightness, saturation and hues in 0..1.

    sharpness: variance of the Laplacian. saturation: mean of (max - min) / 255 over the channels; 0 for a grey picture.
    hues: mean distance of the colours (a, b of Lab) from their median; 0 for a picture of one tint, such as sepia.
    """
    grey = cv2.cvtColor(color, cv2.COLOR_RGB2GRAY)
    red, green, blue = cv2.split(color)
    spread = cv2.max(cv2.max(red, green), blue) - cv2.min(cv2.min(red, green), blue)
    a, b = (tint - np.float32(np.median(tint)) for tint in cv2.split(cv2.cvtColor(color, cv2.COLOR_RGB2LAB))[1:])
    return {
        "sharpness": round(float(cv2.Laplacian(grey, cv2.CV_64F).var()), 3),
        "brightness": round(float(grey.mean()) / 255, 5),
        "saturation": round(float(spread.mean()) / 255, 5),
        "hues": round(float(np.sqrt(a * a + b * b).mean()) / 128, 5),
    }


def measure_source(rgb: Image, square: Square, box: FaceBox) -> dict[str, float]:
    """Quality figures of a crop before the resize.

    blocks: mean step at the borders of JPEG's 8 x 8 blocks, divided by the largest mean step inside the blocks, minus
    1; about 0 or less without block artefacts.
    face: longer side of the face box, px. edge: distance from the box to the nearest edge of the picture, in sides of
    the box; below 0 when the box extends beyond the picture.
    """
    height, width = rgb.shape[:2]
    left, top = max(0, square.x) // 8 * 8, max(0, square.y) // 8 * 8
    part = rgb[top : square.y + square.size, left : square.x + square.size]
    grey = cv2.cvtColor(part, cv2.COLOR_RGB2GRAY) if part.size else np.zeros((1, 1), np.uint8)
    side = max(box[2], box[3])
    nearest = min(box[0], box[1], width - box[0] - box[2], height - box[1] - box[3])
    return {
        "blocks": round((_blocks(grey) + _blocks(cv2.transpose(grey))) / 2, 4),
        "face": round(side, 2),
        "edge": round(nearest / max(side, 1e-9), 4),
    }


def _blocks(grey: Any) -> float:
    """Mean step to every eighth column of grey (H, W), divided by the largest of the other seven means, minus 1.

    The array must start at a block border. The divisor is the largest mean, since an enlarged picture has equal steps
    at every second or fourth column.
    """
    if min(grey.shape) <= 16:
        return 0.0
    steps = cv2.absdiff(grey[:, 1:], grey[:, :-1]).mean(axis=0)
    *between, border = (float(steps[column::8].mean()) for column in range(8))
    return border / max(between) - 1 if max(between) > 0 else 0.0


def center_of(eye: Any) -> tuple[float, float]:
    """The centre of an eye given as a point or as a box x, y, width, height."""
    x, y, width, height = (*eye, 0, 0)[:4]
    return x + width / 2, y + height / 2


def _turned(rgb: Image, square: Square) -> Image:
    """The rotated square, upright, at the scale of the picture; white outside the picture."""
    size, turn = square.size, radians(square.angle)
    reach = ceil(size * (abs(cos(turn)) + abs(sin(turn))) / 2) + 3
    middle_x, middle_y = square.x + size / 2, square.y + size / 2
    around = Square(floor(middle_x) - reach, floor(middle_y) - reach, 2 * reach)
    half = (size - 1) / 2
    x, y = middle_x - around.x - 0.5, middle_y - around.y - 0.5  # the centre; pixel centres have integer coordinates
    back = np.array(
        [
            [cos(turn), -sin(turn), x - half * cos(turn) + half * sin(turn)],
            [sin(turn), cos(turn), y - half * sin(turn) - half * cos(turn)],
        ]
    )
    flags = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
    return np.asarray(cv2.warpAffine(_window(rgb, around), back, (size, size), flags=flags), np.uint8)


def _hold(start: int, low: float, high: float, size: int, room: int) -> int:
    """Shift a window [start, start + size) so that it contains [low, high) if possible and lies in [0, room)."""
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
