"""Settings of the GAN baselines: presets, defaults and what is refused."""

from typing import Any

import pytest

from baselines.gan.config import GanConfig, LossConfig
from benchmark.core.config import load_config
from benchmark.methods.interface import get_method


@pytest.mark.parametrize("method", ["scft", "sga", "attention-aware"])
def test_presets_are_the_methods_own_and_paper_is_the_default(method: str) -> None:
    found: Any = get_method(method)
    assert {"demo", "paper"} <= found.presets().keys()
    assert all(path.parent.name == method for path in found.presets().values())
    published = found.config()
    paper = load_config(found.config, preset=found.preset("paper"))
    same = {"steps": None, "runtime": published.runtime, "loss": published.loss}  # written out in the preset
    assert paper.model_copy(update=same) == published
    assert (paper.steps, paper.batch, paper.width, paper.resolution) == (600_000, 16, 16, 256)
    assert (paper.generator.learning_rate, paper.discriminator.learning_rate) == (1e-4, 2e-4)
    assert paper.generator.betas == paper.discriminator.betas == (0.5, 0.999)
    shared = (paper.loss.adversarial, paper.loss.l1, paper.loss.perceptual, paper.loss.style)
    assert shared == (1.0, 30.0, 0.01, 50.0)
    demo = load_config(found.config, preset=found.preset("demo"))
    assert demo.budget.images == 30_400
    assert not demo.loss.uses_vgg


@pytest.mark.parametrize("resolution", [48, 100])
def test_a_resolution_that_the_networks_cannot_halve_is_refused(resolution: int) -> None:
    with pytest.raises(ValueError, match=f"resolution {resolution} must be a multiple of 16, 64 or more"):
        GanConfig(resolution=resolution)


def test_vgg_is_needed_unless_both_of_its_losses_are_off() -> None:
    losses = [LossConfig(), LossConfig(style=0), LossConfig(perceptual=0), LossConfig(perceptual=0, style=0)]
    assert [loss.uses_vgg for loss in losses] == [True, True, True, False]


def test_loss_weights_are_the_configured_ones() -> None:
    assert GanConfig(loss=LossConfig(l1=2)).loss_weights == {
        "adversarial": 1, "l1": 2, "perceptual": 0.01, "style": 50, "triplet": 0,
    }  # fmt: skip


@pytest.mark.parametrize("augment", [{"bend": 0.1}, {"character": 0.5}])
def test_the_papers_triplet_refuses_references_that_lie_elsewhere(augment: dict[str, float]) -> None:
    scft = get_method("scft").config
    scft.model_validate({"augment": augment})
    with pytest.raises(ValueError, match=r"set augment.bend and augment.character to 0: loss.triplet_form cvpr"):
        scft.model_validate({"augment": augment, "loss": {"triplet_form": "cvpr"}})
