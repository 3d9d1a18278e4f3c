"""Check of a dataset against its fingerprint: one split is hashed again, the other is taken by its recorded hashes."""

from concurrent.futures import ThreadPoolExecutor

from benchmark.core.device import reading_threads
from benchmark.core.errors import AnibenchError
from benchmark.data.dataset import Dataset, fingerprint, pixel_hash, sample_id

NAMED = 3  # pictures that an error names
_verified: set[tuple[str, str, str]] = set()  # root, fingerprint, split


def verify_split(data: Dataset, split: str) -> None:
    """Check all pictures, lines and part labels of a split against the dataset's fingerprint, once per process.

    Raises AnibenchError that names pictures whose pixels do not have their id, lines and labels that do not have the
    hash in the manifest, or a fingerprint in `dataset.json` that is not the one of the manifest.
    """
    key = (str(data.root.resolve()), data.fingerprint, split)
    if key in _verified:
        return
    if "line_sha256" not in data.manifest:
        raise AnibenchError(f"{data.root / 'manifest.parquet'} lacks the column line_sha256; build the dataset again")
    rows = data.manifest[["id", "split", "line_sha256"]].astype(str).itertuples(index=False, name=None)
    computed = fingerprint(rows)
    if computed != data.fingerprint:
        raise AnibenchError(
            f"{data.root / 'dataset.json'} names the fingerprint {data.fingerprint[:16]}, and the samples of its "
            f"manifest have {computed[:16]}; restore the dataset, or build it again"
        )
    held = int((data.manifest["split"] == split).sum())
    if data.card.counts.get(split, 0) != held:
        raise AnibenchError(
            f"{data.root / 'dataset.json'} states {data.card.counts.get(split, 0):,} samples in the split {split}, and "
            f"the manifest has {held:,}; restore the dataset, or build it again"
        )
    _verify_pictures(data, split)
    _verified.add(key)


def _verify_pictures(data: Dataset, split: str) -> None:
    lines = dict(zip(data.manifest["id"], data.manifest["line_sha256"], strict=True))

    def changed(sample: str) -> list[str]:
        found = [
            (data.color_path(sample), sample_id(data.color(sample)) == sample),
            (data.line_path(sample), pixel_hash(data.line(sample)) == lines[sample]),
        ]
        if (parts := data.parts(sample)) is not None:
            found.append((data.parts_path(sample), pixel_hash(parts) == data.part_hashes[sample]))
        return [path.relative_to(data.root).as_posix() for path, same in found if not same]

    with ThreadPoolExecutor(reading_threads()) as pool:
        wrong = [path for paths in pool.map(changed, data.ids(split)) for path in paths]
    if wrong:
        named = ", ".join(wrong[:NAMED]) + (", ..." if len(wrong) > NAMED else "")
        raise AnibenchError(
            f"{data.root}: {len(wrong)} pictures of the split {split} were changed after the build ({named}). Restore "
            f"them; scores on them would be invalid. List all faults with: anibench verify-dataset {data.root}"
        )
