"""Drawn pictures: same bytes for the same seed, honest line layers, truthful metadata, faces a detector finds."""

from __future__ import annotations

import hashlib
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from builder.drawing.character import make_character
from builder.drawing.figure import character_tags
from builder.drawing.illustration import Drawing, DrawnFaceBox, draw_illustration, draw_portrait
from builder.faces.animeface_image import find_faces


def digest(drawing: Drawing) -> str:
    known = repr((drawing.faces, sorted(drawing.metadata.items()))).encode()
    return hashlib.sha256(drawing.color.tobytes() + drawing.line.tobytes() + known).hexdigest()


def found(drawing: Drawing, scale: float = 0.6) -> list[bool]:
    """For each true face, whether the detector reports a face near its middle in the picture shrunk by `scale`."""
    height, width = drawing.line.shape
    small = Image.fromarray(drawing.color).resize((int(width * scale), int(height * scale)), Image.Resampling.BOX)
    reported = [face["face_box"] for face in find_faces(np.asarray(small))]

    def near(box: DrawnFaceBox) -> bool:
        x, y, reach = (scale * v for v in (box.x + box.width / 2, box.y + box.height / 2, 0.35 * box.width))
        return any(max(abs(left + w / 2 - x), abs(top + h / 2 - y)) < reach for left, top, w, h in reported)

    return [near(box) for box in drawing.faces]


def test_the_same_seed_gives_the_same_bytes_in_any_order_and_process() -> None:
    first = [digest(draw_portrait(seed, 192)) for seed in (3, 4)] + [digest(draw_illustration(5))]
    again = [digest(draw_illustration(5)), digest(draw_portrait(4, 192)), digest(draw_portrait(3, 192))]
    assert again == first[::-1]
    code = (
        "from tests.builder.drawing.test_illustration import digest\nfrom builder.drawing.illustration import *\n"
        "print(digest(draw_illustration(5)), digest(draw_portrait(3, 192)))"
    )
    other = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert other == [first[2], first[0]]


def test_seeds_differ() -> None:
    assert len({digest(draw_portrait(seed, 96)) for seed in range(12)}) == 12


@pytest.mark.parametrize("seed", [0, 7])
@pytest.mark.parametrize("kind", ["portrait", "illustration"])
def test_lines_are_ink_on_paper_where_the_picture_is_dark(kind: str, seed: int) -> None:
    drawing = draw_portrait(seed) if kind == "portrait" else draw_illustration(seed)
    assert drawing.color.dtype == drawing.line.dtype == np.uint8
    assert drawing.color.shape == (*drawing.line.shape, 3)
    assert np.mean(drawing.line > 250) > 0.75
    ink = drawing.line < 90
    assert 0.005 < ink.mean() < 0.2
    luma = drawing.color @ np.array([0.299, 0.587, 0.114])
    assert np.mean(luma[ink] < 110) > 0.9
    assert np.median(luma[drawing.line == 255]) > np.median(luma[ink]) + 60


def test_metadata_describes_the_picture() -> None:
    for seed in range(12):
        drawing = draw_illustration(seed)
        known = drawing.metadata
        tags = known["tags"]
        assert isinstance(tags, list)
        assert known["id"] == seed
        assert known["rating"] == "g"
        assert (known["image_height"], known["image_width"]) == drawing.line.shape
        assert len(set(tags)) == len(tags)
        people = sum(int(tag[0]) for tag in tags if tag[1:] in ("girl", "girls", "boy", "boys"))
        names = str(known["character"]).split()
        assert people == len(drawing.faces) == len(names)
        assert ("solo" in tags) == (people == 1)
        for name in names:
            who = make_character(int(name.rsplit("_", 1)[1]))
            assert who.name == name
            assert set(character_tags(who)) <= set(tags)


def test_face_boxes_lie_inside_the_picture() -> None:
    for seed in range(20, 30):
        drawing = draw_illustration(seed)
        height, width = drawing.line.shape
        for x, y, w, h in drawing.faces:
            assert 0 <= x < x + w <= width
            assert 0 <= y < y + h <= height
            assert 0.8 < w / h < 1.25


def test_a_portrait_holds_one_face_of_40_to_50_percent_of_its_width() -> None:
    for seed in range(6):
        (box,) = draw_portrait(seed, 256).faces
        assert 0.36 < box.width / 256 < 0.52


def test_garments_below_the_frame_are_not_tagged() -> None:
    tags = [set(draw_portrait(seed, 128).metadata["tags"]) for seed in range(40)]  # type: ignore[call-overload]
    assert not any(seen & {"skirt", "pants", "obi", "arms_behind_back", "hand_up"} for seen in tags)
    assert any(seen & {"collared_shirt", "kimono", "sailor_collar"} for seen in tags)


def test_the_detector_finds_nine_of_ten_faces() -> None:
    hits = [hit for seed in range(25) for hit in found(draw_illustration(seed))]
    assert sum(hits) / len(hits) >= 0.9
