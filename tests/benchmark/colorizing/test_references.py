"""References: the nearest one, and the edit of main colours."""

from pathlib import Path

import numpy as np
import pytest

from benchmark.colorizing.drawings import recoloured_lines
from benchmark.colorizing.references import hex_colour, main_colours, nearest, read_reference
from benchmark.core.errors import AnibenchError
from benchmark.core.files import write_png
from builder.drawing.illustration import draw_portrait


def test_the_reference_with_the_likest_lines_is_the_nearest() -> None:
    portraits = [draw_portrait(seed, 256).color for seed in (1, 2, 3)]
    assert [nearest(recoloured_lines(each), portraits) for each in portraits] == [0, 1, 2]


def test_main_colours_are_those_of_the_picture_largest_first(tmp_path: Path) -> None:
    page = np.full((100, 100, 3), (200, 40, 40), np.uint8)
    page[:30] = (40, 40, 200)
    colours = main_colours(page)
    assert [hex_colour(each[1:]) for each in colours] == ["#c82828", "#2828c8"]
    assert colours[:, 0] == pytest.approx([0.7, 0.3], abs=1e-3)


def test_an_edit_changes_one_main_colour_and_its_shades(tmp_path: Path) -> None:
    page = np.full((256, 256, 3), (200, 40, 40), np.uint8)
    page[:70] = (40, 40, 200)
    page[200:] = (180, 30, 30)  # a shade of the first
    write_png(tmp_path / "r.png", page)
    edited = read_reference(tmp_path / "r.png", None, None, ["1=#28a050"]).whole.astype(int)
    assert (edited[:70] == (40, 40, 200)).all()
    assert edited[100, 0, 1] > 140 > edited[100, 0, 0]
    assert edited[220, 0].sum() < edited[100, 0].sum()


@pytest.mark.parametrize("edit", ["9=#000000", "0=#000000", "1=red", "1"])
def test_a_wrong_edit_is_refused(tmp_path: Path, edit: str) -> None:
    write_png(tmp_path / "r.png", np.full((64, 64, 3), 90, np.uint8))
    with pytest.raises(AnibenchError, match="is not N=#RRGGBB with N from 1 to 1"):
        read_reference(tmp_path / "r.png", None, None, [edit])


def test_a_fitted_reference_is_used_whole(tmp_path: Path) -> None:
    figure = np.zeros((300, 100, 3), np.uint8)
    figure[:50] = (200, 40, 40)
    write_png(tmp_path / "figure.png", figure)
    fitted = read_reference(tmp_path / "figure.png", None, None, fit=True).whole
    assert (fitted[10, 128] == (200, 40, 40)).all()
    assert (fitted[:, :80] == 255).all()
    assert (read_reference(tmp_path / "figure.png", None, None).whole == 0).all()
