"""The steps of a phase on a network of one layer: what happens between two steps, and when the loop body fails."""

import signal
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from benchmark.core.config import Config as BaseConfig
from benchmark.core.errors import AnibenchError
from benchmark.core.runs import Run
from benchmark.data.dataset import Dataset
from benchmark.methods.checkpoints import load_tensors
from benchmark.training.config import RuntimeConfig
from benchmark.training.loop import Phase, PhasePlan
from benchmark.training.session import TrainingSession
from benchmark.training.state import Counters
from benchmark.training.steps import Order


class Config(BaseConfig):
    seed: int = 0
    resolution: int = 16
    warp: bool = False
    ema_decay: float = 0.5
    runtime: RuntimeConfig = RuntimeConfig(samples_every=0, state_every=2)


@pytest.fixture
def phase(tiny_dataset: Dataset, tmp_path: Path) -> Phase:
    """Four steps of two samples; the network is one 1 x 1 convolution that starts at zero."""
    session: TrainingSession[Any] = TrainingSession("toy", Config(), tiny_dataset, Run(tmp_path / "run", "cpu"))
    network = nn.Conv2d(1, 3, 1, bias=False)
    nn.init.zeros_(network.weight)
    plan = PhasePlan(
        name="fit",
        order=Order(session.ids, 2, seed=0),
        steps=4,
        modules={"network": network},
        optimizers={},
        painter="network",
        paint=lambda painter, batch, seeds: painter(batch.line),
        weights=lambda painter: painter.state_dict(),
        disk=0,
    )
    return Phase(session, plan)


def test_the_average_is_taken_of_the_weights_after_each_step(phase: Phase) -> None:
    averages = []
    for step in phase.steps():
        assert phase.average is not None
        averages.append(phase.average.module.weight.mean().item())
        phase.painter.weight.data.fill_(float(step.number + 1))
        step.finish(0.1, loss=torch.tensor(1.0))
    assert averages == [0, 1, 1.5, 2.25], "the first update copies; then half of the old, half of the new"
    (weight,) = load_tensors(phase.finish()).values()
    assert weight.unique().tolist() == [3.125]


def test_steps_go_through_the_epochs_and_the_counters_follow(phase: Phase) -> None:
    seen = []
    for step in phase.steps():
        seen.append((step.number, step.epoch, tuple(step.own)))
        assert step.own == step.ids, "one process takes all samples"
        step.finish(0.1, loss=torch.tensor(float(step.number)), other=torch.tensor(2.0))
    assert [(number, epoch) for number, epoch, _ in seen] == [(0, 0), (1, 0), (2, 0), (3, 1)]
    assert len({sample_id for _, epoch, ids in seen for sample_id in ids if epoch == 0}) == 6
    assert (phase.counters.step, phase.counters.images_seen) == (4, 8)
    phase.flush()
    rows = phase.session.metrics.rows()
    assert [(row["step"], row["loss"], row["other"]) for row in rows] == [(i + 1, float(i), 2.0) for i in range(4)]


def test_each_step_has_random_numbers_of_its_own_which_a_resumed_run_draws_again(phase: Phase) -> None:
    draws: list[list[float]] = []
    for _ in range(2):
        draws.append([])
        for step in phase.steps():
            draws[-1].append(torch.rand(()).item())
            step.finish(0.1, loss=torch.tensor(1.0))
        phase.step = 0
    assert len(set(draws[0])) == 4
    assert draws[0] == draws[1]


def test_the_seconds_of_earlier_phases_are_counted(phase: Phase) -> None:
    later = Phase(phase.session, phase.plan, Counters(images_seen=30, seconds=100.0))
    assert later.counters.images_seen == 30
    assert 100 <= later.counters.seconds < 160


def test_a_loop_that_forgets_to_finish_a_step_is_an_error(phase: Phase) -> None:
    with pytest.raises(RuntimeError, match=r"fit step 0: the training loop did not call step\.finish"):
        list(phase.steps())


def test_an_error_in_the_loop_gives_the_signals_back(phase: Phase) -> None:
    before = signal.getsignal(signal.SIGINT)

    def fail() -> None:
        for _ in phase.steps():
            assert signal.getsignal(signal.SIGINT) is not before
            raise OSError("the body fails")

    with pytest.raises(OSError, match="body fails"):
        fail()
    assert signal.getsignal(signal.SIGINT) is before


def test_weights_that_overflow_after_a_finite_loss_are_not_saved(phase: Phase) -> None:
    with pytest.raises(AnibenchError, match=r"fit-step-000000002\.safetensors is not written: module\.network\.weight"):
        for step in phase.steps():
            phase.painter.weight.data.fill_(float("inf") if step.number == 1 else 1.0)
            step.finish(0.1, loss=torch.tensor(1.0))
    assert not list(phase.session.states.glob("*.safetensors"))
