"""Illustrations with one to six figures of many kinds, or without a face, and the truth about their faces."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from builder.drawing.character import Artist, Character, make_artist, make_character
from builder.drawing.crowd.cover import COVERS, paint_cover
from builder.drawing.crowd.look import choose_look
from builder.drawing.crowd.profile import paint_profile
from builder.drawing.crowd.shape import choose_shape
from builder.drawing.crowd.things import paint_thing
from builder.drawing.figure import NECK, Painted, Pose, choose_mood, paint_figure
from builder.drawing.medium.canvas import Canvas
from builder.drawing.medium.palette import HAIR, tones, varied
from builder.drawing.scene import paint_scene

SUPERSAMPLING = 2
FACELESS = 0.2  # share of pictures without a face
PROFILE = 0.14  # share of faces in profile
COVERED = 0.4  # share of faces with something in front of them


@dataclass(frozen=True)
class DrawnFace:
    """A face in px of its picture. Hidden eyes are NaN; an eye at the page's left comes first.

    The box bounds the skin from the forehead, halfway between brows and crown, to the chin.
    """

    box: tuple[float, float, float, float]  # left, top, right, bottom
    eyes: NDArray[np.float64]  # (2, 2)
    chin: NDArray[np.float64]  # (2,)
    turn: float  # -1 profile to the page's left .. 0 frontal .. 1 profile to the right
    visible: float  # share of the skin that nothing covers


@dataclass(frozen=True)
class Crowd:
    """A picture RGB uint8 (H, W, 3) and its faces, in painting order."""

    rgb: NDArray[np.uint8]
    faces: tuple[DrawnFace, ...]


def draw_crowd(seed: int) -> Crowd:
    """The picture of a seed, with sides of 320 to 640 px. About a fifth of the pictures has no face."""
    rng = np.random.default_rng([seed, 0xC20])
    width, height = (int(side) for side in rng.integers(320, 641, 2))
    artist = replace(make_artist(seed), weight=float(rng.uniform(0.008, 0.036)))
    canvas = Canvas(width, height, SUPERSAMPLING)
    short = min(width, height)
    paint_scene(canvas.pen(0, 0, short, 0.003, artist.ink), width / short, height / short, rng)
    faceless = rng.random() < FACELESS
    for _ in range(int(rng.integers(2, 12)) if faceless else max(0, int(rng.integers(-3, 5)))):
        unit = short * float(rng.uniform(0.04, 0.3))
        x, y = (float(v) for v in rng.uniform(0, (width, height)))
        paint_thing(canvas.pen(x, y, unit, artist.weight, artist.ink).rotated(float(rng.normal(0, 0.3))), rng)
    figures = [] if faceless else [_paint(canvas, pose, artist, rng) for pose in _poses(rng, width, height)]
    faces = tuple(figure.truth(canvas) for figure in figures)
    color, line = canvas.finish()
    return Crowd(choose_look(color, line, rng), faces)


def _poses(rng: np.random.Generator, width: int, height: int) -> list[Pose]:
    """Places of one to six heads that do not cover each other's faces, smaller ones first."""
    count = int(rng.choice([1, 2, 3, 4, 5, 6], p=[0.4, 0.25, 0.15, 0.1, 0.05, 0.05]))
    low = min(width, height)
    places: list[tuple[float, float, float]] = []
    for _ in range(40):
        unit = low * float(np.exp(rng.uniform(np.log(0.05), np.log(0.36 if count == 1 else 0.22))))
        x, y = float(rng.uniform(unit, width - unit)), float(rng.uniform(1.2 * unit, height - 1.2 * unit))
        if all(np.hypot(x - u, y - v) > 2.4 * max(unit, other) for u, v, other in places):
            places.append((x, y, unit))
        if len(places) == count:
            break
    return [
        Pose(x, y, unit, _tilt(rng), float(np.clip(rng.normal(0, 0.1), -0.3, 0.3)), count == 1 and rng.random() < 0.6)
        for x, y, unit in sorted(places, key=lambda place: place[2])
    ]


def _tilt(rng: np.random.Generator) -> float:
    return float(np.clip(rng.normal(0, 0.26), -0.7, 0.7))


def _person(rng: np.random.Generator) -> Character:
    """A character whose proportions vary more than in `make_character`, some with hair or skin of any colour."""
    who = make_character(int(rng.integers(1 << 40)))
    who = replace(
        who,
        eye_size=who.eye_size * float(rng.uniform(0.75, 1.2)),
        chin=who.chin + float(rng.normal(0, 0.05)),
        jaw=who.jaw + float(rng.uniform(0, 0.5)),
        glasses=bool(rng.random() < 0.15),
        animal_ears=bool(rng.random() < 0.15),
    )
    if rng.random() < 0.2:
        red, green, blue = (int(v) for v in rng.integers(20, 256, 3))
        who = replace(who, hair=tones((red, green, blue)))
    if rng.random() < 0.15:
        names = list(HAIR)
        dyed = varied(HAIR[names[int(rng.integers(len(names)))]], rng)
        light = rng.uniform(0.75, 1.0) * np.array([255, 225, 205]) if rng.random() < 0.6 else np.array(dyed)
        red, green, blue = (int(v) for v in light)
        who = replace(who, skin=tones((red, green, blue), warm=True))
    return who


def _paint(canvas: Canvas, pose: Pose, artist: Artist, rng: np.random.Generator) -> _Figure:
    who = _person(rng)
    mood = choose_mood(rng, may_blush=artist.blush != "none")
    if rng.random() < 0.15:
        mood = replace(mood, eyes=("closed", "happy", "wink")[int(rng.integers(3))])
    profile = rng.random() < PROFILE
    yaw = float(rng.choice([-1, 1]) if profile else np.clip(rng.normal(0, 1.5), -3.4, 3.4))
    mood = replace(mood, yaw=yaw)
    pen = canvas.pen(pose.x, pose.y, pose.unit, artist.weight, artist.ink)
    at = pen.rotated(pose.lean).rotated(pose.tilt, NECK)
    pen = replace(pen, bend=choose_shape(at, 0.0 if profile else yaw, rng))
    if profile:
        painted = paint_profile(pen, pose, who, artist, rng, mood)
    else:
        painted = paint_figure(pen, replace(pose, yaw=yaw), who, artist, rng, mood=mood)
    bare = canvas.color.copy()
    if rng.random() < COVERED:
        for name in rng.choice(list(COVERS), 2 if rng.random() < 0.2 else 1, replace=False):
            paint_cover(str(name), painted.head, who, artist, rng)
    return _Figure(painted, bare, yaw if profile else yaw / 5)


@dataclass(frozen=True)
class _Figure:
    """A painted figure, and the colours of the canvas before anything covered its face."""

    painted: Painted
    bare: NDArray[np.uint8]
    turn: float

    def truth(self, canvas: Canvas) -> DrawnFace:
        skin = np.zeros(canvas.ink.shape, np.uint8)
        cv2.fillPoly(skin, [np.rint(self.painted.skin).astype(np.int32)], 1)
        whole = max(1, int(skin.sum()))
        visible = float(((self.bare == canvas.color).all(2) & (skin > 0)).sum()) / whole
        eyes, chin = self.painted.eyes / SUPERSAMPLING, self.painted.chin / SUPERSAMPLING
        if eyes[0, 0] > eyes[1, 0]:  # a head that is nearly upside down
            eyes = eyes[::-1]
        outline = self.painted.skin / SUPERSAMPLING
        left, top, right, bottom = (float(v) for v in (*outline.min(0), *outline.max(0)))
        return DrawnFace((left, top, right, bottom), eyes, chin, self.turn, visible)
