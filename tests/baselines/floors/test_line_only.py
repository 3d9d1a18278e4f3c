"""The floor line-only."""

import numpy as np
from floor_painting import LINES, REFERENCES, paint


def test_line_only_is_the_line_in_all_channels() -> None:
    painted = paint("line-only", LINES, REFERENCES, [1, 2, 3])
    assert painted.shape == REFERENCES.shape
    assert painted.dtype == np.uint8
    assert all(np.array_equal(painted[:, channel], LINES[:, 0]) for channel in range(3))
