"""Drawn characters and artists: they vary, recur, and follow from their seed."""

from __future__ import annotations

from builder.drawing.character import make_artist, make_character


def test_characters_are_varied_and_heterochromia_means_two_eye_colours() -> None:
    cast = [make_character(seed) for seed in range(600)]
    assert len({who.hair_style for who in cast}) >= 12
    assert len({who.hair_color for who in cast}) >= 10
    assert cast[7] == make_character(7)
    odd = [who for who in cast if who.heterochromia]
    assert 0.03 < len(odd) / len(cast) < 0.09
    for who in cast:
        assert (who.irises[0] != who.irises[1]) == (who.eye_colors[0] != who.eye_colors[1]) == who.heterochromia


def test_artists_recur_about_every_fifth_picture() -> None:
    names = {make_artist(seed).name for seed in range(400)}
    assert 60 <= len(names) <= 80
