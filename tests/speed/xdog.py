"""Time of `extract_lines` against the straightforward float64 path, one thread, interleaved; run by hand.

python tests/speed/xdog.py [FOLDER]      (a folder of pictures; without one, a drawn scene of 256 x 256)
"""

import statistics
import sys
import time
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmark.files import Image, read_rgb
from benchmark.xdog import XDoG, extract_lines


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
        ratios, ours, differing = [], [], 0
        for rgb in pictures * max(1, 100 // len(pictures)):
            started = time.perf_counter()
            plain = straightforward(rgb, params)
            middle = time.perf_counter()
            lines = extract_lines(rgb, params)
            ours.append(time.perf_counter() - middle)
            ratios.append(ours[-1] / (middle - started))
            differing += int(((plain >= 128) != (lines == 255)).sum())
        print(
            f"sigma {sigma}: {1e3 * statistics.median(ours):.2f} ms, ratio {statistics.median(ratios):.2f}"
            f" (gate 0.25), {differing} pixels differ"
        )


if __name__ == "__main__":
    main()
