"""Outfits by name, and the depth to which a picture must reach to show each garment."""

from __future__ import annotations

from collections.abc import Callable

from builder.drawing.body import casual, uniforms
from builder.drawing.body.arms import Build
from builder.drawing.body.body import paint_bottoms, paint_neck
from builder.drawing.body.cloth import Cloth
from builder.drawing.medium.canvas import Pen
from builder.drawing.medium.curves import Points
from builder.drawing.medium.palette import CLOTH, Tones, tones

Outfit = Callable[[Pen, Build, Tones, Points, Cloth], tuple[str, ...]]


OUTFITS: dict[str, Outfit] = {
    "sailor": uniforms.sailor,
    "blazer": uniforms.blazer,
    "vest": uniforms.vest,
    "hoodie": casual.hoodie,
    "dress": casual.dress,
    "jacket": casual.jacket,
    "kimono": casual.kimono,
    "turtleneck": casual.turtleneck,
}
SHORT_OUTFITS = ("blazer", "vest", "hoodie", "jacket", "turtleneck")  # outfits that end at the hips
BOY_OUTFITS = ("blazer", "hoodie", "jacket", "kimono", "turtleneck")


DEPTHS = {
    "arms_behind_back": 5.5,
    "skirt": 6.2,
    "pants": 6.2,
    "obi": 4.0,
    "sash": 4.0,
    "floral_print": 3.1,
    "bow": 3.1,
    "dress": 2.7,
    "frills": 2.55,
    "drawstring": 2.8,
    "hoodie": 2.3,
    "collarbone": 2.0,
    "open_jacket": 2.3,
    "necktie": 2.4,
}


def depth_of(tag: str) -> float:
    """Depth below the head's origin, in head units, from which the garment of a tag is visible."""
    return max((depth for word, depth in DEPTHS.items() if tag == word or tag.endswith("_" + word)), default=1.9)


def paint_outfit(
    name: str, pen: Pen, build: Build, skin: Tones, face: Points, cloth: Cloth, skirt: bool
) -> tuple[str, ...]:
    """Paint lower garment, neck and upper garment in this order; returns their general tags."""
    tags: tuple[str, ...] = ()
    if name in SHORT_OUTFITS:
        word = {"blue": "black", "black": "grey", "white": "blue"}.get(cloth.words[0], "blue")
        kind = "skirt" if skirt else "pants"
        paint_bottoms(pen, build, tones(CLOTH[word]), skirt)
        tags = (kind, f"{word}_{kind}")
    paint_neck(pen, build, skin, face)
    return (*OUTFITS[name](pen, build, skin, face, cloth), *tags)
