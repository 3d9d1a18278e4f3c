"""The fabrics of an outfit: known colour words, and tones of these words."""

import numpy as np

from builder.drawing.body.cloth import PALETTES, choose_cloth
from builder.drawing.medium.palette import CLOTH


def test_palettes_hold_three_different_words_of_cloth() -> None:
    assert all(len(set(words)) == 3 and set(words) <= set(CLOTH) for words in PALETTES)


def test_the_tones_are_those_of_the_words_and_the_seed_decides() -> None:
    found = [choose_cloth(np.random.default_rng(seed)) for seed in range(20)]
    assert found[0] == choose_cloth(np.random.default_rng(0))
    assert len({cloth.words for cloth in found}) > 5
    for cloth in found:
        for tones, word in zip((cloth.main, cloth.second, cloth.accent), cloth.words, strict=True):
            assert np.abs(np.subtract(tones.base, CLOTH[word])).max() < 60
