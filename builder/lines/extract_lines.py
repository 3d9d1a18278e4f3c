"""`anibench extract-lines`: lines of any pictures, in folders or alone, of any size and format."""

import os
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmark.core.errors import AnibenchError
from benchmark.core.files import write_png
from benchmark.core.progress import progress
from benchmark.core.runs import record_run
from benchmark.data.decode import read_picture
from benchmark.data.xdog import XDoG, extract_lines


def extract_all(images: Sequence[Path], out: Path, params: XDoG) -> int:
    """Write the lines of every picture as `out`/<subfolder>/<stem>.png and return how many; a bad one is named.

    Folders are searched with their subfolders, hidden files left out; see `plan` for equal stems.
    Raises AnibenchError before anything is written when a picture would be overwritten or two would get one name, and
    at the end when any was bad.
    """
    targets = plan(images, out)
    bad = 0
    with record_run(out, "extract-lines", params, name=out.resolve().name):
        with progress("extracting lines", len(targets), unit="pictures") as advance:
            for target, source in targets.items():
                try:
                    write_png(target, extract_lines(read_picture(source), params))
                except AnibenchError as error:
                    bad += 1
                    print(f"skipped: {error}", file=sys.stderr)
                advance()
        if bad:
            raise AnibenchError(
                f"{bad} of {len(targets)} could not be read and are named above; the lines of the rest are in {out}."
                " Mend those files or move them away"
            )
    return len(targets)


def plan(images: Sequence[Path], out: Path) -> dict[Path, Path]:
    """Which file is written from which picture: `a.jpg` -> `a.png`; `a.jpg` and `a.gif` -> `a.jpg.png` and `a.gif.png`.

    Raises AnibenchError where a picture would be lost.
    """
    for image in images:
        if image.is_dir() and image.resolve() == out.resolve():
            raise AnibenchError(f"{out} is the folder of the pictures; give --out another one")
    found = [pair for image in images for pair in _pictures(image, out)]
    uses = Counter(relative.with_suffix("") for _, relative in found)
    targets: dict[Path, Path] = {}
    for source, relative in found:
        alone = uses[relative.with_suffix("")] == 1
        target = out / (relative.with_suffix(".png") if alone else relative.with_name(f"{relative.name}.png"))
        if target in targets:
            raise AnibenchError(f"{targets[target]} and {source} would both become {target}; extract them one by one")
        targets[target] = source
    if not targets:
        raise AnibenchError(f"no pictures in {', '.join(map(str, images))}")
    sources = {source.resolve() for source in targets.values()}
    for target in targets:
        if target.resolve() in sources:
            raise AnibenchError(f"{target} is one of the pictures and would be overwritten; give --out another folder")
    return targets


def _pictures(image: Path, out: Path) -> Iterator[tuple[Path, Path]]:
    """The files of a folder, by name, with their path in it; a file itself. What lies under `out` is our own."""
    if not image.is_dir():
        yield image, Path(image.name)
        return
    for folder, folders, files in os.walk(image):
        folders[:] = sorted(
            name for name in folders if not name.startswith(".") and (Path(folder) / name).resolve() != out.resolve()
        )
        for name in sorted(files):
            if not name.startswith("."):
                source = Path(folder) / name
                yield source, source.relative_to(image)
