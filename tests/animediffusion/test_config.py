"""Presets say what they claim, and settings that cannot work are refused by name."""

from pathlib import Path

import pytest

import animediffusion
from animediffusion.config import AnimeDiffusionConfig
from benchmark.core.config import flat, load_config
from benchmark.core.errors import AnibenchError

PRESETS = Path(animediffusion.__file__).parent / "presets"


def preset(name: str, *settings: str) -> AnimeDiffusionConfig:
    return load_config(AnimeDiffusionConfig, preset=PRESETS / f"{name}.toml", settings=settings)


def test_every_preset_loads() -> None:
    for path in PRESETS.glob("*.toml"):
        assert preset(path.stem).resolution in (64, 128, 256)


def test_the_defaults_are_the_papers() -> None:
    assert preset("paper") == AnimeDiffusionConfig()
    paper = flat(preset("paper").model_dump())
    expected = {
        "resolution": 256, "warp": True, "ema_decay": 0.0, "unet.channels": 64, "unet.multipliers": (1, 2, 4, 8),
        "unet.blocks": 2, "unet.heads": 4, "unet.cbam": False, "diffusion.steps": 1000,
        "phase1.epochs": 300, "phase1.batch": 32, "phase1.loss": "sum", "phase1.optimizer.name": "adam",
        "phase1.optimizer.learning_rate": 1e-5, "phase1.optimizer.weight_decay": 0.0, "phase1.condition_dropout": 0.0,
        "phase2.epochs": 1, "phase2.batch": 4, "phase2.chain": 10, "phase2.eta": 0.0, "phase2.optimizer.name": "adam",
        "phase2.optimizer.learning_rate": 1e-5, "phase2.start_noise": "invert-reference",
        "phase2.inversion_weights": "phase1", "phase2.inversion_time": "pass", "phase2.inversion_start": "network",
        "sampling.steps": 10, "sampling.eta": 0.0, "sampling.start_noise": "invert-reference",
    }  # fmt: skip
    assert {key: paper[key] for key in expected} == expected


def test_the_official_preset_differs_where_the_code_does() -> None:
    paper, official = flat(preset("paper").model_dump()), flat(preset("official").model_dump())
    differing = {key: official[key] for key in paper if paper[key] != official[key]}
    optimizer = {"name": "adamw", "learning_rate": 1e-4, "weight_decay": 0.01, "schedule": "cosine"}
    assert differing == {
        "phase1.epochs": 200, "phase1.batch": 1, "phase1.shuffle": False,
        "phase2.epochs": 10, "phase2.batch": 1, "phase2.shuffle": False, "phase2.eta": 1.0,
        "phase2.start_noise": "invert-target", "phase2.inversion_weights": "current",
        "phase2.inversion_start": "noise", "phase2.inversion_time": "omit",
        "sampling.eta": 1.0, "sampling.start_noise": "gaussian", "sampling.inversion_start": "noise",
        "phase1.optimizer.warmup": 1 / 200, "phase2.optimizer.warmup": 1 / 10,
        **{f"{phase}.optimizer.{key}": value for phase in ("phase1", "phase2") for key, value in optimizer.items()},
    }  # fmt: skip


@pytest.mark.parametrize("name", ["corrected", "demo", "drawn", "paper"])
def test_sampling_starts_as_phase_2_trained_and_never_from_the_target(name: str) -> None:
    config = preset(name)
    assert config.phase2.start_noise == config.sampling.start_noise
    assert config.phase2.grid == config.sampling.grid
    assert config.phase2.chain == config.sampling.steps


def test_every_setting_is_described() -> None:
    for model in (
        AnimeDiffusionConfig,
        *(type(part) for _, part in AnimeDiffusionConfig() if hasattr(part, "model_dump")),
    ):
        for name, field in model.model_fields.items():
            nested = isinstance(field.annotation, type) and hasattr(field.annotation, "model_fields")
            assert nested or field.description or model.__module__ == "benchmark.training.config", f"{model}.{name}"


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("resolution=100", "must be a multiple of 8"),
        ("unet.groups=48", "not a multiple of unet.groups"),
        ("phase2.chain=2000", "more than diffusion.steps"),
        ("phase2.first_chain=11", "phase2.first_chain = 11 is more than phase2.chain = 10"),
        ("sampling.sampler=\"ddpm\"", "gaussian"),
        ("sampling.guidance_scale=2", "phase1.condition_dropout"),
        ("diffusion.prediction=\"image\"", "inversion_start"),
        ("unet.attention_levels=[4]", "attention_levels"),
        ("phase1.learning_rate=1", "unknown key phase1.learning_rate"),
        ("sampling.start_noise=\"invert-target\"", "sampling.start_noise"),
    ],
)  # fmt: skip
def test_what_cannot_work_is_refused(setting: str, message: str) -> None:
    with pytest.raises(AnibenchError, match=message):
        preset("paper", setting)
