"""The floor copy-reference."""

import numpy as np
from floor_painting import LINES, REFERENCES, paint


def test_copy_reference_is_the_reference() -> None:
    assert np.array_equal(paint("copy-reference", LINES, REFERENCES, [1, 2, 3]), REFERENCES)
