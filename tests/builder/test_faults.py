"""Faults of the machine, injected: what vanishes, changes, fills up or is started twice leaves nothing half-written."""

import errno
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest

from benchmark.core import files
from benchmark.core.errors import AnibenchError
from benchmark.data.dataset import Dataset
from builder.build import pipeline
from builder.build.pipeline import build
from builder.check.verify import verify
from builder.core.recipe import Recipe, resolve_recipe
from builder.core.workers import Crash
from builder.faces.examine import Outcome, PictureTask
from builder.sources.folder import Folder

WHOLE: Recipe = resolve_recipe(None, [], detector="whole")
Results = Iterator[tuple[PictureTask, Outcome | Crash]]


def meanwhile(monkeypatch: pytest.MonkeyPatch, happen: Callable[[], None]) -> None:
    """Let something happen after the first picture has been worked on."""
    worked = pipeline.in_processes

    def interrupted(function: Callable[[PictureTask], Outcome], tasks: Iterable[PictureTask], workers: int) -> Results:
        for number, each in enumerate(worked(function, tasks, workers)):
            if number == 0:
                happen()
            yield each

    monkeypatch.setattr(pipeline, "in_processes", interrupted)


def nothing_is_half_written(out: Path) -> None:
    assert not (out / "dataset.json").exists()
    assert not list(out.rglob("*.tmp"))


def test_a_source_that_vanishes_is_no_dataset_of_drops(
    tmp_path: Path, make_folder: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    root, out = make_folder(30), tmp_path / "out"
    with monkeypatch.context() as patch:
        meanwhile(patch, lambda: root.rename(tmp_path / "unmounted") and None)
        with pytest.raises(AnibenchError, match="source source changed while it was read.*run the same command again"):
            build(Folder(root), out, WHOLE, workers=1)
    nothing_is_half_written(out)
    (tmp_path / "unmounted").rename(root)
    build(Folder(root), out, WHOLE, workers=1)
    assert len(Dataset.open(out).manifest) == 30
    assert verify(out) == []


def test_a_file_that_changes_meanwhile_is_worked_on_anew(
    tmp_path: Path, make_folder: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    root, out = make_folder(8), tmp_path / "out"
    other = make_folder(9, "other") / "008.png"
    with monkeypatch.context() as patch:
        meanwhile(patch, lambda: (root / "000.png").write_bytes(other.read_bytes()) and None)
        with pytest.raises(AnibenchError, match="changed while it was read"):
            build(Folder(root), out, WHOLE, workers=1)
    nothing_is_half_written(out)
    build(Folder(root), out, WHOLE, workers=1)
    build(Folder(root), tmp_path / "fresh", WHOLE, workers=1)
    assert Dataset.open(out).fingerprint == Dataset.open(tmp_path / "fresh").fingerprint


@pytest.mark.parametrize("after", [0, 3, 11])
def test_a_disk_that_fills_up_at_any_write_leaves_a_build_to_go_on_with(
    tmp_path: Path, make_folder: Callable[..., Path], monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    root, out = make_folder(5), tmp_path / "out"
    written = 0

    def fsync(handle: int) -> None:
        nonlocal written
        written += 1
        if written > after:
            raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as full:
        full.setattr(files.os, "fsync", fsync)
        with pytest.raises((AnibenchError, OSError), match=r"disk is full|No space left"):
            build(Folder(root), out, WHOLE, workers=1)
    nothing_is_half_written(out)
    build(Folder(root), out, WHOLE, workers=1)
    assert verify(out) == []


def test_two_builds_into_one_folder_are_refused_and_a_kill_leaves_no_lock(
    tmp_path: Path, make_folder: Callable[..., Path]
) -> None:
    root, out = make_folder(3), tmp_path / "out"
    (out / ".staging").mkdir(parents=True)
    program = (
        "import sys; from pathlib import Path; from benchmark.core.files import folder_lock\n"
        "with folder_lock(Path(sys.argv[1])): print('held', flush=True); sys.stdin.read()"
    )
    for place in (out, tmp_path / "work"):
        holder = subprocess.Popen(
            [sys.executable, "-c", program, str(place)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(AnibenchError, match="in use by another anibench command"):
            build(Folder(root), out, WHOLE, workers=1, work=tmp_path / "work")
        nothing_is_half_written(out)
        holder.kill()
        holder.wait()
    build(Folder(root), out, WHOLE, workers=1, work=tmp_path / "work")
    assert verify(out) == []


def test_work_that_is_kept_serves_another_build(
    tmp_path: Path, make_folder: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    root, work = make_folder(6), tmp_path / "work"
    first = build(Folder(root), tmp_path / "first", WHOLE, workers=1, work=work)
    monkeypatch.setattr(pipeline, "examine_picture", None)  # nothing is left to work on
    other = resolve_recipe(None, ["lines.sigmas=[0.3]"], detector="whole")
    build(Folder(root), tmp_path / "second", other, workers=1, work=work)
    assert verify(tmp_path / "second") == []
    again = build(Folder(root), tmp_path / "third", WHOLE, workers=1, work=work)
    assert again.card.fingerprint == first.card.fingerprint


def zero_a_block(work: Path) -> None:
    """Zero the second block of the database of outcomes."""
    (database,) = work.glob("*/outcomes.sqlite")
    content = database.read_bytes()
    database.write_bytes(content[:4096] + bytes(4096) + content[8192:])


def cut_a_crop(work: Path) -> None:
    crop = min(work.glob("*/crops/*/*.png"))
    crop.write_bytes(crop.read_bytes()[:300])


def exchange_a_crop(work: Path) -> None:
    first, *_, last = sorted(work.glob("*/crops/*/*.png"))
    first.write_bytes(last.read_bytes())


@pytest.mark.parametrize("damage", [zero_a_block, cut_a_crop, exchange_a_crop])
def test_damaged_unfinished_work_names_the_folder_whose_removal_mends_it(
    tmp_path: Path, make_folder: Callable[..., Path], damage: Callable[[Path], None]
) -> None:
    root, work, out = make_folder(4), tmp_path / "work", tmp_path / "out"
    first = build(Folder(root), tmp_path / "first", WHOLE, workers=1, work=work)
    damage(work)
    with pytest.raises(AnibenchError, match="the unfinished work is damaged; remove that folder and run") as caught:
        build(Folder(root), out, WHOLE, workers=1, work=work)
    nothing_is_half_written(out)
    shutil.rmtree(str(caught.value).partition(": the unfinished")[0])
    again = build(Folder(root), out, WHOLE, workers=1, work=work)
    assert again.card.fingerprint == first.card.fingerprint
