"""One character drawn several times: equal hair, eyes, skin and clothes; another layout, expression and background."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from builder.drawing.character import make_artist, make_character
from builder.drawing.figure import Pose, paint_figure
from builder.drawing.illustration import (
    CHARACTER_POOL,
    SUPERSAMPLING,
    Drawing,
    box_in_picture,
    general_tags,
)
from builder.drawing.medium.canvas import Canvas
from builder.drawing.scene import paint_scene

GOLDEN = 0.618034  # step between the views of a character, in the range of each property of a pose
RANGES = {  # of a pose; lengths are in sides of the picture
    "x": (0.33, 0.67),
    "y": (0.42, 0.6),
    "unit": (0.19, 0.38),
    "tilt": (-0.3, 0.3),
    "yaw": (-0.95, 0.95),
}
TINT = 0.03  # standard deviation of the light's colour
DIMMEST, BRIGHTEST = 0.88, 1.03  # of the light at the picture's borders


def draw_view(number: int, view: int, size: int = 256) -> Drawing:
    """View 0, 1, ... of character `number`: one face with the framing of a face crop, `size` x `size` pixels.

    The same number gives the same character, artist, clothes and accessories. Views differ in place, size, tilt and
    turn of the head by at least 0.38 of each range, cyclically, and in expression, gesture, background and light. No
    view is mirrored. The characters are others than those of `draw_illustration`.
    """
    who, artist = make_character(CHARACTER_POOL + number), make_artist(number)
    rng, dress = np.random.default_rng([number, view, 0x71E]), np.random.default_rng([number, 0xD7E])
    canvas = Canvas(size, size, SUPERSAMPLING, parts=True)
    scene = list(paint_scene(canvas.pen(0, 0, size, weight=0.003, ink=artist.ink), 1, 1, rng))
    pose = _pose(number, view, size)
    figure = paint_figure(
        canvas.pen(pose.x, pose.y, pose.unit, artist.weight, artist.ink), pose, who, artist, rng, dress
    )
    color, line = canvas.finish()
    metadata: dict[str, object] = {
        "id": number,
        "artist": artist.name,
        "character": who.name,
        "copyright": who.copyright,
        "rating": "g",
        "tags": general_tags([who], [figure], scene),
        "image_width": size,
        "image_height": size,
    }
    box = box_in_picture(figure.corners, size, size, mirror=False)
    return Drawing(_lit(color, rng), line, (box,), metadata, canvas.finish_parts())


def _pose(number: int, view: int, size: int) -> Pose:
    starts = np.random.default_rng([number, 0x905E]).random(len(RANGES))
    shares = (starts + view * GOLDEN) % 1
    at = {
        name: low + (high - low) * float(share)
        for (name, (low, high)), share in zip(RANGES.items(), shares, strict=True)
    }
    return Pose(size * at["x"], size * at["y"], size * at["unit"], at["tilt"], 0.0, True, at["yaw"])


def _lit(color: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """The picture (H, W, 3) in a tinted light that falls off in one direction."""
    height, width = color.shape[:2]
    tint = 1 + rng.normal(0, TINT, 3)
    corners = rng.uniform(DIMMEST, BRIGHTEST, (2, 2)).astype(np.float32)
    light = cv2.resize(corners, (width, height), interpolation=cv2.INTER_LINEAR)[..., None]
    return np.asarray(np.rint(np.clip(color * (light * tint), 0, 255)), np.uint8)
