"""The selection of pictures by their metadata; build and verification share the rules."""

from builder.core.recipe import SelectRecipe
from builder.sources.metadata import Metadata


def refuse_metadata(name: str, metadata: Metadata, recipe: SelectRecipe) -> tuple[str, str] | None:
    """Reason and text when the metadata of a picture exclude it, else None."""
    flags = (("deleted", recipe.deleted), ("banned", recipe.banned), ("pending", recipe.pending))
    for flag, taken in flags:
        if getattr(metadata, flag) and not taken:
            return flag, f"{name} is {flag} (select.{flag})"
    if recipe.ratings and metadata.rating not in recipe.ratings and not (recipe.unknown and metadata.rating is None):
        wanted = " or ".join(recipe.ratings)
        if metadata.rating is None:
            return "no-rating", f"{name} has metadata without a rating; to accept it, add --set select.unknown=true"
        return "rating", f"{name} is rated {metadata.rating}, not {wanted} (select.ratings)"
    return _refuse_tags(name, metadata, recipe) or _refuse_numbers(name, metadata, recipe)


def _refuse_tags(name: str, metadata: Metadata, recipe: SelectRecipe) -> tuple[str, str] | None:
    named = (metadata.tags, metadata.artist, metadata.character, metadata.copyright)
    tags = {tag for text in named if text is not None for tag in text.split()}
    unwanted = sorted(tags & set(recipe.forbidden))
    if unwanted:
        return "forbidden-tag", f"{name} is tagged {', '.join(unwanted)} (select.forbidden)"
    lacking = [tag for tag in recipe.required if tag not in tags]
    if lacking and not (recipe.unknown and metadata.tags is None):
        return "required-tag", f"{name} is not tagged {', '.join(lacking)} (select.required)"
    return None


def _refuse_numbers(name: str, metadata: Metadata, recipe: SelectRecipe) -> tuple[str, str] | None:
    extension = metadata.extension
    if extension is not None and recipe.extensions and extension not in recipe.extensions:
        return "extension", f"{name} has the extension {extension}, which select.extensions does not contain"
    if metadata.score is not None and recipe.min_score is not None and metadata.score < recipe.min_score:
        return "score", f"{name} has the score {metadata.score}, less than {recipe.min_score} (select.min_score)"
    sides = [side for side in (metadata.width, metadata.height) if side is not None]
    if sides and min(sides) < recipe.min_side:
        return "picture-size", f"{name} has a side of {min(sides)} px, less than {recipe.min_side} (select.min_side)"
    if sides and recipe.max_side is not None and max(sides) > recipe.max_side:
        return "picture-size", f"{name} has a side of {max(sides)} px, more than {recipe.max_side} (select.max_side)"
    return None
