"""The quality limits of crops, on the figures in the manifest; build and verification share them."""

from collections.abc import Mapping

from builder.core.recipe import QualityRecipe


def refuse_quality(name: str, figures: Mapping[str, float], recipe: QualityRecipe) -> tuple[str, str] | None:
    """Reason and text of the first figure beyond its limit, else None. A missing figure passes."""
    for reason, figure, least, most, keys in (
        ("too-dark", "brightness", recipe.min_brightness, None, "quality.min_brightness"),
        ("too-bright", "brightness", None, recipe.max_brightness, "quality.max_brightness"),
        ("blurred", "sharpness", recipe.min_sharpness, None, "quality.min_sharpness"),
        ("near-monochrome", "saturation", recipe.min_saturation, None, "quality.min_saturation"),
        ("near-monochrome", "hues", recipe.min_hues, None, "quality.min_hues"),
        ("jpeg-blocks", "blocks", None, recipe.max_blocks, "quality.max_blocks"),
        ("small-face", "face", recipe.min_face, None, "quality.min_face"),
        ("cut-face", "edge", recipe.min_edge, None, "quality.min_edge"),
    ):
        value = figures.get(figure)
        if value is None:
            continue
        if least is not None and value < least:
            return reason, f"{name}: {figure} {value:g} is less than {least:g} ({keys})"
        if most is not None and value > most:
            return reason, f"{name}: {figure} {value:g} is more than {most:g} ({keys})"
    return None
