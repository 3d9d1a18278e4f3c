"""The search of close hashes, compared with all pairs."""

import numpy as np
import pytest

from builder.faces import hash_search
from builder.faces.duplicates import close_pairs
from builder.faces.hash_search import close_hashes


@pytest.fixture(params=["few, compared one by one", "in bands"])
def search(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "in bands":
        monkeypatch.setattr(hash_search, "CHUNK", 8)


@pytest.mark.parametrize("distance", [-1, 0, 1, 4, 10, 12])
@pytest.mark.usefixtures("search")
def test_close_pairs_are_all_pairs_within_the_distance(distance: int) -> None:
    rng = np.random.default_rng(distance + 1)
    seeds = rng.integers(0, 2**63, 6, dtype=np.uint64)
    flips = [np.bitwise_or.reduce(np.uint64(1) << rng.choice(64, n, False).astype(np.uint64)) for n in range(1, 14)]
    values = np.concatenate([seeds, seeds[:2], *(seeds[:, None] ^ np.array(flips, np.uint64))])
    pairs = close_pairs(values, distance)
    apart = np.bitwise_count(values[:, None] ^ values[None])
    assert pairs.tolist() == np.argwhere(np.triu(apart <= distance, 1)).tolist()
    assert distance < 1 or len(pairs) > 1


@pytest.mark.usefixtures("search")
def test_a_crowded_bucket_is_searched_in_chunks() -> None:
    hashes = np.concatenate([np.full(60, 5, np.uint64), np.arange(60, dtype=np.uint64) << np.uint64(20)])
    distance = np.bitwise_count(hashes[:, None] ^ hashes[None])
    assert close_pairs(hashes, 1).tolist() == np.argwhere(np.triu(distance <= 1, 1)).tolist()


def test_hashes_of_two_sets_are_matched_across_them() -> None:
    left, right = np.array([0, 7], np.uint64), np.array([6, 2**63, 0], np.uint64)
    found = {(int(a), int(b)) for some in close_hashes(left, right, 1) for a, b in zip(*some, strict=True)}
    assert found == {(0, 1), (0, 2), (1, 0)}
