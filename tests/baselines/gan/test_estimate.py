"""Estimates of the GAN baselines: steps, network calls of a step, and memory."""

from typing import Any

import pytest
from gan_toys import tiny_config

from baselines.gan.config import Blocks, GanConfig
from baselines.gan.estimate import estimate, image_cost, phase_cost, total_steps

BLOCKS = Blocks("stop-gradient", norm=True, cbam=False)


@pytest.mark.parametrize(
    ("settings", "steps"),
    [
        ({}, 600_000),
        ({"variant": "sga-repository"}, 40 * (100 // 16)),
        ({"epochs": 3}, 3 * (100 // 16)),
        ({"epochs": 3, "steps": 7}, 7),
        ({"steps": 7, "budget": {"images": 165}}, 10),
        ({"budget": {"images": 31}}, 1),
    ],
)
def test_steps_follow_from_budget_steps_epochs_or_the_published_length(settings: dict[str, Any], steps: int) -> None:
    assert total_steps(GanConfig.model_validate(settings), 100) == steps


def test_a_step_counts_each_network_call() -> None:
    config = tiny_config("sga")
    generator, critic, vgg = image_cost(config, BLOCKS)
    assert (vgg.both, vgg.kept) == (0, 0), "both losses of VGG-19 are off"
    cost = phase_cost(config, BLOCKS, 6)
    assert (cost.steps, cost.batch) == (4, 2)
    assert cost.flops == 2 * (generator.both + 3 * critic.both)
    first = config.model_copy(update={"variant": "sga-repository"})
    assert phase_cost(first, BLOCKS, 6).flops > 2 * image_cost(first, BLOCKS)[0].both
    averaged = config.model_copy(update={"ema_decay": 0.9})
    assert phase_cost(averaged, BLOCKS, 6).memory - cost.memory == 4 * (generator.parameters + critic.parameters)


def test_the_rows_name_both_networks() -> None:
    rows = dict(estimate(tiny_config("sga"), BLOCKS, 6))
    generator, critic, _ = image_cost(tiny_config("sga"), BLOCKS)
    assert rows["parameters"] == f"{generator.parameters:,}, and {critic.parameters:,} of the critic"
    assert rows["one image, VGG-19"] == "not used"
