"""Verification of the part labels."""

from collections.abc import Iterator

from benchmark.core.errors import AnibenchError
from benchmark.data.dataset import Dataset, pixel_hash


def parts_problems(data: Dataset) -> Iterator[tuple[str, str]]:
    """Yield (file, text of the problem) for each file of part labels that is missing, damaged or changed."""
    for sample, recorded in data.part_hashes.items():
        file = data.parts_path(sample).relative_to(data.root).as_posix()
        if not data.parts_path(sample).is_file():
            yield file, "is missing"
            continue
        try:
            labels = data.parts(sample)
        except AnibenchError:
            yield file, "holds no part labels"
            continue
        if labels is None or pixel_hash(labels) != recorded:
            yield file, "was changed: the hash of its labels is not the hash in the manifest"
