"""The contents of a dataset before it is written."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from benchmark.core.seeds import derive_seed
from builder.core.recipe import Recipe

ManifestRow = Mapping[str, Any]  # a row of the manifest
Reported = dict[str, dict[str, float]]  # heading -> label -> number


@dataclass(frozen=True)
class Contents:
    """All values of a dataset: manifest rows sorted by id, without the line hashes of extracted lines.

    `rows` is iterated several times and may create its rows each time.
    """

    name: str
    source: str
    licence: str
    recipe: Recipe
    samples: Sequence[tuple[str, str]]  # id and split of each row
    rows: Iterable[ManifestRow]
    reported: Reported = field(default_factory=dict)
    decisions: bytes | None = None  # the content of the review's decisions file


def sample_sigma(recipe: Recipe, split: str, sample_id: str) -> float:
    """The sigma of a sample's lines in px: a random choice with a seed derived from the sample id, or `test_sigma`."""
    if split == "test" and recipe.lines.test_sigma is not None:
        return recipe.lines.test_sigma
    sigmas = recipe.lines.sigmas
    return sigmas[derive_seed(recipe.seed, "sigma", sample_id) % len(sigmas)]
