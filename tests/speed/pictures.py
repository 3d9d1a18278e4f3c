"""What one picture costs a build on one core: without a detector against a plain path, and all of it.

python tests/speed/pictures.py --count 8 --longest 640
python tests/speed/pictures.py --pictures FOLDER

Without --pictures they are illustrations that anibench draws, saved as JPEG beforehand; real ones hold more detail. The
plain path is Pillow throughout: decode, cut, resize (Lanczos), save as PNG. It crops the middle, half as wide and high
as the picture's shorter side.
"""

import argparse
import io
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import cv2
import numpy as np
import PIL.Image
from timing import measure, report

from benchmark.core.files import Image, sha256_bytes, write_png
from benchmark.data.dataset import SIZE, sample_id
from benchmark.data.decode import read_picture
from builder.core.recipe import DetectRecipe, Recipe
from builder.drawing.illustration import draw_illustration
from builder.faces import crop
from builder.faces.crop import Square, cut, measure_source
from builder.faces.duplicates import sketch
from builder.faces.examine import PictureTask, examine_picture
from builder.sources.folder import Folder

POSTS, CORES = 4_200_000, 16


def draw(seed: int, pixels: float, path: Path) -> None:
    """An illustration of about so many pixels, as JPEG."""
    picture = PIL.Image.fromarray(draw_illustration(seed).color)
    scale = (pixels / (picture.width * picture.height)) ** 0.5
    size = round(picture.width * scale), round(picture.height * scale)
    picture.resize(size, PIL.Image.Resampling.LANCZOS).save(path, quality=90)


def middle(width: int, height: int) -> Square:
    side = min(width, height) // 2
    return Square((width - side) // 2, (height - side) // 2, side)


def plain(content: bytes, target: Path) -> None:
    with PIL.Image.open(io.BytesIO(content)) as file:
        picture = file.convert("RGB")
    square = middle(*picture.size)
    box = (square.x, square.y, square.x + square.size, square.y + square.size)
    picture.crop(box).resize((SIZE, SIZE), PIL.Image.Resampling.LANCZOS).save(target)


def ours(content: bytes, target: Path) -> tuple[Image, Square, Image]:
    rgb = read_picture(content)
    square = middle(rgb.shape[1], rgb.shape[0])
    color = cut(rgb, square)
    write_png(target, color)
    return rgb, square, color


def with_figures(content: bytes, target: Path) -> None:
    """And all that a build notes beside."""
    rgb, square, color = ours(content, target)
    box = (square.x, square.y, square.size / 2, square.size / 2)
    _ = sha256_bytes(content), sample_id(color), sketch(color), crop.measure(color), measure_source(rgb, square, box)


def compare(files: Sequence[Path], folder: Path, repeats: int) -> None:
    """All files by each way, in turns; their pixels are the same."""
    target = folder / "crop.png"
    contents = [path.read_bytes() for path in files]
    for content in contents:
        plain(content, target)
        expected = np.asarray(PIL.Image.open(target))
        if not np.array_equal(ours(content, target)[2], expected):
            raise SystemExit("the two ways give different pixels")
    ways = {
        name: lambda way=way: [way(content, target) for content in contents]  # type: ignore[misc]
        for name, way in (("plain", plain), ("ours", ours), ("with figures", with_figures))
    }
    report("decode, crop, encode", measure(ways, repeats), 0.35, per=len(files), note=f"{len(files)} JPEGs")


def build(root: Path, crops: Path, longest: int) -> None:
    """What the build's function costs for each file of a folder."""
    recipe = Recipe(detect=DetectRecipe(longest=longest))
    records = list(Folder(root).records())
    examine_picture(PictureTask(records[0], recipe, crops))  # the detector is made once in a process
    spent, faces = [], 0
    for record in records:
        started = time.process_time()
        faces += len(examine_picture(PictureTask(record, recipe, crops)).faces)
        spent.append(time.process_time() - started)
    each = sum(spent) / len(spent)
    print(f"{len(spent)} pictures, detector at {longest} px, {faces} faces: CPU {each:.3f} s each (median "
          f"{median(spent):.3f}), {1 / each:.2f} a second and core; {POSTS:,} on {CORES} cores: "
          f"{POSTS * each / CORES / 3600:.1f} h")  # fmt: skip


def main(pictures: Path | None, count: int, pixels: float, longest: int, repeats: int) -> None:
    cv2.setNumThreads(1)
    with TemporaryDirectory() as folder:
        scratch = Path(folder)
        root = pictures or scratch / "pictures"
        if pictures is None:
            root.mkdir()
            for seed in range(count):
                draw(seed, pixels, root / f"{seed:04d}.jpg")
        files = [path for path in sorted(root.iterdir()) if path.suffix in (".jpg", ".jpeg")]
        compare(files, scratch, repeats)
        build(root, scratch / "crops", longest)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pictures", type=Path, help="a folder of pictures instead of drawn ones")
    parser.add_argument("--count", type=int, default=8, help="of drawn pictures")
    parser.add_argument("--pixels", type=float, default=2e6, help="of a drawn picture")
    parser.add_argument("--longest", type=int, default=640, help="px of the copy that the detector sees")
    parser.add_argument("--repeats", type=int, default=7)
    wanted = parser.parse_args()
    main(wanted.pictures, wanted.count, wanted.pixels, wanted.longest, wanted.repeats)
