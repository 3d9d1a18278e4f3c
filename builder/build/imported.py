"""What a build reports of a finished dataset that was imported."""

from collections.abc import Iterable, Mapping, Sequence

from benchmark.data.dataset import SIZE
from builder.build.contents import Reported
from builder.core.recipe import Recipe
from builder.faces.duplicates import Sketches, near_pairs
from builder.faces.examine import Drop, Face


def report_import(
    faces: Iterable[Face], duplicates: Sequence[Drop], sides: Mapping[str, str], recipe: Recipe
) -> Reported:
    """What is to be known of an imported dataset: sizes, identical pictures, and near ones across its split.

    `faces` are those that were kept and `sides` where each id lies.
    """
    known, noted = [], 0
    for face in faces:
        known.append((face.id, face.sketch, (face.metadata.width, face.metadata.height) != (SIZE, SIZE)))
        noted += face.line_note is not None
    pairs = near_pairs(Sketches.unpack(b"".join(one for _, one, _ in known)), recipe.duplicates)
    other = sum(drop.source_id.split("/")[0] != sides.get(drop.kept or "") for drop in duplicates)
    lies = [sides[name] for name, _, _ in known]
    return {
        "imported as it is": {
            f"resized to {SIZE} px and cut to the centre": sum(sized for _, _, sized in known),
            "left out: identical to one that was kept": len(duplicates),
            "of these on the other side of the split": other,
            "near pairs": len(pairs),
            "near pairs across the split": sum(lies[a] != lies[b] for a, b in pairs.tolist()),
            "lines mended or unusual (line_note in manifest.parquet)": noted,
        }
    }
