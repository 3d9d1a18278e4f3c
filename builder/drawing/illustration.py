"""Drawn anime pictures: a seed determines colours, the artist's lines, true face boxes and metadata."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from builder.drawing.character import Artist, Character, make_artist, make_character
from builder.drawing.figure import Painted, Pose, paint_figure
from builder.drawing.medium.canvas import Canvas, Pen
from builder.drawing.medium.curves import Points
from builder.drawing.scene import paint_scene

CHARACTER_POOL = 300  # small, so that characters recur within a few hundred pictures
SUPERSAMPLING = 4


class DrawnFaceBox(NamedTuple):
    """Face box in pixels; x and y are the top left corner."""

    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True)
class Drawing:
    """One drawn picture with its lines, face boxes and metadata."""

    color: NDArray[np.uint8]  # RGB (H, W, 3)
    line: NDArray[np.uint8]  # (H, W), 0 ink .. 255 paper
    faces: tuple[DrawnFaceBox, ...]
    metadata: dict[str, object]
    parts: NDArray[np.uint8] | None = None  # (H, W), the part of each pixel (`benchmark.data.parts`)


def draw_portrait(seed: int, size: int = 512) -> Drawing:
    """Bust portrait of one character, `size` x `size` pixels; the face takes 40 to 50 % of the width."""
    rng = np.random.default_rng([seed, 0xF0])
    unit = size * float(rng.uniform(0.21, 0.25))
    pose = Pose(
        size * float(rng.uniform(0.46, 0.54)), size * float(rng.uniform(0.43, 0.48)), unit, _tilt(rng), 0.0, True
    )
    return _draw(seed, rng, size, size, [pose])


def draw_face(seed: int, size: int = 256) -> Drawing:
    """One face with the framing of a face crop, `size` x `size` pixels; the face takes 40 to 80 % of the width.

    Position, size and tilt vary more than in `draw_portrait`. The same seed gives another character than there.
    """
    rng = np.random.default_rng([seed, 0xFA])
    unit = size * float(rng.uniform(0.21, 0.4))
    x, y = size * float(rng.uniform(0.36, 0.64)), size * float(rng.uniform(0.42, 0.58))
    tilt = float(np.clip(rng.normal(0, 0.1), -0.25, 0.25))
    return _draw(seed, rng, size, size, [Pose(x, y, unit, tilt, _lean(rng), True)])


def draw_figure(seed: int) -> Drawing:
    """One character from head to skirt or hip on white paper, as in a fashion sketch, about twice as high as wide.

    The same seed gives another pose than in the other pictures.
    """
    rng = np.random.default_rng([seed, 0xF16])
    width, height = int(rng.integers(300, 400)), int(rng.integers(600, 760))
    unit = height * float(rng.uniform(0.11, 0.13))
    pose = Pose(
        width * float(rng.uniform(0.45, 0.55)), unit * float(rng.uniform(1.75, 1.95)), unit, _tilt(rng), 0.0, True
    )
    return _draw(seed, rng, width, height, [pose], scene=False)


def draw_illustration(seed: int) -> Drawing:
    """Picture with sides of 700 to 1,100 pixels that shows one to three characters of different sizes."""
    rng = np.random.default_rng([seed, 0x111])
    count = int(rng.choice([1, 2, 3], p=[0.6, 0.27, 0.13]))
    width, height = (int(v) for v in rng.integers(700, 1101, 2))
    if count == 3 and width < height:
        width, height = height, width
    return _draw(seed, rng, width, height, _poses(rng, width, height, count))


def _tilt(rng: np.random.Generator) -> float:
    return float(np.clip(rng.normal(0, 0.07), -0.16, 0.16))


def _poses(rng: np.random.Generator, width: int, height: int, count: int) -> list[Pose]:
    """Poses side by side, smaller (farther) figures first; every body reaches the lower edge."""
    spacing = float(rng.uniform(3.2, 4.4))  # in head units: shoulders touch, faces do not overlap
    fit = width / ((count - 1) * spacing + 3.9)
    share = float(rng.uniform(0.5, 0.95)) if count == 1 else float(rng.uniform(0.78, 1.0))
    base = float(np.clip(share * min(fit, 0.23 * height), 48, 190))
    free = width - (count - 1) * spacing * base
    left = free / 2 + float(rng.uniform(-0.2, 0.2)) * max(0.0, free - 3.9 * base)
    poses = []
    for k in range(count):
        unit = base * float(rng.uniform(0.84, 1.06)) if count > 1 else base
        lowest = max(height - 8.0 * unit, 2.2 * unit)
        highest = min(height - 2.4 * unit, 0.62 * height)
        y = float(rng.uniform(lowest, max(lowest, highest)))
        poses.append(Pose(left + k * spacing * base, y, unit, _tilt(rng), _lean(rng), count == 1))
    return sorted(poses, key=lambda pose: pose.unit)


def _lean(rng: np.random.Generator) -> float:
    return float(np.clip(rng.normal(0, 0.03), -0.07, 0.07))


def _draw(
    seed: int, rng: np.random.Generator, width: int, height: int, poses: list[Pose], *, scene: bool = True
) -> Drawing:
    artist = make_artist(seed)
    canvas = Canvas(width, height, SUPERSAMPLING)
    short = min(width, height)
    behind = canvas.pen(0, 0, short, weight=0.003, ink=artist.ink)
    tags = list(paint_scene(behind, width / short, height / short, rng)) if scene else ["white background"]
    cast = _cast(rng, len(poses))
    mirror = bool(rng.random() < 0.5)
    painted = [_paint(canvas, pose, who, artist, rng) for pose, who in zip(poses, cast, strict=True)]
    color, line = canvas.finish(mirror)
    faces = tuple(box_in_picture(figure.corners, width, height, mirror) for figure in painted)
    metadata: dict[str, object] = {
        "id": seed,
        "artist": artist.name,
        "character": " ".join(who.name for who in cast),
        "copyright": " ".join(sorted({who.copyright for who in cast})),
        "rating": "g",
        "tags": general_tags(cast, painted, tags),
        "image_width": width,
        "image_height": height,
    }
    return Drawing(color, line, faces, metadata)


def _cast(rng: np.random.Generator, count: int) -> list[Character]:
    seeds = rng.choice(CHARACTER_POOL, size=count, replace=False)
    return [make_character(int(seed)) for seed in seeds]


def _paint(canvas: Canvas, pose: Pose, who: Character, artist: Artist, rng: np.random.Generator) -> Painted:
    pen: Pen = canvas.pen(pose.x, pose.y, pose.unit, artist.weight, artist.ink)
    return paint_figure(pen, pose, who, artist, rng)


def box_in_picture(corners: Points, width: int, height: int, mirror: bool) -> DrawnFaceBox:
    low, high = corners.min(0) / SUPERSAMPLING, corners.max(0) / SUPERSAMPLING
    left, right = (width - high[0], width - low[0]) if mirror else (low[0], high[0])
    x, y = max(0, round(left)), max(0, round(low[1]))
    return DrawnFaceBox(x, y, min(width, round(right)) - x, min(height, round(high[1])) - y)


def general_tags(cast: list[Character], painted: list[Painted], scene: list[str]) -> list[str]:
    """Danbooru general tags: numbers of people first, the rest in alphabetical order."""
    boys = sum(who.boy for who in cast)
    girls = len(cast) - boys
    people = [f"{n}{word}{'s' if n > 1 else ''}" for n, word in ((girls, "girl"), (boys, "boy")) if n]
    people += [f"multiple_{word}s" for n, word in ((girls, "girl"), (boys, "boy")) if n > 1]
    people += ["solo"] if len(cast) == 1 else []
    seen = {tag for figure in painted for tag in figure.tags} | set(scene)
    return people + sorted(seen)
