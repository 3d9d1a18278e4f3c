"""The comparison of detectors with faces labelled by hand."""

import json
import os
from pathlib import Path

import cv2
import numpy as np
import pytest
from click.testing import CliRunner

from benchmark.core.errors import AnibenchError
from benchmark.core.files import sha256_file
from builder.core.recipe import DetectRecipe
from builder.drawing.illustration import draw_portrait
from builder.faces.detectors import Detection
from builder.faces.learnt import compare as comparison
from builder.faces.learnt.compare import (
    compare,
    is_for_choosing,
    kinds_row,
    main,
    read_truth,
    search,
    skin_box,
    table_row,
)

FACE = {"eyes": [[40, 50], [60, 50]], "view": "frontal", "closed": False, "covered": False, "monochrome": False}
BOX = (30.0, 30.0, 40.0, 50.0)  # x, y, width, height of the labelled skin


FOUND = (26.96, 36.2, 46.72, 47.8)  # the box that animeface gives it
TRUTH = Path(__file__).parents[3] / "data" / "detection" / "faces.json"


class Fixed:
    """A detector that finds given faces."""

    def __init__(self, found: list[Detection]) -> None:
        self.found = found

    def detect(self, rgb: object, name: str = "") -> list[Detection]:
        return self.found


def truth(folder: Path, *faces: dict[str, object]) -> Path:
    (folder / "a.png").write_bytes(cv2.imencode(".png", np.zeros((120, 100, 3), np.uint8))[1].tobytes())
    entry = {"sha256": sha256_file(folder / "a.png"), "width": 100, "height": 120, "faces": list(faces)}
    (folder / "truth.json").write_text(json.dumps({"a.png": entry}))
    return folder / "truth.json"


def label(ignore: bool = False) -> dict[str, object]:
    return {**FACE, "box": [30, 30, 70, 80], "ignore": ignore}


def found(
    monkeypatch: pytest.MonkeyPatch, folder: Path, faces: list[Detection], ignore: bool = False
) -> comparison.Found:
    monkeypatch.setattr(comparison, "get_detector", lambda recipe: Fixed(faces))
    pictures = list(read_truth(truth(folder, label(ignore)), folder, None))
    return compare(pictures, search(pictures, DetectRecipe()), DetectRecipe())


def test_the_skin_is_narrower_and_begins_higher_than_a_detected_box() -> None:
    x, y, width, height = FOUND
    assert skin_box(FOUND) == pytest.approx(BOX, abs=0.01)
    assert x < BOX[0] < BOX[0] + BOX[2] < x + width
    assert BOX[1] < y < BOX[1] + BOX[3] < y + height


def test_hits_misses_and_false_finds_are_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    eyes = {"left_eye": [38, 48, 4, 4], "right_eye": [60, 52]}  # a box and a point
    right, wrong = Detection(FOUND, 0.9, eyes), Detection((0.0, 90.0, 20.0, 20.0), 0.8)
    unlikely, again = Detection((80.0, 0.0, 10.0, 10.0), 0.3), Detection(FOUND, 0.75)
    result = found(monkeypatch, tmp_path, [unlikely, wrong, again, right])
    (hit,) = result.hits
    assert hit.overlap == pytest.approx(1, abs=1e-3)
    assert hit.eyes == pytest.approx(0.05)  # 0 and 2 px of 20
    assert [face.box for _, face in result.false] == [wrong.box]
    assert table_row("it", result).startswith("| it | 1 / 1 | 100.0 % | 50.0 % | 1 | 1.000 | 5.0 % |")
    assert kinds_row("it", result).startswith("| it | 1 / 1 | 0 / 0 |")
    nothing = found(monkeypatch, tmp_path, [])
    assert [(key, miss.box) for key, miss in nothing.missed] == [("a.png", BOX)]


def test_an_ignored_face_is_neither_missed_nor_false(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for faces in ([], [Detection(FOUND, 0.9)]):
        result = found(monkeypatch, tmp_path, faces, ignore=True)
        assert (result.hits, result.false, result.missed) == ((), (), ())


def test_a_changed_picture_is_refused(tmp_path: Path) -> None:
    path = truth(tmp_path, label())
    (tmp_path / "a.png").write_bytes(b"other")
    with pytest.raises(AnibenchError, match=r"a\.png is not the picture that was labelled"):
        list(read_truth(path, tmp_path, None))


def test_a_third_is_for_choosing_and_one_drawing_is_in_one_part() -> None:
    assert 250 < sum(is_for_choosing(f"illustrations/{k}.png") for k in range(900)) < 350
    assert all(is_for_choosing(first) == is_for_choosing(second) for first, second in comparison.SAME.items())
    assert len({is_for_choosing(f"sprites/eileen {mood}.png") for mood in ("happy", "sad", "concerned", "mad")}) == 1


def test_the_command_prints_a_table_and_a_sheet(tmp_path: Path) -> None:
    portrait = draw_portrait(1, 256)
    (tmp_path / "p.png").write_bytes(cv2.imencode(".png", portrait.color[..., ::-1])[1].tobytes())
    x, y, width, height = skin_box(portrait.faces[0])
    faces = [{**label(), "box": [x, y, x + width, y + height]}, {**label(), "box": [0, 0, 30, 30]}]
    entry = {"sha256": sha256_file(tmp_path / "p.png"), "width": 256, "height": 256, "faces": faces}
    (tmp_path / "truth.json").write_text(json.dumps({"p.png": entry}))
    options = ["--truth", str(tmp_path / "truth.json"), "--pictures", str(tmp_path), "--detector", "drawnface:256"]
    wanted = is_for_choosing("p.png")
    result = CliRunner().invoke(
        main, [*options, *(["--choosing"] if wanted else []), "--sheet", str(tmp_path / "s.png")]
    )
    assert result.exit_code == 0, result.output
    assert "| drawnface:256 | 1 / 2 | 50.0 % | 100.0 % | 0 |" in result.output
    assert cv2.imread(str(tmp_path / "s.png")).shape == (192, 8 * 192, 3)


@pytest.mark.real
@pytest.mark.skipif(not os.environ.get("ANIBENCH_REAL_DATA"), reason="$ANIBENCH_REAL_DATA is not set")
def test_labelled_faces_of_real_illustrations_are_found() -> None:
    data, truth = Path(os.environ["ANIBENCH_REAL_DATA"]), TRUTH
    shown = [each for each in read_truth(truth, data, None) if not each[0].startswith("faces256/")]
    recipe = DetectRecipe(detector="drawnface")
    result = compare(shown, search(shown, recipe), recipe)
    assert len(shown) == 80
    assert len(result.missed) <= 0.12 * len(result.hits)
    assert len(result.false) <= 0.06 * len(result.hits)
    assert [key for key, _ in result.false if "/bg " in key] == []  # photographs of buildings
