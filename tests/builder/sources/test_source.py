"""What a source lists: everything, once, in one order, without opening any of it."""

import os
import pickle
from collections.abc import Callable
from pathlib import Path

import pytest

from benchmark.core.errors import AnibenchError
from benchmark.data.decode import DecodeError, DecodeRecipe
from builder.sources.drawn import Drawn, DrawnRecord
from builder.sources.folder import Folder
from builder.sources.open import open_source
from builder.sources.source import survey


def reasons(root: Path) -> dict[str, str]:
    """Record id -> why it cannot be loaded, or 'picture'."""
    found = {}
    for record in Folder(root).records():
        try:
            record.load(DecodeRecipe())
        except DecodeError as error:
            found[record.id] = error.reason if record.id in str(error) else f"does not name the file: {error}"
        else:
            found[record.id] = "picture"
    return found


def test_everything_in_a_folder_is_accounted_for(tmp_path: Path, make_folder: Callable[..., Path]) -> None:
    root = make_folder(2)
    (root / "deep" / "er").mkdir(parents=True)
    (root / "deep" / "er" / "絵 1.png").write_bytes((root / "000.png").read_bytes())
    (root / "__MACOSX").mkdir()
    (root / "__MACOSX" / "._000.png").write_bytes(b"\0\5\26\7")
    (root / ".DS_Store").write_bytes(b"x")
    (root / "notes.txt").write_text("not a picture")
    (root / "broken.png").symlink_to(root / "nowhere.png")
    (root / "inside.png").symlink_to(root / "000.png")
    (tmp_path / "secret.png").write_bytes((root / "000.png").read_bytes())
    (root / "outside.png").symlink_to(tmp_path / "secret.png")
    (root / "loop").symlink_to(root)
    os.mkfifo(root / "pipe.png")
    (root / os.fsdecode(b"latin-\xe9.png")).write_bytes((root / "001.png").read_bytes())
    assert reasons(root) == {
        ".DS_Store": "hidden-file",
        "000.png": "picture",
        "001.png": "picture",
        "__MACOSX/._000.png": "hidden-file",
        "broken.png": "broken-link",
        "deep/er/絵 1.png": "picture",
        "inside.png": "picture",
        "latin-\\xe9.png": "picture",
        "loop": "link-to-folder",
        "notes.txt": "not-a-picture",
        "outside.png": "link-out-of-source",
        "pipe.png": "not-a-file",
    }


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_files_and_folders_without_permission_are_named(make_folder: Callable[..., Path]) -> None:
    root = make_folder(1)
    (root / "000.png").chmod(0)
    (root / "locked").mkdir(mode=0)
    try:
        assert reasons(root) == {"000.png": "unreadable", "locked": "unreadable"}
    finally:
        (root / "locked").chmod(0o700)


def test_a_folder_that_cannot_be_listed_is_named(
    make_folder: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    root = make_folder(1)
    (root / "locked").mkdir()
    scandir = os.scandir

    def refuse(path: Path) -> object:
        if Path(path).name == "locked":
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)
    assert reasons(root) == {"000.png": "picture", "locked": "unreadable"}


def test_survey_changes_with_the_source_and_only_then(make_folder: Callable[..., Path]) -> None:
    root = make_folder(3)
    first = survey(Folder(root))
    assert first == survey(Folder(root))
    os.utime(root / "001.png", ns=(1, 1))
    touched = survey(Folder(root))
    (root / "001.png").rename(root / "renamed.png")
    assert len({first, touched, survey(Folder(root))}) == 3


def test_drawn_records_travel_and_know_their_artist() -> None:
    records = list(Drawn(3).records())
    assert [record.id for record in records] == ["drawn/0000000", "drawn/0000001", "drawn/0000002"]
    record = pickle.loads(pickle.dumps(records[1]))
    assert record == DrawnRecord(1)
    picture = record.load(DecodeRecipe())
    assert picture.rgb.shape[2] == 3
    assert picture.metadata.artist
    assert picture.metadata.licence == "Apache-2.0"


def test_a_range_of_seeds_is_disjoint_from_others_and_named() -> None:
    low, high = open_source("drawn:3"), open_source("drawn:3-5")
    assert [record.id for record in high.records()] == ["drawn/0000003", "drawn/0000004", "drawn/0000005"]
    assert (low.name, high.name) == ("drawn-3", "drawn-3-5")
    assert list(open_source("drawn:0-2").records()) == list(low.records())


def test_drawn_faces_are_crops_of_the_dataset_size() -> None:
    source = open_source("drawn:faces:7-8")
    records = list(source.records())
    assert (source.name, records[0].id) == ("drawn-face-7-8", "drawn-face/0000007")
    first, second = (record.load(DecodeRecipe()).rgb for record in records)
    assert first.shape == second.shape == (256, 256, 3)
    assert (first != second).any()


@pytest.mark.parametrize(
    "text",
    ["drawn:", "drawn:0", "drawn:-3", "drawn:many", "drawn:5-3", "drawn:3-", "drawn:faces:0", "/nowhere/at/all"],
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
