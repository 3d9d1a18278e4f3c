"""The colorizer: its contract, its independence of the batch, sizes, enlarging, guidance and the warning of a start."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from animediffusion.config import AnimeDiffusionConfig, SamplingConfig
from animediffusion.diffusion import NoiseStream, make_schedule
from animediffusion.sampling import AnimeDiffusionColorizer, build_unet, conditioned, sample
from animediffusion.unet import UNet

Bytes = NDArray[np.uint8]


def pictures(n: int, height: int = 64, width: int = 64) -> tuple[Bytes, Bytes]:
    rng = np.random.default_rng(0)
    lines = np.where(rng.random((n, 1, height, width)) < 0.1, 0, 255).astype(np.uint8)
    return lines, rng.integers(0, 256, (n, 3, height, width), np.uint8)


def network(config: AnimeDiffusionConfig) -> UNet:
    """A network with random weights, also of the attention to the reference, whose output starts at 0."""
    torch.manual_seed(0)
    unet = build_unet(config)
    if unet.reference_attention is not None:
        torch.nn.init.normal_(unet.reference_attention.output.weight)
    return unet


def colorizer(config: AnimeDiffusionConfig) -> AnimeDiffusionColorizer:
    return AnimeDiffusionColorizer(network(config), config, "cpu")


@pytest.mark.parametrize("attends", [False, True])
@pytest.mark.parametrize("start", ["gaussian", "invert-reference"])
@pytest.mark.parametrize("eta", [0.0, 1.0])
def test_a_picture_does_not_depend_on_its_batch(
    tiny_config: Callable[..., AnimeDiffusionConfig], start: str, eta: float, attends: bool
) -> None:
    settings: dict[str, Any] = {"sampling.start_noise": start, "sampling.eta": eta, "sampling.inversion_start": "noise"}
    settings["unet.reference_attention"] = attends
    painter = colorizer(tiny_config(resolution=64, **settings))
    lines, references = pictures(5)
    seeds = [3, 1, 4, 1, 5]
    whole = painter.colorize(lines, references, seeds).astype(int)
    for size in (1, 2):
        parts = [
            painter.colorize(lines[i : i + size], references[i : i + size], seeds[i : i + size])
            for i in range(0, 5, size)
        ]
        difference = np.abs(whole - np.concatenate(parts))
        assert difference.max() <= 1
        assert (difference > 0).mean() <= 0.001


def test_the_seed_decides_the_picture(tiny_config: Callable[..., AnimeDiffusionConfig]) -> None:
    painter = colorizer(tiny_config())
    lines, references = pictures(1)
    first, again, other = (painter.colorize(lines, references, [seed]) for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


@pytest.mark.parametrize(("eta", "draws"), [(0.0, 1), (1.0, 5)])
def test_the_full_chain_draws_noise_at_each_step_but_the_last_only_with_eta(
    monkeypatch: pytest.MonkeyPatch, eta: float, draws: int
) -> None:
    """Five steps: the start noise, and with eta 1 the noise of the four steps before the last."""
    drawn: list[int] = []
    call = NoiseStream.__call__
    monkeypatch.setattr(NoiseStream, "__call__", lambda self: drawn.append(1) or call(self))
    config = SamplingConfig(sampler="ddpm", steps=5, eta=eta, start_noise="gaussian")
    sample(lambda noisy, t: noisy, torch.zeros(1, 3, 4, 4), make_schedule(5), config, [7])
    assert len(drawn) == draws


@pytest.mark.parametrize("scale", [1.0, 2.0])
def test_the_compiled_network_is_asked_in_every_step(
    tiny_config: Callable[..., AnimeDiffusionConfig], monkeypatch: pytest.MonkeyPatch, scale: float
) -> None:
    settings = {"phase1.condition_dropout": 0.1, "sampling.guidance_scale": scale}
    calls = 0

    def compile_to_one_buffer(module: torch.nn.Module, mode: str) -> Callable[..., torch.Tensor]:
        assert mode == "reduce-overhead"
        held = torch.empty(0)

        def call(*arguments: torch.Tensor) -> torch.Tensor:  # as a CUDA graph does, one result in place of the last
            nonlocal calls, held
            calls += 1
            held = held.resize_(arguments[0][:, :3].shape)
            return held.copy_(module(*arguments))

        return call

    monkeypatch.setattr(torch, "compile", compile_to_one_buffer)
    lines, references = pictures(2)
    plain = colorizer(tiny_config(**settings)).colorize(lines, references, [1, 2])
    fast = colorizer(tiny_config(**settings, **{"sampling.compile": True})).colorize(lines, references, [1, 2])
    assert calls == 3 * scale
    assert np.array_equal(fast, plain)


@pytest.mark.parametrize("attends", [False, True])
@pytest.mark.parametrize("sides", [(256, 256), (250, 131), (24, 16), (512, 300)])
def test_every_size_comes_back_as_it_went_in(
    tiny_config: Callable[..., AnimeDiffusionConfig], sides: tuple[int, int], attends: bool
) -> None:
    painter = colorizer(tiny_config(**{"unet.reference_attention": attends}))
    lines, references = pictures(2, *sides)
    painted = painter.colorize(lines, references, [1, 2])
    assert painted.shape == (2, 3, *sides)
    assert painted.dtype == np.uint8


def test_arrays_that_do_not_fit_are_refused(tiny_config: Callable[..., AnimeDiffusionConfig]) -> None:
    lines, references = pictures(2)
    with pytest.raises(ValueError, match="one of each is needed"):
        colorizer(tiny_config()).colorize(lines, references, [1])


@pytest.mark.parametrize("attends", [False, True])
@pytest.mark.parametrize("scale", [0.0, 1.0, 2.5])
def test_guidance_extrapolates_from_the_prediction_without_condition(
    tiny_config: Callable[..., AnimeDiffusionConfig], scale: float, attends: bool
) -> None:
    unet = network(tiny_config(**{"unet.reference_attention": attends})).double()
    noisy, line, reference = (torch.randn(2, channels, 16, 16).double() for channels in (3, 1, 3))
    t = torch.tensor([5, 900])
    with torch.no_grad():
        with_condition = unet(torch.cat([noisy, line, reference], 1), t).float()
        without = unet(torch.cat([noisy, torch.zeros(2, 4, 16, 16)], 1), t).float()
        result = conditioned(unet, line, reference, scale)(noisy, t)
    assert torch.allclose(result, without + scale * (with_condition - without), atol=1e-5)


def test_the_one_buffer_of_inference_gives_what_the_training_path_gives(
    tiny_config: Callable[..., AnimeDiffusionConfig],
) -> None:
    unet = build_unet(tiny_config())
    noisy, line, reference = (torch.randn(2, channels, 16, 16) for channels in (3, 1, 3))
    denoise, t = conditioned(unet, line, reference), torch.tensor([5, 900])
    with torch.no_grad():
        held = [denoise(noisy * factor, t) for factor in (1, 2)]
    for factor, result in zip((1, 2), held, strict=True):
        assert torch.allclose(denoise(noisy * factor, t), result, atol=1e-5)


def test_the_ddpm_sampler_takes_every_step(tiny_config: Callable[..., AnimeDiffusionConfig]) -> None:
    calls = 0

    def spy(noisy: torch.Tensor, t: torch.Tensor | None) -> torch.Tensor:
        nonlocal calls
        calls += 1
        return noisy

    config = SamplingConfig(sampler="ddpm", start_noise="gaussian", eta=1.0)
    sample(spy, torch.zeros(1, 3, 4, 4), make_schedule(40), config, [1])
    assert calls == 40


def test_start_noise_is_what_it_says() -> None:
    schedule = make_schedule(1000)
    starts: list[torch.Tensor] = []

    def spy(noisy: torch.Tensor, t: torch.Tensor | None) -> torch.Tensor:
        starts.append(noisy.clone())
        return torch.zeros_like(noisy)

    reference = torch.full((1, 3, 4, 4), 0.5)
    sample(spy, reference, schedule, SamplingConfig(start_noise="gaussian"), [7])
    assert torch.equal(starts[0], NoiseStream([7], (3, 4, 4))())
    starts.clear()
    sample(spy, reference, schedule, SamplingConfig(start_noise="invert-reference"), [7])
    assert torch.equal(starts[0], reference)  # the inversion's first call sees the reference itself


def test_a_score_card_learns_of_a_start_that_sees_the_target(tiny_config: Callable[..., AnimeDiffusionConfig]) -> None:
    said = {
        start: " ".join(colorizer(tiny_config(sampling={"start_noise": start, "steps": 2})).notes)
        for start in ("gaussian", "invert-reference")
    }
    assert "starts from gaussian noise" in said["gaussian"]
    assert "contains part of the target" not in said["gaussian"]
    assert "starts from invert-reference noise" in said["invert-reference"]
    assert "in self-reference tests, the start noise contains part of the target" in said["invert-reference"]
