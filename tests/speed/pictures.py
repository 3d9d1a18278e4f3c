"""What one picture costs a build: decode, detect, crop, measure, encode, on one core; and 4.2 million of them.

python tests/speed/pictures.py --count 24 --longest 640

The pictures are illustrations that anibench draws, saved as JPEG beforehand; real ones hold more and larger detail.
"""

import argparse
import time
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import PIL.Image

from builder.drawn import draw_illustration
from builder.folder import Folder
from builder.picture import Task, examine
from builder.recipe import DetectRecipe, Recipe

POSTS, CORES = 4_200_000, 16


def main(count: int, longest: int, side: int) -> None:
    recipe = Recipe(detect=DetectRecipe(longest=longest))
    with TemporaryDirectory() as folder:
        root, crops = Path(folder) / "pictures", Path(folder) / "crops"
        root.mkdir()
        for seed in range(count + 1):
            picture = PIL.Image.fromarray(draw_illustration(seed).color)
            scale = side / max(picture.size)
            size = round(picture.width * scale), round(picture.height * scale)
            picture.resize(size, PIL.Image.Resampling.LANCZOS).save(root / f"{seed:04d}.jpg", quality=90)
        records = list(Folder(root).records())
        examine(Task(records[0], recipe, crops))  # the detector is made once in a process
        spent, faces = [], 0
        for record in records[1:]:
            started = time.process_time()
            faces += len(examine(Task(record, recipe, crops)).faces)
            spent.append(time.process_time() - started)
    each = sum(spent) / count
    print(f"{count} pictures of {side} px, detector at {longest} px, {faces} faces: CPU {each:.3f} s each (median "
          f"{median(spent):.3f}), {1 / each:.2f} a second and core; {POSTS:,} on {CORES} cores: "
          f"{POSTS * each / CORES / 3600:.0f} h")  # fmt: skip


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=8)
    parser.add_argument("--longest", type=int, default=640, help="px of the copy that the detector sees")
    parser.add_argument("--side", type=int, default=1200, help="px of the pictures' longer side")
    wanted = parser.parse_args()
    main(wanted.count, wanted.longest, wanted.side)
