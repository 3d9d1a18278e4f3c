"""The files of `anibench colorize`: which drawings are found, where outputs go, and which outputs are kept."""

from pathlib import Path

import numpy as np
import pytest

from benchmark.colorizing.colored_files import find_drawings, plan_files, read_record, unfinished
from benchmark.colorizing.colorize import encode_picture
from benchmark.core.errors import AnibenchError
from benchmark.core.files import write_bytes, write_png

SHARED: dict[str, object] = {"method": "m", "checkpoint": None, "settings": "s", "reference": "r", "seed": 0}


@pytest.fixture
def drawings(tmp_path: Path) -> list[Path]:
    found = [tmp_path / "in" / name for name in ("a.png", "b.JPG")]
    (tmp_path / "in").mkdir()
    for path in found:
        path.write_bytes(path.name.encode())
    return found


def test_pictures_of_a_folder_are_found_and_skipped_files_are_reported(tmp_path: Path, drawings: list[Path]) -> None:
    for number in range(7):
        (tmp_path / "in" / f"note {number}.txt").touch()
    (tmp_path / "in/.hidden.png").touch()
    (tmp_path / "in/more").mkdir()
    said: list[str] = []
    assert find_drawings([tmp_path / "in"], said.append) == drawings
    assert said[0].startswith("skipped, not a picture: ")
    assert said[0].endswith("note 4.txt and 2 more")
    assert said[1].endswith(str(tmp_path / "in/more"))
    assert len(said) == 2
    assert find_drawings([tmp_path / "in/note 1.txt"], said.append) == [tmp_path / "in/note 1.txt"]


def test_a_folder_without_pictures_is_refused(tmp_path: Path) -> None:
    with pytest.raises(AnibenchError, match="no picture found"):
        find_drawings([tmp_path], print)


def test_each_output_has_the_name_of_its_drawing_and_hashes_of_it(tmp_path: Path, drawings: list[Path]) -> None:
    first, second = plan_files(drawings, tmp_path / "out", SHARED)
    assert [first.path.name, second.path.name] == ["a.png", "b.png"]
    assert first.record.drawing != second.record.drawing
    assert first.record.place != second.record.place
    assert str(tmp_path) not in first.record.model_dump_json()


def test_an_output_never_replaces_a_drawing_or_another_output(tmp_path: Path, drawings: list[Path]) -> None:
    with pytest.raises(AnibenchError, match="would be overwritten"):
        plan_files(drawings, tmp_path / "in", SHARED)
    twin = tmp_path / "a.jpg"
    twin.touch()
    with pytest.raises(AnibenchError, match="would both be written"):
        plan_files([*drawings, twin], tmp_path / "out", SHARED)


def test_outputs_of_other_drawings_or_settings_are_refused(tmp_path: Path, drawings: list[Path]) -> None:
    out = tmp_path / "out"
    (file, _) = planned = plan_files(drawings, out, SHARED)
    assert unfinished(planned) == planned
    write_png(file.path, np.zeros((2, 2, 3), np.uint8))
    assert read_record(file.path) is None
    with pytest.raises(AnibenchError, match="holds no record of anibench"):
        unfinished(planned)


def test_a_moved_drawing_is_the_same_drawing(tmp_path: Path, drawings: list[Path]) -> None:
    out = tmp_path / "out"
    files = plan_files(drawings, out, SHARED)
    for file in files:
        write_bytes(file.path, encode_picture(file.path, np.zeros((2, 2, 3), np.uint8), file))
    assert unfinished(files) == []
    (tmp_path / "in").rename(tmp_path / "moved")
    moved = [tmp_path / "moved" / path.name for path in drawings]
    assert unfinished(plan_files(moved, out, SHARED)) == []
    with pytest.raises(AnibenchError, match="painted with another reference and seed; choose"):
        unfinished(plan_files(moved, out, SHARED | {"reference": "other", "seed": 1}))
    moved[0].write_bytes(b"another")
    with pytest.raises(AnibenchError, match="painted from another drawing"):
        unfinished(plan_files(moved, out, SHARED))
