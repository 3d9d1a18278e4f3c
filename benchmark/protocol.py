"""Evaluation protocols and their pairs. A protocol is a versioned file; a changed protocol is a new version."""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Literal

import pandas as pd

from benchmark.config import Config, read_toml
from benchmark.dataset import Dataset
from benchmark.errors import AnibenchError
from benchmark.files import atomic_path, sha256_bytes
from benchmark.seeds import derive_seed

Metric = Literal["psnr", "ms-ssim", "fid"]


class EvalProtocol(Config):
    """What is painted with what, and what is measured on it."""

    name: str
    version: int
    split: Literal["train", "test"]
    reference: Literal["self", "random"]
    warp: bool  # the reference is TPS-warped by the pair's own seed
    seed: int
    metrics: tuple[Metric, ...]
    description: str

    @property
    def label(self) -> str:
        """`random-ref-v1`: names files and tables, so that versions never mix."""
        return f"{self.name}-v{self.version}"


@dataclass(frozen=True)
class Pair:
    """One row of an evaluation: paint `sample`'s line in the colours of `reference`, all chance from `seed`."""

    sample: str
    reference: str
    seed: int


def protocol_names() -> list[str]:
    """Names of the protocols there are, each in its newest version."""
    return sorted(_newest())


def get_protocol(name: str) -> EvalProtocol:
    """The newest version of a protocol, or one by its label; raises AnibenchError that lists those there are."""
    paths = _newest() | _labelled()
    if name not in paths:
        raise AnibenchError(f"there is no protocol {name}; there are: {', '.join(protocol_names())}")
    return EvalProtocol.model_validate(read_toml(paths[name]))


def make_pairs(protocol: EvalProtocol, ids: Sequence[str]) -> list[Pair]:
    """The pairs of a protocol over `ids`, in the order of the ids; they depend on nothing else.

    A random reference is a seeded derangement: the ids in the order of a keyed hash, each painted from the next, so
    every image is used as a reference once and none is its own.
    """
    ids = sorted(ids)
    if protocol.reference == "self":
        references = dict(zip(ids, ids, strict=True))
    else:
        if len(ids) < 2:
            raise AnibenchError(
                f"{protocol.name} needs at least 2 images in the split {protocol.split}, not {len(ids)}"
            )
        order = sorted(ids, key=lambda i: sha256_bytes(f"{protocol.seed} {i}".encode()))
        references = dict(zip(order, [*order[1:], order[0]], strict=True))
    return [Pair(i, references[i], derive_seed(protocol.seed, protocol.label, i)) for i in ids]


def dataset_pairs(protocol: EvalProtocol, data: Dataset) -> list[Pair]:
    """The pairs stored with the dataset when it has them, else made anew; stored ones are checked against its split."""
    path = pairs_path(protocol, data.root)
    ids = data.ids(protocol.split)
    if not path.exists():
        return make_pairs(protocol, ids)
    table = pd.read_parquet(path)
    pairs = [Pair(str(s), str(r), int(n)) for s, r, n in table[["sample", "reference", "seed"]].itertuples(index=False)]
    if [pair.sample for pair in pairs] != ids or not {pair.reference for pair in pairs} <= set(ids):
        raise AnibenchError(
            f"{path} does not match the dataset's {protocol.split} split; run: anibench verify-dataset {data.root}"
        )
    return pairs


def write_pairs(protocol: EvalProtocol, pairs: Sequence[Pair], root: Path) -> None:
    """Store `pairs` with the dataset in `root`."""
    table = pd.DataFrame([(p.sample, p.reference, p.seed) for p in pairs], columns=["sample", "reference", "seed"])
    with atomic_path(pairs_path(protocol, root)) as temporary:
        table.to_parquet(temporary, index=False)


def pairs_path(protocol: EvalProtocol, root: Path) -> Path:
    """Where a dataset keeps the pairs of a protocol."""
    return root / "pairs" / f"{protocol.label}.parquet"


def _labelled() -> dict[str, Path]:
    folder = Path(str(files("benchmark"))) / "protocols"
    return {path.stem: path for path in folder.glob("*.toml")}


def _newest() -> dict[str, Path]:
    ordered = sorted(_labelled().items(), key=lambda item: int(item[0].rpartition("-v")[2]))
    return {label.rpartition("-v")[0]: path for label, path in ordered}
