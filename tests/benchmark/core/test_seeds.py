"""Seeds derived from a purpose."""

from benchmark.core.seeds import derive_seed


def test_a_seed_depends_on_every_part_and_on_their_order() -> None:
    seeds = [
        derive_seed(*parts) for parts in ((0, "warp", "a"), (1, "warp", "a"), (0, "a", "warp"), (0, "warpa"), (0,))
    ]
    assert len(set(seeds)) == len(seeds)
    assert all(0 <= seed < 2**63 for seed in seeds)


def test_a_seed_is_the_same_in_every_version() -> None:
    assert derive_seed(0, "warp", "0123456789abcdef") == 4493527932237589353
