"""The suspicion of samples: the most extreme of each figure comes first, with its reason."""

import numpy as np
import pandas as pd

from builder.check.suspicion import nearest, suspicions


def test_the_worst_of_each_figure_comes_first_and_is_named() -> None:
    rng = np.random.default_rng(5)
    count = 100
    manifest = pd.DataFrame(
        {
            "likelihood": rng.uniform(0.9, 1, count), "sharpness": rng.uniform(300, 900, count),
            "saturation": rng.uniform(0.2, 0.6, count), "brightness": rng.uniform(0.4, 0.6, count),
            "crop_size": rng.integers(256, 900, count),
            "phash": [f"{int(value):016x}" for value in rng.integers(0, 2**62, count)],
        }
    )  # fmt: skip
    manifest.loc[7, "likelihood"] = 0.71
    manifest.loc[8, "brightness"] = 0.95
    manifest.loc[9, "phash"] = manifest.loc[10, "phash"]
    found = suspicions(manifest)
    assert found[7].score == found[8].score == found[9].score == found[10].score == 1
    assert found[7].reasons[0] == "unsure face (0.71)"
    assert "bright (0.95)" in found[8].reasons
    assert "like another crop: 0 bits apart" in found[9].reasons
    ordinary = manifest.iloc[20:].mean(numeric_only=True)
    assert ordinary["likelihood"] > 0.71


def test_figures_that_are_all_alike_or_missing_make_nobody_suspicious() -> None:
    alike = pd.DataFrame({"likelihood": [1.0] * 5, "sharpness": [np.nan] * 5, "phash": [None] * 5})
    assert {one.score for one in suspicions(alike)} == {0.0}
    assert all(not one.reasons for one in suspicions(alike))


def test_the_nearest_hash_against_every_other_one() -> None:
    rng = np.random.default_rng(8)
    hashes = [int(value) for value in rng.integers(0, 2**63, 40)]
    hashes += [hashes[0] ^ 0b111, hashes[1] ^ (1 << 40), hashes[1] ^ 0b11]
    expected = [min((a ^ b).bit_count() for j, b in enumerate(hashes) if j != i) for i, a in enumerate(hashes)]
    found = nearest([f"{value:016x}" for value in hashes])
    assert found.tolist() == [bits if bits <= 8 else 65 for bits in expected]
