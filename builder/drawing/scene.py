"""Backgrounds that fill the canvas. Each function paints one and returns its tags."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from builder.drawing.medium.canvas import Pen
from builder.drawing.medium.curves import Points, by, ellipse, points, spline
from builder.drawing.medium.palette import RGB, mix, tones

PASTELS: dict[str, RGB] = {
    "white": (250, 250, 250),
    "pink": (250, 220, 226),
    "blue": (206, 224, 244),
    "yellow": (252, 240, 206),
    "green": (214, 236, 216),
    "purple": (226, 216, 242),
    "grey": (214, 216, 222),
    "aqua": (206, 238, 238),
}


BOOKS = (
    (204, 90, 84),
    (92, 122, 176),
    (236, 212, 150),
    (112, 154, 120),
    (226, 226, 220),
    (146, 112, 160),
    (80, 84, 110),
)


def _box(left: float, top: float, right: float, bottom: float) -> Points:
    return points([(left, top), (right, top), (right, bottom), (left, bottom)])


def _pastel(rng: np.random.Generator) -> tuple[str, RGB]:
    names = list(PASTELS)
    name = names[int(rng.integers(len(names)))]
    return name, PASTELS[name]


def _plain(pen: Pen, w: float, h: float, rng: np.random.Generator) -> tuple[str, ...]:
    name, color = _pastel(rng)
    pen.tone(_box(0, 0, w, h), color)
    return ("simple_background", f"{name}_background")


def _gradient(pen: Pen, w: float, h: float, rng: np.random.Generator) -> tuple[str, ...]:
    _, top = _pastel(rng)
    _, bottom = _pastel(rng)
    pen.gradient(_box(0, 0, w, h), mix(top, (90, 110, 170), 0.25), bottom)
    return ("gradient_background",)


def _sky(pen: Pen, w: float, h: float, rng: np.random.Generator) -> tuple[str, ...]:
    pen.gradient(_box(0, 0, w, h), (92, 160, 226), (206, 232, 248))
    for _ in range(int(rng.integers(3, 6))):
        _cloud(pen, float(rng.uniform(0, w)), float(rng.uniform(0.05, 0.75) * h), float(rng.uniform(0.12, 0.26)), rng)
    return ("sky", "blue_sky", "cloud", "day", "outdoors")


def _cloud(pen: Pen, x: float, y: float, size: float, rng: np.random.Generator) -> None:
    puffs = [
        (float(u) * size, float(rng.uniform(0.3, 0.55)) * size * (1.15 - abs(float(u)))) for u in np.linspace(-1, 1, 7)
    ]
    for dx, radius in puffs:
        pen.tone(ellipse(x + dx, y, radius * 1.15, radius), (214, 228, 244))
    for dx, radius in puffs:
        pen.tone(ellipse(x + dx - 0.02 * size, y - 0.1 * size, radius * 1.08, radius * 0.9), (252, 253, 255))


def _sunset(pen: Pen, w: float, h: float, rng: np.random.Generator) -> tuple[str, ...]:
    pen.gradient(_box(0, 0, w, h * 0.75), (120, 100, 176), (250, 176, 128))
    pen.gradient(_box(0, h * 0.74, w, h), (250, 182, 130), (252, 220, 168))
    pen.tone(ellipse(float(rng.uniform(0.15, 0.85)) * w, h * 0.7, 0.08, 0.08), (255, 244, 214))
    for _ in range(6):
        x, y, half = rng.uniform(0, w), rng.uniform(0.2, 0.7) * h, rng.uniform(0.1, 0.3)
        pen.tone(spline([(x - half, y), (x, y - 0.018), (x + half, y), (x, y + 0.012)], True), (238, 158, 150))
    hills = [(-0.1, h * 0.86)] + [(w * k / 5, h * (0.8 + 0.06 * float(rng.random()))) for k in range(6)]
    pen.tone(np.vstack([spline([*hills, (w + 0.1, h * 0.85)]), [[w + 0.1, h + 0.1], [-0.1, h + 0.1]]]), (112, 84, 128))
    return ("sky", "sunset", "orange_sky", "sun", "outdoors")


def _night(pen: Pen, w: float, h: float, rng: np.random.Generator) -> tuple[str, ...]:
    pen.gradient(_box(0, 0, w, h), (28, 34, 78), (96, 96, 160))
    for _ in range(60):
        radius = float(rng.uniform(0.0012, 0.004))
        pen.tone(ellipse(float(rng.uniform(0, w)), float(rng.uniform(0, h)), radius, radius, steps=10), (246, 244, 222))
    x, y = float(rng.uniform(0.1, 0.9)) * w, 0.14 * h
    pen.blend(ellipse(x, y, 0.16, 0.16), (200, 206, 240), 0.35, soft=0.05)
    pen.tone(ellipse(x, y, 0.075, 0.075), (252, 246, 214))
    return ("sky", "night", "night_sky", "starry_sky", "star_(sky)", "full_moon", "moon", "outdoors")


def _dots(pen: Pen, w: float, h: float, rng: np.random.Generator) -> tuple[str, ...]:
    _, color = _pastel(rng)
    pen.tone(_box(0, 0, w, h), color)
    spot = mix(color, (255, 255, 255), 0.6) if min(color) < 236 else mix(color, (236, 170, 186), 0.4)
    step = float(rng.uniform(0.09, 0.14))
    for row in range(int(h / step) + 2):
        for column in range(int(w / step) + 2):
            x = (column + 0.5 * (row % 2)) * step
            pen.tone(ellipse(x, row * step, step * 0.2, step * 0.2, steps=18), spot)
    return ("polka_dot_background", "polka_dot", "simple_background")


def _stripes(pen: Pen, w: float, h: float, rng: np.random.Generator) -> tuple[str, ...]:
    _, color = _pastel(rng)
    pen.tone(_box(0, 0, w, h), color)
    band = mix(color, (255, 255, 255), 0.55) if min(color) < 236 else mix(color, (150, 190, 226), 0.35)
    step, lean = float(rng.uniform(0.1, 0.2)), float(rng.choice([0.0, 0.6]))
    for k in range(-int(lean * h / step) - 1, int(w / step) + 2):
        x = k * step
        pen.tone(points([(x, h), (x + step / 2, h), (x + step / 2 + lean * h, 0), (x + lean * h, 0)]), band)
    return ("striped_background", "simple_background")


def _room(pen: Pen, w: float, h: float, rng: np.random.Generator) -> tuple[str, ...]:
    """A wall with a window that shows sky, curtains on both sides, and a dado below."""
    _, color = _pastel(rng)
    wall = mix(color, (226, 204, 176), 0.35)
    line = tones(wall).line
    pen.gradient(_box(0, 0, w, h), wall, mix(wall, (120, 90, 80), 0.12))
    left, top = float(rng.uniform(0.04, 0.4)) * w, 0.07 * h
    right, bottom = left + 0.52 * w, 0.6 * h
    pen.shape(_box(left - 0.02, top - 0.02, right + 0.02, bottom + 0.02), (246, 242, 236), line)
    pane = _box(left, top, right, bottom)
    pen.shape(pane, (170, 212, 242), line)
    pen.gradient(pane, (128, 188, 236), (222, 240, 250))
    for x, y, radius in ((0.25, 0.5, 0.07), (0.38, 0.46, 0.09), (0.5, 0.52, 0.07)):
        puff = ellipse(left + (right - left) * x, top + (bottom - top) * y, radius * w, radius * w * 0.6)
        pen.tone(puff, (250, 252, 255), clip=pane)
    middle = (left + right) / 2
    pen.shape(_box(middle - 0.008, top, middle + 0.008, bottom), (246, 242, 236), line)
    pen.shape(_box(left, (top + bottom) / 2 - 0.008, right, (top + bottom) / 2 + 0.008), (246, 242, 236), line)
    cloth = tones(mix(_pastel(rng)[1], (210, 140, 130), 0.4))
    for x, side in ((left, -1.0), (right, 1.0)):
        inner = x - side * 0.09 * w
        drape = spline([(inner, top - 0.03), (inner + side * 0.02, 0.3 * h), (x - side * 0.02, 0.62 * h)])
        pen.shape(
            np.vstack([drape, points([(x + side * 0.07, 0.62 * h), (x + side * 0.06, top - 0.03)])]),
            cloth.base,
            cloth.line,
        )
        for u in (0.2, 0.5, 0.8):
            fold = points([(inner + side * 0.13 * u * w, top), (x + side * 0.05 * u, 0.6 * h)])
            pen.stroke(np.linspace(fold[0], fold[1], 8), cloth.line, 0.8, 0.2, 0.2)
    dado = mix(wall, (146, 104, 80), 0.55)
    pen.shape(_box(-0.1, 0.8 * h, w + 0.1, h + 0.1), dado, line)
    return ("indoors", "window", "curtains", "day")


def _petals(pen: Pen, w: float, h: float, rng: np.random.Generator) -> tuple[str, ...]:
    pen.gradient(_box(0, 0, w, h), (190, 220, 246), (252, 232, 238))
    for _ in range(26):
        size, angle = float(rng.uniform(0.008, 0.022)), float(rng.uniform(0, 6.28))
        petal = spline([(0, -1), (0.6, -0.3), (0.45, 0.7), (0, 0.5), (-0.45, 0.7), (-0.6, -0.3)], True, 4) * size
        turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        pen.tone(petal @ turn + by(float(rng.uniform(0, w)), float(rng.uniform(0, h))), (246, 184, 204))
    return ("cherry_blossoms", "petals", "falling_petals", "outdoors")


def _beach(pen: Pen, w: float, h: float, rng: np.random.Generator) -> tuple[str, ...]:
    horizon = h * float(rng.uniform(0.42, 0.58))
    pen.gradient(_box(0, 0, w, horizon), (104, 172, 234), (214, 238, 250))
    for _ in range(3):
        _cloud(
            pen, float(rng.uniform(0, w)), horizon - float(rng.uniform(0.03, 0.2)), float(rng.uniform(0.1, 0.2)), rng
        )
    pen.gradient(_box(0, horizon, w, h), (46, 128, 196), (122, 206, 220))
    for _ in range(14):
        x, y = float(rng.uniform(0, w)), horizon + float(rng.uniform(0.02, 0.8)) * (h - horizon) * 0.5
        half = 0.02 + 0.12 * (y - horizon)
        pen.tone(spline([(x - half, y), (x, y - 0.004), (x + half, y), (x, y + 0.004)], True, 4), (190, 232, 240))
    shore = [(w * k / 5, horizon + (h - horizon) * (0.55 + 0.06 * np.sin(k * 2.1))) for k in range(-1, 7)]
    for drop, color in ((0.0, (244, 250, 250)), (0.022, (238, 216, 176)), (0.05, (248, 230, 194))):
        line = spline(shore) + by(0.0, drop)
        pen.tone(np.vstack([line, points([(w + 0.2, h + 0.1), (-0.2, h + 0.1)])]), color)
    return ("beach", "ocean", "horizon", "sky", "blue_sky", "cloud", "day", "outdoors")


def _hills(pen: Pen, w: float, h: float, rng: np.random.Generator) -> tuple[str, ...]:
    pen.gradient(_box(0, 0, w, h), (120, 186, 238), (232, 246, 250))
    for _ in range(3):
        _cloud(pen, float(rng.uniform(0, w)), float(rng.uniform(0.08, 0.4)) * h, float(rng.uniform(0.12, 0.22)), rng)
    for level, color in ((0.58, (150, 196, 190)), (0.68, (138, 196, 142)), (0.82, (112, 176, 108))):
        ridge = [(w * k / 4, h * (level + 0.07 * float(rng.random()))) for k in range(-1, 6)]
        if level == 0.82:
            for x, y in ridge[1:5]:
                _tree(pen, x + float(rng.uniform(-0.1, 0.1)), y + 0.05, float(rng.uniform(0.1, 0.17)), rng)
        pen.tone(np.vstack([spline(ridge), points([(w + 0.4, h + 0.1), (-0.4, h + 0.1)])]), color)
    return ("outdoors", "sky", "blue_sky", "cloud", "day", "grass", "tree", "hill")


def _tree(pen: Pen, x: float, y: float, size: float, rng: np.random.Generator) -> None:
    pen.tone(_box(x - 0.1 * size, y - size, x + 0.1 * size, y + 0.1), (122, 92, 76))
    leaves = [
        (x + size * u, y - size * v, size * r) for u, v, r in ((-0.45, 1.1, 0.45), (0.45, 1.15, 0.45), (0, 1.6, 0.55))
    ]
    for cx, cy, radius in leaves:
        pen.tone(ellipse(cx, cy, radius, radius), (74, 132, 92))
    for cx, cy, radius in leaves:
        pen.tone(ellipse(cx - 0.12 * size, cy - 0.12 * size, radius * 0.8, radius * 0.75), (104, 166, 104))


def _shelves(pen: Pen, w: float, h: float, rng: np.random.Generator) -> tuple[str, ...]:
    """A wall of books."""
    wood = tones((168, 124, 92))
    pen.tone(_box(0, 0, w, h), wood.deep)
    spines = [mix(color, (110, 84, 84), 0.35) for color in BOOKS]
    step = float(rng.uniform(0.24, 0.3))
    for row in range(int(h / step) + 1):
        floor, x = (row + 1) * step - 0.03, float(rng.uniform(-0.05, 0.0))
        while x < w:
            thick, tall = float(rng.uniform(0.022, 0.05)), float(rng.uniform(0.62, 0.84)) * step
            if rng.random() < 0.93:
                pen.shape(
                    _box(x, floor - tall, x + thick, floor), spines[int(rng.integers(len(spines)))], wood.line, 0.7
                )
                pen.tone(_box(x, floor - tall * 0.8, x + thick, floor - tall * 0.72), (236, 222, 180))
            x += thick
        pen.shape(_box(-0.1, floor, w + 0.1, floor + 0.03), wood.base, wood.line)
    return ("indoors", "bookshelf", "book")


SCENES: dict[str, Callable[[Pen, float, float, np.random.Generator], tuple[str, ...]]] = {
    "plain": _plain,
    "gradient": _gradient,
    "sky": _sky,
    "sunset": _sunset,
    "night": _night,
    "dots": _dots,
    "stripes": _stripes,
    "room": _room,
    "petals": _petals,
    "beach": _beach,
    "hills": _hills,
    "shelves": _shelves,
}


def paint_scene(pen: Pen, width: float, height: float, rng: np.random.Generator) -> tuple[str, ...]:
    """Fill `width` x `height` units from the pen's origin; the unit is the picture's shorter side."""
    names = list(SCENES)
    name = names[int(rng.choice(len(names), p=[0.18, 0.1, 0.1, 0.07, 0.06, 0.09, 0.07, 0.1, 0.07, 0.06, 0.06, 0.04]))]
    return SCENES[name](pen, width, height, rng)
