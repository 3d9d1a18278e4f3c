"""Temporary files of killed commands are removed by the next command that writes to the folder."""

import os
import subprocess
import sys
import time
from pathlib import Path

from benchmark.core.files import write_text
from benchmark.core.temporary import STALE, is_alive, new_temporary, remove_leftovers

KILLED = """
import os, signal, sys
from pathlib import Path
from benchmark.core.files import atomic_path
with atomic_path(Path(sys.argv[1])) as temporary:
    temporary.write_text("half")
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_what_a_killed_command_left_is_removed_by_the_next_one(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-c", KILLED, str(tmp_path / "run.json")], check=False)
    assert [path.suffix for path in tmp_path.iterdir()] == [".tmp"]
    write_text(tmp_path / "other.json", "{}")
    assert [path.name for path in tmp_path.iterdir()] == ["other.json"]


def test_the_file_of_a_running_command_stays(tmp_path: Path) -> None:
    ours = new_temporary(tmp_path / "a.png")
    remove_leftovers(tmp_path)
    assert ours.exists()
    assert is_alive(os.getpid())


def test_files_of_other_machines_and_earlier_versions_are_removed_after_a_day(tmp_path: Path) -> None:
    names = (".run.json.00000000-1.abcdef01.tmp", ".run.json.a1_b2c3d.tmp")
    for name in names:
        (tmp_path / name).touch()
    remove_leftovers(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(names)
    for name in names:
        os.utime(tmp_path / name, (time.time() - STALE - 1,) * 2)
    remove_leftovers(tmp_path)
    assert not list(tmp_path.iterdir())


def test_files_that_are_not_ours_stay(tmp_path: Path) -> None:
    for name in (".notes.tmp", "run.json.tmp", ".a.b.c.tmp"):
        (tmp_path / name).touch()
        os.utime(tmp_path / name, (0, 0))
    remove_leftovers(tmp_path)
    assert len(list(tmp_path.iterdir())) == 3


def test_a_long_name_leaves_room_for_the_ending(tmp_path: Path) -> None:
    write_text(tmp_path / ("漢" * 83), "as long as a name may be, in bytes")
    assert len(list(tmp_path.iterdir())) == 1
