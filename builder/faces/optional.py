"""What a detector that few have installed rests on: a package, and a model in the cache of huggingface_hub.

Nothing is fetched here: who wants such a detector gets both, knowing whose files they are.
"""

from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from benchmark.core.errors import AbsentError


def installed_version(package: str, install: str) -> str:
    """Version of a package; raises AbsentError that says how to `install` it."""
    try:
        return version(package)
    except PackageNotFoundError:
        raise AbsentError(f"{package} is not installed; {install}") from None


def cached_file(repository: str, file: str) -> Path:
    """Where a file of a repository lies (under HF_HOME); raises AbsentError that says how to get it there."""
    from huggingface_hub import try_to_load_from_cache

    found = try_to_load_from_cache(repository, file)
    if not isinstance(found, str):  # None, or a mark that the repository has no such file
        raise AbsentError(f"{file} is not on this machine and is not fetched; run: hf download {repository} {file}")
    return Path(found)
