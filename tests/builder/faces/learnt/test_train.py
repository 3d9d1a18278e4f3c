"""The training of the learnt detector on a few drawn pictures."""

from pathlib import Path

import numpy as np
import pytest
import torch

from builder.drawing.crowd.crowd import draw_crowd
from builder.faces.learnt import train as training
from builder.faces.learnt.decode import make_maps
from builder.faces.learnt.pictures import face_rows
from builder.faces.learnt.samples import Picture
from builder.faces.learnt.train import loss_of, train


@pytest.fixture(scope="module")
def pictures() -> list[Picture]:
    return [(crowd.rgb, face_rows(crowd.faces)) for crowd in map(draw_crowd, (0, 2, 6))]


def test_the_loss_falls_and_a_resumed_training_equals_an_uninterrupted_one(
    tmp_path: Path, pictures: list[Picture], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(training, "EVERY", 4)
    losses: list[float] = []
    step = training._step

    def counted(*arguments: object) -> float:
        if len(losses) == 12:
            raise KeyboardInterrupt
        losses.append(step(*arguments))  # type: ignore[arg-type]
        return losses[-1]

    monkeypatch.setattr(training, "_step", counted)
    for name in "bc":
        (tmp_path / name).mkdir()
    train(tmp_path / "b", pictures, 8, 2, 2e-3, 0)
    assert np.mean(losses[4:]) < np.mean(losses[:2])
    with pytest.raises(KeyboardInterrupt):
        train(tmp_path / "c", pictures, 8, 2, 2e-3, 0)
    monkeypatch.setattr(training, "_step", step)
    train(tmp_path / "c", pictures, 8, 2, 2e-3, 0)
    whole, resumed = (torch.load(tmp_path / name / "average.pt", weights_only=True) for name in ("b", "c"))
    assert all(torch.equal(whole[key], resumed[key]) for key in whole)


def test_a_right_answer_costs_less_than_a_wrong_one() -> None:
    face = np.array([[30, 40, 78, 100, 42, 62, 66, 64, 55, 98, -0.4, 1]], np.float32)
    target, weight, seen = (torch.from_numpy(each)[None] for each in make_maps(face, np.zeros((0, 4), np.float32), 96))
    right = target.clone()
    right[:, 0] = torch.where(target[:, 0] == 1, 8.0, -8.0)
    right[:, 11] = torch.atanh(target[:, 11])
    shifted, silent = right.clone(), right.clone()
    shifted[:, 5:9] += 0.2
    silent[:, 0] = -8.0
    assert float(loss_of(right, target, weight, seen)) < 0.02
    assert float(loss_of(shifted, target, weight, seen)) > 0.5
    assert float(loss_of(silent, target, weight, seen)) > 5
