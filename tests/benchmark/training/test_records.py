"""Metrics, the loss picture and sample grids of a training run."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.axes import Axes

from benchmark.core.files import read_rgb
from benchmark.training.records import LABEL_WIDTH, MetricsLog, draw_loss, write_grid


def test_metrics_are_rewound_to_a_state(tmp_path: Path) -> None:
    log = MetricsLog(tmp_path / "metrics.jsonl")
    log.append({"phase": phase, "step": step, "loss": 1.0} for phase in ("phase1", "phase2") for step in (1, 2, 3))
    with log.path.open("a") as file:
        file.write('{"phase": "phase2", "st')  # a kill in the middle of a line
    log.rewind("phase2", 1)
    assert [(row["phase"], row["step"]) for row in log.rows()] == [*(("phase1", i) for i in (1, 2, 3)), ("phase2", 1)]
    assert all(json.loads(line) for line in log.path.read_text().splitlines())


def test_the_loss_picture_shows_both_phases(tmp_path: Path) -> None:
    rows = [
        {"phase": phase, "step": step, "epoch": step // 4, "loss": 1 / step}
        for phase in ("phase1", "phase2")
        for step in range(1, 9)
    ]
    draw_loss(tmp_path / "one.png", rows[:8])
    draw_loss(tmp_path / "two.png", rows)
    one, two = read_rgb(tmp_path / "one.png"), read_rgb(tmp_path / "two.png")
    assert two.shape[1] == 2 * one.shape[1]
    draw_loss(tmp_path / "none.png", [])
    assert not (tmp_path / "none.png").exists()


def test_the_loss_picture_shows_loss_per_step_and_per_epoch_and_validation(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    drawn: list[tuple[str, list[float], list[float]]] = []
    plot = Axes.plot

    def spy(self: Axes, x: Any, y: Any, *rest: Any, **options: Any) -> Any:
        drawn.append((options.get("label", ""), list(x), list(y)))
        return plot(self, x, y, *rest, **options)

    monkeypatch.setattr(Axes, "plot", spy)
    rows: list[dict[str, Any]] = [
        {"phase": "phase1", "step": step, "epoch": (step - 1) // 2, "loss": float(step)} for step in range(1, 5)
    ]
    told = {"kind": "validation", "phase": "phase1", "step": 2, "psnr": 12.5}
    draw_loss(tmp_path / "loss.png", [*rows[:2], told, *rows[2:]])
    assert ("step", [1, 2, 3, 4], [1, 2, 3, 4]) in drawn
    assert ("mean of an epoch", [1.5, 3.5], [1.5, 3.5]) in drawn
    assert ("", [2], [12.5]) in drawn


def test_a_grid_holds_each_picture_in_its_place(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    lines, colors = rng.integers(0, 256, (3, 1, 8, 8), np.uint8), rng.integers(0, 256, (3, 3, 8, 8), np.uint8)
    write_grid(tmp_path / "grid.png", {"line": lines, "target": colors}, gap=2)
    whole = read_rgb(tmp_path / "grid.png")
    assert all((whole[y : y + 8, :LABEL_WIDTH] < 128).any() for y in (0, 10)), "every row has its label"
    grid = whole[:, LABEL_WIDTH:]
    assert grid.shape == (8 + 2 + 8, 8 * 3 + 2 * 2, 3)
    assert np.array_equal(grid[:8, 10:18], np.repeat(lines[1].transpose(1, 2, 0), 3, axis=2))
    assert np.array_equal(grid[10:, 20:], colors[2].transpose(1, 2, 0))
    assert (grid[8:10] == 255).all()
