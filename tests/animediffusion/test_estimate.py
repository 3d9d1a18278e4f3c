"""What a run will take: against the published numbers, measured peaks, and what a run then leaves."""

import json
import math
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

import anibench
from animediffusion.config import AnimeDiffusionConfig, UNetConfig
from animediffusion.estimate import chain_length, network_cost, phase_cost, phase_steps, run_bytes
from benchmark.core.config import load_config
from benchmark.core.errors import AnibenchError
from benchmark.data.dataset import Dataset
from benchmark.methods.interface import get_method
from benchmark.training.config import BudgetConfig

PAPER = AnimeDiffusionConfig()
SAMPLES = 31_696


def with_phase2(**changes: Any) -> AnimeDiffusionConfig:
    return PAPER.model_copy(update={"phase2": PAPER.phase2.model_copy(update=changes)})


def test_the_papers_network_costs_what_is_known() -> None:
    cost = network_cost(UNetConfig(), 256)
    assert cost.parameters == 52_301_251
    assert cost.forward == pytest.approx(273.4e9, rel=0.02)
    assert cost.both == pytest.approx(820e9, rel=0.02)


def test_attention_to_the_reference_costs_its_convolutions_and_its_products() -> None:
    plain, attending = network_cost(UNetConfig(), 256), network_cost(UNetConfig(reference_attention=True), 256)
    weights = [27 * 64, 9 * 64 * 128, 9 * 128 * 256, 9 * 256 * 512]  # of the strided convolutions
    pixels = [256**2, 128**2, 64**2, 32**2]
    projections = 2 * (512 + 16) * 512 + 2 * 512 * 512  # query and key with a code of 16 numbers; value and output
    products = 2 * 512 * 32**4  # of queries and keys, and of their weights and values
    macs = sum(map(math.prod, zip(weights, pixels, strict=True))) + projections * 32**2 + products
    assert attending.forward - plain.forward == 2 * macs
    biases_and_norms = 3 * (64 + 128 + 256 + 512) + 6 * 512
    assert attending.parameters - plain.parameters == sum(weights) + projections + biases_and_norms


def test_the_papers_phases_take_its_steps_and_flops() -> None:
    first, second = phase_cost(PAPER, PAPER.phase1, SAMPLES), phase_cost(PAPER, PAPER.phase2, SAMPLES)
    assert (first.steps, first.batch, second.steps, second.batch) == (297_000, 32, 7_924, 4)
    assert first.steps * first.flops == pytest.approx(7.8e18, rel=0.02)
    calls = 10 * 820e9 + 10 * 273.4e9 + 10 * 273.4e9  # the chain, what checkpoints compute again, the inversion
    assert second.flops == pytest.approx(4 * calls, rel=0.02)


@pytest.mark.parametrize(
    ("changes", "forward_calls"),
    [
        ({}, 20),
        ({"checkpointing": False}, 10),
        ({"inversion_start": "noise"}, 19),
        ({"start_noise": "gaussian"}, 10),
        ({"start_noise": "gaussian", "checkpointing": False}, 0),
    ],
)
def test_every_network_call_of_phase_2_counts(changes: dict[str, Any], forward_calls: int) -> None:
    config = with_phase2(**changes)
    network = network_cost(config.unet, 256)
    cost = phase_cost(config, config.phase2, SAMPLES)
    assert cost.flops == 4 * (10 * network.both + forward_calls * network.forward)


@pytest.mark.parametrize(
    ("first", "chain", "steps", "shares"),
    [
        (None, 4, 5, {4: 5}),
        (4, 4, 5, {4: 5}),
        (1, 4, 40, {1: 10, 2: 10, 3: 10, 4: 10}),
        (2, 4, 7, {2: 3, 3: 2, 4: 2}),
    ],
)
def test_the_chain_grows_in_equal_shares_of_phase_2(
    first: int | None, chain: int, steps: int, shares: dict[int, int]
) -> None:
    config = with_phase2(first_chain=first, chain=chain, steps=steps)
    lengths = [chain_length(config.phase2, step, steps) for step in range(steps)]
    assert lengths == sorted(lengths)
    assert {length: lengths.count(length) for length in lengths} == shares


def test_a_growing_chain_costs_the_mean_of_its_lengths_and_the_memory_of_the_last() -> None:
    constant = with_phase2(chain=4, steps=40, checkpointing=False)
    growing = with_phase2(chain=4, steps=40, checkpointing=False, first_chain=1)
    network = network_cost(PAPER.unet, 256)
    cost, other = (phase_cost(config, config.phase2, SAMPLES) for config in (growing, constant))
    assert cost.flops == 4 * (5 * (network.both + network.forward) // 2)
    assert cost.memory == other.memory


@pytest.mark.parametrize(("images", "gib"), [(1, 2.3), (2, 3.6), (4, 6.0)])
def test_memory_of_phase_1_is_near_measured_peaks(images: int, gib: float) -> None:
    settings = PAPER.phase1.model_copy(update={"micro_batch": images})
    assert phase_cost(PAPER, settings, SAMPLES).memory / 2**30 == pytest.approx(gib, rel=0.05)


def test_memory_of_phase_2_is_near_measured_peaks_and_falls_with_checkpoints() -> None:
    kept, again = (
        phase_cost(PAPER, PAPER.phase2.model_copy(update={"micro_batch": 1, "checkpointing": on}), SAMPLES).memory
        for on in (False, True)
    )
    assert kept / 2**30 == pytest.approx(13.4, rel=0.1)
    assert again < 0.25 * kept


def test_a_run_fits_into_the_disk_that_was_asked_for(train_tiny: Any, tiny_config: Any, tmp_path: Path) -> None:
    train_tiny("run", **{"ema_decay": 0.9})
    config = tiny_config(**{"ema_decay": 0.9})
    weights = 4 * network_cost(config.unet, config.resolution).parameters
    left = sum(path.stat().st_size for path in (tmp_path / "run/checkpoints").glob("*.safetensors"))
    assert 2 * weights < left, "both phases' last weights"
    assert run_bytes(config, weights // 4) == (3 * 4 + 2) * weights


def dry_run(*arguments: str) -> tuple[dict[str, Any], dict[str, str]]:
    result = CliRunner().invoke(anibench.main, ["train", "animediffusion", *arguments, "--dry-run"])
    assert result.exit_code == 0, result.output
    rows = (line.partition(": ") for line in result.stderr.splitlines())
    return json.loads(result.stdout), {what: value for what, _, value in rows}


def test_dry_run_of_the_paper_says_what_the_paper_says(tmp_path: Path) -> None:
    config, rows = dry_run("--preset", "paper", "--data", str(tmp_path))
    adam = {"name": "adam", "learning_rate": 1e-5, "betas": [0.9, 0.999], "weight_decay": 0.0, "schedule": "constant"}
    expected: dict[str, dict[str, Any]] = {
        "unet": {"channels": 64, "multipliers": [1, 2, 4, 8], "blocks": 2, "heads": 4, "groups": 32, "cbam": False},
        "diffusion": {"steps": 1000, "dtype": "float32"},
        "phase1": {"epochs": 300, "batch": 32, "shuffle": True, "loss": "sum", "condition_dropout": 0.0},
        "phase2": {
            "enabled": True, "epochs": 1, "batch": 4, "chain": 10, "grid": "published", "eta": 0.0,
            "start_noise": "invert-reference", "inversion_weights": "phase1", "inversion_start": "network",
            "inversion_time": "pass",
        },
        "sampling": {"sampler": "ddim", "steps": 10, "eta": 0.0, "start_noise": "invert-reference"},
    }  # fmt: skip
    assert (config["resolution"], config["warp"], config["ema_decay"]) == (256, True, 0.0)
    for part, settings in expected.items():
        assert {key: config[part][key] for key in settings} == settings
    for phase in ("phase1", "phase2"):
        assert config[phase]["steps"] is None
        assert {key: config[phase]["optimizer"][key] for key in adam} == adam
    assert rows["training samples"].startswith("31,696 (the paper's number")
    assert rows["parameters"] == "52,301,251"
    assert rows["one image"] == "273.4 GFLOP forward, 820 with the backward pass"
    assert rows["phase 1"] == "297,000 steps of 32 images, 26.2 TFLOP each"
    assert rows["phase 2"].startswith("7,924 steps of 4 images")
    (a100,) = (value for what, value in rows.items() if "A100" in what)
    assert a100.startswith("phase 1 40 h")


def test_dry_run_counts_the_dataset_there_is(tiny_dataset: Dataset) -> None:
    _, rows = dry_run("--preset", "paper", "--data", str(tiny_dataset.root), "--set", "phase2.enabled=false")
    assert rows["training samples"] == f"6 ({tiny_dataset.root})"
    assert rows["phase 1"].startswith("300 steps of 6 images")
    assert "phase 2" not in rows


def test_a_budget_in_images_is_divided_as_the_phases_see_images_without_it() -> None:
    demo = load_config(AnimeDiffusionConfig, preset=get_method("animediffusion").preset("demo"))
    assert phase_steps(demo, 1900) == {"phase1": 1, "phase2": 1700}
    phases = {"phase1": {"steps": 500, "batch": 16}, "phase2": {"steps": 400, "batch": 8}}
    demo = demo.model_copy(update={name: getattr(demo, name).model_copy(update=new) for name, new in phases.items()})
    for images, steps in ((11_200, (500, 400)), (22_400, (1000, 800)), (5_000, (223, 179)), (24, (1, 1))):
        config = demo.model_copy(update={"budget": BudgetConfig(images=images)})
        assert tuple(phase_steps(config, 1900).values()) == steps
    with pytest.raises(AnibenchError, match=r"budget\.images 23 is less than one step of each phase; give 24 or more"):
        phase_steps(demo.model_copy(update={"budget": BudgetConfig(images=23)}), 1900)
    alone = {"phase2": demo.phase2.model_copy(update={"enabled": False}), "budget": BudgetConfig(images=160)}
    assert phase_steps(demo.model_copy(update=alone), 1900) == {"phase1": 10}
