"""The report of an imported dataset: counts of resized pictures, identical ones, near duplicates and noted lines."""

from dataclasses import replace

from grey_faces import face

from builder.build.imported import report_import
from builder.core.recipe import Recipe
from builder.faces.examine import Drop
from builder.sources.metadata import Metadata


def test_every_count_of_the_report() -> None:
    sized = Metadata(width=256, height=256)
    one = replace(face(10), id="1" * 16, metadata=sized)
    near = replace(face(10), id="2" * 16, metadata=Metadata(width=300, height=300), line_note="inverted")
    far = replace(face(200), id="3" * 16, metadata=sized, sketch=bytes(8) + bytes(range(256)) * 3)
    sides = {"1" * 16: "train", "2" * 16: "test", "3" * 16: "train"}
    copies = [
        Drop("train/a.png", "duplicate", "", None, "2" * 16),
        Drop("train/b.png", "duplicate", "", None, "1" * 16),
    ]
    (counts,) = report_import([one, near, far], copies, sides, Recipe()).values()
    assert list(counts.values()) == [1, 2, 1, 1, 1, 1]
