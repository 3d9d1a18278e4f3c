"""A figure in profile."""

from __future__ import annotations

import numpy as np

from builder.drawing.character import Artist, Character
from builder.drawing.figure import FOREHEAD, NECK, Painted, Pose, brush_of, paint_clothes
from builder.drawing.head import bangs, hair
from builder.drawing.head.eyes import SHAPES, closed_eye, open_eye
from builder.drawing.head.face import EYE_Y, Expression
from builder.drawing.medium.canvas import Pen
from builder.drawing.medium.curves import Points, bezier, by, ellipse, points, spline
from builder.drawing.medium.locks import make_lock, paint_lock
from builder.drawing.medium.palette import mix, multiplied

EYE = -0.6  # x of the only visible eye of a face that looks to the page's left
CHEEK = 0.3  # x of the edge in front of the ear


def paint_profile(
    pen_at: Pen, pose: Pose, who: Character, artist: Artist, rng: np.random.Generator, mood: Expression
) -> Painted:
    """Paint `who` looking to the page's left (`mood.yaw` < 0) or right. The hidden eye is NaN."""
    side = -1.0 if mood.yaw > 0 else 1.0
    body = pen_at.rotated(pose.lean)
    head = body.rotated(pose.tilt, NECK).scaled(side, 1).of_part("skin")
    locks = head.moved(0.2, 0.0).of_part("hair")
    brush, shape = brush_of(who.hair, artist), np.random.default_rng([who.hair_seed, 1])
    outline = _outline(who, rng)
    hair.paint_back(locks, who.hair_style, shape, brush, who.length)
    paint_clothes(body.of_part("clothes"), pose, who, outline, rng, rng)
    head.fill(outline, who.skin.base)
    head.tone(outline + by(0.2, 0.1), who.skin.shade, clip=outline)
    head.stroke(outline[: len(outline) * 2 // 3], who.skin.line, 1.15, 0.5, 0.5)
    _features(head, who, artist, mood)
    locks_front = head.moved(0.14, 0.0).of_part("hair")
    bangs.paint_cap(locks_front.scaled(0.98, 1.0), brush)
    _hair_of_side(head.of_part("hair"), who, artist, shape)
    if rng.random() < 0.5:
        _ear(head, who)
    hair.paint_hanging(locks, who.hair_style, shape, brush, who.length)
    eye = head.pixels(points([(EYE, EYE_Y + (0.12 if mood.eyes != "open" else 0.0))]))[0]
    eyes = np.full((2, 2), np.nan)
    eyes[0 if side > 0 else 1] = eye
    skin = np.clip(outline, [-np.inf, FOREHEAD], [CHEEK, np.inf])
    chin = outline[np.argmax(outline[:, 1] - 0.3 * outline[:, 0])]
    return Painted(np.empty((0, 2)), (), head, head.pixels(skin), eyes, head.pixels(chin[None])[0])


def _outline(who: Character, rng: np.random.Generator) -> Points:
    """From the forehead over nose and chin to the jaw, and back over the skull."""
    nose, chin = float(rng.uniform(-0.04, 0.12)), who.chin
    face = [
        (-0.62, -1.15),
        (-0.86, -0.7),
        (-0.95, -0.3),
        (-0.93, 0.05),
        (-1.02 - nose, 0.36),
        (-1.08 - nose, 0.43),
        (-0.98, 0.54),
        (-1.0, 0.68),
        (-0.95, 0.75),
        (-0.97, 0.84),
        (-0.9, 0.94),
        (-0.86, chin - 0.06),
        (-0.7, chin + 0.01),
        (-0.2, 0.98),
        (0.3, 0.66),
    ]
    return np.vstack([spline(face), points([(0.55, 0.2), (0.6, -0.8), (0.0, -1.3)])])


def _features(head: Pen, who: Character, artist: Artist, mood: Expression) -> None:
    size = who.eye_size * artist.eye_size
    place = head.moved(EYE, EYE_Y).scaled(0.55 * size, size).of_part("other")
    lash = mix(multiplied(who.hair.line, (0.8, 0.7, 0.8)), (30, 16, 26), 0.45)
    if mood.eyes == "open":
        open_eye(place, SHAPES[who.eye_shape], who.irises[0], who.skin, lash, -0.06, 1.0, not who.boy)
    else:
        closed_eye(place, SHAPES[who.eye_shape], who.skin, lash, mood.eyes == "happy")
    brow = bezier([(-0.82, -0.33 + 0.06 * mood.brows), (-0.6, -0.45), (-0.36, -0.34)], 12)
    head.stroke(brow, mix(who.hair.line, who.hair.deep, 0.35), 1.6, 0.7, 0.1)
    wide = 0.06 if mood.mouth in ("open", "o", "grin") else 0.0
    mouth = np.vstack([bezier([(-0.97, 0.74), (-0.82, 0.76), (-0.72, 0.73)], 8),
                       bezier([(-0.74, 0.75 + wide), (-0.82, 0.78 + 2 * wide), (-0.95, 0.76 + wide)], 8)])  # fmt: skip
    if wide:
        head.fill(mouth, (150, 58, 66))
    head.stroke(mouth[:8], who.skin.line, 1.0, 0.4, 0.3)
    if mood.blush:
        head.blend(ellipse(-0.4, 0.55, 0.2, 0.1), multiplied(who.skin.base, (1.0, 0.68, 0.68)), 0.5, soft=0.12)


def _ear(head: Pen, who: Character) -> None:
    ear = spline([(0.28, -0.1), (0.46, -0.2), (0.58, -0.02), (0.5, 0.25), (0.38, 0.38), (0.3, 0.3)], True)
    head.shape(ear, who.skin.base, who.skin.line)
    head.stroke(spline([(0.36, -0.02), (0.48, -0.06), (0.44, 0.16)]), who.skin.line, 0.7, 0.2, 0.2)


def _hair_of_side(head: Pen, who: Character, artist: Artist, rng: np.random.Generator) -> None:
    """Locks from the crown over the temple, and bangs over the forehead."""
    brush = brush_of(who.hair, artist)
    low = float(rng.uniform(0.5, 1.5)) * (0.55 if who.boy else 1.0)
    ends = [(1.15, low), (0.9, low + 0.1), (0.62, low), (0.36, low * 0.75), (-0.3, -0.1), (-0.62, -0.2), (-0.86, -0.15)]
    for x, y in ends:
        start = (0.1 + 0.3 * x, -1.45)
        spine = bezier(
            [start, (x * 1.15 + 0.1, -1.1), (x * 1.1, y * 0.4 - 0.3), (x, y + float(rng.normal(0, 0.06)))], 20
        )
        paint_lock(
            head, make_lock(spine, 0.42, root=0.4, tip=1.6, widest=0.5), brush, bangs.crossing(make_lock(spine, 0.4))
        )
