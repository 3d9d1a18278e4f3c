"""The figure of learning curves: its panels show the scores, and its axis is chosen."""

from pathlib import Path

import numpy as np
from ladders import IMAGES, ladder, table

from benchmark.core.files import read_rgb
from reports.content.learning.curves import learning_curves
from reports.content.learning.plot import draw_curves

BLUE = (31, 119, 180)  # the first curve


def test_panels_grow_with_metrics_and_show_the_curve(tmp_path: Path) -> None:
    group = table(*ladder(seeds=(2, 1, 1, 1, 1)))
    tables = [(group, learning_curves(group))]
    draw_curves(tables, ["psnr"], tmp_path / "one.png")
    draw_curves(tables, ["psnr", "ms-ssim"], tmp_path / "two.png")
    one, two = (read_rgb(tmp_path / f"{name}.png") for name in ("one", "two"))
    assert two.shape[0] > 1.5 * one.shape[0]
    assert np.all(one == BLUE, axis=2).sum() > 200


def test_a_curve_without_fit_is_drawn_as_points(tmp_path: Path) -> None:
    group = table(*ladder(), *ladder(IMAGES[:2], shift=-3.0, width=2))
    curves = learning_curves(group)
    draw_curves([(group, curves)], ["psnr"], tmp_path / "a.png")
    draw_curves([(group, curves[:1])], ["psnr"], tmp_path / "b.png")
    orange = [np.all(read_rgb(tmp_path / name) == (255, 127, 14), axis=2).sum() for name in ("a.png", "b.png")]
    assert orange[0] > 20
    assert orange[1] == 0
