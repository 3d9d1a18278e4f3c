"""Invented characters and artists. A seed determines a character, and a seed determines an artist."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from builder.drawing.medium.palette import EYES, HAIR, RGB, SKIN, Tones, tones, varied
from builder.drawing.names import BOY_GIVEN, FAMILY, GIVEN, PEN_NAMES, SERIES

GIRL_STYLES = (
    "bob",
    "long_straight",
    "twintails",
    "ponytail",
    "hime_cut",
    "wavy",
    "messy",
    "twin_braids",
    "double_bun",
    "side_ponytail",
    "twin_drills",
    "low_twintails",
    "pixie",
)
BOY_STYLES = ("spiky", "pixie", "messy")
BANGS = ("blunt", "swept", "parted", "between", "crossed")
EYE_SHAPES = ("round", "almond", "sharp", "droopy", "wide")


@dataclass(frozen=True)
class Character:
    """The properties of a character that are equal in all its pictures."""

    name: str
    copyright: str
    boy: bool
    hair_style: str
    bangs: str
    length: float  # scales the back hair, 0.8..1.25
    hair_color: str
    eye_colors: tuple[str, str]  # as seen in the picture before mirroring: left, right
    eye_shape: str
    skin_color: str
    hair: Tones
    streak: Tones | None  # a second hair colour in the bangs
    skin: Tones
    irises: tuple[RGB, RGB]
    chin: float  # head height below the eyes, face half-widths
    jaw: float  # 0 pointed .. 1 broad
    eye_size: float
    ahoge: bool
    glasses: bool
    animal_ears: bool
    mole: bool
    hair_seed: int

    @property
    def heterochromia(self) -> bool:
        return self.eye_colors[0] != self.eye_colors[1]


@dataclass(frozen=True)
class Artist:
    """An artist's style: line weight and darkness, eye size, brows over or under the bangs, blush and gloss."""

    name: str
    weight: float
    ink: int
    eye_size: float
    brows_over_hair: bool
    blush: str  # "soft", "lines" or "none"
    gloss: float  # strength of hair highlights


def _word(rng: np.random.Generator, words: tuple[str, ...]) -> str:
    return words[int(rng.integers(len(words)))]


def _weighted(rng: np.random.Generator, weights: dict[str, float]) -> str:
    names = list(weights)
    share = np.array([weights[name] for name in names])
    return names[int(rng.choice(len(names), p=share / share.sum()))]


def _streak(hair_color: str) -> str:
    """A colour that contrasts with the hair."""
    return {"black": "red", "brown": "blonde", "white": "aqua", "grey": "blue", "red": "blonde"}.get(
        hair_color, "white"
    )


def make_character(seed: int) -> Character:
    """The character of a seed. About 6 % of characters have eyes of two colours, and about 20 % are boys."""
    rng = np.random.default_rng([seed, 0xC4A2])
    boy = bool(rng.random() < 0.2)
    hair_color = _weighted(rng, dict.fromkeys(HAIR, 1.0) | {"black": 1.8, "brown": 2.0, "blonde": 1.6, "orange": 0.7})
    left = _weighted(rng, dict.fromkeys(EYES, 1.0) | {"blue": 1.8, "brown": 1.4, "grey": 0.4})
    others = {name: 1.0 for name in EYES if name != left}
    right = _weighted(rng, others) if rng.random() < 0.06 else left
    skin_color = _weighted(rng, {"fair": 6, "peach": 6, "tan": 1.4, "dark": 0.6})
    iris = varied(EYES[left], rng)
    return Character(
        name=f"{_word(rng, FAMILY)}_{_word(rng, BOY_GIVEN if boy else GIVEN)}_{seed}",
        copyright=_word(rng, SERIES),
        boy=boy,
        hair_style=_word(rng, BOY_STYLES if boy else GIRL_STYLES),
        bangs=_word(rng, BANGS[1:] if boy else BANGS),
        length=float(rng.uniform(0.85, 1.25)),
        hair_color=hair_color,
        eye_colors=(left, right),
        eye_shape=_weighted(rng, {"sharp": 3, "almond": 2} if boy else dict.fromkeys(EYE_SHAPES, 1.0)),
        skin_color=skin_color,
        hair=tones(varied(HAIR[hair_color], rng)),
        streak=tones(varied(HAIR[_streak(hair_color)], rng)) if rng.random() < 0.08 else None,
        skin=tones(varied(SKIN[skin_color], rng, 0.3), warm=True),
        irises=(iris, iris if right == left else varied(EYES[right], rng)),
        chin=float(rng.uniform(1.12, 1.24) + (0.05 if boy else 0)),
        jaw=float(rng.uniform(0.0, 0.7) + (0.25 if boy else 0)),
        eye_size=float(rng.uniform(0.94, 1.08) * (0.86 if boy else 1)),
        ahoge=bool(rng.random() < 0.22),
        glasses=bool(rng.random() < 0.1),
        animal_ears=bool(not boy and rng.random() < 0.08),
        mole=bool(rng.random() < 0.06),
        hair_seed=int(rng.integers(1 << 31)),
    )


def make_artist(seed: int, pool: int = 80) -> Artist:
    """One of `pool` artists, chosen by `seed`; different seeds can give the same artist."""
    index = int(np.random.default_rng([seed, 0xA27]).integers(pool))
    rng = np.random.default_rng([index, 0xA28])
    name = PEN_NAMES[index % len(PEN_NAMES)]
    return Artist(
        name=name if index < len(PEN_NAMES) else f"{name}_{index // len(PEN_NAMES) + 1}",
        weight=float(rng.uniform(0.017, 0.025)),
        ink=int(rng.integers(5, 60)),
        eye_size=float(rng.uniform(0.95, 1.08)),
        brows_over_hair=bool(rng.random() < 0.65),
        blush=_weighted(rng, {"soft": 5, "lines": 2, "none": 3}),
        gloss=float(rng.uniform(0.5, 1.0)),
    )
