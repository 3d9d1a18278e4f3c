"""Sources by name, and the messages for texts that name no source."""

from pathlib import Path

import pytest

from benchmark.core.errors import AnibenchError
from builder.core.recipe import SourceRecipe
from builder.sources.folder import Folder
from builder.sources.open import import_settings, open_source
from builder.sources.side_by_side import SideBySide
from builder.sources.source import survey


@pytest.mark.parametrize(
    "text",
    [
        "drawn:",
        "drawn:0",
        "drawn:-3",
        "drawn:many",
        "drawn:5-3",
        "drawn:3-",
        "drawn:faces:0",
        "drawn:pairs:x",
        "/nowhere/at/all",
    ],
)
def test_a_source_that_is_none_says_so(text: str) -> None:
    with pytest.raises(AnibenchError, match=text):
        open_source(text)


def test_a_file_or_an_empty_folder_is_no_source(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(AnibenchError, match="is a file"):
        open_source(str(tmp_path / "file"))
    (tmp_path / "empty").mkdir()
    with pytest.raises(AnibenchError, match="no file"):
        survey(open_source(str(tmp_path / "empty")))


def test_a_scheme_opens_its_source_and_a_path_a_folder(tmp_path: Path) -> None:
    assert open_source(str(tmp_path)) == Folder(tmp_path)
    assert open_source(f"side-by-side:{tmp_path}", SourceRecipe(color_side="right")) == SideBySide(tmp_path, "right")


def test_a_source_of_pairs_brings_the_settings_of_an_import(tmp_path: Path) -> None:
    assert import_settings(str(tmp_path)) == ()
    assert "split.mode=source" in import_settings(f"official:{tmp_path}")
    assert "lines.origin=source" in import_settings(f"side-by-side:{tmp_path}")
    assert "split.mode=source" not in import_settings(f"side-by-side:{tmp_path}")
    (tmp_path / "val").mkdir()
    assert "split.mode=source" in import_settings(f"side-by-side:{tmp_path}")
