"""The sigma of each sample's lines."""

import os
import subprocess
import sys

from builder.build.contents import sample_sigma
from builder.core.recipe import Recipe

PRINT = """
from builder.build.contents import sample_sigma
from builder.core.recipe import Recipe

print(*[sample_sigma(Recipe(), "train", f"{i:016x}") for i in range(20)])
"""


def test_a_samples_sigma_is_the_same_in_every_process() -> None:
    """Python's `hash` of a string differs between processes."""
    expected = [sample_sigma(Recipe(), "train", f"{i:016x}") for i in range(20)]
    for seed in ("1", "2"):
        shown = subprocess.run(
            [sys.executable, "-c", PRINT], env=os.environ | {"PYTHONHASHSEED": seed}, capture_output=True, text=True
        )
        assert [float(value) for value in shown.stdout.split()] == expected, shown.stderr
    assert set(expected) == {0.3, 0.4, 0.5}
