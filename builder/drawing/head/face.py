"""The head without hair: outline, ears, neck shadow, nose, mouth, brows, blush and eyes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from builder.drawing.character import Artist, Character
from builder.drawing.head.eyes import SHAPES, closed_eye, open_eye
from builder.drawing.medium.canvas import Pen
from builder.drawing.medium.curves import Points, bezier, by, ellipse, mirrored, points, spline
from builder.drawing.medium.palette import mix, multiplied

EYE_Y = 0.1
EYE_X = 0.47


@dataclass(frozen=True)
class Expression:
    """Facial expression of one figure in one picture."""

    mouth: str  # smile, open, small, flat, cat, frown, grin, o
    eyes: str  # open, closed, happy, wink
    brows: float  # -1 worried .. 1 angry
    blush: bool
    gaze: float
    yaw: float  # -1 .. 1, head turned to the page's left or right


def face_outline(who: Character, yaw: float) -> Points:
    """Closed outline from the right temple over the chin to the left temple."""
    chin, jaw = who.chin, who.jaw
    right = points(
        [
            (0.5, -1.2),
            (0.86, -0.8),
            (0.985, -0.25),
            (0.965, 0.15),
            (0.885, 0.45),
            (0.69 + 0.08 * jaw, 0.73 + 0.03 * jaw),
            (0.40 + 0.10 * jaw, chin - 0.15 + 0.03 * jaw),
            (0.13 + 0.08 * jaw, chin - 0.018),
        ]
    )
    outline = np.vstack([right, [[0.0, chin + 0.012]], mirrored(right)[::-1]])
    turned = outline.copy()
    turned[:, 0] += yaw * 0.13 * np.clip(outline[:, 1] + 0.1, 0, 2)
    far = np.sign(yaw) * outline[:, 0] > 0
    turned[far, 0] *= 1 - 0.05 * abs(yaw)
    return spline(turned, steps=6)


def paint_ears(pen: Pen, who: Character, yaw: float) -> None:
    for side in (-1.0, 1.0):
        shift = -0.05 * yaw * side
        ear = spline([(0.9, -0.12), (1.08, -0.2), (1.16, -0.05), (1.09, 0.2), (0.97, 0.36), (0.86, 0.3)], closed=True)
        place = pen.scaled(side, 1).moved(shift, 0.06)
        place.shape(ear, who.skin.base, who.skin.line)
        inner = spline([(0.98, -0.08), (1.09, -0.1), (1.08, 0.06), (1.0, 0.2)])
        place.tone(np.vstack([inner, [[0.95, 0.1]]]), who.skin.shade)
        place.stroke(inner, who.skin.line, 0.6, 0.1, 0.1)


def paint_face(pen: Pen, who: Character, artist: Artist, mood: Expression) -> Points:
    """Paint skin, cheek shadow and blush; returns the outline to which later shadows are clipped."""
    outline = face_outline(who, mood.yaw)
    pen.fill(outline, who.skin.base)
    rim = outline * [0.95, 0.985] + by(-0.085 + 0.05 * mood.yaw, -0.03)
    side = np.vstack([outline[: len(outline) // 2 + 4], rim[: len(outline) // 2 + 4][::-1]])
    pen.tone(side, who.skin.shade, clip=outline)
    if mood.blush:
        _blush(pen, who, artist, mood, outline)
    pen.stroke(outline[15:-15], who.skin.line, 1.15, 0.5, 0.5)
    return outline


def _blush(pen: Pen, who: Character, artist: Artist, mood: Expression, outline: Points) -> None:
    rosy = multiplied(who.skin.base, (1.0, 0.68, 0.68))
    for side in (-1.0, 1.0):
        x = side * 0.56 + 0.13 * mood.yaw
        pen.blend(ellipse(x, 0.52, 0.2, 0.1), rosy, 0.6, soft=0.13, clip=outline)
        if artist.blush == "lines":
            for k in (-1, 0, 1):
                at = x + 0.085 * k
                dash = points([(at + 0.03, 0.475), (at, 0.52), (at - 0.03, 0.565)])
                pen.stroke(dash, mix(rosy, who.skin.line, 0.35), 0.6, 0.4, 0.2)


def paint_features(pen: Pen, who: Character, artist: Artist, mood: Expression) -> None:
    """Eyes, nose and mouth."""
    near = pen.moved(0.15 * mood.yaw, 0)
    other = near.of_part("other")
    lash = mix(multiplied(who.hair.line, (0.8, 0.7, 0.8)), (30, 16, 26), 0.45)
    shape = SHAPES[who.eye_shape]
    for side in (-1.0, 1.0):
        place = _eye_pen(other, who, artist, mood, side)
        iris = who.irises[0] if side < 0 else who.irises[1]
        shut = mood.eyes in ("closed", "happy") or (mood.eyes == "wink" and side > 0)
        if shut:
            closed_eye(place, shape, who.skin, lash, mood.eyes != "closed")
        else:
            open_eye(place, shape, iris, who.skin, lash, mood.gaze, side, not who.boy)
    if who.mole:
        near.solid(ellipse(0.62, EYE_Y + 0.34, 0.022, 0.022), who.skin.line)
    _nose(near.moved(0.05 * mood.yaw, 0), who, mood)
    _mouth(other.moved(0.02 * mood.yaw, who.chin - 1.18), who, mood)


def eye_middles(head: Pen, who: Character, artist: Artist, mood: Expression) -> Points:
    """Middles of iris or closed lid in supersampled pixels (2, 2): the eye at the head's left, then the other one."""
    near = head.moved(0.15 * mood.yaw, 0)
    at = []
    for side in (-1.0, 1.0):
        shut = mood.eyes in ("closed", "happy") or (mood.eyes == "wink" and side > 0)
        low = (0.17 if mood.eyes == "closed" else -0.06) if shut else 0.0
        at.append(_eye_pen(near, who, artist, mood, side).pixels(points([(0.0, low)]))[0])
    return np.stack(at)


def _eye_pen(near: Pen, who: Character, artist: Artist, mood: Expression, side: float) -> Pen:
    """Pen at one eye, with the outer corner at x > 0; the far eye of a turned head is narrower."""
    size = who.eye_size * artist.eye_size
    narrow = 1 - 0.13 * max(0.0, side * mood.yaw)
    return near.moved(side * EYE_X * (1 - 0.05 * max(0.0, side * mood.yaw)), EYE_Y).scaled(side * size * narrow, size)


def paint_brows(pen: Pen, who: Character, mood: Expression) -> None:
    near = pen.moved(0.15 * mood.yaw, 0).of_part("other")
    color = mix(who.hair.line, who.hair.deep, 0.35)
    thick = 2.0 if who.boy else 1.5
    for side in (-1.0, 1.0):
        inner = (0.22, -0.36 + 0.07 * mood.brows)
        outer = (0.72, -0.33 - 0.05 * mood.brows)
        brow = bezier([inner, (0.45, -0.47 + 0.02 * mood.brows), outer], 14)
        near.scaled(side, 1).stroke(brow, color, thick, 0.7, 0.1)


def _nose(pen: Pen, who: Character, mood: Expression) -> None:
    turn = 0.04 if mood.yaw >= 0 else -0.04
    if who.boy or who.jaw > 0.45:
        pen.tone(points([(0, 0.47), (0.075, 0.57), (-0.01, 0.585)]), who.skin.shade)
    tip = bezier([(turn * 0.2, 0.5), (turn * 1.1, 0.55), (-turn * 0.2, 0.575)], 8)
    pen.stroke(tip, who.skin.line, 0.8, 0.1, 0.5)


def _mouth(pen: Pen, who: Character, mood: Expression) -> None:
    line, y = who.skin.line, 0.82
    curves: dict[str, Points] = {
        "smile": bezier([(-0.17, y - 0.03), (-0.07, y + 0.045), (0.07, y + 0.045), (0.17, y - 0.03)]),
        "small": bezier([(-0.09, y), (0, y + 0.02), (0.09, y)]),
        "flat": bezier([(-0.13, y), (0, y - 0.012), (0.13, y)]),
        "frown": bezier([(-0.12, y + 0.03), (0, y - 0.045), (0.12, y + 0.03)]),
        "cat": spline([(-0.17, y - 0.03), (-0.09, y + 0.03), (0, y - 0.02), (0.09, y + 0.03), (0.17, y - 0.03)]),
    }
    if mood.mouth in curves:
        pen.stroke(curves[mood.mouth], line, 1.0, 0.35, 0.35)
        if mood.mouth in ("smile", "flat", "frown"):
            pen.stroke(bezier([(-0.06, y + 0.1), (0, y + 0.11), (0.06, y + 0.1)]), who.skin.shade, 0.8, 0, 0, True)
        return
    _open_mouth(pen, who, mood.mouth, y)


def _open_mouth(pen: Pen, who: Character, kind: str, y: float) -> None:
    inside, tongue = (150, 58, 66), (232, 122, 122)
    if kind == "o":
        hole = ellipse(0, y + 0.01, 0.065, 0.08)
    else:
        wide, deep = (0.2, 0.1) if kind == "grin" else (0.19, 0.24)
        upper = bezier([(-wide, y - 0.07), (0, y - 0.025), (wide, y - 0.07)])
        lower = bezier([(wide, y - 0.07), (wide * 0.75, y + deep), (-wide * 0.75, y + deep), (-wide, y - 0.07)])
        hole = np.vstack([upper, lower[1:-1]])
    pen.fill(hole, inside)
    if kind == "grin":
        pen.tone(hole, (252, 250, 250))
    elif kind == "open":
        pen.tone(ellipse(0, y + 0.15, 0.14, 0.09), tongue, clip=hole)
        pen.tone(
            points([(-0.3, y - 0.1), (0.3, y - 0.1), (0.3, y - 0.02), (-0.3, y - 0.02)]), (252, 250, 250), clip=hole
        )
    pen.stroke(np.vstack([hole, hole[:2]]), who.skin.line, 0.85, 0.8, 0.8)
