"""Pairs of files with one stem in two folders: a colour picture and its line drawing."""

from pathlib import Path

from benchmark.core.errors import AnibenchError


def find_pairs(folder: Path, color: str = "color", line: str = "line") -> list[tuple[Path, Path]]:
    """The (colour, line) files with equal stems in the subfolders `color` and `line`, sorted by stem.

    Raises AnibenchError that names a missing folder, a duplicate stem, or a file without partner.
    """
    colors, lines = _by_stem(folder / color), _by_stem(folder / line)
    for stems, others, have, lack in ((colors, lines, color, line), (lines, colors, line, color)):
        lonely = sorted(stems.keys() - others.keys())
        if lonely:
            some = ", ".join(stems[stem].name for stem in lonely[:5]) + (", ..." if len(lonely) > 5 else "")
            raise AnibenchError(
                f"{folder}: {len(lonely)} in {have}/ without a partner of the same stem in {lack}/: {some};"
                " add the partner or remove the file"
            )
    if not colors:
        raise AnibenchError(f"{folder}: {color}/ and {line}/ hold no pictures; put pairs of the same stem there")
    return [(colors[stem], lines[stem]) for stem in sorted(colors)]


def _by_stem(folder: Path) -> dict[str, Path]:
    if not folder.is_dir():
        raise AnibenchError(f"{folder} is missing; pairs are files with equal stems in two folders")
    found: dict[str, Path] = {}
    for path in sorted(folder.iterdir()):
        if path.name.startswith(".") or path.is_dir():
            continue
        if path.stem in found:
            raise AnibenchError(f"{path} and {found[path.stem].name} have the same stem; keep one of them")
        found[path.stem] = path
    return found
