"""A folder lists everything in it once, in one order, without opening any of it."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from benchmark.data.decode import DecodeError, DecodeRecipe
from builder.sources.folder import Folder


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
