"""The work on one picture: accepted crops are written, and every other picture or face is a drop with a reason."""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from benchmark.core.files import Image, read_rgb
from benchmark.data.dataset import sample_id
from benchmark.data.decode import DecodeError, DecodeRecipe
from builder.core.recipe import resolve_recipe
from builder.faces.examine import Outcome, PictureTask, crop_path, examine_picture
from builder.sources.metadata import Metadata
from builder.sources.source import Picture


@dataclass(frozen=True)
class Loaded:
    """A record of a picture in memory; `error` is raised in its place."""

    rgb: Image
    error: Exception | None = None
    id: str = "a.png"
    stamp: str = "1"
    metadata: Metadata | None = field(default=None)

    def load(self, recipe: DecodeRecipe) -> Picture:
        if self.error is not None:
            raise self.error
        return Picture(self.rgb, "0" * 64, Metadata())


def outcome(tmp_path: Path, record: Loaded) -> Outcome:
    return examine_picture(PictureTask(record, resolve_recipe(None, [], detector="whole"), tmp_path))


def test_a_crop_is_written_under_its_id(tmp_path: Path) -> None:
    rgb = np.random.default_rng(0).integers(0, 256, (256, 256, 3), np.uint8)
    (face,) = outcome(tmp_path, Loaded(rgb)).faces
    assert face.id == sample_id(rgb)
    assert np.array_equal(read_rgb(crop_path(tmp_path, face.id)), rgb)


@pytest.mark.parametrize(
    ("shape", "error", "reason"),
    [
        ((256, 512, 3), None, "not-square"),
        ((64, 64, 3), None, "too-small"),
        ((256, 256, 3), DecodeError("truncated", "a.png ends early"), "truncated"),
        ((256, 256, 3), ValueError("no"), "failed"),
    ],
)
def test_what_is_not_accepted_is_a_drop_with_its_reason(
    tmp_path: Path, shape: tuple[int, int, int], error: Exception | None, reason: str
) -> None:
    found = outcome(tmp_path, Loaded(np.zeros(shape, np.uint8), error))
    assert not found.faces
    assert [drop.reason for drop in found.drops] == [reason]
    assert "a.png" in found.drops[0].detail


def test_a_full_disk_is_raised_instead_of_dropping_the_picture(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="no space"):
        outcome(tmp_path, Loaded(np.zeros((256, 256, 3), np.uint8), OSError("no space")))
