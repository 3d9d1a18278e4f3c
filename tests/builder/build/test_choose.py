"""Which faces become samples: what is told of a group that is too large."""

import re
from pathlib import Path

import cv2
import numpy as np
import pytest
from click.testing import CliRunner
from portraits import Portraits

import anibench
from benchmark.core.errors import AnibenchError
from benchmark.core.files import write_png
from benchmark.data.dataset import Dataset
from benchmark.data.shapes import draw_shapes
from builder.build.choose import GIANT
from builder.build.pipeline import build
from builder.core.recipe import IMPORTED, Recipe, resolve_recipe
from builder.sources.official import open_official


def disjoint(*settings: str) -> Recipe:
    return resolve_recipe(None, ("split.disjoint=copyright", *settings), detector="whole")


def test_a_giant_group_stays_in_train_and_is_told(tmp_path: Path) -> None:
    card = build(Portraits(), tmp_path / "out", disjoint(), workers=1).card
    assert card.reported == {
        GIANT: {
            "samples": 6,
            "share of all": 0.6,
            "connected by the copyright space_opera (to divide it: split.no_tie)": 6,
        }
    }
    manifest = Dataset.open(tmp_path / "out").manifest
    assert set(manifest.loc[manifest["copyright"].notna(), "split"]) == {"train"}


def test_a_split_that_a_giant_group_prevents_names_it(tmp_path: Path) -> None:
    with pytest.raises(AnibenchError, match=rf"{GIANT}.*space_opera"):
        build(Portraits(), tmp_path / "out", disjoint("split.mode=exact", "split.train=5", "split.test=5"), workers=1)
    untied = disjoint("split.mode=exact", "split.train=5", "split.test=5", "split.no_tie=['space_opera']")
    assert build(Portraits(), tmp_path / "out", untied, workers=1).card.counts == {"train": 5, "test": 5}


def test_a_split_with_too_few_samples_names_the_drops(tmp_path: Path) -> None:
    build(Portraits(), tmp_path / "all", disjoint(), workers=1)
    sharpness = Dataset.open(tmp_path / "all").manifest["sharpness"]
    settings = ("split.mode=exact", "split.test=9", f"quality.min_sharpness={sharpness.median()}")
    with pytest.raises(AnibenchError, match=r"there are 5; .*\. dropped: \S+ 5\. The most frequent reason"):
        build(Portraits(), tmp_path / "out", disjoint(*settings), workers=1)


def test_a_source_of_blank_lines_is_told_to_replace_them(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    for split, name in (("train", "a"), ("test", "b")):
        write_png(tmp_path / "in" / split / "reference" / f"{name}.png", rng.integers(0, 256, (64, 64, 3), np.uint8))
        write_png(tmp_path / "in" / split / "condition" / f"{name}.png", np.full((64, 64), 255, np.uint8))
    recipe = resolve_recipe(None, ("source.any_count=true",), imported=IMPORTED, detector=None, mode="source")
    with pytest.raises(AnibenchError, match="blank-line: .*replace the file of the line drawing") as raised:
        build(open_official(str(tmp_path / "in"), recipe.source), tmp_path / "out", recipe, workers=1)
    assert "--detector whole" not in str(raised.value)


@pytest.mark.parametrize(
    ("reason", "side", "sidecar", "options"),
    [
        ("no-rating", 256, '{"caption": "a girl"}', ("--detector", "whole")),
        ("too-small", 100, None, ("--detector", "whole", "--set", "quality.min_sharpness=0")),
        ("no-face", 256, None, ()),
    ],
)
def test_the_option_that_a_build_without_faces_names_makes_it_build(
    tmp_path: Path, reason: str, side: int, sidecar: str | None, options: tuple[str, ...]
) -> None:
    for number in range(3):
        path = tmp_path / "art" / f"{number}.png"
        write_png(path, np.asarray(cv2.resize(draw_shapes(number)[0], (side, side)), np.uint8))
        if sidecar:
            path.with_suffix(".json").write_text(sidecar)
    line = ["build-dataset", str(tmp_path / "art"), "--test", "1", "--workers", "1", "--out", str(tmp_path / "built")]
    refused = CliRunner().invoke(anibench.main, [*line, *options])
    assert f"most frequent reason, {reason}: " in refused.output
    (named,) = re.findall(r"add (--[a-z]+ [\w.=]+)", refused.output)
    built = CliRunner().invoke(anibench.main, [*line, *options, *named.split()])
    assert built.exit_code == 0, built.output
