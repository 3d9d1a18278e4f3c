"""Sources by name: SCHEME:PATH, found by entry point in the group `anibench.sources`, or a folder.

A source registers a function `open(path, recipe) -> Source`, where `path` is the text behind the colon.
"""

from collections.abc import Callable
from importlib.metadata import entry_points
from pathlib import Path

from benchmark.core.errors import AnibenchError
from builder.core.recipe import SourceRecipe
from builder.sources import official, side_by_side
from builder.sources.drawn import drawn_settings
from builder.sources.folder import open_folder
from builder.sources.source import Source

GROUP = "anibench.sources"


def import_settings(text: str) -> tuple[str, ...]:
    """The settings that a source sets before file and options; those of finished crops, such as drawn:faces:, do."""
    scheme, _, path = text.partition(":")
    if scheme == "official":
        return official.SETTINGS
    if scheme == "drawn":
        return drawn_settings(path)
    return side_by_side.import_settings(path) if scheme == "side-by-side" else ()


def open_source(text: str, recipe: SourceRecipe | None = None) -> Source:
    """Open a folder or SCHEME:PATH; raises AnibenchError that names what is wrong and lists the registered schemes."""
    recipe = recipe or SourceRecipe()
    schemes = {entry.name: entry for entry in entry_points(group=GROUP)}
    scheme, colon, path = text.partition(":")
    if colon and scheme in schemes:
        if not path:
            raise AnibenchError(f"{text}: write {scheme}:PATH")
        opener: Callable[[str, SourceRecipe], Source] = schemes[scheme].load()
        return opener(path, recipe)
    root = Path(text)
    if not root.exists():
        others = ", ".join(f"{name}:PATH" for name in sorted(schemes.keys() - {"drawn"}))
        raise AnibenchError(
            f"{text} does not exist; give a folder of pictures, {others}, or drawn:N to draw N pictures"
        )
    if not root.is_dir():
        raise AnibenchError(f"{text} is a file; give the folder that holds it")
    return open_folder(text, recipe)
