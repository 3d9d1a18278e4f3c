"""Free disk space, checked before long work, and the user's cache folder."""

import os
import shutil
from pathlib import Path

from benchmark.core.errors import AnibenchError


def require_space(folder: Path, needed: int, purpose: str) -> None:
    """Raise AnibenchError when the disk that holds `folder` has fewer than `needed` bytes free."""
    home = folder
    while not home.exists():
        home = home.parent
    free = shutil.disk_usage(home).free
    if free < needed:
        raise AnibenchError(
            f"{folder}: {purpose} needs {needed / 2**20:.0f} MiB, but {free / 2**20:.0f} MiB are free; "
            "free space, or choose a folder on another disk"
        )


def user_cache() -> Path:
    """anibench's folder in the user's cache ($XDG_CACHE_HOME, else ~/.cache)."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "anibench"
