"""Tar shards: read in order, never extracted, and nothing in them that leads out or ends early goes unnoticed."""

import io
import json
import tarfile
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import pytest
from fields import paint
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmark.core.errors import AnibenchError
from benchmark.data.decode import DecodeError, DecodeRecipe
from builder.build.pipeline import build
from builder.check.verify import verify
from builder.core.recipe import resolve_recipe
from builder.sources.open import open_source
from builder.sources.source import RefusedRecord


def encode(seed: int, form: str = "PNG") -> bytes:
    content = io.BytesIO()
    PIL.Image.fromarray(paint(seed)).save(content, form)
    return content.getvalue()


def write_shard(path: Path, members: list[tuple[str, bytes]], mode: str = "w", more: Any = ()) -> Path:
    """`more`: finished TarInfo objects without content."""
    with tarfile.open(path, mode) as shard:  # type: ignore[call-overload]
        for name, content in members:
            info = tarfile.TarInfo(name)
            info.size = len(content)
            shard.addfile(info, io.BytesIO(content))
        for info in more:
            shard.addfile(info)
    return path


def what_is_in(pattern: Path) -> dict[str, str]:
    """Record id -> reason it is refused for, or 'picture'."""
    found = {}
    for record in open_source(f"tar:{pattern}").records():
        try:
            record.load(DecodeRecipe())
            found[record.id] = "picture"
        except DecodeError as error:
            named = record.id.partition("#")[0] in str(error)
            found[record.id] = error.reason if named else f"does not name it: {error}"
    return found


@pytest.mark.parametrize("mode", ["w", "w:gz", "w:xz", "w:bz2"])
def test_members_are_read_in_order_from_any_packing(tmp_path: Path, mode: str) -> None:
    members = [(f"./{number}.webp", encode(number, "WEBP")) for number in (3000, 1000, 2000)]
    write_shard(tmp_path / "data-0000.tar", members, mode)
    records = list(open_source(f"tar:{tmp_path}/*.tar").records())
    assert [record.id for record in records] == [f"data-0000.tar/{number}.webp" for number in (3000, 1000, 2000)]
    for record, number in zip(records, (3000, 1000, 2000), strict=True):
        rgb = record.load(DecodeRecipe()).rgb.astype(int)
        assert np.abs(rgb - paint(number)).mean() < 12


def test_what_leads_out_or_comes_twice_is_refused_by_name(tmp_path: Path) -> None:
    link, device, folder = tarfile.TarInfo("link.png"), tarfile.TarInfo("device.png"), tarfile.TarInfo("sub")
    link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
    device.type, folder.type = tarfile.CHRTYPE, tarfile.DIRTYPE
    picture = encode(1)
    names = [
        "a.png",
        "/abs.png",
        "../up.png",
        "sub/../../x.png",
        "a.png",
        "__MACOSX/._a.png",
        "deep/b.png",
        "c.txt",
    ]
    shard = write_shard(tmp_path / "s.tar", [(name, picture) for name in names], "w", [link, device, folder])
    found = what_is_in(shard)
    again = next(name for name in found if "#" in name)
    assert found.pop(again) == "duplicate-name"
    assert found == {
        "s.tar/a.png": "picture",
        "s.tar//abs.png": "unsafe-name",
        "s.tar/../up.png": "unsafe-name",
        "s.tar/sub/../../x.png": "unsafe-name",
        "s.tar/__MACOSX/._a.png": "hidden-file",
        "s.tar/deep/b.png": "picture",
        "s.tar/c.txt": "picture",
        "s.tar/link.png": "link",
        "s.tar/device.png": "not-a-file",
    }


def test_a_json_beside_a_picture_is_its_metadata(tmp_path: Path) -> None:
    post = {"id": 5, "rating": "g", "tag_string_artist": "someone"}
    old = {"id": "6", "rating": "s", "tags": [{"id": "1", "name": "other", "category": "1"}]}
    members = [
        ("5.json", json.dumps(post).encode()), ("5.png", encode(5)), ("6.png", encode(6)),
        ("6.json", json.dumps(old).encode()), ("7.png", encode(7)), ("8.json", b"{"), ("8.png", encode(8)),
    ]  # fmt: skip
    source = open_source(f"tar:{write_shard(tmp_path / 's.tar', members)}").prepared(tmp_path)
    records = list(source.records())
    known = {record.id: record.metadata and (record.metadata.artist, record.metadata.rating) for record in records}
    assert known == {
        "s.tar/5.png": ("someone", "general"), "s.tar/6.png": ("other", "safe"), "s.tar/7.png": None,
        "s.tar/8.json": None, "s.tar/8.png": (None, None),
    }  # fmt: skip
    assert records[1].load(DecodeRecipe()).metadata.artist == "other"


@pytest.mark.parametrize("mode", ["w", "w:gz"])
@pytest.mark.parametrize("order", [1, -1])
def test_the_order_of_members_does_not_matter(tmp_path: Path, mode: str, order: int) -> None:
    """All pictures before all posts, or after them; what belongs to nothing is a record."""
    pictures = [(f"{number}.png", encode(number)) for number in range(3)]
    posts = [(f"{number}.json", json.dumps({"rating": "e" if number else "g"}).encode()) for number in (0, 1, 2, 9)]
    captions = [("0.txt", b"a caption"), ("9.txt", b"a caption")]
    members = [*pictures, *posts, *captions][::order]
    source = open_source(f"tar:{write_shard(tmp_path / 's.tar', members, mode)}").prepared(tmp_path)
    found = {}
    for record in source.records():
        found[record.id] = getattr(record, "reason", record.metadata and record.metadata.rating)
    assert found == {
        "s.tar/0.png": "general", "s.tar/1.png": "explicit", "s.tar/2.png": "explicit",
        "s.tar/9.json": "unmatched-metadata", "s.tar/9.txt": None,
    }  # fmt: skip


@pytest.mark.parametrize("mode", ["w", "w:gz"])
def test_a_cut_shard_gives_what_comes_before_and_says_so(tmp_path: Path, mode: str) -> None:
    whole = write_shard(tmp_path / "s.tar", [(f"{number}.png", encode(number)) for number in range(6)], mode)
    whole.write_bytes(whole.read_bytes()[: whole.stat().st_size * 6 // 10])
    found = what_is_in(whole)
    assert list(found)[:2] == ["s.tar/0.png", "s.tar/1.png"]
    assert found["s.tar/0.png"] == "picture"
    assert found["s.tar"] == "damaged-shard"
    assert len(found) < 7


def test_a_damaged_header_is_not_taken_for_the_end(tmp_path: Path) -> None:
    shard = write_shard(tmp_path / "s.tar", [(f"{number}.bin", b"x" * 512) for number in range(4)])
    content = bytearray(shard.read_bytes())
    content[2 * 1024 + 10] ^= 0xFF
    shard.write_bytes(content)
    assert list(what_is_in(shard)) == ["s.tar/0.bin", "s.tar/1.bin", "s.tar"]
    shard.write_bytes(content[: 2 * 1024])
    assert list(what_is_in(shard)) == ["s.tar/0.bin", "s.tar/1.bin", "s.tar"]
    shard.write_bytes(b"")
    assert what_is_in(shard) == {"s.tar": "damaged-shard"}


@pytest.mark.parametrize("mode", ["w", "w:gz"])
def test_several_workers_build_the_same_from_shards(tmp_path: Path, mode: str) -> None:
    for shard in range(2):
        members = [(f"{number}.png", encode(number)) for number in range(4 * shard, 4 * shard + 4)]
        write_shard(tmp_path / f"data-{shard:04d}.tar", members, mode)
    source = open_source(f"tar:{tmp_path}/data-*.tar")
    cards = [
        build(source, tmp_path / f"out{workers}", resolve_recipe(None, [], detector="whole"), workers=workers).card
        for workers in (1, 3)
    ]
    assert cards[0] == cards[1]
    assert sum(cards[0].counts.values()) == 8
    assert verify(tmp_path / "out3") == []


def test_a_pattern_without_files_says_so(tmp_path: Path) -> None:
    with pytest.raises(AnibenchError, match="no file matches"):
        open_source(f"tar:{tmp_path}/*.tar")


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 3 * 1024 - 1), st.integers(0, 255)), max_size=8), st.integers(0, 3 * 1024))
def test_no_shard_can_stop_the_reader(
    tmp_path_factory: pytest.TempPathFactory, flips: list[tuple[int, int]], end: int
) -> None:
    folder = tmp_path_factory.mktemp("shards")
    shard = write_shard(folder / "s.tar", [("1.png", b"x" * 300), ("1.json", b'{"id": 1}')])
    content = bytearray(shard.read_bytes())
    for place, value in flips:
        content[place] = value
    shard.write_bytes(content[:end])
    for record in open_source(f"tar:{shard}").records():
        record.id.encode()
        if not isinstance(record, RefusedRecord):
            with pytest.raises(DecodeError):
                record.load(DecodeRecipe())
