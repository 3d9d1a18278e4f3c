"""One figure: a character in a pose with an expression and clothes, painted from back to front."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from builder.drawing.body.arms import build_of
from builder.drawing.body.cloth import choose_cloth
from builder.drawing.body.clothes import BOY_OUTFITS, OUTFITS, depth_of, paint_outfit
from builder.drawing.character import Artist, Character
from builder.drawing.head import accessories, bangs, face, hair
from builder.drawing.head.face import Expression
from builder.drawing.medium.canvas import Pen
from builder.drawing.medium.curves import Points
from builder.drawing.medium.locks import Brush, Lock, paint_lock
from builder.drawing.medium.palette import Tones, mix

NECK = (0.0, 1.15)  # the head tilts about this point
FOREHEAD = -1.0  # upper end of the face, in the middle between brows and crown
BOX = (-0.92, -0.62, 1.84, 1.84)  # the face box in head units: x, y, width, height


@dataclass(frozen=True)
class Pose:
    """Position of a figure: pixel of the head's origin, pixels per head unit, tilt and lean in radians."""

    x: float
    y: float
    unit: float
    tilt: float
    lean: float  # rotation of the whole figure
    alone: bool  # no other figure overlaps a raised hand
    yaw: float | None = None  # turn of the head, -1 to 1; None: chosen with the expression


@dataclass(frozen=True)
class Painted:
    """The true corners of the face box (4, 2) in supersampled pixels, the tags of the visible content, and the face."""

    corners: Points
    tags: tuple[str, ...]
    head: Pen  # the pen of the finished head
    skin: Points  # outline of the face (N, 2), in supersampled pixels like the next two
    eyes: Points  # (2, 2)
    chin: Points  # (2,)


def choose_mood(rng: np.random.Generator, may_blush: bool) -> Expression:
    mouths = ["smile", "open", "small", "flat", "cat", "frown", "grin", "o"]
    mouth = mouths[int(rng.choice(len(mouths), p=[0.3, 0.2, 0.14, 0.1, 0.08, 0.07, 0.06, 0.05]))]
    eyes = ["open", "closed", "happy", "wink"]
    calm = [0.95, 0.03, 0.0, 0.02] if mouth in ("flat", "frown", "o", "small") else [0.89, 0.02, 0.05, 0.04]
    brows = {"frown": 0.6, "flat": 0.4, "grin": 0.6, "o": -0.6, "small": -0.3}.get(mouth, -0.1)
    return Expression(
        mouth=mouth,
        eyes=eyes[int(rng.choice(4, p=calm))],
        brows=brows + float(rng.normal(0, 0.3)),
        blush=bool(rng.random() < 0.6) and may_blush,
        gaze=float(rng.normal(0, 0.02)),
        yaw=float(np.clip(rng.normal(0, 0.5), -1, 1)),
    )


def paint_figure(
    pen_at: Pen,
    pose: Pose,
    who: Character,
    artist: Artist,
    rng: np.random.Generator,
    dress: np.random.Generator | None = None,
    mood: Expression | None = None,
) -> Painted:
    """Paint `who` in this pose; `rng` chooses the expression unless `mood` is given, `dress` (default: `rng`) clothes.

    `dress` chooses accessories too.
    """
    dress = dress or rng
    mood = mood or choose_mood(rng, may_blush=artist.blush != "none")
    if pose.yaw is not None:
        mood = replace(mood, yaw=pose.yaw)
    pen_at = pen_at.rotated(pose.lean)
    head = pen_at.rotated(pose.tilt, NECK).of_part("skin")
    yaw = mood.yaw
    brush = brush_of(who.hair, artist)
    back, front = (head.moved(shift * yaw, 0).of_part("hair") for shift in (-0.08, 0.07))
    shape = np.random.default_rng([who.hair_seed, 1])  # the hair has the same shape in every picture
    outline = face.face_outline(who, yaw)

    hair.paint_back(back, who.hair_style, shape, brush, who.length)
    worn = paint_clothes(pen_at.of_part("clothes"), pose, who, outline, rng, dress)
    face.paint_ears(head, who, yaw)
    tags = list(worn)
    if dress.random() < 0.12:
        tags += accessories.paint_earrings(head.of_part("other"), yaw, dress)
    outline = face.paint_face(head, who, artist, mood)
    fringe = bangs.make_fringe(who.bangs, shape, who.boy)
    sides = bangs.side_locks(who.hair_style, shape, who.length)
    _cast_shadow(front, fringe, sides, head, outline, who)
    face.paint_features(head, who, artist, mood)
    if not artist.brows_over_hair:
        face.paint_brows(head, who, mood)
    if who.animal_ears:
        tags += accessories.paint_animal_ears(front, who)
    hair.paint_hanging(back, who.hair_style, shape, brush, who.length)
    if who.ahoge:
        bangs.paint_ahoge(front, brush, 1.0 if shape.random() < 0.5 else -1.0)
    bangs.paint_cap(front, brush)
    for lock in sides:
        paint_lock(front, lock, brush, bangs.crossing(lock))
    bangs.paint_fringe(front, fringe, brush, brush_of(who.streak, artist) if who.streak else None)
    if artist.brows_over_hair:
        face.paint_brows(head, who, mood)
    tags += _worn_on_head(front.of_part("other"), head.of_part("other"), who, mood, dress)
    return Painted(
        _corners(head.moved(0.06 * yaw, 0)),
        (*tags, *character_tags(who), *eye_tags(who, mood), *mood_tags(mood)),
        head,
        head.pixels(np.maximum(outline, [-np.inf, FOREHEAD])),
        face.eye_middles(head, who, artist, mood),
        head.pixels(outline[[len(outline) // 2]])[0],
    )


def brush_of(tones: Tones, artist: Artist) -> Brush:
    return Brush(replace(tones, light=mix(tones.base, tones.light, artist.gloss)))


def paint_clothes(
    pen: Pen, pose: Pose, who: Character, outline: Points, rng: np.random.Generator, dress: np.random.Generator
) -> tuple[str, ...]:
    """Paint body and clothes below a face of this outline; `rng` chooses the gesture; returns the visible tags."""
    names = BOY_OUTFITS if who.boy else tuple(OUTFITS)
    name = names[int(dress.integers(len(names)))]
    gesture = _gesture(pen, pose, name, rng)
    skirt = bool(not who.boy and dress.random() < 0.7)
    tags = paint_outfit(name, pen, build_of(who.boy, who.skin, gesture), who.skin, outline, choose_cloth(dress), skirt)
    edge = pen.canvas.ink.shape[0]
    shown = {"wave": ("hand_up", "waving"), "v": ("hand_up", "v")}.get(gesture, ("arms_behind_back",))
    tags += shown
    return tuple(tag for tag in tags if pen.pixels(np.array([[0.0, depth_of(tag)]]))[0, 1] < edge)


def _gesture(pen: Pen, pose: Pose, outfit: str, rng: np.random.Generator) -> str:
    """A raised hand with probability 0.45 if it fits into the picture; else the empty string."""
    wanted = ("wave", "v", "")[int(rng.choice(3, p=[0.25, 0.2, 0.55]))]
    right = pen.pixels(np.array([[3.1, 1.5]]))[0, 0]
    fits = pose.alone and right < pen.canvas.ink.shape[1] and outfit != "kimono"
    return wanted if fits else ""


def _cast_shadow(
    front: Pen, fringe: bangs.Fringe, sides: list[Lock], head: Pen, outline: Points, who: Character
) -> None:
    """Shade the face below bangs and side locks by their shapes, shifted down."""
    shift = (front.matrix[:, 2] - head.matrix[:, 2]) @ np.linalg.inv(head.matrix[:, :2]).T
    drop = shift + np.array([0.035, 0.1])
    head.tones([lock.outline() + drop for lock in (*fringe.locks, *sides)], who.skin.shade, outline)


def _worn_on_head(front: Pen, head: Pen, who: Character, mood: Expression, rng: np.random.Generator) -> list[str]:
    tags = list(accessories.paint_ties(front, who.hair_style, rng))
    if who.glasses:
        tags += accessories.paint_glasses(head, mood.yaw, rng)
    headwear = accessories.choose_headwear(who, rng)
    if headwear is not None:
        tags += accessories.HEADWEAR[headwear](front, who, rng)
    return tags


def _corners(head: Pen) -> Points:
    x, y, width, height = BOX
    return head.pixels(np.array([[x, y], [x + width, y], [x + width, y + height], [x, y + height]]))


def character_tags(who: Character) -> tuple[str, ...]:
    """General tags that are true in every picture of the character."""
    tags = [f"{who.hair_color}_hair", *hair.TAGS[who.hair_style]]
    tags += {"blunt": ["blunt_bangs"], "swept": ["swept_bangs"], "parted": ["parted_bangs"],
             "between": ["hair_between_eyes"], "crossed": ["bangs"]}[who.bangs]  # fmt: skip
    if who.skin_color in ("tan", "dark"):
        tags.append("dark_skin" if who.skin_color == "dark" else "tan")
    tags += ["streaked_hair", "multicolored_hair"] if who.streak else []
    tags += [tag for tag, there in (("ahoge", who.ahoge), ("mole_under_eye", who.mole)) if there]
    return tuple(tags)


def eye_tags(who: Character, mood: Expression) -> tuple[str, ...]:
    """Tags of the eyes; only open eyes have a colour tag."""
    left, right = who.eye_colors
    if mood.eyes in ("closed", "happy"):
        return ("closed_eyes",)
    if mood.eyes == "wink":
        return (f"{left}_eyes", "one_eye_closed", "looking_at_viewer")
    if who.heterochromia:
        return (f"{left}_eyes", f"{right}_eyes", "heterochromia", "looking_at_viewer")
    return (f"{left}_eyes", "looking_at_viewer")


def mood_tags(mood: Expression) -> tuple[str, ...]:
    mouth: tuple[str, ...] = {
        "smile": ("smile", "closed_mouth"),
        "open": ("open_mouth", "smile"),
        "small": ("closed_mouth",),
        "flat": ("closed_mouth", "expressionless"),
        "cat": (":3", "closed_mouth"),
        "grin": ("grin", "teeth", "smile"),
        "frown": ("frown", "closed_mouth"),
        "o": ("open_mouth", ":o"),
    }[mood.mouth]
    return (*mouth, "blush") if mood.blush else mouth
