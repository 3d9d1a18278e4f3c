"""The package and the model file of an optional detector. Nothing is downloaded; users install both themselves."""

from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from benchmark.core.errors import AbsentError


def installed_version(package: str, install: str) -> str:
    """The version of a package; raises AbsentError with the `install` command."""
    try:
        return version(package)
    except PackageNotFoundError:
        raise AbsentError(f"{package} is not installed; {install}") from None


def cached_file(repository: str, file: str) -> Path:
    """The path of a repository's file in the cache (under HF_HOME); raises AbsentError with the download command."""
    from huggingface_hub import try_to_load_from_cache

    found = try_to_load_from_cache(repository, file)
    if not isinstance(found, str):  # None, or a marker that the repository has no such file
        raise AbsentError(f"{file} is not in the cache of huggingface_hub; run: hf download {repository} {file}")
    return Path(found)
