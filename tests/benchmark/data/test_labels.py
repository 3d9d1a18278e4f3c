"""Labels of grids: ink in the middle of a white tile, and different ink for different words."""

import numpy as np
import pytest

from benchmark.data.labels import label


@pytest.mark.parametrize("text", ["line", "reference", "output", "target", "color"])
def test_a_label_stands_in_the_middle_of_white(text: str) -> None:
    tile = label(text, 24, 80)
    assert (tile.dtype, tile.shape) == (np.uint8, (24, 80, 3))
    rows, columns = np.nonzero(tile[..., 0] < 128)
    assert abs(columns.min() + columns.max() - 79) <= 6
    assert abs(rows.min() + rows.max() - 23) <= 8
    assert columns.min() > 2
    assert columns.max() < 78


def test_words_differ_and_no_word_is_white() -> None:
    assert not np.array_equal(label("line", 24, 80), label("output", 24, 80))
    assert label("", 24, 80).min() == 255


def test_a_long_text_is_cut_at_the_edge() -> None:
    assert label("a very long text that does not fit", 24, 30).shape == (24, 30, 3)
