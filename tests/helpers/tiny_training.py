"""A training run of AnimeDiffusion that takes a second of CPU, and what tests compare of it."""

import json
from pathlib import Path
from typing import Any

import torch

from benchmark.methods.checkpoints import load_tensors

TINY: dict[str, Any] = {
    "resolution": 16,
    "unet": {"channels": 8, "multipliers": [1, 2], "blocks": 1, "heads": 2, "groups": 4},
    "phase1": {"steps": 7, "batch": 2, "optimizer": {"learning_rate": 1e-3, "schedule": "cosine", "warmup": 0.2}},
    "phase2": {"steps": 4, "batch": 2, "chain": 3, "start_noise": "gaussian", "optimizer": {"learning_rate": 1e-4}},
    "sampling": {"steps": 3, "start_noise": "gaussian"},
    "runtime": {"log_every": 2, "state_every": 2, "samples_every": 0},
}  # 6 samples, batch 2: an epoch is 3 steps, so states at steps 2 and 4 lie inside one


def changed(tree: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """`tree` with `{"a.b": value}` set."""
    result = {key: dict(value) if isinstance(value, dict) else value for key, value in tree.items()}
    for path, value in changes.items():
        *parents, leaf = path.split(".")
        place = result
        for parent in parents:
            place[parent] = dict(place.get(parent, {}))
            place = place[parent]
        place[leaf] = value
    return result


def rows(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]


def losses(folder: Path) -> list[tuple[str, int, float]]:
    return [(row["phase"], row["step"], row["loss"]) for row in rows(folder)]


def same_weights(one: Path, other: Path) -> bool:
    first, second = load_tensors(one), load_tensors(other)
    return first.keys() == second.keys() and all(torch.equal(first[name], second[name]) for name in first)


def as_toml(config: dict[str, Any], prefix: str = "") -> str:
    """`{"a": 1, "b": {"c": 2}}` -> lines `a = 1` and, under `[b]`, `c = 2`."""
    lines = [f"{key} = {json.dumps(value)}" for key, value in config.items() if not isinstance(value, dict)]
    for key, value in config.items():
        if isinstance(value, dict):
            lines += [f"[{prefix}{key}]", as_toml(value, f"{prefix}{key}.")]
    return "\n".join(lines)


CHOICES: list[dict[str, Any]] = [
    {"diffusion.prediction": "v"},
    {"diffusion.prediction": "image", "phase1.weighting": "min-snr"},
    {"augment.mirror": True, "augment.colors": 0.7, "augment.bend": 0.5, "augment.character": 0.5},
    {"augment.palette": 0.9, "augment.patches": 0.6},
    {"unet.reference_attention": True},
    {"augment.border": "both"},
    {"phase1.optimizer.name": "muon"},
]
