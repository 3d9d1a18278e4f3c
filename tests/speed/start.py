"""How long `anibench colorize` takes from a cold start, how long a further drawing takes, and how long `--help` takes.

    python tests/speed/start.py --repeats 5

Every cold start is a process of its own, whose CPU time is counted. The plain path is the same command in a process
that first imports what such scripts import at their top: torch, torchvision, pandas, scikit-image and matplotlib.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from itertools import pairwise
from pathlib import Path

from timing import duration, report

from benchmark.core.files import write_png
from builder.drawing.illustration import draw_portrait

HEAVY = (
    "import torch, torchvision, torchvision.transforms, pandas, skimage.color, skimage.transform, matplotlib.pyplot;"
)
RUN = "import anibench; anibench.main(standalone_mode=False)"


def cpu_of(program: str, *arguments: str) -> float:
    """CPU seconds of a process that runs `program`."""
    before = os.times()
    subprocess.run([sys.executable, "-c", program, *arguments], check=True, capture_output=True)
    after = os.times()
    return after.children_user + after.children_system - before.children_user - before.children_system


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--size", type=int, default=512, help="px, side of the drawing")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        desk = Path(folder)
        os.chdir(desk)
        write_png(desk / "line.png", draw_portrait(3, options.size).line)
        write_png(desk / "face.png", draw_portrait(8, options.size).color)
        colorize = ("colorize", "line.png", "--reference", "face.png", "--device", "cpu", "--out")
        starts: dict[str, list[float]] = {"plain": [], "ours": []}
        helps: dict[str, list[float]] = {"plain": [], "ours": []}
        for turn in range(-1, options.repeats):  # the first round reads files from the disk
            for name, before in (("plain", HEAVY), ("ours", "")):
                start = cpu_of(before + RUN, *colorize, str(desk / f"{name}{turn}"))
                shown = cpu_of(before + RUN, "--help")
                if turn >= 0:
                    starts[name].append(start)
                    helps[name].append(shown)
        report("first colorization from a cold start", starts, 0.60)
        report("--help", helps, 0.05)
        warm_picture(desk, options.repeats)


def warm_picture(desk: Path, repeats: int) -> None:
    """CPU seconds of one drawing once the method is loaded, by its parts."""
    from benchmark.colorizing.choice import choose_entry
    from benchmark.colorizing.drawings import read_drawing
    from benchmark.colorizing.faces import face_finder
    from benchmark.colorizing.painting import assemble, paint_plan, plan_drawing
    from benchmark.colorizing.references import read_reference
    from benchmark.core.files import encode_png

    entry = choose_entry(None, None, desk / "runs", (), lambda message: None)
    colorizer = entry.method.load_colorizer(entry.checkpoint, "cpu", entry.config)
    reference = read_reference(desk / "face.png", None, face_finder())
    clock = time.process_time
    rows = []
    for _ in range(repeats + 1):
        times = [clock()]
        drawing = read_drawing(desk / "line.png", None, lambda message: None, "auto")
        times.append(clock())
        plan = plan_drawing(drawing, (reference,), face_finder(), 0, "line.png")
        times.append(clock())
        pictures = paint_plan(colorizer, plan, desk)
        times.append(clock())
        encode_png(desk / "out.png", assemble(plan, pictures))
        times.append(clock())
        rows.append([later - earlier for earlier, later in pairwise(times)])
    parts = [statistics.median(row[number] for row in rows[1:]) for number in range(4)]
    names = ("read", "find faces", "paint", "set back and encode")
    print(f"one more drawing with {entry.label}: {duration(sum(parts))}", end=" (")
    print(", ".join(f"{name} {duration(part)}" for name, part in zip(names, parts, strict=True)) + ")")


if __name__ == "__main__":
    main()
