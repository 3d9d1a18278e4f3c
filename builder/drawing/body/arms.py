"""The measures of a body, and its arms: behind the back, or one of them raised."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from builder.drawing.body.hand import paint_raised_arm
from builder.drawing.medium.canvas import Pen
from builder.drawing.medium.curves import bezier, by, points, spline
from builder.drawing.medium.locks import make_lock
from builder.drawing.medium.palette import Tones


@dataclass(frozen=True)
class Build:
    """Half widths of one body, its skin, and the gesture of the raised hand: "wave", "v" or an empty string."""

    neck: float
    shoulder: float
    waist: float
    skin: Tones
    gesture: str

    @property
    def lowered(self) -> tuple[float, ...]:
        """Sides of the page (1 right, -1 left) on which the arm hangs down."""
        return (-1.0,) if self.gesture else (1.0, -1.0)


def build_of(boy: bool, skin: Tones, gesture: str) -> Build:
    return Build(0.36, 1.62, 1.08, skin, gesture) if boy else Build(0.29, 1.38, 0.84, skin, gesture)


def paint_forearms(pen: Pen, build: Build, tones: Tones, wide: float = 1.0) -> None:
    """Forearms behind the back, painted before the torso, which hides most of them."""
    s, out = build.shoulder, 0.2 * (wide - 1)
    spine = bezier([(s * 1.085, 4.3), (s * 1.12, 5.0), (s * 0.9, 5.5), (s * 0.3, 5.5)], 16)
    for side in build.lowered:
        fore = make_lock(spine * [side, 1], s * 0.32 + 5 * out, root=1.0, tip=9, widest=0.3)
        pen.fill(fore.outline(), tones.base)
        pen.tone(np.vstack([fore.at(0.2), fore.at(-1.0)[::-1]]) + by(-0.1, 0.05), tones.shade, clip=fore.outline())
        pen.outline(fore.outline(), tones.line, 1.1)


def paint_arms(pen: Pen, build: Build, tones: Tones, wide: float = 1.0) -> None:
    """Upper arms from shoulder to elbow, painted over the torso."""
    s, out = build.shoulder, 0.2 * (wide - 1)
    for side in build.lowered:
        outer = spline(
            [
                (s * 0.7, 1.885),
                (s * 0.93, 2.03),
                (s * 1.1 + out, 2.42),
                (s * 1.17 + 2 * out, 3.2),
                (s * 1.25 + 3 * out, 4.5),
            ]
        )
        inner = spline([(s * 0.92 - 2 * out, 4.5), (s * 0.88 - out, 3.6), (s * 0.84, 2.75), (s * 0.7, 2.3)])
        elbow = bezier([outer[-1], (s * 1.15, 4.72), inner[0]], 8)
        arm = np.vstack([outer, elbow, inner]) * [side, 1]
        pen.fill(arm, tones.base)
        edge = [(0.97, 2.08), (1.06, 3.2), (1.12, 4.75)] if side > 0 else [(-0.76, 2.5), (-0.99, 3.3), (-1.07, 4.75)]
        shade = spline(points(edge) * [s, 1])
        pen.tone(np.vstack([shade, shade[::-1] + by(0.9, 0.3)]), tones.shade, clip=arm)
        hem = np.vstack([outer, elbow]) if wide > 1.5 else outer  # wide sleeves end at the elbow
        pen.stroke(hem * [side, 1], tones.line, 1.1, 0.1, 0.8)
        pen.stroke(inner[: len(inner) * 3 // 4] * [side, 1], tones.line, 1.0, 0.6, 0.1)
        crook = bezier([(s * 0.94, 4.42), (s * 1.0, 4.32), (s * 1.1, 4.36)], 8) * [side, 1]
        pen.stroke(crook, tones.line, 0.7, 0.7, 0.0)
    if build.gesture:
        paint_raised_arm(pen, build.shoulder, build.skin, tones, build.gesture)
