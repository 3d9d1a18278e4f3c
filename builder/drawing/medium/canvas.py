"""A supersampled canvas: the colour picture, the artist's lines on white paper, and the parts of the figure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmark.data.parts import PARTS, Part
from builder.drawing.medium.curves import Points, dense, ribbon
from builder.drawing.medium.palette import RGB

SUBPIXEL_BITS = 4


class Canvas:
    """Colour (RGB), ink (255 = paper) and parts (`benchmark.data.parts`), `scale` times larger than the picture.

    `parts` is None unless they are wanted.
    """

    def __init__(self, width: int, height: int, scale: int, parts: bool = False) -> None:
        self.width, self.height, self.scale = width, height, scale
        self.color = np.full((height * scale, width * scale, 3), 255, np.uint8)
        self.ink = np.full((height * scale, width * scale), 255, np.uint8)
        self.parts = np.zeros_like(self.ink) if parts else None

    def pen(self, x: float, y: float, unit: float, weight: float = 0.026, ink: int = 24) -> Pen:
        """Pen whose origin lies at pixel (x, y) of the finished picture and whose unit is `unit` such pixels."""
        matrix = np.array([[unit, 0.0, x], [0.0, unit, y]]) * self.scale
        return Pen(self, matrix, weight, ink)

    def finish(self, mirror: bool = False) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        """Area-average down to (H, W, 3) RGB and (H, W) lines."""
        size = (self.width, self.height)
        color = cv2.resize(self.color, size, interpolation=cv2.INTER_AREA)
        ink = cv2.resize(self.ink, size, interpolation=cv2.INTER_AREA)
        if mirror:
            color, ink = color[:, ::-1], ink[:, ::-1]
        return np.ascontiguousarray(color, np.uint8), np.ascontiguousarray(ink, np.uint8)

    def finish_parts(self) -> NDArray[np.uint8] | None:
        """The part of each pixel's middle, uint8 (H, W), not mirrored; None without parts."""
        middle = self.scale // 2
        return None if self.parts is None else self.parts[middle :: self.scale, middle :: self.scale].copy()


@dataclass(frozen=True)
class Pen:
    """Draws on both layers in its own units, x right, y down. A later fill covers earlier ones."""

    canvas: Canvas
    matrix: NDArray[np.float64]  # (2, 3) units to supersampled pixels
    weight: float  # plain line width in units
    ink: int  # grey of the line layer's strokes
    part: int = 0  # that the painted pixels belong to
    bend: Callable[[Points], Points] | None = None  # a change of shape, in supersampled pixels

    def of_part(self, name: Part) -> Pen:
        return replace(self, part=PARTS.index(name))

    def moved(self, dx: float, dy: float) -> Pen:
        matrix = self.matrix.copy()
        matrix[:, 2] += matrix[:, :2] @ np.array([dx, dy])
        return replace(self, matrix=matrix)

    def scaled(self, sx: float, sy: float) -> Pen:
        matrix = self.matrix.copy()
        matrix[:, 0] *= sx
        matrix[:, 1] *= sy
        return replace(self, matrix=matrix)

    def rotated(self, angle: float, pivot: tuple[float, float] = (0.0, 0.0)) -> Pen:
        """Turned clockwise by `angle` radians about `pivot`."""
        c, s = np.cos(angle), np.sin(angle)
        moved = self.moved(*pivot)
        matrix = moved.matrix.copy()
        matrix[:, :2] = matrix[:, :2] @ np.array([[c, -s], [s, c]])
        return replace(moved, matrix=matrix).moved(-pivot[0], -pivot[1])

    def pixels(self, points: Points) -> Points:
        """Unit coordinates to supersampled pixels."""
        moved: Points = points @ self.matrix[:, :2].T + self.matrix[:, 2]
        return moved if self.bend is None else self.bend(moved)

    def fill(self, points: Points, color: RGB) -> None:
        """Opaque area: `color` in the colour layer, blank paper in the line layer."""
        self._cover(_fixed(self.pixels(points)), color, 255)

    def tone(self, points: Points, color: RGB, clip: Points | None = None) -> None:
        """Flat colour without lines, such as a cel shadow; `clip` limits it to another shape."""
        if clip is None:
            cv2.fillPoly(self.canvas.color, [_fixed(self.pixels(points))], color, cv2.LINE_8, SUBPIXEL_BITS)
        else:
            self.tones([points], color, clip)

    def tones(self, shapes: Sequence[Points], color: RGB, clip: Points) -> None:
        """The union of several shapes, cut to `clip`, in one colour."""
        found = self._mask(shapes, clip)
        if found is not None:
            window, mask = found
            view = self.canvas.color[window]
            solid = np.empty_like(view)
            cv2.rectangle(solid, (0, 0), mask.shape[::-1], color, cv2.FILLED)
            cv2.copyTo(solid, mask, view)

    def blend(self, points: Points, color: RGB, alpha: float, soft: float = 0.0, clip: Points | None = None) -> None:
        """Translucent colour with an edge that fades over `soft` units."""
        found = self._mask([points], points if clip is None else clip, margin=soft)
        if found is None:
            return
        window, mask = found
        if soft > 0:
            radius = max(1, int(soft * np.hypot(*self.matrix[:, 0])))
            mask = np.asarray(cv2.blur(cv2.blur(mask, (radius, radius)), (radius, radius)), np.uint8)
            if clip is not None:
                corner = np.array([window[1].start, window[0].start])
                inside = np.zeros_like(mask)
                cv2.fillPoly(inside, [_fixed(self.pixels(clip) - corner)], 255, cv2.LINE_8, SUBPIXEL_BITS)
                cv2.bitwise_and(mask, inside, mask)
        share = mask[..., None].astype(np.float32) * np.float32(alpha / 255)
        view = self.canvas.color[window]
        view[:] = (view + (np.array(color, np.float32) - view) * share + 0.5).astype(np.uint8)

    def gradient(self, points: Points, top: RGB, bottom: RGB, clip: Points | None = None) -> None:
        """Vertical gradient over the height of the shape."""
        found = self._mask([points], points if clip is None else clip)
        if found is None:
            return
        window, mask = found
        view = self.canvas.color[window]
        ys = self.pixels(points)[:, 1]
        rows = np.arange(window[0].start, window[0].stop)
        t = np.clip((rows - ys.min()) / max(float(np.ptp(ys)), 1.0), 0, 1)[:, None]
        ramp = np.array(top) * (1 - t) + np.array(bottom) * t
        column = np.rint(ramp).astype(np.uint8)[:, None]
        solid = cv2.resize(column, mask.shape[::-1], interpolation=cv2.INTER_NEAREST)
        cv2.copyTo(solid, mask, view)

    def stroke(
        self,
        points: Points,
        color: RGB,
        width: float = 1.0,
        start: float = 0.15,
        end: float = 0.15,
        color_only: bool = False,
    ) -> None:
        """Line along `points`, `width` plain lines thick, narrowed to `start` and `end` of that at its ends.

        `color_only` strokes are paint, not the artist's lines: stripes of cloth, the light under a lip.
        """
        vertices = _fixed(self.pixels(ribbon(dense(points, 0.07), self.weight * width, start, end)))
        if color_only:
            cv2.fillPoly(self.canvas.color, [vertices], color, cv2.LINE_8, SUBPIXEL_BITS)
        else:
            self._cover(vertices, color, self.ink)

    def solid(self, points: Points, color: RGB) -> None:
        """Area of solid ink, such as pupils and lashes."""
        self._cover(_fixed(self.pixels(points)), color, self.ink)

    def shape(self, points: Points, color: RGB, line: RGB, width: float = 1.0) -> None:
        """Closed, filled and outlined area."""
        self.fill(points, color)
        self.outline(points, line, width)

    def outline(self, points: Points, line: RGB, width: float = 1.0) -> None:
        """Line around a closed area, all of one width."""
        self.stroke(np.vstack([points, points[:1]]), line, width, 0.8, 0.8)

    def _cover(self, vertices: NDArray[np.int32], color: RGB, ink: int) -> None:
        """Fill a polygon in every layer."""
        cv2.fillPoly(self.canvas.color, [vertices], color, cv2.LINE_8, SUBPIXEL_BITS)
        cv2.fillPoly(self.canvas.ink, [vertices], ink, cv2.LINE_8, SUBPIXEL_BITS)
        if self.canvas.parts is not None:
            cv2.fillPoly(self.canvas.parts, [vertices], self.part, cv2.LINE_8, SUBPIXEL_BITS)

    def _mask(
        self, shapes: Sequence[Points], clip: Points, margin: float = 0.0
    ) -> tuple[tuple[slice, slice], NDArray[np.uint8]] | None:
        """Window of the canvas around `shapes` within `clip`, and the mask (0, 255) inside it."""
        outlines = [self.pixels(points) for points in shapes]
        edge = self.pixels(clip)
        reach = margin * float(np.hypot(*self.matrix[:, 0])) * 2
        joined = np.vstack(outlines)
        low = np.maximum(np.maximum(joined.min(0), edge.min(0)) - reach, 0).astype(int)
        high = np.minimum(np.minimum(joined.max(0), edge.max(0)) + reach + 2, self.canvas.ink.shape[::-1]).astype(int)
        if np.any(high <= low):
            return None
        mask = np.zeros((high[1] - low[1], high[0] - low[0]), np.uint8)
        for outline in outlines:
            cv2.fillPoly(mask, [_fixed(outline - low)], 255, cv2.LINE_8, SUBPIXEL_BITS)
        if not (len(shapes) == 1 and shapes[0] is clip):
            inside = np.zeros_like(mask)
            cv2.fillPoly(inside, [_fixed(edge - low)], 255, cv2.LINE_8, SUBPIXEL_BITS)
            cv2.bitwise_and(mask, inside, mask)
        return (slice(low[1], high[1]), slice(low[0], high[0])), mask


def _fixed(pixels: Points) -> NDArray[np.int32]:
    return np.rint(pixels * (1 << SUBPIXEL_BITS)).astype(np.int32)
