"""Which faces become samples: what is told of a group that is too large."""

from pathlib import Path

import pytest
from portraits import Portraits

from benchmark.core.errors import AnibenchError
from benchmark.data.dataset import Dataset
from builder.build.choose import GIANT
from builder.build.pipeline import build
from builder.core.recipe import Recipe, resolve_recipe


def disjoint(*settings: str) -> Recipe:
    return resolve_recipe(None, ("split.disjoint=copyright", *settings), detector="whole")


def test_a_giant_group_stays_in_train_and_is_told(tmp_path: Path) -> None:
    card = build(Portraits(), tmp_path / "out", disjoint(), workers=1).card
    assert card.reported == {
        GIANT: {"samples": 6, "share of all": 0.6, "tied by the copyright space_opera (split.no_tie unties it)": 6}
    }
    manifest = Dataset.open(tmp_path / "out").manifest
    assert set(manifest.loc[manifest["copyright"].notna(), "split"]) == {"train"}


def test_a_split_that_a_giant_group_prevents_names_it(tmp_path: Path) -> None:
    with pytest.raises(AnibenchError, match=rf"{GIANT}.*space_opera"):
        build(Portraits(), tmp_path / "out", disjoint("split.mode=exact", "split.train=5", "split.test=5"), workers=1)
    untied = disjoint("split.mode=exact", "split.train=5", "split.test=5", "split.no_tie=['space_opera']")
    assert build(Portraits(), tmp_path / "out", untied, workers=1).card.counts == {"train": 5, "test": 5}
