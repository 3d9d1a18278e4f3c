"""Steps of a training loop: order, held-out samples, learning rate, optimisers, losses and stops."""

import math
import os
import signal
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from torch import nn

from benchmark.core.errors import AnibenchError
from benchmark.methods.checkpoints import CheckpointInfo
from benchmark.training.config import OptimizerConfig
from benchmark.training.state import RunIdentity
from benchmark.training.steps import (
    LossLog,
    Order,
    Stop,
    hold_out,
    learning_rate,
    make_average,
    make_optimizer,
    pieces,
    share,
    stop_agreed,
    stop_signals,
    take_step,
)

IDS = tuple(f"{i:016x}" for i in range(10))
ALONE: Any = SimpleNamespace(num_processes=1, process_index=0)
IDENTITY = RunIdentity(method="m", config={"a": {"b": 1}, "runtime": {"log_every": 5}}, fingerprint="f")
INFO = CheckpointInfo(
    method="m", config={"a": 1}, phase="phase1", step=3, images_seen=12, seconds=1.5, dataset="d", fingerprint="f",
    training_ids=IDS, anibench_version="0",
)  # fmt: skip


def test_every_epoch_is_a_pass_in_an_order_of_its_own() -> None:
    order = Order(IDS, 4, seed=1)
    assert order.steps_per_epoch == 2
    epochs = [
        [sample_id for step in (2 * epoch, 2 * epoch + 1) for sample_id in order.at(step)[1]] for epoch in range(3)
    ]
    assert all(len(set(epoch)) == 8 for epoch in epochs)
    assert epochs[0] != epochs[1] != epochs[2]
    assert [order.at(step)[0] for step in range(5)] == [0, 0, 1, 1, 2]


def test_samples_are_kept_from_training_by_their_own_hash() -> None:
    ids = [f"{i:016x}" for i in range(50)]
    trained, kept = hold_out(ids, 3, seed=1)
    assert len(kept) == 3
    assert [*sorted(trained), *sorted(kept)] != ids
    assert sorted([*trained, *kept]) == ids
    assert list(trained) == sorted(trained), "the order of the split is kept"
    assert set(hold_out(list(reversed(ids)), 3, seed=1)[1]) == set(kept)
    assert hold_out(ids, 4, seed=1)[1][:3] == kept
    assert hold_out(ids, 3, seed=2)[1] != kept
    assert set(hold_out([*ids, "f" * 16], 4, seed=1)[1]) & set(kept), "one more sample exchanges few"


@pytest.mark.parametrize(("samples", "wanted", "kept"), [(50, 16, 5), (500, 16, 16), (9, 16, 0), (50, 0, 0)])
def test_at_most_a_tenth_is_kept_from_training(samples: int, wanted: int, kept: int) -> None:
    ids = [f"{i:016x}" for i in range(samples)]
    assert [len(part) for part in hold_out(ids, wanted, seed=0)] == [samples - kept, kept]


def test_several_processes_stop_together_and_at_the_same_step() -> None:
    def several(others_asked: float) -> Any:
        def reduce(value: torch.Tensor, how: str) -> torch.Tensor:
            return value + others_asked

        return SimpleNamespace(num_processes=2, device="cpu", reduce=reduce)

    asked, not_asked = Stop(), Stop()
    asked.asked = True
    assert stop_agreed(asked, 3, 10, ALONE)
    assert not stop_agreed(not_asked, 3, 10, ALONE)
    assert not stop_agreed(asked, 3, 10, several(1)), "another process may not have got that far"
    assert stop_agreed(asked, 10, 10, several(0))
    assert stop_agreed(not_asked, 10, 10, several(1))
    assert not stop_agreed(not_asked, 10, 10, several(0))


def test_an_order_follows_from_the_step_alone() -> None:
    forward = Order(IDS, 3, seed=1)
    expected = [forward.at(step) for step in range(9)]
    assert [Order(IDS, 3, seed=1).at(step) for step in (7, 2, 5)] == [expected[step] for step in (7, 2, 5)]
    assert Order(IDS, 3, seed=2).at(0) != expected[0]


def test_fewer_samples_than_a_batch_are_one_batch_and_shuffling_is_a_choice() -> None:
    assert sorted(Order(IDS, 32, seed=0).at(5)[1]) == list(IDS)
    assert Order(IDS, 4, seed=0, shuffle=False).at(3) == (1, list(IDS[4:8]))


def test_pieces_make_up_the_whole() -> None:
    assert pieces(IDS, None) == [IDS]
    assert [len(piece) for piece in pieces(IDS, 4)] == [4, 4, 2]


def test_processes_share_a_step_without_overlap() -> None:
    parts = [share(IDS, SimpleNamespace(num_processes=3, process_index=rank)) for rank in range(3)]
    assert sorted(sample_id for part in parts for sample_id in part) == list(IDS)
    with pytest.raises(AnibenchError, match="2 samples cannot be divided among 3"):
        share(IDS[:2], SimpleNamespace(num_processes=3, process_index=0))


def test_the_rate_rises_from_the_floor_and_falls_to_it() -> None:
    config = OptimizerConfig(learning_rate=1e-4, schedule="cosine", warmup=0.1, floor=1e-8)
    rates = [learning_rate(config, step, 200) for step in range(200)]
    assert rates[0] == 1e-8
    assert rates[10] == pytest.approx(1e-8 + (1e-4 - 1e-8) / 2)
    assert rates[20] == max(rates) == 1e-4
    assert rates[20:] == sorted(rates[20:], reverse=True)
    assert rates[110] == pytest.approx(1e-8 + (1e-4 - 1e-8) * 0.5 * (1 + math.cos(math.pi * 90 / 179)))
    assert rates[-1] == pytest.approx(1e-8)
    assert {learning_rate(OptimizerConfig(), step, 50) for step in range(50)} == {1e-5}


@pytest.mark.parametrize("name", ["adam", "adamw"])
def test_a_step_is_the_published_update(name: str) -> None:
    model = nn.Linear(2, 1, bias=False)
    with torch.no_grad():
        model.weight.copy_(torch.tensor([[1.0, -2.0]]))
    config = OptimizerConfig.model_validate({"name": name, "weight_decay": 0.5, "betas": [0.9, 0.99]})
    optimizer = make_optimizer(config, model)
    (model(torch.tensor([[3.0, 4.0]])) * 2).sum().backward()  # gradient (6, 8)
    take_step(optimizer, list(model.parameters()), rate=0.1, clip=None, accelerator=ALONE)
    # A first step moves by the sign: its moments cancel. AdamW shrinks first; Adam's decay is normalised away.
    expected = [0.95 - 0.1, -1.9 - 0.1] if name == "adamw" else [0.9, -2.1]
    assert model.weight[0].tolist() == pytest.approx(expected, abs=1e-5)
    assert model.weight.grad is None


def test_clipping_bounds_the_gradient() -> None:
    model = nn.Linear(2, 1, bias=False)
    before = model.weight.detach().clone()
    (model(torch.tensor([[300.0, 400.0]]))).sum().backward()
    optimizer = torch.optim.SGD(model.parameters(), lr=1.0)
    take_step(optimizer, list(model.parameters()), rate=1.0, clip=1.0, accelerator=ALONE)
    assert (before - model.weight)[0].tolist() == pytest.approx([0.6, 0.8], abs=1e-5)


def test_the_average_moves_by_one_minus_the_decay() -> None:
    model = nn.Linear(1, 1, bias=False)
    average = make_average(model, 0.9)
    assert average is not None
    for value in (1.0, 2.0):
        model.weight.data.fill_(value)
        average.update_parameters(model)
    assert average.module.weight.item() == pytest.approx(0.9 * 1 + 0.1 * 2)
    assert make_average(model, 0.0) is None


def test_batch_statistics_are_averaged_as_the_weights_they_belong_to() -> None:
    model = torch.nn.BatchNorm1d(1)
    average = make_average(model, 0.9)
    assert average is not None
    for value in (1.0, 2.0):
        model.running_mean.fill_(value)  # type: ignore[union-attr]
        average.update_parameters(model)
    assert average.module.running_mean.item() == pytest.approx(0.9 * 1 + 0.1 * 2)


def test_losses_wait_until_they_are_read() -> None:
    log = LossLog("phase1")
    for step in (1, 2):
        log.add({"step": step}, ("loss", "other"), torch.tensor([step / 2, 3.0]), IDS[:2])
    assert log.read() == [{"step": 1, "loss": 0.5, "other": 3.0}, {"step": 2, "loss": 1.0, "other": 3.0}]
    assert log.read() == []


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_lost_loss_is_reported_with_its_samples(value: float) -> None:
    log = LossLog("phase1")
    log.add({"step": 7}, ("loss", "discriminator"), torch.tensor([1.0, value]), IDS[:2])
    with pytest.raises(AnibenchError, match=f"discriminator loss of phase1 step 7 .* {IDS[0]}, {IDS[1]}"):
        log.read()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_first_signal_asks_and_the_second_interrupts(number: signal.Signals) -> None:
    before = signal.getsignal(number)
    with stop_signals() as stop:
        os.kill(os.getpid(), number)
        assert stop.asked
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), number)
    assert signal.getsignal(number) is before
