"""System errors become messages with the path and the way out."""

import errno
import os
from pathlib import Path

import pytest

from benchmark.core.failures import explain, is_text
from benchmark.core.files import write_text


def failure_of(path: Path) -> str:
    with pytest.raises(OSError, match=r"Errno") as caught:
        write_text(path, "text")
    return explain(caught.value)


def test_a_file_in_the_place_of_a_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    message = failure_of(tmp_path / "file" / "inner" / "report.md")
    assert str(tmp_path / "file") in message
    assert "choose another path" in message


def test_a_folder_in_the_place_of_a_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "report.md").mkdir()
    message = failure_of(tmp_path / "report.md")
    assert f"{tmp_path / 'report.md'}: it is a folder where a file is needed" in message


def test_a_name_that_is_too_long_is_named(tmp_path: Path) -> None:
    assert "choose a shorter path" in failure_of(tmp_path / ("a" * 300))


@pytest.mark.parametrize(
    ("number", "way_out"),
    [
        (errno.ENOSPC, "the disk is full; free space"),
        (errno.EACCES, "permission denied"),
        (errno.EROFS, "read-only; choose a path on another disk"),
    ],
)
def test_the_target_and_not_the_temporary_file_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, way_out: str
) -> None:
    def refuse(_: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "fsync", refuse)
    message = failure_of(tmp_path / "report.md")
    assert message.startswith(f"{tmp_path / 'report.md'}: ")
    assert way_out in message


def test_an_error_without_a_number_keeps_its_words() -> None:
    assert explain(OSError("image file is truncated")) == "image file is truncated"


def test_text_that_cannot_be_written_is_shown() -> None:
    with pytest.raises(UnicodeEncodeError) as caught:
        "a\udce9b".encode()
    assert r"'a\udce9b' cannot be written as utf-8" in explain(caught.value)
    with pytest.raises(UnicodeDecodeError) as other:
        b"a\xe9b".decode()
    assert r"b'a\xe9b' is not utf-8 text" in explain(other.value)


def test_bytes_of_the_command_line_that_are_not_utf_8_are_no_text() -> None:
    assert is_text("é漢字")
    assert not is_text(os.fsdecode(b"caf\xe9"))
