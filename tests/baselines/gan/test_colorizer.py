"""The colorizer of a trained generator: notes, sizes and refused checkpoints."""

from pathlib import Path

import numpy as np
import pytest
from gan_toys import judge, tiny_config, tiny_networks, train_tiny

from baselines.gan.colorizer import GanColorizer, notes
from benchmark.data.dataset import Dataset
from benchmark.methods.interface import get_method

assert judge  # a fixture
WITH_VGG = {"loss": {}}


@pytest.mark.usefixtures("judge")
def test_what_was_trained_otherwise_says_so_in_its_notes(tmp_path: Path, tiny_dataset: Dataset) -> None:
    load = get_method("sga").load
    lacking = load(train_tiny(tmp_path / "without", tiny_dataset, "sga", steps=1), "cpu")
    judged = load(train_tiny(tmp_path / "with", tiny_dataset, "sga", steps=1, **WITH_VGG), "cpu")
    assert "trained without the perceptual and style loss of VGG-19" in lacking.notes
    assert judged.notes == ("resolution 64 px, width 4; published: 256 and 16",)


def test_a_picture_of_any_size_keeps_its_size() -> None:
    config = tiny_config("sga")
    colorizer = GanColorizer(tiny_networks("sga", "cao")[0], config, "cpu", ())
    rng = np.random.default_rng(0)
    line, reference = rng.integers(0, 256, (1, 1, 50, 70), np.uint8), rng.integers(0, 256, (1, 3, 50, 70), np.uint8)
    painted = colorizer.colorize(line, reference, [1])
    assert (painted.shape, painted.dtype) == ((1, 3, 50, 70), np.uint8)
    assert np.array_equal(painted, colorizer.colorize(line, reference, [2])), "seeds are ignored"
    with pytest.raises(ValueError, match="one of each is needed"):
        colorizer.colorize(line, reference, [1, 2])


def test_notes_name_each_difference_from_the_published_model() -> None:
    assert notes(tiny_config("scft", resolution=256, width=16, loss={})) == ()
    assert notes(tiny_config("sga", resolution=256, width=16, loss={"style": 0}, variant="sga-repository")) == (
        "variant sga-repository",
        "trained without the style loss of VGG-19",
    )
