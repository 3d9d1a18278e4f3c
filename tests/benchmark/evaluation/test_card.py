"""What a score card states about cost, training and notes, from the checkpoint and the record of painting."""

from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from benchmark.core.files import write_json, write_text
from benchmark.data.dataset import Dataset
from benchmark.evaluation.card import cost_of, notes_of, training_of
from benchmark.evaluation.entries import Entry
from benchmark.evaluation.painting import BATCHES, COST, STATE, Painting
from benchmark.methods.checkpoints import CheckpointInfo
from benchmark.methods.interface import get_method

ROW = '{"images": 2, "seconds": 3.0, "peak_memory": 7, "memory_kind": "process memory"}\n'


def entry(
    method: str, *, ids: tuple[str, ...] | None = None, fingerprint: str = "f" * 64, file: Path | None = None
) -> Entry:
    """An entry, with a checkpoint trained on `ids` where they are given."""
    if ids is None:
        return Entry("label", get_method(method), file, None, notes=("of the entry",))
    info = CheckpointInfo(
        method=method, config={}, phase="phase2", step=9, images_seen=80, seconds=5.0, dataset="faces",
        fingerprint=fingerprint, training_ids=ids, anibench_version="0",
    )  # fmt: skip
    return Entry("label", get_method(method), file, info, notes=("of the entry",))


def test_the_cost_is_that_of_the_batches_and_of_the_weights(tmp_path: Path) -> None:
    write_text(tmp_path / BATCHES, ROW)
    save_file({"w": np.zeros((3, 4), np.float32)}, tmp_path / "w.safetensors")
    cost = cost_of(entry("animediffusion", ids=("a",), file=tmp_path / "w.safetensors"), tmp_path, 2, "cpu")
    assert (cost.seconds_per_image, cost.peak_memory, cost.memory_kind) == (1.5, 7, "process memory")
    assert (cost.parameters, cost.device, cost.batch, cost.seconds_by_batch) == (12, "cpu", 2, None)
    write_json(tmp_path / COST, {"1": 2.0, "2": 1.5})
    floor = cost_of(entry("line-only"), tmp_path, 2, "cpu")
    assert (floor.parameters, floor.seconds_by_batch) == (0, {1: 2.0, 2: 1.5})


def test_only_known_training_is_stated() -> None:
    facts = training_of(entry("animediffusion", ids=("a", "b")))
    assert facts is not None
    assert (facts.dataset, facts.pictures, facts.images_seen, facts.phase, facts.step) == ("faces", 2, 80, "phase2", 9)
    assert training_of(entry("line-only")) is None
    assert training_of(entry("animediffusion", ids=())) is None


def test_the_notes_state_other_and_unknown_training_data(tiny_dataset: Dataset, tmp_path: Path) -> None:
    write_json(tmp_path / STATE, Painting(identity={}, notes=("of painting",)).model_dump())

    def notes(one: Entry) -> tuple[str, ...]:
        return notes_of(one, tmp_path, tiny_dataset)

    always = ("of the entry", "of painting")
    assert notes(entry("line-only")) == always
    assert notes(entry("animediffusion", ids=("a",), fingerprint=tiny_dataset.fingerprint)) == always
    assert notes(entry("animediffusion", ids=("a",)))[2:] == ("trained on other data: faces (ffffffffffff)",)
    for unknown in (entry("animediffusion", ids=()), entry("prompt-free")):
        (note,) = notes(unknown)[2:]
        assert "training data are unknown" in note


@pytest.mark.parametrize("rows", [0, 3])
def test_the_seconds_per_image_are_a_median_or_unknown(tmp_path: Path, rows: int) -> None:
    if rows:
        write_text(tmp_path / BATCHES, ROW * 2 + ROW.replace("3.0", "300.0"))
    assert cost_of(entry("line-only"), tmp_path, 2, "cpu").seconds_per_image == (1.5 if rows else None)
