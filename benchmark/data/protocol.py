"""Evaluation protocols and their pairs. A protocol is a versioned file; a changed protocol gets a new version."""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Literal

from pydantic import PositiveInt

from benchmark.core.config import Config, read_toml, validated
from benchmark.core.errors import AnibenchError
from benchmark.core.files import atomic_path, sha256_bytes
from benchmark.core.seeds import derive_seed
from benchmark.core.tables import read_parquet
from benchmark.data.dataset import Dataset

PaperMetric = Literal["psnr", "ms-ssim", "fid"]
LineStyle = Literal["as-built", "sigma-0.3", "sigma-0.4", "sigma-0.5", "thick", "gaps", "noise"]


class EvalProtocol(Config):
    """The rule that makes the pairs of an evaluation, and the names of its metrics."""

    name: str
    version: int
    split: Literal["train", "test"]
    reference: Literal["self", "random", "character"]
    warp: bool  # the reference is TPS-warped by the pair's own seed
    seed: int
    metrics: tuple[PaperMetric, ...]
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


def make_pairs(protocol: EvalProtocol, ids: Sequence[str], groups: Sequence[Sequence[str]] | None = None) -> list[Pair]:
    """The pairs of a protocol over `ids`, pairing by pairing, each in the order of the sorted ids.

    Pairs depend on the protocol, the ids and `groups` alone. A reference is of the same group as its line; by default
    all ids are one group. References of other images are a seeded derangement of each group: its ids are sorted by a
    keyed hash, and in pairing k the reference of an id is the k-th id after it in that cyclic order. In each pairing,
    each image is a reference once and never its own. No line gets a reference twice. n images allow n - 1 pairings.
    Images that are alone in their group make no pair. Raises AnibenchError for fewer than 2 images.
    """
    ids = sorted(ids)
    if protocol.reference == "self":
        return [Pair(i, i, _pair_seed(protocol, i, k), k) for k in _pairings(protocol) for i in ids]
    if len(ids) < 2:
        raise AnibenchError(
            f"{protocol.name} needs at least 2 images in the split {protocol.split}, but there are {len(ids)}"
        )
    place: dict[str, tuple[list[str], int]] = {}  # id -> the cyclic order of its group, and its position there
    for group in [ids] if groups is None else groups:
        order = sorted(group, key=lambda i: sha256_bytes(f"{protocol.seed} {i}".encode()))
        place |= {i: (order, position) for position, i in enumerate(order)}
    return [
        Pair(i, order[(position + k) % len(order)], _pair_seed(protocol, i, k), k)
        for k in _pairings(protocol)
        for i in ids
        for order, position in [place[i]]
        if k < len(order)
    ]


def dataset_pairs(protocol: EvalProtocol, data: Dataset) -> list[Pair]:
    """The pairs of a protocol on a dataset.

    Raises AnibenchError where the stored pairs are not those of `make_pairs`, and where references of the same
    character are wanted and no character has two pictures in the split.
    """
    path = pairs_path(protocol, data.root)
    ids = data.ids(protocol.split)
    if ids and protocol.reference == "character":
        return _character_pairs(protocol, data, ids)
    pairs = make_pairs(protocol, ids) if ids else []
    if path.exists() and read_pairs(path) != pairs:
        raise AnibenchError(
            f"{path} does not hold the pairs that {protocol.label} gives for the dataset's {protocol.split} split; "
            f"list the faults with: anibench verify-dataset {data.root}"
        )
    return pairs


def _character_pairs(protocol: EvalProtocol, data: Dataset, ids: Sequence[str]) -> list[Pair]:
    """Pairs of pictures of one character."""
    groups = [group for group in data.characters(ids).values() if len(group) > 1]
    if not groups:
        raise AnibenchError(
            f"{protocol.name} needs two pictures of one character, and the manifest of {data.root} names none for two "
            f"pictures of its {protocol.split} split; make a dataset that has them with: anibench build-dataset "
            "drawn:pairs:100 --out data/pairs"
        )
    return make_pairs(protocol, sorted(one for group in groups for one in group), groups)


def unpaired(protocol: EvalProtocol, data: Dataset, pairs: Sequence[Pair]) -> str | None:
    """A sentence with the number of pictures of the split that make no pair; None where each makes one."""
    alone = len(data.ids(protocol.split)) - len({pair.sample for pair in pairs})
    if not alone:
        return None
    return f"{protocol.label}: {alone} pictures are in no pair, because no other picture shows their character"


def reference_cycles(pairs: Sequence[Pair]) -> list[list[str]]:
    """The samples of one pairing in groups: each sample with its reference, the reference of that, and so on.

    These are the groups of `make_pairs`. Raises ValueError unless each sample is the reference of one sample.
    """
    following = {pair.sample: pair.reference for pair in pairs}
    if len(following) != len(pairs) or sorted(following) != sorted(following.values()):
        raise ValueError("a sample is the reference of none or of several samples")
    groups: list[list[str]] = []
    while following:
        group = [next(iter(following))]
        while (reference := following.pop(group[-1])) != group[0]:
            group.append(reference)
        groups.append(group)
    return groups


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
    import pandas as pd  # imported here: most commands open no table of pairs

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
