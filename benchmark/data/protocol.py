"""Evaluation protocols and their pairs. A protocol is a versioned file; a changed protocol gets a new version."""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Literal

import pandas as pd
from pydantic import PositiveInt

from benchmark.core.config import Config, read_toml, validated
from benchmark.core.errors import AnibenchError
from benchmark.core.files import atomic_path, sha256_bytes
from benchmark.core.seeds import derive_seed
from benchmark.core.tables import read_parquet
from benchmark.data.dataset import Dataset

Metric = Literal["psnr", "ms-ssim", "fid"]
LineStyle = Literal["as-built", "sigma-0.3", "sigma-0.4", "sigma-0.5", "thick", "gaps", "noise"]


class EvalProtocol(Config):
    """The rule that makes the pairs of an evaluation, and the names of its metrics."""

    name: str
    version: int
    split: Literal["train", "test"]
    reference: Literal["self", "random"]
    warp: bool  # the reference is TPS-warped by the pair's own seed
    seed: int
    metrics: tuple[Metric, ...]
    description: str
    pairings: PositiveInt = 1  # number of random references for each line
    lines: LineStyle = "as-built"  # how lines are extracted or degraded before a method gets them

    @property
    def label(self) -> str:
        """Name and version, `random-ref-v1`: the name of files and tables."""
        return f"{self.name}-v{self.version}"


@dataclass(frozen=True)
class Pair:
    """One line (of `sample`) and one reference, with the seed of all random choices for them."""

    sample: str
    reference: str
    seed: int
    pairing: int = 1  # 1, 2, ...: number of the reference among those of this line

    @property
    def picture(self) -> str:
        """Name of the output without suffix: the sample's id, with `-2`, `-3`, ... from the second pairing on."""
        return self.sample if self.pairing == 1 else f"{self.sample}-{self.pairing}"


def protocol_names() -> list[str]:
    """Names of all protocols, without versions."""
    return sorted(_newest())


def get_protocol(name: str) -> EvalProtocol:
    """The newest version of a protocol by name, or any version by label; raises AnibenchError that lists the names."""
    paths = _newest() | _labelled()
    if name not in paths:
        raise AnibenchError(f"no protocol is called {name}; protocols: {', '.join(protocol_names())}")
    return validated(EvalProtocol, read_toml(paths[name]), f"{paths[name]} is not a protocol")


def versions(name: str) -> list[EvalProtocol]:
    """All versions of a protocol, oldest first; empty for an unknown name."""
    labels = [label for label in _labelled() if label.rpartition("-v")[0] == name]
    return sorted(map(get_protocol, labels), key=lambda protocol: protocol.version)


def make_pairs(protocol: EvalProtocol, ids: Sequence[str]) -> list[Pair]:
    """The pairs of a protocol over `ids`, pairing by pairing, each in the order of the sorted ids.

    Pairs depend on the protocol and the ids alone. Random references are a seeded derangement: the ids are sorted by a
    keyed hash, and in pairing k the reference of an id is the k-th id after it in that cyclic order. In each pairing,
    each image is a reference once and never its own. No line gets a reference twice. n images allow n - 1 pairings.
    Raises AnibenchError for fewer than 2 images.
    """
    ids = sorted(ids)
    if protocol.reference == "self":
        return [Pair(i, i, _pair_seed(protocol, i, k), k) for k in _pairings(protocol) for i in ids]
    if len(ids) < 2:
        raise AnibenchError(
            f"{protocol.name} needs at least 2 images in the split {protocol.split}, but there are {len(ids)}"
        )
    order = sorted(ids, key=lambda i: sha256_bytes(f"{protocol.seed} {i}".encode()))
    place = {i: position for position, i in enumerate(order)}
    return [
        Pair(i, order[(place[i] + k) % len(order)], _pair_seed(protocol, i, k), k)
        for k in _pairings(protocol)
        if k < len(ids)
        for i in ids
    ]


def dataset_pairs(protocol: EvalProtocol, data: Dataset) -> list[Pair]:
    """The pairs of a protocol on a dataset.

    Raises AnibenchError where the stored pairs are not those of `make_pairs`.
    """
    path = pairs_path(protocol, data.root)
    ids = data.ids(protocol.split)
    pairs = make_pairs(protocol, ids) if ids else []
    if path.exists() and read_pairs(path) != pairs:
        raise AnibenchError(
            f"{path} does not hold the pairs that {protocol.label} gives for the dataset's {protocol.split} split; "
            f"list the faults with: anibench verify-dataset {data.root}"
        )
    return pairs


def read_pairs(path: Path) -> list[Pair]:
    """Read stored pairs; a table without the column `pairing` has one pairing. Raises AnibenchError."""
    table = read_parquet(path, ("sample", "reference", "seed"), way_out="build the dataset again")
    if "pairing" not in table:
        table = table.assign(pairing=1)
    columns = table[["sample", "reference", "seed", "pairing"]]
    return [Pair(str(s), str(r), int(n), int(k)) for s, r, n, k in columns.itertuples(index=False)]


def write_pairs(protocol: EvalProtocol, pairs: Sequence[Pair], root: Path) -> None:
    """Store `pairs` with the dataset in `root`."""
    rows = [(p.sample, p.reference, p.seed, p.pairing) for p in pairs]
    table = pd.DataFrame(rows, columns=["sample", "reference", "seed", "pairing"])
    with atomic_path(pairs_path(protocol, root)) as temporary:
        table.to_parquet(temporary, index=False)


def pairs_path(protocol: EvalProtocol, root: Path) -> Path:
    """Path of a protocol's pairs in the dataset folder `root`."""
    return root / "pairs" / f"{protocol.label}.parquet"


def _pairings(protocol: EvalProtocol) -> range:
    return range(1, protocol.pairings + 1)


def _pair_seed(protocol: EvalProtocol, sample: str, pairing: int) -> int:
    return derive_seed(protocol.seed, protocol.label, sample, *([pairing] if pairing > 1 else []))


def _labelled() -> dict[str, Path]:
    folder = Path(str(files("benchmark.data"))) / "protocols"
    return {path.stem: path for path in folder.glob("*.toml")}


def _newest() -> dict[str, Path]:
    ordered = sorted(_labelled().items(), key=lambda item: int(item[0].rpartition("-v")[2]))
    return {label.rpartition("-v")[0]: path for label, path in ordered}
