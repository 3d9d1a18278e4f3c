"""Things in front of a finished face, each painted with the pen of the head."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from builder.drawing.body.hand import paint_hand
from builder.drawing.character import Artist, Character
from builder.drawing.figure import brush_of
from builder.drawing.medium.canvas import Pen
from builder.drawing.medium.curves import Points, by, ellipse, points, ribbon, spline
from builder.drawing.medium.locks import bend, make_lock, paint_lock
from builder.drawing.medium.palette import CLOTH, Tones, tones, varied

Painter = Callable[[Pen, Character, Artist, np.random.Generator], None]


def cloth_of(rng: np.random.Generator) -> Tones:
    names = list(CLOTH)
    return tones(varied(CLOTH[names[int(rng.integers(len(names)))]], rng))


def box(left: float, top: float, right: float, bottom: float) -> Points:
    return points([(left, top), (right, top), (right, bottom), (left, bottom)])


def _lock(head: Pen, who: Character, artist: Artist, rng: np.random.Generator) -> None:
    """Hair over one eye."""
    side, brush = float(rng.choice([-1, 1])), brush_of(who.hair, artist)
    for x, y in ((0.75, 0.9), (0.5, 0.75), (0.3, 0.4)):
        paint_lock(head, make_lock(bend((0.15 * side, -1.4), (x * side, y), bow=0.15 * side), 0.5, tip=2.0), brush)


def _fringe(head: Pen, who: Character, artist: Artist, rng: np.random.Generator) -> None:
    """Bangs over both eyes."""
    low = float(rng.uniform(0.15, 0.4))
    for x in (-0.85, 0.85, -0.6, 0.6, -0.35, 0.35, 0.0):
        spine = bend((0.3 * x, -1.4), (x, low + float(rng.normal(0, 0.05))), bow=-0.1 * x)
        paint_lock(head, make_lock(spine, 0.4, root=0.3, tip=1.8, widest=0.6), brush_of(who.hair, artist))


def _mask(head: Pen, who: Character, artist: Artist, rng: np.random.Generator) -> None:
    cloth = cloth_of(rng) if rng.random() < 0.5 else tones(CLOTH["white"])
    mask = spline([(-0.9, 0.4), (0, 0.34), (0.9, 0.4), (0.72, 0.85), (0.3, 1.2), (-0.3, 1.2), (-0.72, 0.85)], True)
    head.shape(mask, cloth.base, cloth.line)
    for y in (0.6, 0.8):
        head.stroke(spline([(-0.7, y), (0, y + 0.06), (0.7, y)]), cloth.line, 0.6)


def _patch(head: Pen, who: Character, artist: Artist, rng: np.random.Generator) -> None:
    side, cloth = float(rng.choice([-1, 1])), cloth_of(rng)
    head.stroke(points([(-side * 0.9, -0.7), (side * 1.0, 0.35)]), cloth.line, 3.0, 1.0, 1.0)
    head.shape(ellipse(side * 0.47, 0.1, 0.36, 0.34), cloth.base, cloth.line)


def _shades(head: Pen, who: Character, artist: Artist, rng: np.random.Generator) -> None:
    color = (30, 28, 40) if rng.random() < 0.6 else cloth_of(rng).shade
    for side in (-1.0, 1.0):
        head.shape(ellipse(side * 0.47, 0.12, 0.38, float(rng.uniform(0.2, 0.34))), color, (20, 18, 26))
    head.stroke(points([(-0.95, -0.05), (0.95, -0.05)]), (20, 18, 26), 2.0, 1.0, 1.0)


def _hand(head: Pen, who: Character, artist: Artist, rng: np.random.Generator) -> None:
    x, y = float(rng.uniform(-1.0, 1.0)), float(rng.uniform(0.5, 1.2))
    size = float(rng.uniform(0.9, 1.5))
    place = head.moved(x, y).rotated(float(rng.uniform(-1.2, 1.2))).scaled(size * float(rng.choice([-1, 1])), size)
    paint_hand(place, who.skin, "wave" if rng.random() < 0.7 else "v")


def _book(head: Pen, who: Character, artist: Artist, rng: np.random.Generator) -> None:
    cloth, top = cloth_of(rng), float(rng.uniform(0.3, 0.75))
    pen = head.moved(float(rng.uniform(-0.4, 0.4)), top).rotated(float(rng.normal(0, 0.12)))
    for side in (-1.0, 1.0):
        page = points([(0, 0.08), (1.2, 0.0), (1.25, 1.7), (0, 1.8)]) * [side, 1]
        pen.shape(page, cloth.base if side > 0 else cloth.shade, cloth.line, 1.3)
        pen.outline(points([(0.2, 0.3), (1.0, 0.25), (1.05, 1.4), (0.2, 1.5)]) * [side, 1], cloth.light, 0.8)


def _cup(head: Pen, who: Character, artist: Artist, rng: np.random.Generator) -> None:
    cloth = cloth_of(rng)
    pen = head.moved(float(rng.normal(0, 0.2)), float(rng.uniform(0.7, 1.0))).rotated(float(rng.normal(0, 0.2)))
    pen.outline(ellipse(0.55, 0.4, 0.25, 0.25), cloth.line, 3.0)
    pen.shape(points([(-0.5, 0), (0.5, 0), (0.4, 0.9), (-0.4, 0.9)]), cloth.base, cloth.line, 1.2)
    pen.shape(ellipse(0, 0, 0.5, 0.12), cloth.shade, cloth.line)


def _balloon(head: Pen, who: Character, artist: Artist, rng: np.random.Generator) -> None:
    side = float(rng.choice([-1, 1]))
    pen = head.moved(side * float(rng.uniform(0.9, 1.5)), float(rng.uniform(-1.2, 1.0)))
    paint_balloon(pen, float(rng.uniform(0.6, 1.1)), float(rng.uniform(0.6, 1.2)), rng)


def paint_balloon(pen: Pen, wide: float, high: float, rng: np.random.Generator) -> None:
    """A speech balloon with columns or rows of strokes as text."""
    pen.shape(ellipse(0, 0, wide, high), (255, 255, 255), (10, 10, 14), 1.3)
    for k in np.linspace(-0.5, 0.5, 4):
        for t in np.arange(-0.55, 0.55, 0.16):
            mark = by(float(k) * wide, float(t) * high) + rng.uniform(-0.07, 0.07, (4, 2)) * min(wide, high)
            pen.stroke(mark, (20, 20, 24), 1.0, 0.8, 0.8)


def _phone(head: Pen, who: Character, artist: Artist, rng: np.random.Generator) -> None:
    pen = head.moved(float(rng.uniform(-0.9, 0.9)), float(rng.uniform(0.2, 1.0))).rotated(float(rng.normal(0, 0.3)))
    cloth = cloth_of(rng)
    pen.shape(box(-0.32, -0.5, 0.32, 0.7), cloth.base, cloth.line, 1.2)
    pen.shape(ellipse(-0.18, -0.36, 0.07, 0.07), (40, 40, 50), cloth.line)
    paint_hand(pen.moved(0.1, 0.5).rotated(0.3), who.skin, "v")


def _hood(head: Pen, who: Character, artist: Artist, rng: np.random.Generator) -> None:
    cloth = cloth_of(rng)
    ring = ribbon(ellipse(0, -0.15, 1.3, 1.5, 140, 400, 40), float(rng.uniform(0.35, 0.7)), 0.8, 0.8)
    head.shape(ring, cloth.base, cloth.line, 1.2)


def _marks(head: Pen, who: Character, artist: Artist, rng: np.random.Generator) -> None:
    """Drops of sweat or tears, a plaster, or a scar."""
    for _ in range(int(rng.integers(1, 4))):
        x, y = float(rng.uniform(-0.8, 0.8)), float(rng.uniform(-0.6, 0.9))
        if rng.random() < 0.5:
            head.shape(ellipse(x, y, 0.05, 0.1), (214, 236, 250), (110, 140, 170), 0.6)
        else:
            head.stroke(points([(x, y), (x + float(rng.normal(0, 0.2)), y + 0.25)]), (150, 80, 76), 1.0)


def _horns(head: Pen, who: Character, artist: Artist, rng: np.random.Generator) -> None:
    cloth = cloth_of(rng)
    for side in (-1.0, 1.0):
        horn = spline([(0.3, -1.4), (0.55, -2.0), (1.0, -2.3), (0.9, -1.9), (0.75, -1.25)]) * [side, 1]
        head.shape(horn, cloth.base, cloth.line, 1.2)


COVERS: dict[str, Painter] = {
    "lock": _lock,
    "fringe": _fringe,
    "mask": _mask,
    "patch": _patch,
    "shades": _shades,
    "hand": _hand,
    "book": _book,
    "cup": _cup,
    "balloon": _balloon,
    "phone": _phone,
    "hood": _hood,
    "marks": _marks,
    "horns": _horns,
}


def paint_cover(name: str, head: Pen, who: Character, artist: Artist, rng: np.random.Generator) -> None:
    """Paint the cover `name` over a head."""
    COVERS[name](head, who, artist, rng)
