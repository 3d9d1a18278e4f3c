"""The report of a build that imports a finished dataset."""

from collections.abc import Iterable, Mapping, Sequence

from benchmark.data.dataset import SIZE
from builder.build.contents import Reported
from builder.core.recipe import Recipe
from builder.faces.duplicates import Sketches, near_pairs
from builder.faces.examine import Drop, Face


def report_import(
    faces: Iterable[Face], duplicates: Sequence[Drop], sides: Mapping[str, str], recipe: Recipe
) -> Reported:
    """Count resized pictures, identical pictures, near duplicates across the split, and corrected lines.

    `faces` are the kept faces; `sides` maps each id to its split.
    """
    known, noted = [], 0
    for face in faces:
        known.append((face.id, face.sketch, (face.metadata.width, face.metadata.height) != (SIZE, SIZE)))
        noted += face.line_note is not None
    pairs = near_pairs(Sketches.unpack(b"".join(one for _, one, _ in known)), recipe.duplicates)
    other = sum(drop.source_id.split("/")[0] != sides.get(drop.kept or "") for drop in duplicates)
    lies = [sides[name] for name, _, _ in known]
    return {
        "imported dataset": {
            f"pictures resized to {SIZE} px and cropped to the centre": sum(sized for _, _, sized in known),
            "dropped: identical to a kept picture": len(duplicates),
            "of these in the other split": other,
            "pairs of near duplicates": len(pairs),
            "pairs of near duplicates across the split": sum(lies[a] != lies[b] for a, b in pairs.tolist()),
            "lines corrected or unusual (line_note in manifest.parquet)": noted,
        }
    }
