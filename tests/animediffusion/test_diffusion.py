"""Diffusion against a second implementation: float64, written here from the specification, one number at a time."""

import math
from itertools import pairwise

import pytest
import torch
from torch import Tensor

from animediffusion.diffusion import (
    Denoise,
    NoiseStream,
    Prediction,
    Schedule,
    add_noise,
    ddim_sample,
    ddim_step,
    ddim_times,
    ddpm_sample,
    ddpm_step,
    invert,
    make_schedule,
    min_snr_weights,
    predict_clean,
    predict_noise,
    training_target,
)

T = 1000
SHAPE = (2, 3, 4, 4)


def exact_gammas(steps: int) -> list[float]:
    scale, gammas, product = 1000 / steps, [], 1.0
    for i in range(steps):
        product *= 1 - (1e-6 + (1e-2 - 1e-6) * i / (steps - 1)) * scale
        gammas.append(product)
    return gammas


def fake_network(noisy: Tensor, t: Tensor | None) -> Tensor:
    """Depends on the picture, and on the step where it is told; never far from plausible noise."""
    wave = torch.zeros(len(noisy)) if t is None else torch.sin(t.float())
    return 0.7 * noisy + 0.3 * torch.cos(3 * noisy) + 0.1 * wave[:, None, None, None].to(noisy.dtype)


def randn(seed: int) -> Tensor:
    return torch.randn(SHAPE, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def test_the_schedule_has_the_published_values() -> None:
    schedule = make_schedule(T)
    assert schedule.gammas.dtype == torch.float32
    published = {0: 0.99999899, 1: 0.99998796, 101: 0.94964, 501: 0.28330, 901: 0.016901, 999: 0.0066226}
    for t, gamma in published.items():
        assert schedule.gamma[t] == pytest.approx(gamma, rel=5e-5)
    sums = (schedule.posterior_mean_coef1 + schedule.posterior_mean_coef2)[:4].tolist()
    assert schedule.posterior_mean_coef1[:2].tolist() == pytest.approx([0.98690, 0.91436], abs=6e-6)
    assert sums == pytest.approx([0.9869, 0.9985, 0.9993, 0.9996], abs=6e-5)


def test_the_float64_schedule_is_exact() -> None:
    schedule = make_schedule(T, torch.float64)
    assert schedule.gamma == pytest.approx(exact_gammas(T), rel=1e-12)
    assert schedule.posterior_mean_coef1[:2].tolist() == pytest.approx([1.0, 0.91673], abs=6e-6)
    assert schedule.posterior_variance[0] == 0
    assert schedule.posterior_log_variance[0] == pytest.approx(math.log(1e-20))
    gamma, before = schedule.gamma[500], schedule.gamma[499]
    beta = 1 - gamma / before
    assert schedule.posterior_variance[500].item() == pytest.approx(beta * (1 - before) / (1 - gamma), rel=1e-9)


def test_a_shorter_schedule_is_scaled() -> None:
    assert make_schedule(100, torch.float64).gamma == pytest.approx(exact_gammas(100), rel=1e-12)


@pytest.mark.parametrize(
    ("count", "grid", "expected"),
    [
        (10, "published", list(range(1, 1000, 100))),
        (30, "published", list(range(1, 959, 33))),
        (1, "published", [1]),
        (1000, "published", list(range(1, 1000))),
        (10, "trailing", list(range(99, 1000, 100))),
        (1, "trailing", [999]),
        (1000, "trailing", list(range(1000))),
    ],
)
def test_ddim_times(count: int, grid: str, expected: list[int]) -> None:
    assert ddim_times(T, count, grid) == expected  # type: ignore[arg-type]


def test_a_chain_has_between_one_and_all_steps() -> None:
    for count in (0, 1001):
        with pytest.raises(ValueError, match="1 to 1000"):
            ddim_times(T, count)


def test_noising_uses_each_pictures_own_step() -> None:
    schedule, clean, noise = make_schedule(T, torch.float64), randn(0), randn(1)
    noisy = add_noise(schedule, clean, noise, torch.tensor([3, 901]))
    gammas = exact_gammas(T)
    for i, t in enumerate((3, 901)):
        expected = math.sqrt(gammas[t]) * clean[i] + math.sqrt(1 - gammas[t]) * noise[i]
        assert torch.allclose(noisy[i], expected, atol=1e-12)


def test_the_clean_picture_is_found_again_and_clamped() -> None:
    schedule, clean, noise = make_schedule(T), randn(0).clamp(-1, 1), randn(1)
    noisy = add_noise(schedule, clean, noise, torch.tensor([901, 901]))
    assert torch.allclose(predict_clean(schedule, noisy, noise, 901), clean, atol=1e-6)
    assert predict_clean(schedule, 9 * noisy, noise, 901).abs().max() == 1


@pytest.mark.parametrize("t", [0, 1, 500, 999])
def test_ddpm_step(t: int) -> None:
    schedule, gammas = make_schedule(T, torch.float64), exact_gammas(T)
    noisy, predicted, noise = randn(0), randn(1), randn(2)
    gamma, before = gammas[t], gammas[t - 1] if t else 1.0
    beta = 1 - gamma / before
    clean = (noisy / math.sqrt(gamma) - math.sqrt(1 / gamma - 1) * predicted).clamp(-1, 1)
    mean = beta * math.sqrt(before) / (1 - gamma) * clean + (1 - before) * math.sqrt(1 - beta) / (1 - gamma) * noisy
    spread = math.sqrt(beta * (1 - before) / (1 - gamma)) if t else 0.0
    for eta in (0.0, 0.5, 1.0):
        assert torch.allclose(
            ddpm_step(schedule, noisy, predicted, t, eta, lambda: noise), mean + eta * spread * noise, atol=1e-9
        )


@pytest.mark.parametrize(("t", "previous"), [(1, 0), (101, 1), (901, 801), (999, 0)])
@pytest.mark.parametrize("eta", [0.0, 0.4, 1.0])
def test_ddim_step(t: int, previous: int, eta: float) -> None:
    gammas, noisy, predicted, noise = exact_gammas(T), randn(0), randn(1), randn(2)
    gamma, before = gammas[t], gammas[previous]
    clean = ((noisy - math.sqrt(1 - gamma) * predicted) / math.sqrt(gamma)).clamp(-1, 1)
    sigma = eta * math.sqrt((1 - before) / (1 - gamma) * (1 - gamma / before))
    expected = math.sqrt(before) * clean + math.sqrt(1 - before - sigma**2) * predicted + sigma * noise
    result = ddim_step(make_schedule(T, torch.float64), noisy, predicted, t, previous, eta, lambda: noise)
    assert torch.allclose(result, expected, atol=1e-12)
    if (t, previous, eta) == (1, 0, 1.0):
        assert sigma == pytest.approx(9.6e-4, rel=0.01)  # the published last step is not free of noise


def reference_chain(start: Tensor, count: int, eta: float, noises: list[Tensor]) -> Tensor:
    """The published loop as the specification words it, in float64."""
    gammas, noisy = exact_gammas(T), start
    current = [i + 1 for i in range(0, T, T // count)][:count]
    for t, previous in reversed(list(zip(current, [0, *current[:-1]], strict=True))):
        predicted = fake_network(noisy, torch.full((len(noisy),), t))
        clean = ((noisy - math.sqrt(1 - gammas[t]) * predicted) / math.sqrt(gammas[t])).clamp(-1, 1)
        ratio = (1 - gammas[previous]) / (1 - gammas[t]) * (1 - gammas[t] / gammas[previous])
        sigma = eta * math.sqrt(ratio)
        noisy = math.sqrt(gammas[previous]) * clean + math.sqrt(1 - gammas[previous] - sigma**2) * predicted
        noisy = noisy + sigma * noises.pop(0)
    return noisy


@pytest.mark.parametrize("count", [1, 7, 10, 30])
@pytest.mark.parametrize("eta", [0.0, 1.0])
def test_ddim_sampling_is_the_published_loop(count: int, eta: float) -> None:
    noises = [randn(10 + i) for i in range(count)]
    expected = reference_chain(randn(0), count, eta, list(noises))
    queue = list(noises)
    times = ddim_times(T, count)
    result = ddim_sample(
        fake_network, randn(0).float(), make_schedule(T), times, eta=eta, draw=lambda: queue.pop(0).float()
    )
    assert torch.allclose(result.double(), expected, atol=1e-4)
    assert len(queue) == (0 if eta else count)  # with eta, noise is drawn at every step, the last included


@pytest.mark.parametrize("eta", [0.0, 1.0])
def test_a_checkpointed_chain_has_the_same_gradient(eta: float) -> None:
    schedule, times = make_schedule(T, torch.float64), ddim_times(T, 5)
    gradients = []
    for checkpointed in (False, True):
        weight = torch.tensor(0.9, dtype=torch.float64, requires_grad=True)
        draw = NoiseStream([1, 2], SHAPE[1:])
        result = ddim_sample(
            lambda noisy, t, weight=weight: weight * fake_network(noisy, t),
            randn(0), schedule, times, eta=eta, draw=lambda draw=draw: draw().double(), checkpointed=checkpointed,
        )  # fmt: skip
        result.square().sum().backward()
        gradients.append(weight.grad)
    assert gradients[0] is not None
    assert gradients[1] is not None
    assert torch.allclose(gradients[0], gradients[1], rtol=1e-12)
    assert gradients[0].abs() > 0


def test_ddpm_sampling_visits_every_step_once() -> None:
    seen: list[int] = []

    def spy(noisy: Tensor, t: Tensor | None) -> Tensor:
        assert t is not None
        seen.append(int(t[0]))
        return fake_network(noisy, t)

    result = ddpm_sample(spy, randn(0), make_schedule(50), eta=1.0, draw=lambda: randn(1))
    assert seen == list(range(49, -1, -1))
    assert torch.isfinite(result).all()


@pytest.mark.parametrize("pass_time", [True, False])
@pytest.mark.parametrize("first", [None, 5])
def test_inversion_is_the_published_loop(pass_time: bool, first: int | None) -> None:
    gammas, times = exact_gammas(T), ddim_times(T, 10)
    first_noise = None if first is None else randn(first)
    clean = randn(0).clamp(-1, 1)

    def told(t: int) -> Tensor | None:
        return torch.full((2,), t) if pass_time else None

    noise = fake_network(clean, told(0)) if first_noise is None else first_noise
    noisy = math.sqrt(gammas[1]) * clean + math.sqrt(1 - gammas[1]) * noise
    for t, following in pairwise(times):
        noise = fake_network(noisy, told(t))
        guess = ((noisy - math.sqrt(1 - gammas[t]) * noise) / math.sqrt(gammas[t])).clamp(-1, 1)
        noisy = math.sqrt(gammas[following]) * guess + math.sqrt(1 - gammas[following]) * noise
    result = invert(
        fake_network, clean, make_schedule(T, torch.float64), times, first_noise=first_noise, pass_time=pass_time
    )
    assert torch.allclose(result, noisy, atol=1e-9)


def schedule_of(prediction: Prediction) -> Schedule:
    return make_schedule(T, torch.float64, prediction)


def network_of(prediction: Prediction) -> Denoise:
    """`fake_network`, told as another quantity by the definitions of noise, v and image."""
    gammas = exact_gammas(T)

    def network(noisy: Tensor, t: Tensor | None) -> Tensor:
        noise = fake_network(noisy, t)
        assert t is not None
        root, rest = math.sqrt(gammas[int(t[0])]), math.sqrt(1 - gammas[int(t[0])])
        image = (noisy - rest * noise) / root
        return {"noise": noise, "v": root * noise - rest * image, "image": image}[prediction]

    return network


@pytest.mark.parametrize("prediction", ["noise", "v", "image"])
@pytest.mark.parametrize("t", [0, 1, 500, 999])
def test_image_and_noise_are_found_again_in_each_prediction(prediction: Prediction, t: int) -> None:
    schedule, clean, noise = schedule_of(prediction), randn(0).clamp(-1, 1), randn(1)
    steps = torch.tensor([t, t])
    noisy, predicted = add_noise(schedule, clean, noise, steps), training_target(schedule, clean, noise, steps)
    assert torch.allclose(predict_clean(schedule, noisy, predicted, t), clean, atol=1e-9)
    assert torch.allclose(predict_noise(schedule, noisy, predicted, t), noise, atol=1e-9)
    assert torch.allclose(predict_clean(schedule, noisy, predicted, t, scale=0.3), 0.3 * clean, atol=1e-9)
    assert predict_clean(schedule, 1e4 * noisy, 1e4 * clean, t).abs().max() <= 1


def test_v_is_the_velocity_of_its_paper() -> None:
    clean, noise = randn(0), randn(1)
    v = training_target(schedule_of("v"), clean, noise, torch.tensor([3, 901]))
    for i, t in enumerate((3, 901)):
        gamma = exact_gammas(T)[t]
        assert torch.allclose(v[i], math.sqrt(gamma) * noise[i] - math.sqrt(1 - gamma) * clean[i], atol=1e-12)


@pytest.mark.parametrize("t", [1, 100, 500, 999])
def test_weighted_by_signal_to_noise_the_error_is_the_same_in_each_prediction(t: int) -> None:
    clean, guess, noise, steps = randn(0), randn(3), randn(1), torch.tensor([t, t])
    gamma = exact_gammas(T)[t]
    errors = []
    for prediction in ("noise", "v", "image"):
        schedule = schedule_of(prediction)  # type: ignore[arg-type]
        noisy = add_noise(schedule, clean, noise, steps)
        implied = (noisy - math.sqrt(gamma) * guess) / math.sqrt(1 - gamma)
        expected = training_target(schedule, clean, noise, steps)
        error = (training_target(schedule, guess, implied, steps) - expected).square().flatten(1).sum(1)
        errors.append((min_snr_weights(schedule, steps) * error).sum())
    expected = min(gamma / (1 - gamma), 5) * (guess - clean).square().sum()
    assert [float(error) for error in errors] == pytest.approx([float(expected)] * 3, rel=1e-8)


@pytest.mark.parametrize("prediction", ["v", "image"])
def test_samplers_and_inversion_give_the_same_for_each_prediction(prediction: Prediction) -> None:
    def paint(kind: Prediction) -> list[Tensor]:
        schedule, network, times = schedule_of(kind), network_of(kind), ddim_times(T, 10)
        return [
            ddim_sample(network, randn(0), schedule, times, eta=0.5, draw=lambda: randn(2)),
            ddim_sample(network, randn(0), schedule, [999], eta=0.0, draw=lambda: randn(2)),
            ddpm_step(schedule, randn(0), network(randn(0), torch.tensor([700])), 700, 1.0, lambda: randn(2)),
            invert(network, randn(0).clamp(-1, 1), schedule, times, first_noise=randn(4)),
        ]

    for one, other in zip(paint(prediction), paint("noise"), strict=True):
        assert torch.allclose(one, other, atol=1e-8)


def test_inversion_from_step_0_understands_v() -> None:
    results = [
        invert(network_of(kind), randn(0).clamp(-1, 1), schedule_of(kind), [1, 500], first_noise=None)
        for kind in ("noise", "v")  # type: ignore[arg-type]
    ]
    assert torch.allclose(*results, atol=1e-8)


def test_noise_of_a_picture_does_not_depend_on_its_batch() -> None:
    together = NoiseStream([5, 6, 7], (3, 4, 4))
    alone = NoiseStream([6], (3, 4, 4))
    for _ in range(3):
        assert torch.equal(together()[1], alone()[0])
