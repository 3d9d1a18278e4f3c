"""Faces from tables, and how far two detectors agree."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from benchmark.core.errors import AnibenchError
from benchmark.data.dataset import Dataset
from builder.build.pipeline import build
from builder.check.verify import verify
from builder.core.recipe import DetectRecipe, Recipe, resolve_recipe
from builder.faces.boxes import Boxes
from builder.faces.detectors import Detection, get_detector
from builder.sources.folder import Folder

PAGE = np.zeros((100, 100, 3), np.uint8)


def boxes(path: Path) -> Boxes:
    return Boxes(DetectRecipe(detector=f"boxes:{path}"))


def table(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


def recipe_for(path: Path, *settings: str) -> Recipe:
    few = ("crop.min_size=32", "quality.min_face=16", "quality.min_sharpness=0", "quality.min_hues=0")
    return resolve_recipe(None, (*few, *settings), detector=f"boxes:{path}")


def test_every_form_gives_the_same_faces(tmp_path: Path) -> None:
    corners = table(
        tmp_path / "a.csv", "id,x0,y0,x1,y1,score\nx/7.png,1,2,11,22,0.9\nx/7.png,5,5,6,6,0.8\nb,0,0,1,1,\n"
    )
    sides = [{"path": "x/7.png", "x": 1, "y": 2, "w": 10, "h": 20, "score": 0.9},
             {"path": "x/7.png", "box": [5, 5, 1, 1], "likelihood": 0.8}]  # fmt: skip
    lines = table(tmp_path / "a.jsonl", "\n".join(map(json.dumps, sides)))
    frame = pd.DataFrame({"source_id": ["x/7.png"] * 2, "id": ["f00", "f01"], "likelihood": [0.9, 0.8]})
    frame["box"] = [[1.0, 2.0, 10.0, 20.0], [5.0, 5.0, 1.0, 1.0]]
    frame.to_parquet(tmp_path / "manifest.parquet")
    expected = [Detection((1, 2, 10, 20), 0.9), Detection((5, 5, 1, 1), 0.8)]
    for path in (corners, lines, tmp_path / "manifest.parquet"):
        assert boxes(path).detect(PAGE, "x/7.png") == expected
        assert boxes(path).detect(PAGE, "x/8.png") == []
    assert boxes(corners).detect(PAGE, "b")[0].likelihood == 1.0


def test_a_post_is_found_by_its_number_and_eyes_are_landmarks(tmp_path: Path) -> None:
    head = "id,x,y,w,h,left_eye_x,left_eye_y,right_eye_x,right_eye_y\n"
    path = table(tmp_path / "a.csv", head + "1001,1,2,10,20,3,4,8,4\n1002,1,2,10,20,,,,\n")
    (face,) = boxes(path).detect(PAGE, "original/0001/1001.jpg")
    assert face.landmarks == {"left_eye": [3, 4], "right_eye": [8, 4]}
    assert boxes(path).detect(PAGE, "original/0002/1002.jpg")[0].landmarks is None


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("id,x0,y0,x1,y1\na,1,2,three,4\n", "row 1: x1 is 'three', not a number"),
        ("id,x0,y0,x1,y1\na,1,2,3,4\na,9,2,3,4\n", "row 2: the box is -6 x 2 px"),
        ("id,x,y,w,h\na,1,2,nan,4\n", "not a number"),
        ("name,x,y,w,h\na,1,2,3,4\n", "names no picture; one of the columns id, source_id, path"),
        ("id,x,y,w,h,score\na,1,2,3,4,90\n", "score is 90; it must be between 0 and 1"),
        ("id,x,y,w,h\n", "has no rows"),
    ],
)
def test_a_bad_table_is_refused_by_its_row(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(AnibenchError, match=told):
        boxes(table(tmp_path / "a.csv", text))


def test_a_table_that_is_none_is_refused(tmp_path: Path) -> None:
    for name, told in (
        ("a.jsonl", "row 1 is not a JSON object"),
        ("b.parquet", "cannot be read as"),
        ("c.txt", "must have one of the suffixes"),
    ):
        with pytest.raises(AnibenchError, match=told):
            boxes(table(tmp_path / name, "[1]\n"))
    with pytest.raises(AnibenchError, match="write boxes:FILE"):
        get_detector(DetectRecipe(detector=f"boxes:{tmp_path / 'none.csv'}"))
    with pytest.raises(AnibenchError, match="needs a table of faces; write boxes:FILE"):
        get_detector(DetectRecipe(detector="boxes"))


def test_a_build_from_boxes(tmp_path: Path, make_folder: Callable[..., Path]) -> None:
    root = make_folder(4, size=128)
    rows = (
        "000.png,30,30,80,80\n001.png,20,40,70,90\n002.png,500,500,600,600\n"  # the third lies outside, 003 is missing
    )
    path = table(tmp_path / "faces.csv", "id,x0,y0,x1,y1\n" + rows)
    card = build(Folder(root), tmp_path / "out", recipe_for(path), workers=1).card
    assert card.dropped == {"face-does-not-fit": 1, "no-face": 1}
    manifest = Dataset.open(tmp_path / "out").manifest
    assert [list(box) for box in manifest.sort_values("source_id")["box"]] == [[30, 30, 50, 50], [20, 40, 50, 50]]
    assert set(manifest["detector_version"]) == {boxes(path).version}
    assert verify(tmp_path / "out") == []
    table(path, "id,x0,y0,x1,y1\n" + rows.replace("30,30", "31,30"))
    with pytest.raises(AnibenchError, match="or its source has changed"):
        build(Folder(root), tmp_path / "out", recipe_for(path), workers=1)


@pytest.mark.parametrize("line", ["{", "[" * 99_999])
def test_a_damaged_or_deeply_nested_row_is_named(tmp_path: Path, line: str) -> None:
    path = table(tmp_path / "a.jsonl", f'{{"id": "000", "box": [0, 0, 9, 9]}}\n{line}\n')
    with pytest.raises(AnibenchError, match=r"a\.jsonl, row 2 cannot be read as JSON"):
        boxes(path)


def test_agreement_is_reported_with_the_dataset(tmp_path: Path, make_folder: Callable[..., Path]) -> None:
    root = make_folder(3, size=128)
    first = table(tmp_path / "a.csv", "id,x,y,w,h\n000,30,30,50,50\n001,20,40,50,50\n002,20,40,50,50\n")
    second = table(tmp_path / "b.csv", "id,x,y,w,h\n000,30,30,50,50\n001,70,40,50,50\n")
    recipe = recipe_for(first, f"detect.compare=boxes:{second}")
    card = build(Folder(root), tmp_path / "out", recipe, workers=1).card
    (numbers,) = card.reported.values()
    assert list(numbers.values()) == [3, 1, 2, 1, 0.25, 1.0]
    assert "share found by both | 0.25" in (tmp_path / "out" / "README.md").read_text()


def test_a_face_that_the_second_detector_does_not_find_is_dropped(
    tmp_path: Path, make_folder: Callable[..., Path]
) -> None:
    root = make_folder(3, size=128)
    first = table(tmp_path / "a.csv", "id,x,y,w,h\n000,30,30,50,50\n001,20,40,50,50\n002,20,40,50,50\n")
    second = table(tmp_path / "b.csv", "id,x,y,w,h\n000,40,40,50,50\n001,70,40,50,50\n")  # IoU 0.47 and 0
    with pytest.raises(AnibenchError, match=r"detect\.confirm needs a second detector"):
        build(Folder(root), tmp_path / "out", recipe_for(first, "detect.confirm=true"), workers=1)
    recipe = recipe_for(first, f"detect.compare=boxes:{second}", "detect.confirm=true")
    card = build(Folder(root), tmp_path / "out", recipe, workers=1).card
    assert list(Dataset.open(tmp_path / "out").manifest["source_id"]) == ["000.png"]
    assert card.dropped == {"unconfirmed-face": 2}
