"""Flicker and colour error of a drawn sequence, painted with and without the colours of the last frame.

    python tests/speed/carry.py --frames 10 --characters 3

A head moves and tilts before a background that stays. The error is the mean Delta E to the drawn colours, first and
last frame. Beside `carried`, two other ways: the last painted frame as the reference, or half of both.
"""

import argparse
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from benchmark.colorizing.choice import choose_entry
from benchmark.colorizing.drawings import drawing_of
from benchmark.colorizing.painting import assemble, paint_plan, plan_drawing
from benchmark.colorizing.references import Reference
from benchmark.colorizing.sequences import Flicker, carried
from benchmark.core.files import Image
from benchmark.data.line_check import line_drawing
from benchmark.scoring.lab import to_lab
from builder.drawing.character import make_artist, make_character
from builder.drawing.figure import Pose, paint_figure
from builder.drawing.illustration import SUPERSAMPLING
from builder.drawing.medium.canvas import Canvas
from builder.drawing.scene import paint_scene

SIZE = 256
Blend = Callable[[Image, Image], Image]
WAYS: dict[str, Blend] = {
    "alone": lambda reference, last: reference,
    "carried": lambda reference, last: reference,
    "last frame as reference": lambda reference, last: last,
    "half of both": lambda reference, last: np.asarray((reference.astype(np.uint16) + last) // 2, np.uint8),
}


def draw_frame(number: int, x: float, tilt: float, yaw: float = 0.2) -> tuple[Image, Image]:
    """Colours (256, 256, 3) and lines (256, 256) of a character at `x`, a share of the width."""
    who, artist = make_character(number), make_artist(number)
    rng, dress = np.random.default_rng([number, 1]), np.random.default_rng([number, 2])
    canvas = Canvas(SIZE, SIZE, SUPERSAMPLING, parts=True)
    list(paint_scene(canvas.pen(0, 0, SIZE, weight=0.003, ink=artist.ink), 1, 1, rng))
    pose = Pose(SIZE * x, SIZE * 0.5, SIZE * 0.3, tilt, 0.0, True, yaw)
    paint_figure(canvas.pen(pose.x, pose.y, pose.unit, artist.weight, artist.ink), pose, who, artist, rng, dress)
    return canvas.finish()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--frames", type=int, default=10)
    parser.add_argument("--characters", type=int, default=3)
    options = parser.parse_args()
    work = Path(tempfile.mkdtemp())
    entry = choose_entry(None, None, work, (), lambda message: None)
    colorizer = entry.method.load_colorizer(entry.checkpoint, "cpu", entry.config)
    for number in range(1, options.characters + 1):
        reference = Reference(work, draw_frame(number, 0.55, -0.2, -0.4)[0], ())
        drawn = [draw_frame(number, 0.4 + 0.01 * k, 0.05 * np.sin(0.8 * k)) for k in range(options.frames)]
        for way, blend in WAYS.items():
            flicker, last, errors = Flicker(), None, []
            for colour, line in drawn:
                read = line_drawing(np.dstack([line] * 3))
                plan = plan_drawing(drawing_of(np.dstack([line] * 3), read, "line", "frame"), [reference], None, 0, "a")
                (request,) = plan.requests
                if last is not None:
                    request = replace(request, reference=blend(request.reference, last[1]))
                (painted,) = paint_plan(colorizer, replace(plan, requests=(request,)), work)
                if way == "carried" and last is not None:
                    painted = carried(request.line, painted, last)
                last = request.line, painted
                picture = assemble(plan, [painted])
                flicker.add(line, picture)
                errors.append(float(np.linalg.norm(to_lab(picture) - to_lab(colour), axis=2).mean()))
            print(
                f"{number} {way}: flicker {flicker.level:.2f}, Delta E {errors[0]:.1f} to {errors[-1]:.1f}", flush=True
            )


if __name__ == "__main__":
    main()
