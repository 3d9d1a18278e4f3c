"""Time of `extract_lines` against the straightforward float64 path, one thread, interleaved; run by hand.

python tests/speed/xdog.py [FOLDER]      (a folder of pictures; without one, a drawn scene of 256 x 256)
"""

import sys
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from timing import measure, report

from benchmark.core.files import Image, read_rgb
from benchmark.data.xdog import XDoG, extract_lines


def straightforward(rgb: Image, params: XDoG) -> NDArray[np.float64]:
    g = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY) / 255.0
    near, far = (cv2.GaussianBlur(g, (0, 0), s) for s in (params.sigma, params.k * params.sigma))
    u = g * ((1 + params.p) * near - params.p * far)
    return np.rint(255 * np.where(u >= params.epsilon, 1.0, 1 + np.tanh(params.phi * (u - params.epsilon))))


def drawn_scenes(count: int) -> list[Image]:
    rng = np.random.default_rng(0)
    coarse = rng.integers(0, 256, (count, 16, 16, 3), dtype=np.uint8)
    return [np.asarray(cv2.resize(c, (256, 256), interpolation=cv2.INTER_CUBIC)) for c in coarse]


def main() -> None:
    cv2.setNumThreads(1)
    pictures = [read_rgb(p) for p in sorted(Path(sys.argv[1]).iterdir())[:300]] if sys.argv[1:] else drawn_scenes(50)
    for sigma in (0.3, 0.4, 0.5):
        params = XDoG(sigma=sigma)
        ways = {
            "plain": lambda xdog=params: [straightforward(rgb, xdog) for rgb in pictures],
            "ours": lambda xdog=params: [extract_lines(rgb, xdog) for rgb in pictures],
        }
        pairs = [(straightforward(rgb, params) >= 128, extract_lines(rgb, params) == 255) for rgb in pictures]
        differing = sum(int((plain != ours).sum()) for plain, ours in pairs)
        times = measure(ways, max(5, 100 // len(pictures)))
        report(f"sigma {sigma}", times, 0.25, per=len(pictures), note=f"{differing} pixels differ")


if __name__ == "__main__":
    main()
