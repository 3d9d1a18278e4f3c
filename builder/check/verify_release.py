"""Verification of the files beside the samples: review decisions, attribution, Croissant metadata."""

import csv
from collections.abc import Iterator

from benchmark.core.files import sha256_file
from benchmark.data.dataset import Dataset
from builder.build.croissant import FILE as CROISSANT
from builder.build.decisions import FILE as DECISIONS
from builder.build.decisions import decision_problems
from builder.build.release import ATTRIBUTION
from builder.core.recipe import Recipe


def release_problems(data: Dataset, recipe: Recipe) -> Iterator[tuple[str, str]]:
    """Yield (file, text of the problem) for each broken rule."""
    recorded = data.manifest["review"] if "review" in data.manifest.columns else [None] * len(data.manifest)
    reviews = {
        str(name): text if isinstance(text, str) else None
        for name, text in zip(data.manifest["id"], recorded, strict=True)
    }
    for what in decision_problems(data.root, recipe.review.decisions, reviews):
        yield DECISIONS, what
    missing = [name for name in (ATTRIBUTION, CROISSANT) if not (data.root / name).is_file()]
    for name in missing:
        yield name, "is missing"
    if missing:
        return
    with (data.root / ATTRIBUTION).open(encoding="utf-8", errors="replace", newline="") as file:
        if [row.get("id") for row in csv.DictReader(file)] != data.manifest["id"].tolist():
            yield ATTRIBUTION, "does not list the samples of the manifest"
    if sha256_file(data.root / "manifest.parquet") not in (data.root / CROISSANT).read_text("utf-8", "replace"):
        yield CROISSANT, "has another SHA-256 for manifest.parquet"
