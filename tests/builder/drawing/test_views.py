"""Views of a character: the same figure in another layout, with the part of each pixel."""

import numpy as np
import pytest

from benchmark.data.parts import PARTS, Part
from builder.drawing.illustration import Drawing
from builder.drawing.views import draw_view


def difference(one: Drawing, other: Drawing, part: Part) -> float:
    """The largest difference of a channel between the mean colours of a part; nan where a view has little of it."""
    means = []
    for drawing in (one, other):
        assert drawing.parts is not None
        inside = drawing.parts == PARTS.index(part)
        if inside.sum() < 200:
            return float("nan")
        means.append(drawing.color[inside].mean(axis=0))
    return float(np.abs(means[0] - means[1]).max())


@pytest.fixture(scope="module")
def views() -> list[tuple[Drawing, Drawing]]:
    return [(draw_view(number, 0, 128), draw_view(number, 1, 128)) for number in range(6)]


def test_views_of_a_character_have_its_colours_and_name(views: list[tuple[Drawing, Drawing]]) -> None:
    limits: tuple[tuple[Part, float], ...] = (("hair", 30), ("skin", 30), ("clothes", 75))
    for part, most in limits:
        within = [difference(one, other, part) for one, other in views]
        assert sum(np.isfinite(within)) >= 2
        assert np.nanmax(within) < most, part
    across = [difference(views[k][0], views[k - 1][1], "hair") for k in range(6)]
    assert np.mean(across) > 60
    names = [(one.metadata["character"], other.metadata["character"]) for one, other in views]
    assert all(one == other for one, other in names)
    assert len({one for one, _ in names}) == 6


def test_views_differ_in_layout_and_background(views: list[tuple[Drawing, Drawing]]) -> None:
    for one, other in views:
        (a,), (b,) = one.faces, other.faces
        assert max(a.width / b.width, b.width / a.width) > 1.15
        assert np.hypot(a.x + a.width / 2 - b.x - b.width / 2, a.y + a.height / 2 - b.y - b.height / 2) > 5
        assert one.parts is not None
        assert other.parts is not None
        assert np.mean(one.parts != other.parts) > 0.1


def test_the_same_view_has_the_same_pixels() -> None:
    one, again = draw_view(3, 1, 96), draw_view(3, 1, 96)
    assert (one.color == again.color).all()
    assert one.parts is not None
    assert again.parts is not None
    assert (one.parts == again.parts).all()


def test_parts_lie_where_the_figure_is(views: list[tuple[Drawing, Drawing]]) -> None:
    for drawing in (each for pair in views for each in pair):
        assert drawing.parts is not None
        assert drawing.parts.shape == drawing.line.shape
        (box,) = drawing.faces
        face = drawing.parts[box.y : box.y + box.height, box.x : box.x + box.width]
        assert np.mean(face == PARTS.index("background")) < 0.2
        assert {PARTS.index("hair"), PARTS.index("skin")} <= set(np.unique(face).tolist())
