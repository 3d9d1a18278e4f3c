"""Line drawings of any size with a reference, and `anibench colorize` on them."""

from pathlib import Path
from typing import Any

import cv2
import numpy as np
from click.testing import CliRunner

import anibench
from benchmark.core.files import Image, write_png


def drawing(height: int, width: int) -> Image:
    """An ellipse with a thin and a thick outline on white."""
    page = np.full((height, width), 255, np.uint8)
    centre, axes = (width // 2, height // 2), (width // 3, height // 3)
    cv2.ellipse(page, centre, axes, 0, 0, 360, 0, 2)
    cv2.ellipse(page, centre, (axes[0] // 2, axes[1] // 2), 0, 0, 360, 60, 5)
    return page


def shaded(line: Image, noise: int = 3) -> Image:
    """A photo of a drawing: paper from level 230 down to 140, faint ink, grain."""
    height, width = line.shape
    paper = np.linspace(230, 140, width)[None, :] + np.random.default_rng(0).normal(0, noise, (height, width))
    return np.clip(np.where(line < 128, paper * 0.6, paper), 0, 255).astype(np.uint8)


DURATIONS = [40, 90, 200, 60]


def frames(count: int = 4) -> list[Image]:
    """The drawing, a few px further right in each frame."""
    return [np.roll(drawing(60, 80), 4 * number, axis=1) for number in range(count)]


def write_desk(folder: Path) -> Path:
    """Write two drawings of different size and a reference to `folder`, and return it."""
    write_png(folder / "drawings" / "wide.png", drawing(300, 420))
    write_png(folder / "drawings" / "tall.png", drawing(500, 200))
    write_png(folder / "face.png", np.full((90, 120, 3), (200, 120, 90), np.uint8))
    return folder


def run(desk: Path, *more: str, lines: str = "drawings", method: str | None = "line-only") -> Any:
    """Run `anibench colorize` on the folder of `write_desk`."""
    command = ["colorize", str(desk / lines), "--reference", str(desk / "face.png"), "--out", str(desk / "out")]
    command += ["--runs", str(desk / "runs"), "--device", "cpu", *(["--method", method] if method else []), *more]
    return CliRunner().invoke(anibench.main, command)
