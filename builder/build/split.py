"""Groups of samples that stay in one split, and the split, determined by a hash of each group."""

from array import array
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from benchmark.core.errors import AnibenchError
from benchmark.core.files import sha256_bytes
from benchmark.data.dataset import PAPER_TEST, PAPER_TRAIN
from builder.core.recipe import SplitRecipe

SplitName = Literal["train", "test", "surplus"]
TEST_SHARE = PAPER_TEST / (PAPER_TRAIN + PAPER_TEST)  # 1.79 %
USABLE_TEST = 20  # samples; with fewer, an interval is wide and few differences between methods are significant
SMALL_SET_PART = 5  # a small set gives at most a fifth of its samples to reach USABLE_TEST


@dataclass(frozen=True)
class Member:
    """The values of a crop that determine its group: its sample id and the values that must not cross the split."""

    id: str
    shares: tuple[Hashable, ...]  # e.g. ("picture", sha256), ("artist", name)


def group_ids(members: Sequence[Member], pairs: Iterable[tuple[int, int]]) -> list[str]:
    """The group of each member: the smallest sample id in the group. `pairs` are indices of members that are near.

    Groups are the connected components of a sparse graph. For 300,000 members and pairs this takes 1.3 s, where
    `scipy.cluster.hierarchy.DisjointSet` takes 13 s and three times the memory.
    """
    first: dict[Hashable, int] = {}
    edges = array("q")
    for index, member in enumerate(members):
        for value in (("id", member.id), *member.shares):
            edges.extend((first.setdefault(value, index), index))
    for a, b in pairs:
        edges.extend((a, b))
    labels = _components(np.frombuffer(edges, np.int64).reshape(-1, 2), len(members))
    smallest: dict[int, str] = {}
    for label, member in zip(labels, members, strict=True):
        smallest[label] = min(smallest.get(label, member.id), member.id)
    return [smallest[label] for label in labels]


def _components(edges: NDArray[np.int64], count: int) -> list[int]:
    """The number of the connected component of each of `count` nodes; `edges` is (n, 2)."""
    matrix = coo_array((np.ones(len(edges), np.bool_), (edges[:, 0], edges[:, 1])), shape=(count, count))
    _, labels = connected_components(matrix, directed=False)
    found: list[int] = labels.tolist()
    return found


def split_samples(groups: Mapping[str, str], recipe: SplitRecipe, seed: int) -> dict[str, SplitName]:
    """Map sample id to split, from sample id to group.

    Raises AnibenchError with the counts when there are too few samples for an exact split.
    """
    members: dict[str, list[str]] = {}
    for sample, group in sorted(groups.items()):
        members.setdefault(group, []).append(sample)
    order = sorted(members, key=lambda group: group_place(group, seed))
    if recipe.mode == "ratio":
        test = _ratio_test(order, members, seed)
        return {sample: "test" if group in test else "train" for sample, group in groups.items()}
    train, test_size = recipe.counts()
    return _exact(order, members, train, test_size, recipe.mode)


def group_place(group: str, seed: int) -> float:
    """The position of a group in [0, 1); it depends only on the group and the seed."""
    return int(sha256_bytes(f"split {seed} {group}".encode())[:13], 16) / 16**13


def max_test_group_size(total: int) -> int:
    """The largest size of a group in the test split of a dataset of `total` samples."""
    return max(2, total // 10)


def min_ratio_test(total: int) -> int:
    """The least number of test samples of a ratio split of `total` samples: 20; a fifth below 100; at least 2."""
    return max(2, min(USABLE_TEST, -(-total // SMALL_SET_PART)))


def _ratio_test(order: Sequence[str], members: Mapping[str, Sequence[str]], seed: int) -> set[str]:
    """Groups whose place is below the paper's test share; a small set adds groups up to `min_ratio_test` samples.

    A giant group (more than two samples and more than a tenth of all) is train at any place. Groups are added in the
    order of their places. A giant is added only while test has fewer than two samples: the smallest giant. At least
    one group stays in train.
    """
    total = sum(map(len, members.values()))
    small = max_test_group_size(total)
    test = [group for group in order[:-1] if group_place(group, seed) < TEST_SHARE and len(members[group]) <= small]
    while (count := sum(len(members[group]) for group in test)) < min_ratio_test(total):
        rest = [group for group in order if group not in test]
        fitting = [group for group in rest if len(members[group]) <= small]
        if len(rest) < 2 or (count >= 2 and not fitting):
            break
        test.append(fitting[0] if fitting else min(rest, key=lambda group: len(members[group])))
    return set(test)


def _exact(
    order: Sequence[str], members: Mapping[str, list[str]], train: int | None, test: int, mode: str
) -> dict[str, SplitName]:
    total = sum(map(len, members.values()))
    wanted = test + (train or 1)
    advice = "add pictures, ask for fewer with --train and --test, or use --split ratio"
    if total < wanted:
        raise AnibenchError(
            f"split.mode={mode} needs {train if train is not None else 'at least 1'} train + {test} test = {wanted} "
            f"samples, there are {total}; {advice}"
        )
    sides: dict[str, SplitName] = {}
    rest = _take(order, members, test, "test", sides)
    if train is None:
        sides.update({sample: "train" for group in rest for sample in members[group]})
        left = len(sides) - test - sum(side == "surplus" for side in sides.values())
    else:
        available = sum(len(members[group]) for group in rest)
        left = available if available < train else train
        if available >= train:
            rest = _take(rest, members, train, "train", sides)
            sides.update({sample: "surplus" for group in rest for sample in members[group]})
    if left < (train or 1):
        raise AnibenchError(
            f"split.mode={mode}: with {test} test samples only {left} of {total} can be train, not {train or 1}: "
            f"each of the {len(order)} groups (near duplicates, one artist) stays in one split; {advice}"
        )
    return sides


def _take(
    order: Sequence[str], members: Mapping[str, list[str]], wanted: int, side: SplitName, sides: dict[str, SplitName]
) -> list[str]:
    """Fill `side` to exactly `wanted` samples with whole groups, skipping too large groups; returns the groups left.

    When no whole group fits, the smallest remaining group is divided: one part fills the split, the other part becomes
    surplus, since it must not go to the other split.
    """
    left: list[str] = []
    for group in order:
        if len(members[group]) <= wanted:
            sides.update(dict.fromkeys(members[group], side))
            wanted -= len(members[group])
        else:
            left.append(group)
    if wanted:
        group = min(left, key=lambda name: len(members[name]))
        left.remove(group)
        parts: tuple[tuple[Sequence[str], SplitName], ...] = (
            (members[group][:wanted], side),
            (members[group][wanted:], "surplus"),
        )
        for samples, part in parts:
            sides.update(dict.fromkeys(samples, part))
    return left


def straddlers(rows: Iterable[tuple[Hashable, str]], name: Callable[[Hashable], str] = str) -> list[str]:
    """The values of (value, split) rows that are in both splits."""
    seen: dict[Hashable, set[str]] = {}
    for value, split in rows:
        seen.setdefault(value, set()).add(split)
    return sorted(name(value) for value, splits in seen.items() if len(splits) > 1)
