"""`anibench extract-lines`: extract the lines of picture files and folders, of any size and format."""

import os
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from pydantic import Field

from benchmark.core.errors import AnibenchError
from benchmark.core.files import write_png
from benchmark.core.progress import progress
from benchmark.core.runs import record_run
from benchmark.data.dataset import SIZE
from benchmark.data.decode import DecodeRecipe, read_picture
from benchmark.data.line_check import ink_faults
from benchmark.data.xdog import XDoG, extract_lines

MAX_SIGMA = 50.0  # px, the limit of XDoG


class ExtractConfig(XDoG):
    """XDoG's parameters, with sigma scaled to the size of each picture."""

    native: bool = Field(default=False, description="sigma in px of the picture instead of px at 256 px side length")
    decode: DecodeRecipe = DecodeRecipe()

    def for_size(self, height: int, width: int) -> XDoG:
        """The extractor for a picture: sigma is scaled by shorter side / 256 px for pictures larger than 256 px."""
        scale = 1.0 if self.native else max(1.0, min(height, width) / SIZE)
        params = {name: getattr(self, name) for name in XDoG.model_fields}
        return XDoG(**{**params, "sigma": min(MAX_SIGMA, self.sigma * scale)})


def extract_all(images: Sequence[Path], out: Path, config: ExtractConfig) -> int:
    """Write the lines of every picture as `out`/<subfolder>/<stem>.png and return the number of pictures.

    Folders are searched with their subfolders, without hidden files; `plan` says how equal stems are named. Unreadable
    pictures and lines with an unusual share of ink are named on standard error. Raises AnibenchError before the first
    write when a picture would be overwritten or two lines would get one name, and at the end when a picture could not
    be read.
    """
    targets = plan(images, out)
    bad = 0
    with record_run(out, "extract-lines", config, name=out.resolve().name):
        with progress("extracting lines", len(targets), unit="pictures") as advance:
            for target, source in targets.items():
                try:
                    picture = read_picture(source, config.decode)
                    page = extract_lines(picture, config.for_size(*picture.shape[:2]))
                    write_png(target, page)
                except AnibenchError as error:
                    bad += 1
                    print(f"skipped: {error}", file=sys.stderr)
                else:
                    for fault in ink_faults(page):
                        print(f"warning: {target} {fault.text}; extracted from {source}", file=sys.stderr)
                advance()
        if bad:
            raise AnibenchError(
                f"{bad} of {len(targets)} pictures could not be read and are named above; the lines of the others are"
                f" in {out}. Repair or remove the named files"
            )
    return len(targets)


def plan(images: Sequence[Path], out: Path) -> dict[Path, Path]:
    """Map each file to write to its picture: `a.jpg` -> `a.png`; `a.jpg` and `a.gif` -> `a.jpg.png` and `a.gif.png`.

    Raises AnibenchError when a picture would be overwritten, when two pictures share a target, or when there are none.
    """
    for image in images:
        if image.is_dir() and image.resolve() == out.resolve():
            raise AnibenchError(f"{out} is the folder of the pictures; choose another --out")
    found = [pair for image in images for pair in _pictures(image, out)]
    uses = Counter(relative.with_suffix("") for _, relative in found)
    targets: dict[Path, Path] = {}
    for source, relative in found:
        alone = uses[relative.with_suffix("")] == 1
        target = out / (relative.with_suffix(".png") if alone else relative.with_name(f"{relative.name}.png"))
        if target in targets:
            raise AnibenchError(
                f"{targets[target]} and {source} would both be written to {target}; extract them one by one"
            )
        targets[target] = source
    if not targets:
        raise AnibenchError(f"no pictures in {', '.join(map(str, images))}")
    sources = {source.resolve() for source in targets.values()}
    for target in targets:
        if target.resolve() in sources:
            raise AnibenchError(f"{target} is one of the pictures and would be overwritten; choose another --out")
    return targets


def _pictures(image: Path, out: Path) -> Iterator[tuple[Path, Path]]:
    """Yield (file, relative path) of a picture or of a folder's files, sorted by name; skips `out` and hidden files."""
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
