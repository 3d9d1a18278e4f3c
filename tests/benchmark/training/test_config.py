"""Shared training settings: ranges and unknown keys."""

import pytest

from benchmark.training.config import BudgetConfig, OptimizerConfig, RuntimeConfig


@pytest.mark.parametrize(
    "settings", [{"learning_rate": 0}, {"warmup": 1}, {"clip": 0}, {"name": "sgd"}, {"rate": 1e-4}]
)
def test_optimiser_settings_out_of_range_are_refused(settings: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=next(iter(settings))):
        OptimizerConfig.model_validate(settings)


def test_a_budget_and_intervals_are_whole_and_positive() -> None:
    for model, settings in ((BudgetConfig, {"images": 0}), (RuntimeConfig, {"log_every": 0})):
        with pytest.raises(ValueError, match="greater than 0"):
            model.model_validate(settings)
    assert RuntimeConfig(checkpoint_every=0, samples_every=0, validation_samples=0).keep_checkpoints == 3
