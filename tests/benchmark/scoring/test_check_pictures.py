"""Metrics of two pictures take uint8 RGB pictures of one shape and nothing else."""

import numpy as np
import pytest
from numpy.typing import NDArray
from pairs_of_pictures import picture

from benchmark.scoring.ms_ssim import ms_ssim
from benchmark.scoring.psnr import psnr


@pytest.mark.parametrize("metric", [psnr, ms_ssim])
@pytest.mark.parametrize(
    "wrong",
    [
        picture(1).astype(np.float32),
        picture(1).astype(np.int16),
        picture(1)[..., 0],
        picture(1)[..., :2],
        picture(1).transpose(2, 0, 1),
        picture(1)[None],
        picture(1)[:-1],
        picture(1)[:0],
    ],
)
def test_pictures_of_another_kind_are_refused(metric: object, wrong: NDArray[np.generic]) -> None:
    assert callable(metric)
    right = picture(1)
    for pair in ((right, wrong), (wrong, right)):
        with pytest.raises(ValueError, match="uint8 RGB|differ in shape"):
            metric(*pair)
