"""The builder on real pictures, under $ANIBENCH_REAL_DATA; skipped where there are none."""

import os
from pathlib import Path

import pandas as pd
import pytest

from benchmark.data.dataset import Dataset
from builder.build.pipeline import build
from builder.check.verify import verify
from builder.core.recipe import resolve_recipe
from builder.sources.open import open_source

REAL = Path(os.environ.get("ANIBENCH_REAL_DATA", ""))

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not os.environ.get("ANIBENCH_REAL_DATA"), reason="$ANIBENCH_REAL_DATA is not set"),
]


def accounted(out: Path) -> set[str]:
    return {*Dataset.open(out).manifest["source_path"], *pd.read_parquet(out / "dropped.parquet")["source_path"]}


@pytest.mark.slow
def test_illustrations_give_faces_and_reasons(tmp_path: Path) -> None:
    source = open_source(str(REAL / "illustrations"))
    card = build(source, tmp_path / "out", resolve_recipe(None, [])).card
    assert sum(card.counts.values()) >= 40
    assert accounted(tmp_path / "out") == {record.id for record in source.records()}
    assert verify(tmp_path / "out") == []


@pytest.mark.parametrize("detector", ["animeface", "drawnface"])
def test_odd_inputs_are_all_accounted_for(tmp_path: Path, detector: str) -> None:
    source = open_source(str(REAL / "odd_inputs"))
    card = build(source, tmp_path / "out", resolve_recipe(None, ["crop.min_size=128"], detector=detector)).card
    assert accounted(tmp_path / "out") == {record.id for record in source.records()}
    assert {"empty-file", "not-a-picture", "truncated"} <= set(card.dropped)
    assert not {"failed", "crashed"} & set(card.dropped)
    assert verify(tmp_path / "out") == []


@pytest.mark.slow
def test_two_thousand_television_faces_are_all_kept(tmp_path: Path) -> None:
    recipe = resolve_recipe(None, [], detector="whole", test=100)
    card = build(open_source(str(REAL / "faces256")), tmp_path / "out", recipe).card
    assert card.counts == {"train": 1900, "test": 100}
    assert card.dropped == {}
    assert verify(tmp_path / "out") == []
