"""Things that are no faces: hands, emblems, animals, machines, houses, text, backs of heads."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

from builder.drawing.body.hand import paint_hand
from builder.drawing.character import make_artist, make_character
from builder.drawing.crowd.cover import box, cloth_of, paint_balloon
from builder.drawing.figure import Pose, brush_of, paint_clothes
from builder.drawing.head import bangs, hair
from builder.drawing.head.face import face_outline
from builder.drawing.medium.canvas import Pen
from builder.drawing.medium.curves import by, ellipse, points, spline
from builder.drawing.medium.locks import bend, make_lock, paint_lock
from builder.drawing.medium.palette import SKIN, tones, varied

Painter = Callable[[Pen, np.random.Generator], None]


def _hand(pen: Pen, rng: np.random.Generator) -> None:
    names = list(SKIN)
    skin = tones(varied(SKIN[names[int(rng.integers(4))]], rng), warm=True)
    sleeve = cloth_of(rng)
    arm = make_lock(bend((0.0, 2.4), (0.0, 0.2), bow=float(rng.normal(0, 0.2))), 0.5, root=1.0, tip=9)
    pen.shape(arm.outline(), skin.base if rng.random() < 0.4 else sleeve.base, sleeve.line)
    paint_hand(pen.scaled(float(rng.choice([-1, 1])), 1.0), skin, "wave" if rng.random() < 0.7 else "v")


def _emblem(pen: Pen, rng: np.random.Generator) -> None:
    cloth, inner = cloth_of(rng), cloth_of(rng)
    kind = int(rng.integers(4))
    if kind == 0:
        for reach, tone in ((1.0, cloth.base), (0.75, inner.base), (0.45, cloth.shade), (0.2, inner.light)):
            pen.shape(ellipse(0, 0, reach, reach), tone, cloth.line)
    elif kind == 1:
        angle = np.linspace(0, 2 * np.pi, 2 * int(rng.integers(4, 9)) + 1)[:-1]
        radius = np.where(np.arange(len(angle)) % 2, 0.45, 1.0)[:, None]
        pen.shape(np.stack([np.cos(angle), np.sin(angle)], 1) * radius, cloth.base, cloth.line)
        pen.shape(ellipse(0, 0, 0.3, 0.3), inner.base, inner.line)
    elif kind == 2:
        shield = spline([(-0.8, -0.9), (0, -1.0), (0.8, -0.9), (0.75, 0.2), (0, 1.1), (-0.75, 0.2)], True)
        pen.shape(shield, cloth.base, cloth.line, 1.4)
        for side in (-1.0, 1.0):
            pen.shape(ellipse(side * 0.35, -0.3, 0.2, 0.25), inner.base, inner.line)
        pen.shape(box(-0.1, -0.8, 0.1, 0.8), inner.shade, inner.line)
    else:
        for k in range(6):
            at = np.array([np.cos(k), np.sin(k)]) * 0.55
            pen.shape(ellipse(float(at[0]), float(at[1]), 0.4, 0.4), cloth.base, cloth.line)
        pen.shape(ellipse(0, 0, 0.35, 0.35), inner.base, inner.line)


def _checks(pen: Pen, rng: np.random.Generator) -> None:
    cloth, count = cloth_of(rng), int(rng.integers(4, 9))
    step = 2 / count
    for row in range(count):
        for column in range(row % 2, count, 2):
            x, y = -1 + column * step, -1 + row * step
            pen.fill(box(x, y, x + step, y + step), cloth.base)


def _animal(pen: Pen, rng: np.random.Generator) -> None:
    """A cat, dog or bear: round head with a muzzle, upright or round ears, small eyes."""
    fur = cloth_of(rng)
    pen.shape(ellipse(0, 1.5, 0.9, 1.1), fur.base, fur.line, 1.2)
    upright, eye = rng.random() < 0.6, float(rng.uniform(0.07, 0.14))
    for side in (-1.0, 1.0):
        ear = points([(0.25, -0.7), (0.75, -1.25), (0.9, -0.35)]) if upright else ellipse(0.7, -0.75, 0.35, 0.35)
        pen.shape(ear * [side, 1], fur.shade, fur.line, 1.2)
    pen.shape(ellipse(0, 0, 1.05, 0.85), fur.base, fur.line, 1.2)
    pen.fill(ellipse(0, 0.35, 0.5, 0.38), fur.light)
    for side in (-1.0, 1.0):
        pen.shape(ellipse(side * 0.42, -0.05, eye, eye * 1.2), (30, 26, 30), fur.line)
        for k in (0.2, 0.35):
            pen.stroke(points([(side * 0.5, k), (side * 1.1, k * 1.3 - 0.1)]), fur.line, 0.6)
    pen.shape(points([(-0.12, 0.15), (0.12, 0.15), (0.0, 0.28)]), (60, 40, 44), fur.line)
    pen.stroke(spline([(-0.25, 0.42), (0, 0.34), (0.25, 0.42)]), fur.line, 1.0)


def _bird(pen: Pen, rng: np.random.Generator) -> None:
    fur = cloth_of(rng)
    pen.shape(
        spline([(-1.2, 0.2), (-0.3, -0.6), (0.5, -0.8), (0.8, -0.3), (0.3, 0.6), (-0.5, 0.6)], True), fur.base, fur.line
    )
    pen.shape(points([(0.75, -0.6), (1.2, -0.4), (0.78, -0.35)]), (240, 170, 60), fur.line)
    pen.shape(ellipse(0.5, -0.5, 0.09, 0.09), (20, 20, 24), fur.line)
    pen.shape(spline([(-0.9, 0.1), (0, -0.3), (0.2, 0.2)], True), fur.shade, fur.line)


def _machine(pen: Pen, rng: np.random.Generator) -> None:
    """A car: body, windows and two wheels."""
    body = cloth_of(rng)
    pen.shape(
        spline([(-1.6, 0.3), (-1.5, -0.2), (-0.8, -0.8), (0.6, -0.8), (1.1, -0.2), (1.6, 0.0), (1.6, 0.4)], True),
        body.base,
        body.line,
        1.2,
    )
    pen.shape(points([(-0.7, -0.2), (-0.5, -0.65), (0.45, -0.65), (0.8, -0.2)]), (190, 220, 240), body.line)
    for x in (-0.9, 0.95):
        for radius, color in ((0.42, (40, 40, 46)), (0.22, (180, 180, 190)), (0.08, (60, 60, 70))):
            pen.shape(ellipse(x, 0.42, radius, radius), color, (20, 20, 24))


def _gear(pen: Pen, rng: np.random.Generator) -> None:
    angle, teeth = np.linspace(0, 2 * np.pi, 96, endpoint=False), int(rng.integers(7, 14))
    radius = 0.85 + 0.15 * np.sign(np.sin(angle * teeth))
    metal = cloth_of(rng)
    pen.shape(np.stack([np.cos(angle), np.sin(angle)], 1) * radius[:, None], metal.base, metal.line)
    for k in range(5):
        pen.shape(ellipse(0.5 * np.cos(k * 1.257), 0.5 * np.sin(k * 1.257), 0.17, 0.17), metal.deep, metal.line)


def _house(pen: Pen, rng: np.random.Generator) -> None:
    wall, glass = cloth_of(rng), (70, 90, 120)
    pen.shape(box(-1.1, -1.2, 1.1, 1.6), wall.base, wall.line, 1.2)
    if rng.random() < 0.6:
        pen.shape(points([(-1.3, -1.15), (0, -1.9), (1.3, -1.15)]), wall.deep, wall.line, 1.2)
    columns, rows = int(rng.integers(2, 5)), int(rng.integers(2, 5))
    arched = rng.random() < 0.4
    for x in np.linspace(-0.8, 0.8, columns):
        for y in np.linspace(-0.8, 0.9, rows):
            pane = (
                ellipse(float(x), float(y), 0.16, 0.24)
                if arched
                else box(float(x) - 0.15, float(y) - 0.2, float(x) + 0.15, float(y) + 0.2)
            )
            pen.shape(pane, glass if rng.random() < 0.7 else (250, 226, 150), wall.line)
    pen.shape(box(-0.2, 1.1, 0.2, 1.6), wall.deep, wall.line)


def _text(pen: Pen, rng: np.random.Generator) -> None:
    canvas, color = pen.canvas, cloth_of(rng).base
    size = float(np.hypot(*pen.matrix[:, 0])) / 45
    letters = "".join(chr(int(code)) for code in rng.integers(33, 123, int(rng.integers(3, 12))))
    at = pen.pixels(points([(-1.0, 0.0)]))[0]
    for layer, value in ((canvas.color, color), (canvas.ink, (0, 0, 0))):
        place = int(at[0]), int(at[1])
        cv2.putText(layer, letters, place, int(rng.integers(8)), size, value, max(1, int(size * 2)), cv2.LINE_AA)


def _balloon(pen: Pen, rng: np.random.Generator) -> None:
    paint_balloon(pen, float(rng.uniform(0.5, 1.1)), float(rng.uniform(0.6, 1.2)), rng)


def _back(pen: Pen, rng: np.random.Generator) -> None:
    """The back of a head: hair alone, over a body."""
    seed = int(rng.integers(1 << 30))
    who, artist = make_character(seed), make_artist(seed)
    pose = Pose(0.0, 0.0, 1.0, 0.0, 0.0, False)
    brush = brush_of(who.hair, artist)
    hair.paint_back(pen, who.hair_style, rng, brush, who.length)
    paint_clothes(pen, pose, who, face_outline(who, 0.0) * 0.8, rng, rng)
    outline, _ = bangs.cap_outline()
    pen.fill(outline, who.hair.base)
    low = float(rng.uniform(0.8, 2.5))
    for x in np.linspace(-1, 1, 9):
        spine = bend((0.2 * float(x), -1.45), (float(x) * 1.05, low + float(rng.normal(0, 0.1))), bow=-0.35 * float(x))
        paint_lock(pen, make_lock(spine, 0.55, root=0.4, tip=3.0, widest=0.5), brush)
    bangs.paint_cap(pen, brush)
    for x in (-0.5, 0.0, 0.5):
        paint_lock(pen, make_lock(bend((0.0, -1.5), (x, 0.3)), 0.6, root=0.3, tip=2.0), brush)


def _headless(pen: Pen, rng: np.random.Generator) -> None:
    """Clothes on a stand."""
    who = make_character(int(rng.integers(1 << 30)))
    pose = Pose(0.0, 0.0, 1.0, 0.0, 0.0, bool(rng.random() < 0.5))
    paint_clothes(pen.moved(0.0, -2.5), pose, who, face_outline(who, 0.0) * 0.6, rng, rng)


def _food(pen: Pen, rng: np.random.Generator) -> None:
    dish = cloth_of(rng)
    pen.shape(ellipse(0, 0.2, 1.1, 0.9), (250, 250, 250), dish.line)
    pen.shape(ellipse(0, 0.15, 0.8, 0.6), dish.base, dish.line)
    for _ in range(int(rng.integers(2, 7))):
        bit, at = cloth_of(rng), rng.uniform(-0.5, 0.5, 2)
        pen.shape(ellipse(float(at[0]), float(at[1]) * 0.7, 0.22, 0.2), bit.base, bit.line)


def _leaves(pen: Pen, rng: np.random.Generator) -> None:
    leaf_color = cloth_of(rng)
    for angle in rng.uniform(0, 6.3, int(rng.integers(4, 12))):
        leaf = spline([(0, 0), (0.25, -0.5), (0, -1.0), (-0.25, -0.5)], True)
        turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        pen.shape(leaf @ turn + by(*(float(v) for v in rng.normal(0, 0.3, 2))), leaf_color.base, leaf_color.line)


THINGS: tuple[Painter, ...] = (
    _hand, _hand, _emblem, _emblem, _checks, _animal, _animal, _bird, _machine, _gear, _house, _house, _text, _text,
    _balloon, _back, _back, _headless, _food, _leaves,
)  # fmt: skip


def paint_thing(pen: Pen, rng: np.random.Generator) -> None:
    """Paint one thing that is no face, about two units wide."""
    THINGS[int(rng.integers(len(THINGS)))](pen, rng)
