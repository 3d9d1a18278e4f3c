"""Poor crops: each limit has its reason, a build drops by it, and verify-dataset finds what a build would not take."""

from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import PIL.Image
import pytest
from fields import paint

from benchmark.data.dataset import Dataset, sample_id
from benchmark.data.decode import DecodeRecipe
from builder.build.pipeline import build
from builder.build.tables import row_square
from builder.check.verify import verify
from builder.core.recipe import QualityRecipe, resolve_recipe
from builder.faces.crop import cut
from builder.faces.quality import refuse_quality
from builder.sources.drawn import Drawn
from builder.sources.folder import Folder

GOOD = {
    "sharpness": 500.0, "saturation": 0.2, "hues": 0.1, "brightness": 0.5, "blocks": 0.1, "face": 200.0, "edge": 0.5,
}  # fmt: skip


@pytest.mark.parametrize(
    ("figure", "value", "reason"),
    [
        ("sharpness", 5.0, "blurred"),
        ("saturation", 0.0, "near-monochrome"),
        ("hues", 0.001, "near-monochrome"),
        ("brightness", 0.05, "too-dark"),
        ("brightness", 0.99, "too-bright"),
        ("blocks", 0.8, "jpeg-blocks"),
        ("face", 70.0, "small-face"),
        ("edge", -0.2, "cut-face"),
    ],
)
def test_each_limit(figure: str, value: float, reason: str) -> None:
    assert refuse_quality("x", GOOD, QualityRecipe()) is None
    refused = refuse_quality("x", {**GOOD, figure: value}, QualityRecipe())
    assert refused is not None
    assert refused[0] == reason
    assert figure in refused[1]
    assert refuse_quality("x", {}, QualityRecipe()) is None


def test_a_build_drops_poor_crops_and_new_limits_use_the_work_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "source"
    root.mkdir()
    pictures = {str(seed): paint(seed) for seed in range(5)}
    pictures["blurred"] = cv2.GaussianBlur(paint(11), (0, 0), 9)
    pictures["grey"] = np.repeat(paint(12)[..., :1], 3, axis=2)
    pictures["dark"] = paint(13) // 16
    for name, rgb in pictures.items():
        PIL.Image.fromarray(rgb).save(root / f"{name}.png")
    PIL.Image.fromarray(paint(14)).save(root / "blocks.jpg", quality=2)
    recipe = resolve_recipe(None, ["quality.min_sharpness=1e9"], detector="whole")
    with pytest.raises(Exception, match="blurred 8"):
        build(Folder(root), tmp_path / "out", recipe, workers=1)
    monkeypatch.setattr("builder.build.pipeline.examine_picture", None)  # nothing is left to work on
    build(Folder(root), tmp_path / "out", resolve_recipe(None, [], detector="whole"), workers=1)
    dropped = pd.read_parquet(tmp_path / "out" / "dropped.parquet")
    assert dict(zip(dropped["source_path"], dropped["reason"], strict=True)) == {
        "blurred.png": "blurred", "grey.png": "near-monochrome", "dark.png": "too-dark", "blocks.jpg": "jpeg-blocks"
    }  # fmt: skip
    assert verify(tmp_path / "out") == []
    table = pd.read_parquet(tmp_path / "out" / "manifest.parquet")
    table.loc[0, "blocks"] = 2.0
    table.loc[1, "brightness"] = 0.4321
    table.to_parquet(tmp_path / "out" / "manifest.parquet")
    problems = [problem.what for problem in verify(tmp_path / "out")]
    assert any("blocks 2 is more than 0.7" in problem for problem in problems)
    assert any(
        "the brightness of" in problem and "differs from the value of its pixels" in problem for problem in problems
    )
    assert len(problems) == 3  # and the table is not the one that was written


def test_every_crop_can_be_cut_again_from_its_source(tmp_path: Path) -> None:
    recipe = resolve_recipe(None, ["crop.align=true", "crop.denoise=3", "detect.longest=400"])
    build(Drawn(4), tmp_path / "out", recipe, workers=2)
    rows = Dataset.open(tmp_path / "out").manifest.to_dict("records")
    records = {record.id: record for record in Drawn(4).records()}
    for row in rows:
        picture = records[row["source_id"]].load(DecodeRecipe())
        assert sample_id(cut(picture.rgb, row_square(row), recipe.crop.denoise)) == row["id"]
    assert any(row["crop_angle"] != 0 for row in rows)
    assert verify(tmp_path / "out") == []
