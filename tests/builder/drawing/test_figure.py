"""Tags of a drawn figure."""

from __future__ import annotations

import numpy as np

from builder.drawing.character import make_character
from builder.drawing.figure import choose_mood, eye_tags


def test_heterochromia_is_tagged_where_both_eyes_are_open() -> None:
    odd = next(who for who in map(make_character, range(600)) if who.heterochromia)
    even = next(who for who in map(make_character, range(600)) if not who.heterochromia)
    moods = [choose_mood(np.random.default_rng(seed), True) for seed in range(200)]
    assert {mood.eyes for mood in moods} == {"open", "closed", "happy", "wink"}
    for mood in moods:
        assert ("heterochromia" in eye_tags(odd, mood)) == (mood.eyes == "open")
        assert "heterochromia" not in eye_tags(even, mood)
        assert ("closed_eyes" in eye_tags(odd, mood)) == (mood.eyes in ("closed", "happy"))
        assert sum(tag.endswith("_eyes") for tag in eye_tags(odd, mood)) == (2 if mood.eyes == "open" else 1)
