"""A dataset of drawn pairs has verified part labels, which follow its pictures through build and rebuild."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from benchmark.core.files import write_png
from benchmark.data.dataset import Dataset
from benchmark.data.parts import PARTS, write_parts
from benchmark.data.protocol import dataset_pairs, get_protocol
from builder.build.pipeline import build
from builder.check.verify import verify
from builder.core.recipe import resolve_recipe
from builder.share.export_recipe import export_recipe, read_recipe
from builder.share.rebuild import rebuild
from builder.sources.drawn import Drawn
from builder.sources.open import import_settings

PAIRS = Drawn(3, kind="drawn-pair")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("pairs") / "pairs"
    recipe = resolve_recipe(None, [], test=2, imported=import_settings("drawn:pairs:3"))
    build(PAIRS, out, recipe, workers=1)
    return out


@pytest.fixture
def copied(built: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(built, tmp_path / "copied"))


def test_a_dataset_of_pairs_is_sound_and_makes_the_pairs_of_cross_ref(built: Path) -> None:
    assert verify(built, workers=1) == []
    data = Dataset.open(built)
    assert (len(data.ids("train")), len(data.ids("test"))) == (4, 2)
    assert len(dataset_pairs(get_protocol("cross-ref"), data)) == 2
    for sample in data.manifest["id"]:
        parts = data.parts(sample)
        assert parts is not None
        assert {PARTS.index("hair"), PARTS.index("skin")} <= set(np.unique(parts).tolist())


def test_a_rebuilt_dataset_has_the_same_part_labels(built: Path, tmp_path: Path) -> None:
    export_recipe(Dataset.open(built), tmp_path / "recipe.jsonl", workers=1)
    exported = read_recipe(tmp_path / "recipe.jsonl")
    rebuild(tmp_path / "recipe.jsonl", exported, PAIRS, tmp_path / "again", workers=1)
    again = Dataset.open(tmp_path / "again")
    assert again.part_hashes == Dataset.open(built).part_hashes
    assert verify(tmp_path / "again", workers=1) == []


@pytest.mark.parametrize(
    ("spoil", "what"),
    [
        (lambda path: path.unlink(), "is missing"),
        (lambda path: path.write_bytes(b"no picture"), "holds no part labels"),
        (lambda path: write_png(path, np.zeros((256, 256), np.uint8)), "holds no part labels"),
        (lambda path: write_parts(path, np.zeros((256, 256), np.uint8)), "was changed"),
        (lambda path: write_parts(path.with_name("other.png"), np.zeros((256, 256), np.uint8)), "is not listed"),
    ],
)
def test_changed_part_labels_are_found(spoil: object, what: str, copied: Path) -> None:
    data = Dataset.open(copied)
    assert callable(spoil)
    spoil(data.parts_path(data.ids("test")[0]))
    assert [problem.what.startswith(what) for problem in verify(copied, workers=1)] == [True]
