"""Weight files: where they are looked for, and that nothing passes that does not hash to its pin."""

import hashlib
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from benchmark.core.errors import AnibenchError
from benchmark.weights import files
from benchmark.weights.files import (
    WEIGHTS,
    find_weights,
    has_weights,
    locate_weights,
    missing_weights,
    pin_of,
    read_weights,
    record_pin,
    search_folders,
)

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
    with pytest.raises(AnibenchError, match=r"into ~/weights") as caught:
        read_weights(NAME, folders=[tmp_path / "weights"])
    assert str(tmp_path) not in str(caught.value)


def test_a_file_that_is_not_the_pinned_one_is_refused(tmp_path: Path) -> None:
    put(tmp_path)
    with pytest.raises(AnibenchError, match=f"a SHA-256 that starts with {DIGEST[:8]}; the pinned hash is 6726825d"):
        read_weights(NAME, folders=[tmp_path])
    with pytest.raises(AnibenchError, match="was not opened"):
        read_weights(NAME, pin="", folders=[tmp_path])


def test_a_pin_may_be_the_whole_hash_or_its_start(tmp_path: Path) -> None:
    put(tmp_path)
    for pin in (DIGEST, DIGEST[:8]):
        weights = read_weights(NAME, pin=pin, folders=[tmp_path])
        assert (weights.content, weights.sha256) == (CONTENT, DIGEST)
    with pytest.raises(AnibenchError, match=f"has the SHA-256 {DIGEST}; the pinned hash is"):
        read_weights(NAME, pin=DIGEST[:-1] + ("0" if DIGEST[-1] != "0" else "1"), folders=[tmp_path])


def test_torchscript_is_pinned_by_its_whole_hash_and_a_name_carries_its_own() -> None:
    assert len(WEIGHTS["inception-torchscript"].sha256) == 64
    assert f"-{WEIGHTS[NAME].sha256}.pth" in FILE


def test_names_and_files_are_each_used_once_and_come_over_https() -> None:
    places = [known.place for known in WEIGHTS.values()]
    assert len(set(places)) == len(places)
    for known in WEIGHTS.values():
        assert known.url.startswith("https://")
        assert known.url.endswith(f"/{Path(known.file).name}") or known.package
    assert all(set(known.sha256) <= set("0123456789abcdef") and known.size > 0 for known in WEIGHTS.values())


@pytest.fixture
def pickled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A pickle that nothing public pins, in the folder `prompt-free` of the only weights folder there is."""
    monkeypatch.setenv("ANIBENCH_WEIGHTS", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    name = "prompt-free/sd-v2-0-base-autokl"
    path = tmp_path / WEIGHTS[name].place
    path.parent.mkdir(parents=True)
    path.write_bytes(CONTENT)
    return name


def test_code_that_nothing_pins_is_not_opened(pickled: str) -> None:
    for read in (read_weights, find_weights):
        with pytest.raises(AnibenchError, match=f"was not opened.*anibench weights verify {pickled} --sha256 HASH"):
            read(pickled)
    assert "anibench weights verify" in str(missing_weights([pickled]))
    record_pin(pickled, DIGEST)
    assert read_weights(pickled).content == CONTENT
    assert missing_weights([pickled]) is None
    record_pin(pickled, DIGEST[::-1])
    with pytest.raises(AnibenchError, match=f"the pinned hash is {DIGEST[::-1]} .recorded in"):
        read_weights(pickled)


def test_numbers_need_no_pin_but_keep_to_one(pickled: str, tmp_path: Path) -> None:
    name = "prompt-free/Anything-v4"
    path = tmp_path / WEIGHTS[name].place
    path.parent.mkdir(parents=True)
    path.write_bytes(CONTENT)
    assert find_weights(name).sha256 == DIGEST
    record_pin(name, DIGEST[::-1])
    with pytest.raises(AnibenchError, match="the pinned hash is"):
        find_weights(name)


def test_a_pin_cannot_contradict_what_is_public(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANIBENCH_WEIGHTS", str(tmp_path))
    with pytest.raises(AnibenchError, match="has a SHA-256 that starts with 6726825d"):
        record_pin(NAME, DIGEST)
    (tmp_path / "pins.json").write_text(f'{{"{NAME}": "{DIGEST}"}}')
    with pytest.raises(AnibenchError, match="remove that line"):
        pin_of(NAME)
    whole = WEIGHTS["inception-torchscript"]
    (tmp_path / "pins.json").write_text(f'{{"inception-torchscript": "{DIGEST}"}}')
    assert pin_of("inception-torchscript").digits == whole.sha256, "what is public in whole needs no other"


def test_a_files_own_folder_may_be_given(pickled: str, tmp_path: Path) -> None:
    home = tmp_path / "elsewhere"
    assert locate_weights(pickled, home=home) is None
    with pytest.raises(AnibenchError) as caught:
        find_weights(pickled, home=home)
    assert str(home / "pfd/vae/sd-v2-0-base-autokl.pth") in str(caught.value)
    put_at = home / WEIGHTS[pickled].file
    put_at.parent.mkdir(parents=True)
    put_at.write_bytes(CONTENT)
    (home / "pins.json").write_text(f'{{"{pickled}": "{DIGEST}"}}')
    assert find_weights(pickled, home=home).path == put_at


def test_a_file_that_was_replaced_is_hashed_again(pickled: str, tmp_path: Path) -> None:
    record_pin(pickled, DIGEST)
    assert find_weights(pickled).sha256 == DIGEST
    (tmp_path / WEIGHTS[pickled].place).write_bytes(CONTENT[::-1] + b"!")
    with pytest.raises(AnibenchError, match="the pinned hash is"):
        find_weights(pickled)


def test_what_is_missing_is_said_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANIBENCH_WEIGHTS", str(tmp_path))
    names = ["prompt-free/seecoder-v1-0", "prompt-free/Anything-v4"]
    said = str(missing_weights(names))
    for part in ("pfd/seecoder/seecoder-v1-0.safetensors", str(tmp_path), f"anibench weights fetch {' '.join(names)}"):
        assert part in said
    assert "\n" not in said
    assert "fetch" not in str(missing_weights(names, home=tmp_path / "mine")), "fetch puts nothing there"


def test_a_method_brings_its_own_weight_files_by_its_entry_point(monkeypatch: pytest.MonkeyPatch) -> None:
    own = {"mine/net": WEIGHTS[NAME]}

    def broken() -> None:
        raise ImportError("no such library")

    entries = [SimpleNamespace(load=lambda: own), SimpleNamespace(load=broken)]
    monkeypatch.setattr(files, "entry_points", lambda group: entries if group == "anibench.weights" else [])
    assert files.declared_weights() == own


PACKAGED = "st-lpips-alex"


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An installed distribution with a file of the right name and another content, and no weights folder."""
    monkeypatch.setenv("ANIBENCH_WEIGHTS", str(tmp_path / "weights"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    site, record = tmp_path / "site", "stlpips_pytorch-0.0.2.dist-info/RECORD"
    inside = [f"stlpips_pytorch/weights/{WEIGHTS[PACKAGED].file}", "stlpips_pytorch/__init__.py"]
    for name, content in zip(
        [*inside, record], [CONTENT.decode(), "raise RuntimeError", ",,\n".join(inside)], strict=True
    ):
        (site / name).parent.mkdir(parents=True, exist_ok=True)
        (site / name).write_text(content)
    (site / record).with_name("METADATA").write_text("Metadata-Version: 2.1\nName: stlpips-pytorch\nVersion: 0.0.2\n")
    monkeypatch.syspath_prepend(site)
    return site / inside[0]


def test_a_file_in_an_installed_package_is_found_without_an_import_and_compared_with_its_pin(package: Path) -> None:
    assert locate_weights(PACKAGED) == package
    assert read_weights(PACKAGED, pin=DIGEST).content == CONTENT
    with pytest.raises(AnibenchError, match="the pinned hash is b356b382"):
        read_weights(PACKAGED)
    assert "stlpips_pytorch" not in sys.modules
    assert locate_weights(PACKAGED, folders=[]) is None, "folders that are given are the only ones"
    in_folder = files.search_folders()[0] / WEIGHTS[PACKAGED].place
    in_folder.parent.mkdir(parents=True)
    in_folder.write_bytes(CONTENT)
    assert locate_weights(PACKAGED) == in_folder, "a weights folder comes first"


def test_a_wrong_file_of_a_package_is_mended_by_the_package(package: Path) -> None:
    with pytest.raises(AnibenchError, match=r"pip install --force-reinstall stlpips-pytorch==0\.0\.2") as caught:
        find_weights(PACKAGED)
    assert "weights fetch" not in str(caught.value)
