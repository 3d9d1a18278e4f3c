"""The build as a whole: the same bytes however it is run, and nothing lost or mixed on the way."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import PIL.Image
import pytest

from benchmark.core.errors import AnibenchError
from benchmark.core.runs import read_record
from benchmark.data.dataset import Dataset
from builder.build import pipeline, publish
from builder.build.pipeline import build
from builder.check.verify import verify
from builder.core.recipe import Recipe, resolve_recipe
from builder.drawing.illustration import draw_portrait
from builder.drawing.version import VERSION
from builder.sources.drawn import Drawn
from builder.sources.folder import Folder

VOLATILE = {"run.json", ".lock"}  # times and processes


def whole(*settings: str) -> Recipe:
    return resolve_recipe(None, settings, detector="whole")


def contents(root: Path) -> dict[str, bytes]:
    """Every file of a dataset that has to be reproducible."""
    files = (path for path in root.rglob("*") if path.is_file() and path.name not in VOLATILE)
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in files}


def test_drawn_illustrations_become_a_sound_dataset(tmp_path: Path) -> None:
    built = build(Drawn(4), tmp_path / "out", Recipe(), workers=2)
    assert built.card.name == f"drawn-4-v{VERSION}"
    assert min(built.card.counts.values()) >= 1
    assert verify(tmp_path / "out") == []
    data = Dataset.open(tmp_path / "out")
    assert data.manifest["artist"].notna().all()
    assert data.manifest.groupby("artist")["split"].nunique().max() == 1
    for box, landmarks in data.manifest[["box", "landmarks"]].itertuples(index=False):
        assert len(box) == 4
        assert '"left_eye"' in landmarks
    assert set(data.manifest["sigma"]) <= {0.3, 0.4, 0.5}
    assert set(data.manifest["source_path"]) | set(
        pd.read_parquet(tmp_path / "out" / "dropped.parquet")["source_path"]
    ) == {record.id for record in Drawn(4).records()}


def test_the_number_of_workers_changes_no_byte(tmp_path: Path) -> None:
    root = tmp_path / "portraits"
    root.mkdir()
    for seed in range(5):
        PIL.Image.fromarray(draw_portrait(seed, 300).color).save(root / f"{seed}.png")
    recipe = resolve_recipe(None, ["crop.min_size=100"])
    for workers in (1, 2):
        build(Folder(root), tmp_path / str(workers), recipe, workers=workers)
    assert Dataset.open(tmp_path / "1").card.counts["train"] >= 2
    assert contents(tmp_path / "1") == contents(tmp_path / "2")


def test_every_file_is_taken_or_dropped_with_its_name(tmp_path: Path, make_folder: Callable[..., Path]) -> None:
    root = make_folder(6)
    (root / "empty.png").write_bytes(b"")
    (root / "page.jpg").write_text("<html>")
    (root / "notes with spaces.txt").write_text("x")
    (root / "broken.png").symlink_to("nowhere")
    PIL.Image.new("RGB", (90, 300)).save(root / "tall.png")
    PIL.Image.new("RGB", (200, 200)).save(root / "small.png")
    content = (root / "000.png").read_bytes()
    (root / "again.png").write_bytes(content)
    (root / "cut.png").write_bytes(content[: len(content) // 2])
    build(Folder(root), tmp_path / "out", whole(), workers=2)
    data = Dataset.open(tmp_path / "out")
    dropped = pd.read_parquet(tmp_path / "out" / "dropped.parquet")
    found = dict(zip(dropped["source_path"], dropped["reason"], strict=True))
    assert found == {
        "again.png": "duplicate",
        "broken.png": "broken-link",
        "cut.png": "truncated",
        "empty.png": "empty-file",
        "notes with spaces.txt": "not-a-picture",
        "page.jpg": "not-a-picture",
        "small.png": "too-small",
        "tall.png": "not-square",
    }
    assert all(path in detail for path, detail in zip(dropped["source_path"], dropped["detail"], strict=True))
    assert sorted(data.manifest["source_path"]) == [f"{number:03d}.png" for number in range(6)]
    assert data.card.dropped == {reason: list(found.values()).count(reason) for reason in sorted(set(found.values()))}
    (kept,) = dropped.loc[dropped["source_path"] == "again.png", "kept"]
    assert list(data.manifest.loc[data.manifest["id"] == kept, "source_path"]) == ["000.png"]


def test_the_largest_of_near_duplicates_is_kept(tmp_path: Path, make_folder: Callable[..., Path]) -> None:
    root = make_folder(4)
    original = PIL.Image.open(root / "002.png")
    original.resize((512, 512), PIL.Image.Resampling.BICUBIC).save(root / "large.png")
    original.save(root / "saved again.jpg", quality=60)
    build(Folder(root), tmp_path / "out", whole(), workers=1)
    dropped = pd.read_parquet(tmp_path / "out" / "dropped.parquet")
    assert sorted(dropped["source_path"]) == ["002.png", "saved again.jpg"]
    assert set(dropped["reason"]) == {"near-duplicate"}
    kept = Dataset.open(tmp_path / "out").manifest.set_index("id").loc[dropped["kept"], "source_path"]
    assert set(kept) == {"large.png"}


def test_copies_are_dropped_even_when_near_ones_are_not_searched(
    tmp_path: Path, make_folder: Callable[..., Path]
) -> None:
    root = make_folder(3)
    for name in ("0 copy.png", "copy.png", "zz.png"):
        (root / name).write_bytes((root / "001.png").read_bytes())
    PIL.Image.open(root / "001.png").save(root / "lossy.jpg", quality=60)
    for near_hash, together in ((-1, False), (10, True)):
        recipe = whole("duplicates.same_hash=-1", f"duplicates.near_hash={near_hash}")
        out = tmp_path / f"out{near_hash}"
        card = build(Folder(root), out, recipe, workers=1).card
        assert card.dropped == {"duplicate": 3}
        assert sum(card.counts.values()) == 4
        groups = Dataset.open(out).manifest.set_index("source_path")["group"]
        assert (groups["0 copy.png"] == groups["lossy.jpg"]) is together


def test_exact_counts_surplus_and_a_fixed_test_sigma(tmp_path: Path, make_folder: Callable[..., Path]) -> None:
    recipe = resolve_recipe(None, ["lines.test_sigma=0.7"], detector="whole", train=5, test=3)
    build(Folder(make_folder(10)), tmp_path / "out", recipe, workers=1)
    data = Dataset.open(tmp_path / "out")
    assert data.card.counts == {"train": 5, "test": 3}
    assert data.card.dropped == {"surplus": 2}
    test = data.manifest["split"] == "test"
    assert set(data.manifest.loc[test, "sigma"]) == {0.7}
    assert set(data.manifest.loc[~test, "sigma"]) <= {0.3, 0.4, 0.5}
    assert verify(tmp_path / "out") == []


def test_too_few_for_the_paper_keeps_the_work_for_another_split(
    tmp_path: Path, make_folder: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    source, out = Folder(make_folder(5)), tmp_path / "out"
    with pytest.raises(AnibenchError, match="there are 5"):
        build(source, out, resolve_recipe(None, [], detector="whole", mode="paper"), workers=1)
    assert not (out / "dataset.json").exists()
    monkeypatch.setattr(pipeline, "examine_picture", None)  # nothing is left to work on
    build(source, out, whole(), workers=1)
    assert verify(out) == []


def test_a_finished_dataset_is_left_alone_and_never_mixed(tmp_path: Path, make_folder: Callable[..., Path]) -> None:
    root, out = make_folder(5), tmp_path / "out"
    first = build(Folder(root), out, whole(), workers=1)
    before = contents(out)
    again = build(Folder(root), out, whole(), workers=1)
    assert (first.was_finished, again.was_finished) == (False, True)
    with pytest.raises(AnibenchError, match=r"other settings.*--out"):
        build(Folder(root), out, whole("seed=1"), workers=1)
    (root / "003.png").unlink()
    with pytest.raises(AnibenchError, match=r"or its source has changed; choose another --out"):
        build(Folder(root), out, whole(), workers=1)
    assert contents(out) == before
    assert not (out / ".staging").exists()


def test_a_folder_of_other_things_is_not_touched(tmp_path: Path, make_folder: Callable[..., Path]) -> None:
    root = make_folder(2)
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "thesis.tex").write_text("x")
    with pytest.raises(AnibenchError, match="choose another --out"):
        build(Folder(root), mine, whole(), workers=1)
    with pytest.raises(AnibenchError, match="inside the source"):
        build(Folder(root), root / "out", whole(), workers=1)
    assert [path.name for path in mine.iterdir()] == ["thesis.tex"]


def test_no_face_at_all_says_what_to_do(tmp_path: Path, make_folder: Callable[..., Path]) -> None:
    with pytest.raises(AnibenchError, match=r"too-small 2.*crop\.min_size"):
        build(Folder(make_folder(2, size=200)), tmp_path / "out", whole(), workers=1)


def test_changed_pictures_and_settings_do_not_use_stale_work(
    tmp_path: Path, make_folder: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    root, out = make_folder(4, size=300), tmp_path / "out"
    with monkeypatch.context() as stopped:
        stopped.setattr(publish, "write_table", _interrupt)
        with pytest.raises(KeyboardInterrupt):
            build(Folder(root), out, whole(), workers=1)
    assert read_record(out).status == "interrupted"
    pixels = np.asarray(PIL.Image.open(root / "000.png")).copy()
    PIL.Image.fromarray(255 - pixels).save(root / "001.png")
    (root / "002.png").unlink()
    build(Folder(root), out, whole("crop.min_size=260"), workers=1)
    build(Folder(root), tmp_path / "fresh", whole("crop.min_size=260"), workers=1)
    assert contents(out) == contents(tmp_path / "fresh")
    assert verify(out) == []


def test_a_full_disk_is_said_in_words_and_continued(
    tmp_path: Path, make_folder: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    source, out = Folder(make_folder(4)), tmp_path / "out"
    with monkeypatch.context() as full:
        full.setattr(publish, "write_table", _disk_full)
        with pytest.raises(AnibenchError, match="disk is full"):
            build(source, out, whole(), workers=1)
    build(source, out, whole(), workers=1)
    assert verify(out) == []


KILLED_BUILD = """
import os, signal
from anibench import main
from builder.build import pipeline

def three(*arguments, worked=pipeline.in_processes):
    for number, each in enumerate(worked(*arguments)):
        yield each
        if number == 2:
            os.kill(os.getpid(), signal.SIGKILL)

pipeline.in_processes = three
main()
"""


def test_killed_in_the_middle_and_run_again_gives_the_same_bytes(
    tmp_path: Path, make_folder: Callable[..., Path]
) -> None:
    count = 12
    root, out = make_folder(count, size=300), tmp_path / "killed"
    arguments = ["build-dataset", str(root), "--out", str(out), "--detector", "whole", "--workers", "2"]
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED_BUILD, *arguments], start_new_session=True, stderr=subprocess.DEVNULL
    )
    assert process.wait() == -signal.SIGKILL
    _wait_for_the_end_of_group(process.pid)
    assert 3 <= len(list(out.glob(".staging/*/crops/*/*.png"))) < count
    assert not (out / "dataset.json").exists()
    build(Folder(root), out, whole(), workers=2)
    build(Folder(root), tmp_path / "straight", whole(), workers=1)
    assert contents(out) == contents(tmp_path / "straight")


def _wait_for_the_end_of_group(group: int) -> None:
    """No worker outlives a killed parent."""
    deadline = time.monotonic() + 300
    while time.monotonic() < deadline:
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return
        time.sleep(0.05)
    pytest.fail("workers are still alive after their parent was killed")


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


def _disk_full(*_: object) -> None:
    raise OSError(28, "No space left on device")
