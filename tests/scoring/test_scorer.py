"""FID from end to end with stand-in weights, and what a card says when there are none."""

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from benchmark import weights
from benchmark.dataset import Dataset
from benchmark.entries import find_entries
from benchmark.eval_config import EvalSettings
from benchmark.evaluate import Evaluation, evaluate_entry
from benchmark.protocol import get_protocol
from benchmark.scorecard import ScoreCard, SetScore
from benchmark.scoring.inception import FEATURES, load_extractor
from benchmark.scoring.sets import frechet_distance

pytestmark = pytest.mark.filterwarnings("ignore:.*deprecated")
FILE = weights.WEIGHTS["inception-torchscript"].file


class StandIn(nn.Module):
    """Random features of the means of a 4 x 4 grid."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(3)
        self.layers = nn.Sequential(nn.AdaptiveAvgPool2d(4), nn.Flatten(), nn.Linear(48, FEATURES))

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return self.layers(images)  # type: ignore[no-any-return]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder where weights are looked for, empty."""
    home = tmp_path / "weights"
    home.mkdir()
    monkeypatch.setenv("ANIBENCH_WEIGHTS", str(home))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return home


def put_weights(folder: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Save the stand-in as the TorchScript file and pin it; returns its SHA-256."""
    torch.jit.save(torch.jit.script(StandIn()), folder / FILE)  # type: ignore[no-untyped-call]
    digest = hashlib.sha256((folder / FILE).read_bytes()).hexdigest()
    known = weights.WEIGHTS["inception-torchscript"]
    monkeypatch.setitem(weights.WEIGHTS, "inception-torchscript", replace(known, sha256=digest))
    return digest


def evaluate(data: Dataset, runs: Path, name: str, batch: int = 8) -> tuple[ScoreCard, str]:
    messages: list[str] = []
    settings = EvalSettings(fid="clean", batch=batch)
    evaluation = Evaluation.open(get_protocol("random-ref"), data, runs, settings, "cpu", messages.append)
    card = evaluate_entry(evaluation, find_entries([name], None, runs)[0][0])
    return card, "\n".join(messages)


def fid(card: ScoreCard) -> SetScore:
    return card.sets["fid"]


def test_without_weights_the_rest_is_done_and_with_them_fid_is_added(
    tiny_dataset: Dataset, tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    card, said = evaluate(tiny_dataset, tmp_path / "runs", "line-only")
    assert (fid(card).value, fid(card).sha256, fid(card).mode) == (None, None, "clean")
    assert fid(card).reason is not None
    for part in (FILE, "https://", str(folder.parent)):
        assert part in str(fid(card).reason)
    assert "fid not computed" in said
    again, said = evaluate(tiny_dataset, tmp_path / "runs", "line-only")
    assert again == card
    assert "finished and unchanged" in said

    digest = put_weights(folder, monkeypatch)
    scored, said = evaluate(tiny_dataset, tmp_path / "runs", "line-only")
    assert "finished" not in said
    assert (fid(scored).sha256, fid(scored).n, fid(scored).n_reference) == (digest, 5, 5)
    extractor = load_extractor("clean", "cpu")
    lines = extractor([np.repeat(tiny_dataset.line(i)[..., None], 3, axis=2) for i in tiny_dataset.ids("test")])
    colors = extractor([tiny_dataset.color(i) for i in tiny_dataset.ids("test")])
    assert fid(scored).value == pytest.approx(frechet_distance(lines, colors), rel=1e-6)


def test_copying_the_reference_has_an_fid_of_zero(
    tiny_dataset: Dataset, tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_weights(folder, monkeypatch)
    copied, _ = evaluate(tiny_dataset, tmp_path / "runs", "copy-reference")
    lines, _ = evaluate(tiny_dataset, tmp_path / "runs", "line-only")
    assert fid(copied).value is not None
    assert fid(lines).value is not None
    assert fid(copied).value < 1e-6 * fid(lines).value  # type: ignore[operator]


def test_features_of_more_pictures_than_a_batch_are_all_taken(
    tiny_dataset: Dataset, tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_weights(folder, monkeypatch)
    whole, _ = evaluate(tiny_dataset, tmp_path / "one", "line-only")
    monkeypatch.setattr("benchmark.scoring.set_scores.FEATURE_BATCH", 2)
    parts, _ = evaluate(tiny_dataset, tmp_path / "two", "line-only", batch=3)
    assert fid(parts).value == pytest.approx(fid(whole).value, rel=1e-6)


def test_a_file_of_another_hash_is_the_reason_and_not_loaded(
    tiny_dataset: Dataset, tmp_path: Path, folder: Path
) -> None:
    torch.jit.save(torch.jit.script(StandIn()), folder / FILE)  # type: ignore[no-untyped-call]
    card, _ = evaluate(tiny_dataset, tmp_path / "runs", "line-only")
    assert fid(card).value is None
    assert "not the file it is named after" in str(fid(card).reason)
