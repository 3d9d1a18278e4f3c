"""What a dataset is made of, before it is written."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from benchmark.core.seeds import derive_seed
from builder.core.recipe import Recipe

Row = Mapping[str, Any]  # of the manifest
Reported = dict[str, dict[str, float]]  # heading -> what was counted -> number


@dataclass(frozen=True)
class Contents:
    """All that a dataset is made of: rows of the manifest sorted by id, their line hashes not known yet.

    The rows are gone through several times and may be made anew each time.
    """

    name: str
    source: str
    licence: str
    recipe: Recipe
    samples: Sequence[tuple[str, str]]  # id and split of each row
    rows: Iterable[Row]
    reported: Reported = field(default_factory=dict)
    decisions: bytes | None = None  # the file of a human's decisions


def sample_sigma(recipe: Recipe, split: str, sample_id: str) -> float:
    """Sigma of a sample's lines, drawn by its own seed; a fixed one for test where the recipe says so."""
    if split == "test" and recipe.lines.test_sigma is not None:
        return recipe.lines.test_sigma
    sigmas = recipe.lines.sigmas
    return sigmas[derive_seed(recipe.seed, "sigma", sample_id) % len(sigmas)]
