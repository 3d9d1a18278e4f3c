"""What choosing samples among N staged faces costs: seconds, and memory per face beside what was there before.

python tests/speed/choose.py --count 100000

The faces are rows as a build stages them, with tags, landmarks and figures as long as real ones and a sketch each as
`duplicates.py` draws them; no picture is made. Their rows of the manifest are gone through once, as when it is written.
"""

import argparse
import resource
import tempfile
import time
from collections import deque
from pathlib import Path

from duplicates import draw_sketches

from builder.build.choose import choose
from builder.build.staging import Staging
from builder.core.recipe import Recipe
from builder.faces.crop import Square
from builder.faces.examine import Face, Outcome
from builder.sources.folder import Folder
from builder.sources.metadata import Metadata

TAGS = " ".join(f"a_tag_of_some_length_{number}" for number in range(30))
LANDMARKS = {name: [100.25, 200.5, 30.75, 20.0] for name in ("left_eye", "right_eye", "mouth", "nose", "chin", "skin")}
FIGURES = {
    "sharpness": 300.0, "brightness": 0.6, "saturation": 0.3, "hues": 0.1, "blocks": 0.1, "face": 140.0, "edge": 1.0,
}  # fmt: skip


def stage(staging: Staging, count: int) -> None:
    """Stage `count` pictures of one face each, one artist for six of them."""
    sketches = draw_sketches(count)
    for number in range(count):
        name = f"original/{number % 1000:04d}/{number}.jpg"
        content = int(sketches.hashes[number]).to_bytes(8, "big") + sketches.copies[number].tobytes()
        known = Metadata(rating="general", artist=f"artist_{number // 6}", tags=TAGS, score=7, md5="0" * 32)
        face = Face(
            f"{number:016x}", name, f"{number:064x}", known, "animeface", "2", 0.99, (10.0, 10.0, 140.0, 140.0),
            LANDMARKS, Square(0, 0, 280), FIGURES, content,
        )  # fmt: skip
        staging.list(name, "")
        staging.add(Outcome(name, "", (face,), ()))


def memory() -> float:
    """MiB that the process has held at most."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**10


def measure(count: int, folder: Path) -> None:
    """Stage, choose, go through the rows; print what each took."""
    staging = Staging(folder)
    stage(staging, count)
    before, start = memory(), time.process_time()
    contents = choose(Folder(folder), "faces", Recipe(), staging, None, 1)
    chosen, peak = time.process_time(), memory()
    deque(contents.rows, maxlen=0)
    read = time.process_time()
    print(
        f"{count:,} faces, {len(contents.samples):,} samples: chosen in {chosen - start:.1f} s of CPU, rows made in "
        f"{read - chosen:.1f} s; peak {peak:.0f} MiB, {before:.0f} of them before, then {memory():.0f}"
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=20_000)
    with tempfile.TemporaryDirectory() as scratch:
        measure(parser.parse_args().count, Path(scratch))
