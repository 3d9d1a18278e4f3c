"""Search of one picture's shapes in another under mirroring, rotation, scaling and shift, from coarse to fine.

Only pixels away from the edges of a third picture, the target, are compared. Shapes found there are not the target's,
so that a faint blend is found as well as a whole copy. Zero-mean normalised cross-correlation with weights (Padfield
2012, doi:10.1109/TIP.2011.2181402) over shifts, for each combination of mirroring, angle and scale.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmark.core.files import Image
from benchmark.data.xdog import to_grey

Plane = NDArray[np.float32]  # (H, W)

REACH = 32  # px; largest shift of the search, in both directions
SMOOTH = 1.5  # px; sigma of the blur before the gradient
ANGLES = (-10.0, -5.0, 0.0, 5.0, 10.0)  # degrees, of the coarse search
SCALES = (0.8, 0.89, 1.0, 1.12, 1.25)
COARSE, FINER = 8, (4, 2)  # factors by which the pictures are reduced
KEPT = 3  # best coarse results that are refined
TURN, STRETCH = 2.5, 0.055  # first steps of the refinement: degrees, and relative scale; halved at each level
EDGE = 0.25  # share of the root mean square of a structure above which a pixel belongs to an edge
SCARCE = 0.05  # share of pixels away from edges below which all pixels are compared
FAINTEST = 0.01  # contrast of the found shapes relative to the reference's, below which they count as none
FLATTEST = 0.1  # least local variance of the reference, relative to its variance


class Match(NamedTuple):
    """How the shapes of a reference lie in a picture, and how well they agree there."""

    score: float  # correlation, 0..1
    mirrored: bool  # left to right, before the rotation
    angle: float  # degrees, counter-clockwise
    scale: float
    shift: tuple[int, int]  # px, to the right and downwards


NOTHING = Match(0.0, False, 0.0, 1.0, (0, 0))


def structure(image: Image) -> Plane:
    """Gradient magnitude of the grey picture of uint8 RGB (H, W, 3), blurred with sigma 1.5 px: float32 (H, W)."""
    grey = cv2.GaussianBlur(to_grey(image).astype(np.float32), (0, 0), SMOOTH)
    return np.asarray(cv2.magnitude(cv2.Scharr(grey, cv2.CV_32F, 1, 0), cv2.Scharr(grey, cv2.CV_32F, 0, 1)))


def away_from(target: Plane) -> Plane:
    """1 where the structure `target` has no edge within 1 px, else 0; 1 everywhere if few such pixels are left."""
    edges = target > EDGE * np.sqrt(np.mean(target**2))
    away = 1 - cv2.dilate(edges.astype(np.uint8), np.ones((3, 3), np.uint8))
    return np.asarray(away if away.mean() >= SCARCE else np.ones_like(away), np.float32)


def require_size(shape: Sequence[int]) -> None:
    """Raise ValueError for a picture (H, W, ...) with a side of 96 px or less."""
    if min(shape[:2]) <= 3 * REACH:
        raise ValueError(f"the search for copies needs sides of more than {3 * REACH} px, not {tuple(shape[:2])}")


def find_match(image: Plane, reference: Plane, weights: Plane) -> Match:
    """The best match of the structure `reference` in the structure `image` at pixels with `weights`, all (H, W).

    Shifts of up to 32 px, rotations of up to 12 degrees and scales of 0.75 to 1.35 are found. Raises ValueError for
    sides of 96 px or less.
    """
    require_size(image.shape)
    contrast = float(reference.std())
    if contrast <= 1e-3:
        return NOTHING
    level = _Level.of(image / contrast, reference / contrast, weights, COARSE)
    tried = [level.match(mirrored, a, s) for mirrored in (False, True) for a in ANGLES for s in SCALES]
    best = sorted(tried, key=lambda match: -match.score)[:KEPT]
    turn, stretch = TURN, STRETCH
    for factor in FINER:
        level = _Level.of(image / contrast, reference / contrast, weights, factor)
        best = [max(_around(level, best, turn, stretch), key=lambda match: match.score)]
        turn, stretch = turn / 2, stretch / 2
    (found,) = best
    return found._replace(score=round(min(max(found.score, 0.0), 1.0), 6))  # further digits depend on OpenCV's threads


def shifted_match(image: Plane, reference: Plane, weights: Plane, *, mirrored: bool = False) -> Match:
    """As `find_match`, over shifts alone, with the reference as it is or mirrored."""
    require_size(image.shape)
    contrast = float(reference.std())
    if contrast <= 1e-3:
        return NOTHING
    return _Level.of(image / contrast, reference / contrast, weights, FINER[-1]).match(mirrored, 0.0, 1.0)


def _around(level: "_Level", matches: Sequence[Match], turn: float, stretch: float) -> Iterable[Match]:
    """Yield the matches at the angles and scales of `matches` and one step beside them."""
    for match in matches:
        for angle in (match.angle - turn, match.angle, match.angle + turn):
            for scale in (match.scale * (1 - stretch), match.scale, match.scale * (1 + stretch)):
                yield level.match(match.mirrored, angle, scale)


class _Level(NamedTuple):
    """The structures at one size: the inner part of the picture, centred by its weights, and the whole reference."""

    inner: Plane  # weighted deviations from the weighted mean
    power: float  # sum of inner squared deviations
    weights: Plane
    reference: Plane
    factor: int

    @classmethod
    def of(cls, image: Plane, reference: Plane, weights: Plane, factor: int) -> "_Level":
        margin = REACH // factor
        inside = slice(margin, -margin)
        share, mass = (_reduced(each, factor)[inside, inside] for each in (weights, image * weights))
        values = np.where(share > 0.05, mass / np.maximum(share, 0.05), 0)
        deviations = values - (share * values).sum() / max(float(share.sum()), 1.0)
        power = float((share * deviations**2).sum())
        inner = np.ascontiguousarray(share * deviations, np.float32)
        return cls(inner, power, np.ascontiguousarray(share), _reduced(reference, factor), factor)

    def match(self, mirrored: bool, angle: float, scale: float) -> Match:
        """The best match over all shifts."""
        total = float(self.weights.sum())
        if self.power <= FAINTEST**2 * total or total < 1:
            return NOTHING
        moved = moved_picture(self.reference, mirrored, angle, scale)
        product = cv2.matchTemplate(moved, self.inner, cv2.TM_CCORR)
        first = cv2.matchTemplate(moved, self.weights, cv2.TM_CCORR)
        second = cv2.matchTemplate(moved * moved, self.weights, cv2.TM_CCORR)
        variance = np.maximum(second - first * first / total, FLATTEST * total)
        found = product / np.sqrt(variance * self.power)
        y, x = (int(place) for place in np.unravel_index(int(found.argmax()), found.shape))
        margin = REACH // self.factor
        shift = (self.factor * (margin - x), self.factor * (margin - y))
        return Match(float(found[y, x]), mirrored, angle, scale, shift)


def moved_picture(
    image: NDArray[np.generic], mirrored: bool, angle: float, scale: float, shift: tuple[float, float] = (0, 0)
) -> Plane:
    """A picture mirrored, then rotated and scaled about its centre, then shifted; borders repeat the edge's pixels."""
    height, width = image.shape[:2]
    turn = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), angle, scale)
    turn[:, 2] += np.asarray(shift, np.float64)
    source = np.ascontiguousarray(image[:, ::-1] if mirrored else image)
    return np.asarray(cv2.warpAffine(source, turn, (width, height), borderMode=cv2.BORDER_REPLICATE))


def _reduced(plane: Plane, factor: int) -> Plane:
    height, width = plane.shape
    size = (width // factor, height // factor)
    return np.asarray(cv2.resize(plane, size, interpolation=cv2.INTER_AREA), np.float32)
