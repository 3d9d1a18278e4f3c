"""Pictures and what can be wrong with them, for tests of metrics of two pictures."""

import numpy as np
from scipy import ndimage

from benchmark.core.files import Image


def picture(seed: int, side: int = 192) -> Image:
    """Smooth noise with some edges, uint8 (side, side + 8, 3)."""
    noise = np.random.default_rng(seed).normal(size=(side, side + 8, 3))
    smooth = ndimage.gaussian_filter(noise, (6, 6, 0))
    smooth = 255 * (smooth - smooth.min()) / np.ptp(smooth)
    smooth[40:90, 30:70] = (200, 40, 90)
    return smooth.astype(np.uint8)


def worsened(image: Image, how: str) -> Image:
    noise = np.random.default_rng(5).normal(0, 12, image.shape)
    ways = {
        "noise": lambda: np.clip(image + noise, 0, 255),
        "blur": lambda: ndimage.gaussian_filter(image, (2, 2, 0)),
        "shift": lambda: np.roll(image, 3, axis=1),
        "dark": lambda: image * 0.6,
        "other": lambda: picture(99),
        "flat": lambda: np.full_like(image, 128),
        "negative": lambda: 255 - image,
    }
    return np.asarray(ways[how]()).astype(np.uint8)


WAYS = ["noise", "blur", "shift", "dark", "other", "flat", "negative"]
