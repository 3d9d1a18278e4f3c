"""The objectives of an XDoG fit, computed over a whole grid of (k, p).

- equation-2: AnimeDiffusion's equation 2 as written, the sum over pictures of ||S - artist|| with S before the
  threshold. For a fixed k, S is linear in p, so three sums per picture and k hold everything (`quadratic_sums`).
- thresholded: the same norm on the lines that S becomes.
- edge-f1: 1 - the mean F1 of ink against the artist's ink, with a tolerance of `tolerance` px.

For a fixed k each pixel changes from ink to paper, or from paper to ink, at one p. A histogram of these p therefore
gives the last two objectives for all p at once (`surfaces`).
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmark.core.files import Image
from benchmark.data.edges import Ink, disc, f1
from benchmark.data.xdog import Float, XDoG, blur, window_size
from builder.lines.line_pairs import LinePair

OBJECTIVES = ("edge-f1", "thresholded", "equation-2")


@dataclass(frozen=True)
class ParameterGrid:
    """Ascending values of k and p > 0; at most 255 values of p, equally spaced in log p."""

    k: Float
    p: Float

    @classmethod
    def spanning(cls, k: tuple[float, float], p: tuple[float, float], steps: tuple[int, int]) -> "ParameterGrid":
        """`steps` (k, p) values over the ranges, ends included, equally spaced in the logarithm."""
        return cls(np.geomspace(*k, steps[0]), np.geomspace(*p, steps[1]))


@dataclass(frozen=True)
class Flips:
    """The pixels of one picture that are ink at some p of the grid, and the index of p at which each changes.

    A rising pixel is ink from its index on; a falling pixel is ink before its index.
    """

    place: NDArray[np.intp]  # flat index into the picture, (n,)
    index: NDArray[np.uint8]  # 0..P, (n,)
    rising: Ink  # (n,)

    def ink_sum(self, weights: Float, steps: int) -> Float:
        """Sum of `weights` (n,) over the pixels that are ink, for each p: (P,)."""
        turns = np.bincount(self.index, np.where(self.rising, weights, -weights), steps + 1)
        total: Float = weights[~self.rising].sum() + np.cumsum(turns[:steps])
        return total


def quadratic_sums(pair: LinePair, params: XDoG, ks: Float, window: int) -> Float:
    """Coefficients a, b, c of ||S - artist||^2 = a + 2 b p + c p^2 for each k: (K, 3); pictures are 0..1.

    `window` is the size of the wide Gaussian in px, equal for every k. OpenCV's rule changes the size with k, which
    would make the norm discontinuous in k.
    """
    g = pair.grey / 255.0
    near = blur(g, params.sigma)
    scale = g if params.form == "product" else np.ones_like(g)
    rest = (scale * near - pair.line / 255.0).ravel()
    sums = np.empty((len(ks), 3))
    for row, k in zip(sums, ks, strict=True):
        slope = (scale * (near - blur(g, k * params.sigma, window))).ravel()
        # einsum avoids the threads that BLAS starts for each sum
        row[:] = [np.einsum("i,i", x, y) for x, y in ((rest, rest), (rest, slope), (slope, slope))]
    return sums


def norms(sums: Float, p: Float | float) -> Float:
    """||S - artist|| from `quadratic_sums` (..., 3) at p, broadcast against (...)."""
    a, b, c = np.moveaxis(sums, -1, 0)
    return np.asarray(np.sqrt(np.maximum(a + 2 * b * p + c * p**2, 0)), np.float64)


def best_p(sums: Float) -> float:
    """The p >= 0 with the smallest sum of norms over pictures, from their `quadratic_sums` (N, 3) at one k.

    The sum is convex in p. Newton's method starts at the optimum of the squared norms, -sum(b) / sum(c), and bisects
    when a step leaves the bracket. The optima -b / c of single pictures bound the bracket.
    """
    a, b, c = (np.maximum(column, 1e-300) if i != 1 else column for i, column in enumerate(sums.T))
    low, high = max(float((-b / c).min()), 0.0), max(float((-b / c).max()), 0.0)
    p = min(max(float(-b.sum() / c.sum()), low), high)
    for _ in range(100):
        norm = np.sqrt(np.maximum(a + 2 * b * p + c * p * p, 1e-300))
        slope = float(((b + c * p) / norm).sum())
        curvature = float((np.maximum(a * c - b * b, 0) / norm**3).sum())
        low, high = (p, high) if slope < 0 else (low, p)
        following = p - slope / curvature if curvature > 0 else np.inf
        if not low <= following <= high:
            following = (low + high) / 2
        if abs(following - p) <= 1e-10 * (1 + p):
            return following
        p = following
    return p


def surfaces(pair: LinePair, params: XDoG, grid: ParameterGrid, tolerance: int) -> dict[str, Float]:
    """Losses of one pair over the grid, (K, P) each: "thresholded" (a norm) and "edge-f1" (1 - F1)."""
    around = disc(tolerance)
    allowed = cv2.dilate(pair.ink.astype(np.uint8), around).ravel() > 0
    artist, drawn = pair.line.ravel() / 255.0, np.flatnonzero(pair.ink)
    steps, paper_cost = len(grid.p), float(((1 - artist) ** 2).sum())
    found = {name: np.empty((len(grid.k), steps)) for name in ("thresholded", "edge-f1")}
    pixels = _Pixels(pair.grey, params)
    for row, k in enumerate(grid.k):
        flips = pixels.flips(float(k), grid.p)
        ink_cost = flips.ink_sum(2 * artist[flips.place] - 1, steps)  # L^2 - (1 - L)^2: cost of ink minus cost of paper
        found["thresholded"][row] = np.sqrt(np.maximum(paper_cost + ink_cost, 0))
        ink = flips.ink_sum(np.ones(flips.place.size), steps)
        right = flips.ink_sum(allowed[flips.place].astype(np.float64), steps)
        reached = _reached(flips, pair.ink.shape, drawn, around, steps)
        found["edge-f1"][row] = 1 - f1(right, ink, reached, float(drawn.size))
    return found


class _Pixels:
    """The terms of one picture that do not depend on k, float32 (H, W)."""

    def __init__(self, grey: Image, params: XDoG) -> None:
        self.params = params
        self.g = grey.astype(np.float32) / np.float32(255)
        self.near = _blur32(self.g, params.sigma)
        # u >= cut <=> D >= bar, with bar = cut / g in the product form (a pixel with g = 0 is always ink).
        self.bar = np.full(grey.shape, params.cut, np.float32)
        if params.form == "product":
            self.bar /= np.maximum(self.g, np.float32(1e-30))

    def flips(self, k: float, p: Float) -> Flips:
        """The pixels that change, and their index of p; D = near + p (near - wide) is monotone in p."""
        slope = self.near - _blur32(self.g, k * self.params.sigma)
        first, last = self.near < self.bar, self.near + np.float32(p[-1]) * slope < self.bar
        place = np.flatnonzero(first | last)  # D is monotone: paper at both ends is paper in between
        steep, gap = slope.ravel()[place], (self.bar - self.near).ravel()[place]
        with np.errstate(divide="ignore", over="ignore"):
            turn = np.maximum(gap / steep, np.float32(p[0] / 2))
        index = np.ceil(np.log(turn / np.float32(p[0])) * np.float32(1 / np.log(p[1] / p[0])))
        return Flips(place, np.clip(index, 0, len(p)).astype(np.uint8), steep < 0)


def _reached(flips: Flips, shape: tuple[int, ...], artist: NDArray[np.intp], around: Image, steps: int) -> Float:
    """Number of `artist` pixels (flat indices) with ink inside the disc `around` them, for each p: (P,).

    Such a pixel has ink in its disc before the largest index of its falling neighbours (a dilation), and from the
    smallest index of its rising neighbours on (an erosion).
    """
    until, since = np.zeros(shape, np.uint8), np.full(shape, steps, np.uint8)
    until.ravel()[flips.place] = np.where(flips.rising, np.uint8(0), flips.index)
    since.ravel()[flips.place] = np.where(flips.rising, flips.index, np.uint8(steps))
    last = cv2.dilate(until, around).ravel()[artist]
    first = cv2.erode(since, around).ravel()[artist]
    missed_from = np.bincount(np.minimum(last, first), minlength=steps + 1)
    change = missed_from - np.bincount(first, minlength=steps + 1)
    return np.asarray(artist.size - np.cumsum(change)[:steps], np.float64)


def _blur32(image: NDArray[np.float32], sigma: float) -> NDArray[np.float32]:
    size = window_size(sigma)
    return np.asarray(cv2.GaussianBlur(image, (size, size), sigma, borderType=cv2.BORDER_REFLECT_101), np.float32)
