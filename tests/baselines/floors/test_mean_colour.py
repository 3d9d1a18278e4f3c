"""The floor mean-colour."""

import numpy as np
from floor_painting import LINES, REFERENCES, paint


def test_mean_colour_is_the_mean_on_paper_and_black_on_ink() -> None:
    painted = paint("mean-colour", LINES, REFERENCES, [1, 2, 3])
    for line, reference, image in zip(LINES, REFERENCES, painted, strict=True):
        mean = np.rint(reference.reshape(3, -1).mean(axis=1))
        assert (image[:, line[0] == 0] == 0).all()
        assert (image[:, line[0] == 255] == mean[:, None]).all()
