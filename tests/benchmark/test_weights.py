"""Weight files: where they are looked for, and that nothing passes that does not hash to its pin."""

import hashlib
from pathlib import Path

import pytest

from benchmark.errors import AnibenchError
from benchmark.weights import WEIGHTS, find_weights, has_weights, read_weights, search_folders

NAME = "inception-pytorch"
FILE = WEIGHTS[NAME].file
CONTENT = b"not really weights"
DIGEST = hashlib.sha256(CONTENT).hexdigest()


def put(folder: Path, content: bytes = CONTENT) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / FILE).write_bytes(content)
    return folder / FILE


def test_the_named_folder_comes_before_the_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANIBENCH_WEIGHTS", str(tmp_path / "mine"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    assert search_folders() == [tmp_path / "mine", tmp_path / "cache/anibench/weights"]
    assert not has_weights(NAME)
    in_cache = put(tmp_path / "cache/anibench/weights")
    assert read_weights(NAME, pin=DIGEST).path == in_cache
    in_mine = put(tmp_path / "mine")
    assert read_weights(NAME, pin=DIGEST).path == in_mine
    assert has_weights(NAME)


def test_a_missing_file_says_what_to_put_where(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ANIBENCH_WEIGHTS", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    with pytest.raises(AnibenchError) as caught:
        find_weights(NAME)
    for part in (FILE, WEIGHTS[NAME].url, str(tmp_path), "ANIBENCH_WEIGHTS"):
        assert part in str(caught.value)


def test_the_home_folder_is_not_spelled_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    with pytest.raises(AnibenchError, match=r"put it into ~/weights") as caught:
        read_weights(NAME, folders=[tmp_path / "weights"])
    assert str(tmp_path) not in str(caught.value)


def test_a_file_that_is_not_the_pinned_one_is_refused(tmp_path: Path) -> None:
    put(tmp_path)
    with pytest.raises(AnibenchError, match=f"SHA-256 starts with {DIGEST[:8]}, not 6726825d"):
        read_weights(NAME, folders=[tmp_path])
    with pytest.raises(AnibenchError, match="is not opened"):
        read_weights(NAME, pin="", folders=[tmp_path])


def test_a_pin_may_be_the_whole_hash_or_its_start(tmp_path: Path) -> None:
    put(tmp_path)
    for pin in (DIGEST, DIGEST[:8]):
        weights = read_weights(NAME, pin=pin, folders=[tmp_path])
        assert (weights.content, weights.sha256) == (CONTENT, DIGEST)
    with pytest.raises(AnibenchError, match="not the file"):
        read_weights(NAME, pin=DIGEST[:-1] + ("0" if DIGEST[-1] != "0" else "1"), folders=[tmp_path])


def test_code_is_pinned_by_its_whole_hash_and_a_name_carries_its_own() -> None:
    assert len(WEIGHTS["inception-torchscript"].sha256) == 64
    assert f"-{WEIGHTS[NAME].sha256}.pth" in FILE
