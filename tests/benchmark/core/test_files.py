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
    read_grey,
    read_json,
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


@pytest.mark.parametrize("image", [np.zeros((4, 4), np.float32), np.zeros((4, 4, 4), np.uint8), np.zeros(4, np.uint8)])
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
