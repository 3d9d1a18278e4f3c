"""Time of the XDoG fit against the straightforward ways, on 50 drawn pairs; run by hand.

python tests/speed/fit_xdog.py
"""

import statistics

import cv2
import numpy as np
from scipy.optimize import minimize
from timing import measure, seconds

from benchmark.data.xdog import response, to_grey
from builder.drawing.illustration import draw_portrait
from builder.lines.fit_xdog import FitConfig, fit, refine, survey
from builder.lines.line_pairs import LinePair

PAIRS = 50


def main() -> None:
    cv2.setNumThreads(1)
    drawings = [draw_portrait(seed, 256) for seed in range(PAIRS)]
    pairs = [LinePair(str(seed), to_grey(d.color), d.line) for seed, d in enumerate(drawings)]
    config = FitConfig()

    def plain(x: tuple[float, float]) -> float:
        k, p = max(x[0], 1.01), max(x[1], 0.0)
        return sum(float(np.linalg.norm(response(i.grey, config.params(k, p)) - i.line / 255)) for i in pairs)

    def own(objective: str) -> object:
        return refine(pairs, config, objective, survey(pairs, config, (objective,))[objective].lowest())

    one = statistics.median(measure({"plain": lambda: plain((3.5, 9.0))}, 5)["plain"])
    simplex = seconds(lambda: minimize(plain, (3.5, 9.0), method="Nelder-Mead", options={"xatol": 1e-3, "fatol": 1e-3}))
    print(f"straightforward: 50 x 50 grid {2500 * one:.0f} s (from one point), Nelder-Mead {simplex:.1f} s")
    print("gates: 0.01 of the grid, 0.06 of Nelder-Mead")
    for objective in ("equation-2", "thresholded", "edge-f1"):
        ours = seconds(lambda name=objective: own(name))
        print(f"{objective}: {ours:.2f} s, {ours / (2500 * one):.4f} of the grid, {ours / simplex:.3f} of Nelder-Mead")
    print(f"all objectives, scores and leave-one-out, as the command does: {seconds(lambda: fit(pairs, config)):.2f} s")


if __name__ == "__main__":
    main()
