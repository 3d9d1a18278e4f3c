"""A raised arm with an open hand or two fingers up, in front of the body."""

from __future__ import annotations

import numpy as np

from builder.drawing.medium.canvas import Pen
from builder.drawing.medium.curves import Points, bezier, by, points, spline
from builder.drawing.medium.locks import make_lock
from builder.drawing.medium.palette import Tones

FINGERS = (  # base x, base y, angle from upright, length, in hand units (palm about 1 wide)
    (-0.36, -0.34, -0.26, 0.66),
    (-0.13, -0.46, -0.09, 0.82),
    (0.12, -0.46, 0.05, 0.78),
    (0.35, -0.36, 0.22, 0.62),
)


def paint_raised_arm(pen: Pen, shoulder: float, skin: Tones, sleeve: Tones, gesture: str) -> None:
    """Raised arm on the right of the page: sleeve to the elbow, forearm and hand; `gesture` is "wave" or "v"."""
    s = shoulder
    upper = bezier([(s * 0.84, 2.2), (s * 1.1, 2.7), (s * 1.3, 3.4), (s * 1.42, 3.95)], 16)
    upper_arm = make_lock(upper, 0.48, root=0.55, tip=9, widest=0.3)
    pen.fill(upper_arm.outline(), sleeve.base)
    shade = upper_arm.at(-1.0 + np.linspace(0, 1.8, 16).clip(0, 0.9))
    pen.tone(np.vstack([shade, upper_arm.at(-1.0)[::-1]]), sleeve.shade)
    for across in (-1.0, 1.0):
        pen.stroke(upper_arm.at(across)[3 if across > 0 else 6 :], sleeve.line, 1.1, 0.2, 0.8)
    wrist = np.array([s * 1.42 + 0.42, 2.15])
    fore = bezier([(s * 1.4, 4.02), (s * 1.52, 3.7), (s * 1.44 + 0.3, 3.0), (wrist[0], wrist[1])], 16)
    fore_arm = make_lock(fore, 0.5, root=1.0, tip=9, widest=0.5)
    hand = pen.moved(float(wrist[0]) + 0.07, float(wrist[1]) - 0.5).rotated(0.12)
    if sleeve is not skin:
        paint_hand(hand, skin, gesture)
    edge = np.vstack([fore_arm.at(-1.0)[:-2], fore_arm.at(1.0)[:-2][::-1]])
    bottom = spline([edge[-1], (s * 1.34, 4.2), edge[0]])
    sleeve_shape = np.vstack([edge, bottom])
    pen.fill(sleeve_shape, sleeve.base)
    pen.tone(np.vstack([fore_arm.at(0.3), fore_arm.at(1.0)[::-1]]), sleeve.shade, clip=sleeve_shape)
    pen.outline(sleeve_shape, sleeve.line, 1.1)
    if sleeve is skin:  # a bare arm has no cuff, so arm and hand join without an edge
        paint_hand(hand, skin, gesture)


def paint_hand(pen: Pen, skin: Tones, gesture: str) -> None:
    """Palm towards the viewer, about 0.8 units tall; the thumb points to the page's left."""
    hand = pen.scaled(0.56, 0.56).of_part("skin")
    up = {0, 1, 2, 3} if gesture == "wave" else {0, 1}
    palm = spline([(-0.3, 0.75), (-0.47, 0.2), (-0.47, -0.3), (0.0, -0.5), (0.46, -0.3), (0.44, 0.25), (0.28, 0.75)])
    wrist = points([(0.27, 1.55), (-0.29, 1.55)])
    for k, (x, y, angle, length) in enumerate(FINGERS):
        if k in up:
            _finger(hand, x, y, angle, length, skin)
    hand.fill(np.vstack([palm, wrist]), skin.base)
    hand.tone(np.vstack([palm, wrist]) + by(0.62, 0.25), skin.shade, clip=np.vstack([palm, wrist]))
    hand.stroke(palm[: len(palm) * 2 // 6 + 2], skin.line, 1.5, 0.8, 0.3)
    hand.stroke(palm[len(palm) * 4 // 6 - 2 :], skin.line, 1.5, 0.3, 0.8)
    for x, y in ((-0.3, -0.29), (0.28, 0.27)):
        hand.stroke(points([(x, 0.75), (y, 1.5)]), skin.line, 1.5, 0.9, 0.3)
    if gesture == "wave":
        _finger(hand, -0.36, 0.28, -0.85, 0.62, skin)
        hand.fill(spline([(-0.42, 0.3), (-0.3, 0.02), (-0.05, 0.3), (-0.25, 0.5)], True), skin.base)
        hand.stroke(bezier([(-0.12, 0.5), (-0.02, 0.2), (-0.2, 0.02)], 8), skin.line, 0.9, 0.2, 0.0)
        return
    for x in (0.32, 0.1):
        curled = spline([(x - 0.13, -0.3), (x, -0.46), (x + 0.13, -0.3), (x + 0.11, 0.02), (x - 0.11, 0.04)], True)
        hand.shape(curled, skin.base, skin.line, 1.4)
    thumb = spline([(-0.44, 0.3), (-0.2, 0.0), (0.18, -0.06), (0.2, 0.12), (-0.1, 0.22), (-0.3, 0.5)])
    hand.fill(thumb, skin.base)
    hand.stroke(thumb, skin.line, 1.4, 0.3, 0.3)


def _finger(pen: Pen, x: float, y: float, angle: float, length: float, skin: Tones) -> None:
    width = 0.125
    tip: Points = np.array([[-width, 0.3], [-width, -length * 0.8], [-width * 0.6, -length], [width * 0.6, -length],
                            [width, -length * 0.8], [width, 0.3]])  # fmt: skip
    finger = spline(tip)
    c, s = np.cos(angle), np.sin(angle)
    turned = finger @ np.array([[c, s], [-s, c]]) + by(x, y)
    pen.fill(turned, skin.base)
    pen.tone(np.vstack([turned[-20:], turned[-20:][::-1] - by(0.09, 0.0)]), skin.shade, clip=turned)
    pen.stroke(turned, skin.line, 1.4, 0.3, 0.3)
