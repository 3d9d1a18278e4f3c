"""Files are written whole or not at all, and a folder belongs to one command at a time."""

import errno
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from benchmark.core.errors import AnibenchError
from benchmark.core.files import (
    atomic_path,
    folder_lock,
    is_locked,
    read_grey,
    read_json,
    read_json_lines,
    read_object,
    read_rgb,
    sha256_bytes,
    sha256_file,
    write_bytes,
    write_json,
    write_png,
)


def test_a_failed_write_leaves_the_old_file_and_no_litter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "result.json"
    write_json(path, {"a": 1})

    def full_disk(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full_disk)
    with pytest.raises(OSError, match="No space left"):
        write_json(path, {"a": 2})
    assert read_json(path) == {"a": 1}
    assert list(tmp_path.iterdir()) == [path]


def test_an_error_inside_the_block_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(KeyError), atomic_path(tmp_path / "new") as temporary:
        temporary.write_bytes(b"half")
        raise KeyError
    assert list(tmp_path.iterdir()) == []


def test_json_refuses_nan(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="Out of range"):
        write_json(tmp_path / "a.json", {"psnr": float("nan")})


@pytest.mark.parametrize("shape", [(5, 7, 3), (5, 7)])
def test_png_keeps_every_pixel(tmp_path: Path, shape: tuple[int, ...]) -> None:
    image = np.random.default_rng(0).integers(0, 256, shape, np.uint8)
    write_png(tmp_path / "a.png", image)
    read = read_rgb if image.ndim == 3 else read_grey
    assert np.array_equal(read(tmp_path / "a.png"), image)


@pytest.mark.parametrize("image", [np.zeros((4, 4), np.float32), np.zeros((4, 4, 2), np.uint8), np.zeros(4, np.uint8)])
def test_png_refuses_what_is_not_an_8_bit_picture(tmp_path: Path, image: np.ndarray) -> None:
    with pytest.raises(ValueError, match="uint8"):
        write_png(tmp_path / "a.png", image)


@pytest.mark.parametrize("content", [None, b"", b"<html>"])
def test_an_unreadable_picture_is_named(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "face.png"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(AnibenchError, match=r"face\.png"):
        read_rgb(path)


def test_hashes_of_a_file_and_of_its_bytes_agree(tmp_path: Path) -> None:
    write_bytes(tmp_path / "a", b"line")
    assert sha256_file(tmp_path / "a") == sha256_bytes(b"line")


def test_a_lock_refuses_a_second_command_and_dies_with_its_holder(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from benchmark.core.files import folder_lock\n"
        "with folder_lock(Path(sys.argv[1])): print('held', flush=True); sys.stdin.read()"
    )
    holder = subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    with pytest.raises(AnibenchError, match="in use by another anibench command"), folder_lock(tmp_path):
        pass
    holder.kill()
    holder.wait()
    with folder_lock(tmp_path):
        pass


@pytest.mark.parametrize("content", ["[" * 100_000, '{"a":' * 100_000 + "1" + "}" * 100_000, "[" * 90 + "]" * 90])
def test_a_depth_bomb_is_named(tmp_path: Path, content: str) -> None:
    path = tmp_path / "run.json"
    path.write_text(content)
    with pytest.raises(AnibenchError, match=r"run\.json cannot be read as JSON: it is nested deeper"):
        read_json(path)
    path.write_text(f'{{"a": 1}}\n{content}\n{{"b": 2}}\n')
    assert read_json_lines(path) == [{"a": 1}, {"b": 2}]


def test_many_brackets_side_by_side_are_no_depth_bomb(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text("[" + ",".join(["[1]"] * 1000) + "]")
    assert len(read_json(tmp_path / "a.json")) == 1000


def test_lines_that_are_no_objects_or_no_utf_8_are_left_out(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(b'{"a": 1}\n[1]\n\xff\xfe\n7\n{"b": 2}\n{"c"')
    assert read_json_lines(tmp_path / "a.jsonl") == [{"a": 1}, {"b": 2}]


def test_an_object_is_asked_for_by_name(tmp_path: Path) -> None:
    write_json(tmp_path / "card.json", [1])
    with pytest.raises(AnibenchError, match=r"card\.json holds a JSON list"):
        read_object(tmp_path / "card.json")


def test_a_device_is_written_to_and_never_replaced(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    reader = subprocess.Popen(["cat", str(tmp_path / "pipe")], stdout=subprocess.PIPE)
    write_bytes(tmp_path / "pipe", b"report")
    assert reader.communicate()[0] == b"report"
    assert (tmp_path / "pipe").is_fifo()
    write_bytes(Path(os.devnull), b"report")
    assert Path(os.devnull).is_char_device()


def test_a_fifo_is_no_picture(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.png")
    with pytest.raises(AnibenchError, match="not a regular file"):
        read_rgb(tmp_path / "a.png")


def test_a_folder_is_locked_while_a_command_holds_it(tmp_path: Path) -> None:
    assert not is_locked(tmp_path)
    with folder_lock(tmp_path):
        assert is_locked(tmp_path)
    assert not is_locked(tmp_path)
