"""Features of the real pictures that outputs are compared with, and of the two sets of the floor."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmark.core.files import Image
from benchmark.core.seeds import derive_seed
from benchmark.data.dataset import Dataset
from benchmark.data.protocol import EvalProtocol
from benchmark.scoring.sets.check_features import Features

if TYPE_CHECKING:
    from benchmark.scoring.features.extractor import Extractor


@dataclass(frozen=True)
class Real:
    """Features of the real pictures of a split, in the order of its ids, and of the two sets of the floor."""

    features: Features
    floor: tuple[Features, Features] | None  # None if a set has fewer than two pictures
    floor_sets: str


def take_real(
    extractors: Sequence["Extractor"], data: Dataset, protocol: EvalProtocol, color: Callable[[str], Image]
) -> list[Real]:
    """Features of the real pictures of a protocol by each extractor. `color` reads a picture by its id, once each."""
    from benchmark.scoring.features.taker import take_features

    ids = data.ids(protocol.split)
    first, second, what = floor_sets(data, protocol.split, protocol.seed)
    wanted = list(dict.fromkeys([*ids, *first, *second]))
    found = take_features(extractors, map(color, wanted), len(wanted), "features of the real pictures")
    place = {sample: index for index, sample in enumerate(wanted)}
    halves = [[place[sample] for sample in half] for half in (first, second)]
    return [
        Real(
            features=features[: len(ids)],
            floor=(features[halves[0]], features[halves[1]]) if len(first) > 1 else None,
            floor_sets=what,
        )
        for features in found
    ]


def floor_sets(data: Dataset, split: str, seed: int) -> tuple[list[str], list[str], str]:
    """Two disjoint sets of real pictures of one size that share no group, and their description.

    The sets are the split, and as many pictures of the other split, drawn by `seed`. The dataset's split rule separates
    artists and duplicates. If the other split is too small, the sets are two halves of the split, divided by groups.
    """
    ids, other = data.ids(split), "test" if split == "train" else "train"
    drawn = sorted(data.ids(other), key=lambda sample: derive_seed(seed, "floor", sample))[: len(ids)]
    if len(drawn) == len(ids):
        return ids, drawn, f"{split}, {other}"
    manifest = data.manifest[data.manifest["split"] == split]
    groups = manifest.groupby("group")["id"].apply(list)
    halves: tuple[list[str], list[str]] = ([], [])
    for _, members in sorted(groups.items(), key=lambda item: derive_seed(seed, "floor", item[0])):
        min(halves, key=len).extend(str(member) for member in members)
    size = min(map(len, halves))
    return halves[0][:size], halves[1][:size], f"halves of {split}"
