"""A card is comparable with the paper only with its counts, resolution and budget."""

from pathlib import Path
from typing import Any

import pytest

from benchmark.data.dataset import PAPER_TEST, PAPER_TRAIN
from reports.read.claims import IMAGES_SEEN, ablation, comparable, data_differences, training_differences
from reports.read.collect import Collection, collect

pytestmark = pytest.mark.usefixtures("no_weights")


def test_only_the_papers_counts_size_and_budget_count_as_comparable(runs: Path) -> None:
    found: Collection = collect(runs)
    run = next(run for run in found.groups[0].runs if run.card.kind == "method")
    assert run.card.training is not None
    data = run.card.data.model_copy(update={"counts": {"train": PAPER_TRAIN, "test": PAPER_TEST}})
    training = run.card.training.model_copy(
        update={"images_seen": IMAGES_SEEN, "fingerprint": run.card.data.fingerprint}
    )
    card = run.card.model_copy(update={"data": data, "n": PAPER_TEST, "training": training})
    config = run.config.model_copy(update={"method_config": {"resolution": 256}})
    assert comparable(card, config)
    assert training_differences(card, config) == []
    assert "not published" in data_differences(card)[0]
    assert not comparable(card, run.config), "64 px inside"
    assert not comparable(card.model_copy(update={"n": 578}), config)
    assert not comparable(card.model_copy(update={"kind": "external", "training": None}), config)
    shorter = training.model_copy(update={"images_seen": IMAGES_SEEN // 2})
    assert not comparable(card.model_copy(update={"training": shorter}), config)


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"phase2": {"epochs": 1}}, ("phase 2 for 1 epoch",) * 2),
        ({"phase2": {"epochs": 10}}, ("phase 2 for 10 epochs",) * 2),
        ({"phase2": {"epochs": 3}}, ("", "phase 2 for 3 epochs")),
        ({"phase2": {"epochs": 1, "steps": 1900}}, ("", "phase 2 for 1,900 steps")),
        ({"phase2": {"epochs": 1, "steps": 1900}, "budget": {"images": 800}}, ("", "phase 2 for 50 steps")),
        ({"phase2": {"epochs": 1}, "budget": {"images": 800}}, ("", "phase 2 for 50 steps")),
        ({"phase2": {"epochs": 1}, "warp": False}, ("without TPS", "without TPS, phase 2 for 1 epoch")),
        ({"phase2": {"enabled": False}, "budget": {"images": 800}}, ("without phase 2", "without phase 2, DDIM")),
    ],
)
def test_the_variant_is_the_trained_one_also_with_a_budget(
    runs: Path, settings: dict[str, Any], expected: tuple[str, str]
) -> None:
    run = next(run for run in collect(runs).groups[0].runs if run.card.training is not None)
    assert run.card.training is not None
    training = run.card.training.model_copy(update={"phase": "phase2", "step": 50})
    card = run.card.model_copy(update={"method": "animediffusion", "kind": "method", "training": training})
    assert ablation(card, run.config.model_copy(update={"method_config": settings})) == expected
