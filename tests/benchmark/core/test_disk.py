"""Free disk space is checked at the next existing folder, and the cache folder follows XDG_CACHE_HOME."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from benchmark.core import disk
from benchmark.core.disk import require_space, user_cache
from benchmark.core.errors import AnibenchError


def test_the_space_is_that_of_the_next_existing_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def usage(folder: Path) -> SimpleNamespace:
        asked.append(folder)
        return SimpleNamespace(free=3 * 2**20)

    monkeypatch.setattr(disk.shutil, "disk_usage", usage)
    require_space(tmp_path / "not" / "there", 3 * 2**20, "a test")
    assert asked == [tmp_path]
    with pytest.raises(AnibenchError, match=r"there: a test needs 4 MiB, but 3 MiB are free; free space, or choose"):
        require_space(tmp_path / "not" / "there", 4 * 2**20, "a test")


def test_the_cache_follows_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert user_cache() == tmp_path / "anibench"
    monkeypatch.setenv("XDG_CACHE_HOME", "")
    monkeypatch.setattr(disk.Path, "home", lambda: tmp_path / "home")
    assert user_cache() == tmp_path / "home/.cache/anibench"
