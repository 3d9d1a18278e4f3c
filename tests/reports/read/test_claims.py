"""A card is comparable with the paper only with its counts, resolution and budget."""

from pathlib import Path

import pytest

from benchmark.data.dataset import PAPER_TEST, PAPER_TRAIN
from reports.read.claims import IMAGES_SEEN, comparable, data_differences, training_differences
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
