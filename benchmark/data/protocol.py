"""Evaluation protocols and their pairs. A protocol is a versioned file; a changed protocol is a new version."""

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
    """What is painted with what, and what is measured on it."""

    name: str
    version: int
    split: Literal["train", "test"]
    reference: Literal["self", "random"]
    warp: bool  # the reference is TPS-warped by the pair's own seed
    seed: int
    metrics: tuple[Metric, ...]
    description: str
    pairings: PositiveInt = 1  # times each line is painted, each time with another random reference
    lines: LineStyle = "as-built"  # how the dataset's lines are drawn or degraded before a method sees them

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
    pairing: int = 1  # 1, 2, ...: which of the references of this sample

    @property
    def picture(self) -> str:
        """What its picture is called: the sample's id, and from the second pairing on `-2`, `-3`, ... after it."""
        return self.sample if self.pairing == 1 else f"{self.sample}-{self.pairing}"


def protocol_names() -> list[str]:
    """Names of the protocols there are, each in its newest version."""
    return sorted(_newest())


def get_protocol(name: str) -> EvalProtocol:
    """The newest version of a protocol, or one by its label; raises AnibenchError that lists those there are."""
    paths = _newest() | _labelled()
    if name not in paths:
        raise AnibenchError(f"there is no protocol {name}; there are: {', '.join(protocol_names())}")
    return validated(EvalProtocol, read_toml(paths[name]), f"{paths[name]} is no protocol")


def versions(name: str) -> list[EvalProtocol]:
    """All versions of a protocol there are, the oldest first; none for a name that is none."""
    labels = [label for label in _labelled() if label.rpartition("-v")[0] == name]
    return sorted(map(get_protocol, labels), key=lambda protocol: protocol.version)


def make_pairs(protocol: EvalProtocol, ids: Sequence[str]) -> list[Pair]:
    """The pairs of a protocol over `ids`, one pairing after the other, each in the order of the ids.

    They depend on nothing else. A random reference is a seeded derangement: with the ids in the order of a keyed hash,
    pairing k paints each from the k-th after it, so that in every pairing each image is a reference once and none is
    its own, and no sample meets a reference twice. Of n images there are at most n - 1 pairings.
    """
    ids = sorted(ids)
    if protocol.reference == "self":
        return [Pair(i, i, _pair_seed(protocol, i, k), k) for k in _pairings(protocol) for i in ids]
    if len(ids) < 2:
        raise AnibenchError(f"{protocol.name} needs at least 2 images in the split {protocol.split}, not {len(ids)}")
    order = sorted(ids, key=lambda i: sha256_bytes(f"{protocol.seed} {i}".encode()))
    place = {i: position for position, i in enumerate(order)}
    return [
        Pair(i, order[(place[i] + k) % len(order)], _pair_seed(protocol, i, k), k)
        for k in _pairings(protocol)
        if k < len(ids)
        for i in ids
    ]


def dataset_pairs(protocol: EvalProtocol, data: Dataset) -> list[Pair]:
    """The pairs stored with the dataset when it has them, else made anew; stored ones are checked against its split."""
    path = pairs_path(protocol, data.root)
    ids = data.ids(protocol.split)
    if not path.exists():
        return make_pairs(protocol, ids) if ids else []
    pairs = read_pairs(path)
    each = {pair.pairing for pair in pairs}
    if [pair.sample for pair in pairs] != ids * len(each) or not {pair.reference for pair in pairs} <= set(ids):
        raise AnibenchError(
            f"{path} does not match the dataset's {protocol.split} split; run: anibench verify-dataset {data.root}"
        )
    return pairs


def read_pairs(path: Path) -> list[Pair]:
    """Read stored pairs; those of before there were pairings are of one. Raises AnibenchError."""
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
    """Where a dataset keeps the pairs of a protocol."""
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
