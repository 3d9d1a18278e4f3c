"""Test pictures in the training of a checkpoint: exact ones by id, near duplicates by the sketches in its record."""

from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from pathlib import Path

from benchmark.core.device import reading_threads
from benchmark.core.errors import AnibenchError
from benchmark.data.dataset import Dataset
from benchmark.data.near.sketches import Near, Vectors, decoded, near_duplicate, sketch, vectors, views
from benchmark.methods.checkpoints import CheckpointInfo

NAMED = 3  # pictures that an error names
OWN = 0.99  # correlation of the sketches of one picture at two resolutions


def refuse_leak(checkpoint: Path | None, info: CheckpointInfo | None, data: Dataset) -> str | None:
    """What was compared, for the score card; None where the training data are unknown.

    `info` describes `checkpoint`. Raises AnibenchError if it was trained or validated on a picture of the dataset's
    test split, or on a near duplicate of one. Near duplicates that the dataset itself has in its train split are
    stated, not refused.
    """
    if info is None or not info.training_ids:
        return None
    _refuse_exact(checkpoint, info, data)
    known = [name for name in (*info.training_ids, *info.validation_ids) if name in info.sketches]
    total = len({*info.training_ids, *info.validation_ids})
    if not known:
        pictures = f"its {total:,} training pictures were compared with the test pictures by id alone"
        return f"{pictures}; its checkpoint has no sketches"
    near = _near_pairs(checkpoint, info, data, known)
    foreign = {test: found for test, found in near.items() if not _is_own(known[found.index], info, data)}
    if foreign:
        raise AnibenchError(_refusal(checkpoint, info, data, foreign, known))
    compared = f"{len(known):,} training pictures compared with the test pictures by sketch"
    rest = f", {total - len(known):,} more by id alone" if len(known) < total else ""
    own = f"{len(near)} near, which this dataset has in its own train split" if near else "0 near"
    return f"{compared}{rest}: {own}"


def _refuse_exact(checkpoint: Path | None, info: CheckpointInfo, data: Dataset) -> None:
    seen = sorted({*info.training_ids, *info.validation_ids} & set(data.ids("test")))
    if seen:
        named = ", ".join(seen[:NAMED]) + (", ..." if len(seen) > NAMED else "")
        how = "trained on" if set(seen) & set(info.training_ids) else "validated on"
        raise AnibenchError(
            f"{checkpoint} was {how} {len(seen)} pictures of the test split of {data.root} ({named}), so its "
            f"scores would be invalid; {_way_out(info, data)}"
        )


def _refusal(
    checkpoint: Path | None, info: CheckpointInfo, data: Dataset, near: dict[str, Near], known: list[str]
) -> str:
    pairs = [
        f"{test} is like {known[found.index]}{', mirrored' if found.mirrored else ''}"
        f"{', cropped' if found.cropped else ''}"
        for test, found in list(near.items())[:NAMED]
    ]
    named = "; ".join(pairs) + ("; ..." if len(near) > NAMED else "")
    return (
        f"{checkpoint} was trained on near duplicates of {len(near)} pictures of the test split of {data.root}, "
        f"by the sketches in its record ({named}), so its scores would be invalid; {_way_out(info, data)}"
    )


def _way_out(info: CheckpointInfo, data: Dataset) -> str:
    return f"train it on this dataset: anibench train {info.method} --data {data.root}"


def _near_pairs(checkpoint: Path | None, info: CheckpointInfo, data: Dataset, known: list[str]) -> dict[str, Near]:
    """Test id -> its near duplicate among the samples `known` of the checkpoint."""
    try:
        others = decoded(info.sketches[name] for name in known)
    except ValueError as error:
        raise AnibenchError(f"{checkpoint} has a damaged record of its training pictures: {error}") from error
    tests = _test_views(data.root.resolve(), data.fingerprint)
    found = {test: near_duplicate(each, others) for test, each in tests.items()}
    return {test: near for test, near in found.items() if near is not None}


@lru_cache(maxsize=4)
def _test_views(root: Path, fingerprint: str) -> dict[str, Vectors]:
    """Test id -> the vectors of the picture and its crops; computed once per process for a dataset of `fingerprint`."""
    data = Dataset.open(root)
    ids = data.ids("test")
    with ThreadPoolExecutor(reading_threads()) as pool:
        return dict(zip(ids, pool.map(lambda name: views(data.color(name)), ids), strict=True))


def _is_own(name: str, info: CheckpointInfo, data: Dataset) -> bool:
    """Whether a training sample is, by its pixels, a picture of the train split of `data`."""
    if name not in set(data.ids("train")):
        return False
    stored = decoded([info.sketches[name]])
    return float((stored @ vectors(sketch(data.color(name))).T).item()) >= OWN
