"""Colorizing animated pictures and videos: one reference, the same start noise for all frames, flicker measured."""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from benchmark.colorizing.colorize import HIDDEN, PaintingSetup
from benchmark.colorizing.drawings import Kind, UserDrawing, drawing_of, tell_kind
from benchmark.colorizing.frames import FrameSequence, open_sequence, read_frames, write_sequence
from benchmark.colorizing.painting import assemble, paint_plan, plan_drawing
from benchmark.core.errors import AnibenchError
from benchmark.core.files import Image, write_png
from benchmark.core.progress import progress
from benchmark.core.terminal import Say
from benchmark.data.decode import DecodeRecipe
from benchmark.data.line_check import line_drawing

STATIC = 8  # grey levels by which a line may change in a static region
AROUND = 9  # px of the neighbourhood that must be static


@dataclass
class Flicker:
    """Mean change of the colours between neighbouring frames where the lines do not change, in levels of 0..255."""

    total: float = 0.0
    pixels: int = 0
    before: tuple[Image, Image] | None = None

    def add(self, line: Image, picture: Image) -> None:
        """The next frame: its lines, grey (H, W), and the painted picture, RGB (H, W, 3), both uint8."""
        if self.before is not None:
            moved = cv2.absdiff(line, self.before[0]) > STATIC
            static = cv2.dilate(moved.astype(np.uint8), np.ones((AROUND, AROUND), np.uint8)) == 0
            change = cv2.absdiff(picture, self.before[1])[static]
            self.total, self.pixels = self.total + float(change.sum(dtype=np.float64)), self.pixels + change.size
        self.before = line, picture

    @property
    def level(self) -> float | None:
        """The mean change; None without a static region."""
        return self.total / self.pixels if self.pixels else None


def split_sequences(lines: Sequence[Path], recipe: DecodeRecipe | None) -> tuple[list[Path], list[FrameSequence]]:
    """Still pictures and folders, and the files that are animated pictures or videos."""
    stills, sequences = [], []
    for path in lines:
        found = None if path.is_dir() else open_sequence(path, recipe)
        if found is None:
            stills.append(path)
        else:
            sequences.append(found)
    return stills, sequences


def colorize_sequences(job: PaintingSetup, sequences: Sequence[FrameSequence], out: Path, say: Say) -> list[Path]:
    """Paint each sequence to `out`/<its name>.gif or .mp4 and say how much it flickers; returns the files.

    All frames have the same start noise and are painted whole: frames of faces would move. The kind of the first frame
    is that of all; a frame that cannot be painted, such as a blank one, is kept as it is. Raises AnibenchError, before
    anything is painted, for a file that exists.
    """
    targets = [out / f"{each.path.stem}{each.suffix}" for each in sequences]
    for number, target in enumerate(targets):
        if target.exists() or target in targets[:number]:
            raise AnibenchError(f"{target} exists or would be written twice; choose another --out, or remove it")
    colorizer = job.entry.method.load_colorizer(job.entry.checkpoint, job.device, job.entry.config)
    for sequence, target in zip(sequences, targets, strict=True):
        with tempfile.TemporaryDirectory(prefix="anibench-") as folder:
            flicker, kept = Flicker(), 0
            files: list[Path] = []
            shape: tuple[int, ...] = ()
            kind = job.options.kind
            with progress(f"colorizing {sequence.path.name}", len(sequence.durations), unit="frames") as advance:
                for frame in read_frames(sequence, job.recipe):
                    drawing, kind = _frame_drawing(frame, kind, sequence.path)
                    picture = frame
                    if drawing is None:
                        kept += 1
                    else:
                        plan = plan_drawing(drawing, job.references, None, job.options.seed, sequence.path.stem)
                        pictures = paint_plan(colorizer, plan, out / HIDDEN)
                        picture = assemble(plan, pictures, job.options.keep_lines)
                        flicker.add(drawing.line, picture)
                    files.append(Path(folder, f"{len(files):06d}.png"))
                    write_png(files[-1], picture)
                    shape = picture.shape
                    advance()
            if not files:
                raise AnibenchError(f"{sequence.path} holds no frames")
            write_sequence(target, sequence, files, shape, job.options.command())
        level = "" if flicker.level is None else f"; flicker {flicker.level:.2f} of 255 where lines do not move"
        say(f"{target}: {len(files)} frames{f', {kept} unchanged' if kept else ''}{level}")
    return targets


def _frame_drawing(frame: Image, kind: Kind, path: Path) -> tuple[UserDrawing | None, Kind]:
    """The drawing of a frame RGB (H, W, 3) and its kind; no drawing where the frame cannot be painted."""
    read = line_drawing(frame)
    kind = tell_kind(frame, read) if kind == "auto" else kind
    try:
        return drawing_of(frame, read, kind, str(path)), kind
    except AnibenchError:
        return None, kind
