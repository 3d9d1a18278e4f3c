"""The fabrics of one outfit: matching colours and their colour words."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from builder.drawing.medium.palette import CLOTH, Tones, tones, varied


@dataclass(frozen=True)
class Cloth:
    """Main cloth, second cloth and accent of one outfit, with their colour words."""

    main: Tones
    second: Tones
    accent: Tones
    words: tuple[str, str, str]


PALETTES: tuple[tuple[str, str, str], ...] = (
    ("white", "blue", "red"),
    ("white", "black", "red"),
    ("blue", "white", "yellow"),
    ("black", "white", "red"),
    ("pink", "white", "brown"),
    ("green", "white", "yellow"),
    ("purple", "white", "pink"),
    ("yellow", "white", "blue"),
    ("brown", "white", "green"),
    ("red", "white", "black"),
    ("grey", "white", "aqua"),
    ("aqua", "white", "orange"),
    ("orange", "white", "green"),
)


def choose_cloth(rng: np.random.Generator) -> Cloth:
    words = PALETTES[int(rng.integers(len(PALETTES)))]
    main, second, accent = (tones(varied(CLOTH[word], rng)) for word in words)
    return Cloth(main, second, accent, words)
