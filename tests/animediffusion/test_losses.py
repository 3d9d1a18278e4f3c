"""The losses of both phases on toy networks in float64, and the draws of each sample."""

import pytest
import torch
from torch import Tensor

from animediffusion.diffusion import Denoise, NoiseStream, add_noise, make_schedule
from animediffusion.losses import draw_noise, draw_steps, drop_condition, phase1_loss, phase2_loss

SCHEDULE = make_schedule(1000, torch.float64)
TIMES = [1, 301, 601]


def images(seed: int) -> Tensor:
    """(2, 3, 4, 4) within [-0.5, 0.5]: the chains below clamp nothing."""
    return torch.rand(2, 3, 4, 4, generator=torch.Generator().manual_seed(seed), dtype=torch.float64) - 0.5


def scaled(weight: Tensor) -> Denoise:
    return lambda noisy, t: weight * noisy


def test_phase1_is_the_summed_square_of_the_noise_error_at_each_samples_own_step() -> None:
    target, noise, t = images(1), images(2), torch.tensor([3, 999])
    loss = phase1_loss(scaled(torch.tensor(0.3, dtype=torch.float64)), target, noise, t, SCHEDULE, "uniform")
    expected = sum(
        (0.3 * add_noise(SCHEDULE, target[i : i + 1], noise[i : i + 1], t[i : i + 1]) - noise[i : i + 1]).square().sum()
        for i in range(2)
    )
    assert loss.item() == pytest.approx(float(expected), rel=1e-12)


@pytest.mark.parametrize("checkpointed", [False, True])
@pytest.mark.parametrize("eta", [0.0, 1.0])
def test_the_gradient_of_phase2_passes_through_every_step_of_the_chain(checkpointed: bool, eta: float) -> None:
    """Against central differences of the whole chain: a chain cut between two steps has another gradient."""
    start, target = images(3), images(4)

    def loss(weight: Tensor) -> Tensor:
        draw = NoiseStream([1, 2], start.shape[1:])
        options = {"eta": eta, "draw": lambda: 0.1 * draw().double(), "checkpointed": checkpointed}
        return phase2_loss(scaled(weight), start, target, SCHEDULE, TIMES, **options)

    weight = torch.tensor(0.05, dtype=torch.float64, requires_grad=True)
    loss(weight).backward()
    assert weight.grad is not None
    with torch.no_grad():
        difference = (loss(weight + 1e-6) - loss(weight - 1e-6)) / 2e-6
    assert weight.grad.item() == pytest.approx(difference.item(), rel=1e-6)


def test_steps_are_drawn_from_the_whole_schedule_and_from_nothing_beyond() -> None:
    drawn = draw_steps(range(400), 4, torch.device("cpu"))
    counts = torch.bincount(drawn)
    assert len(counts) == 4
    assert counts.min() > 60


def test_each_samples_noise_follows_from_its_own_seed() -> None:
    together, alone = draw_noise(torch.zeros(3, 3, 4, 4), [1, 2, 3])(), draw_noise(torch.zeros(1, 3, 4, 4), [2])()
    assert torch.equal(together[1], alone[0])
    assert not torch.equal(together[0], together[1])


@pytest.mark.parametrize(("rate", "least", "most"), [(0.0, 0, 0), (0.25, 60, 140), (1.0, 400, 400)])
def test_line_and_reference_are_dropped_together_at_the_given_rate(rate: float, least: int, most: int) -> None:
    line, reference = drop_condition(torch.ones(400, 1, 2, 2), torch.ones(400, 3, 2, 2), rate, range(400))
    dropped = line.flatten(1).sum(1) == 0
    assert torch.equal(dropped, reference.flatten(1).sum(1) == 0)
    assert least <= int(dropped.sum()) <= most
