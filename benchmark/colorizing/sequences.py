"""Colorizing animated pictures, videos and folders of frames: one reference, one start noise, flicker measured."""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from benchmark.colorizing.colored_files import ColoredFile, find_drawings, plan_files, unfinished
from benchmark.colorizing.colorize import HIDDEN, PaintingSetup, encode_picture, record_fields
from benchmark.colorizing.drawings import Kind, UserDrawing, drawing_of, tell_kind
from benchmark.colorizing.frames import (
    FrameSequence,
    folder_sequence,
    open_sequence,
    read_frames,
    stated_frames,
    write_sequence,
)
from benchmark.colorizing.painting import assemble, paint_plan, plan_drawing
from benchmark.core.errors import AnibenchError
from benchmark.core.files import Image, read_rgb, write_bytes, write_png
from benchmark.core.progress import progress
from benchmark.core.terminal import Say
from benchmark.data.decode import DecodeRecipe
from benchmark.data.line_check import line_drawing

STATIC = 8  # grey levels by which a line may change in a static region
AROUND = 9  # px of the neighbourhood that must be static
SHARE = 0.75  # of the last frame's colours that are carried where nothing moves; tests/speed/carry.py compares ways
SOFT = 3.0  # px over which the share fades


@dataclass
class Flicker:
    """Mean change of the colours between neighbouring frames where the lines do not change, in levels of 0..255."""

    total: float = 0.0
    pixels: int = 0
    before: tuple[Image, Image] | None = None

    def add(self, line: Image, picture: Image) -> None:
        """The next frame: its lines, grey (H, W), and the painted picture, RGB (H, W, 3), both uint8."""
        if self.before is not None:
            change = cv2.absdiff(picture, self.before[1])[_moving(line, self.before[0]) == 0]
            self.total, self.pixels = self.total + float(change.sum(dtype=np.float64)), self.pixels + change.size
        self.before = line, picture

    @property
    def level(self) -> float | None:
        """The mean change; None without a static region."""
        return self.total / self.pixels if self.pixels else None


def carried(line: Image, painted: Image, before: tuple[Image, Image]) -> Image:
    """A painted frame with a share of the colours of the frame before, where the lines of both are the same.

    Lines are grey uint8 (H, W), pictures RGB uint8 (H, W, 3); `before` is a line and the picture that was shown.
    """
    still = 1 - cv2.GaussianBlur(_moving(line, before[0]).astype(np.float32), (0, 0), SOFT)[..., None]
    return np.asarray(np.rint(painted + SHARE * still * (before[1].astype(np.float32) - painted)), np.uint8)


def _moving(line: Image, before: Image) -> Image:
    """1 around lines that differ between two frames, else 0; uint8 (H, W)."""
    moved = cv2.absdiff(line, before) > STATIC
    return np.asarray(cv2.dilate(moved.astype(np.uint8), np.ones((AROUND, AROUND), np.uint8)), np.uint8)


def split_sequences(
    lines: Sequence[Path], recipe: DecodeRecipe | None, folders: bool, say: Say
) -> tuple[list[Path], list[FrameSequence]]:
    """Still pictures, and the animated pictures and videos. With `folders` each folder is one sequence."""
    stills, sequences = [], []
    for path in lines:
        if not path.is_dir():
            found = open_sequence(path, recipe)
        else:
            found = folder_sequence(path, find_drawings([path], say)) if folders else None
        if found is None:
            stills.append(path)
        else:
            sequences.append(found)
    return stills, sequences


def colorize_sequences(job: PaintingSetup, sequences: Sequence[FrameSequence], out: Path, say: Say) -> list[Path]:
    """Paint each sequence to `out`/<its name>.gif or .mp4, a folder to a folder; say how much it flickers.

    All frames have the same start noise and are painted whole: frames of faces would move. With the option `carry` a
    frame keeps colours of the last one. The kind of the first frame is that of all; a frame that cannot be painted,
    such as a blank one, is kept as it is, and a folder whose frames are painted already stays. Raises AnibenchError,
    before anything is painted, for a file that exists or would be written twice.
    """
    targets = [out / f"{each.path.resolve().stem}{each.suffix}" for each in sequences]
    fields = record_fields(job, job.options.seed)
    plans = [plan_files(each.files, target, fields) for each, target in zip(sequences, targets, strict=True)]
    done = set()
    for number, (target, planned) in enumerate(zip(targets, plans, strict=True)):
        if target in targets[:number] or (target.exists() and not planned):
            raise AnibenchError(f"{target} exists or would be written twice; choose another --out, or remove it")
        if planned and not unfinished(planned):
            done.add(target)
    colorizer = job.entry.method.load_colorizer(job.entry.checkpoint, job.device, job.entry.config)
    for sequence, target, planned in zip(sequences, targets, plans, strict=True):
        if target in done:
            say(f"{target}: {len(planned)} unchanged frames kept")
            continue
        with tempfile.TemporaryDirectory(prefix="anibench-") as folder:
            flicker, kept = Flicker(), 0
            last: tuple[Image, Image] | None = None
            files: list[Path] = []
            shape: tuple[int, ...] = ()
            kind = job.options.kind
            total = len(sequence.files or sequence.durations)
            with progress(f"colorizing {sequence.path.name}", total, unit="frames") as advance:
                for frame in read_frames(sequence, job.recipe):
                    drawing, kind = _frame_drawing(frame, kind, sequence.path)
                    picture = frame
                    if drawing is None:
                        kept += 1
                    else:
                        plan = plan_drawing(drawing, job.references, None, job.options.seed, sequence.path.stem)
                        (painted,) = paint_plan(colorizer, plan, out / HIDDEN)
                        line = plan.requests[0].line
                        if job.options.carry and last is not None:
                            painted = carried(line, painted, last)
                        last = line, painted
                        picture = assemble(plan, [painted], job.options.keep_lines)
                        flicker.add(drawing.line, picture)
                    files.append(Path(folder, f"{len(files):06d}.png"))
                    write_png(files[-1], picture)
                    shape = picture.shape
                    advance()
            if not files:
                raise AnibenchError(f"{sequence.path} holds no frames")
            if sequence.files:
                _write_folder(planned, files)
            else:
                write_sequence(target, sequence, files, shape, job.options.command())
            stated = stated_frames(sequence, job.recipe)
        level = "" if flicker.level is None else f"; flicker {flicker.level:.2f} of 255 where lines do not move"
        say(f"{target}: {len(files)} frames{f', {kept} unchanged' if kept else ''}{level}")
        if stated is not None and stated > len(files) + 1:
            say(f"{sequence.path} has {len(files)} frames, but its header states {stated}; it may be cut off")
    return targets


def _write_folder(files: Sequence[ColoredFile], frames: Sequence[Path]) -> None:
    """Write the painted frames of a folder to their files, each with its record."""
    for file, frame in zip(files, frames, strict=True):
        write_bytes(file.path, encode_picture(file.path, read_rgb(frame), file))


def _frame_drawing(frame: Image, kind: Kind, path: Path) -> tuple[UserDrawing | None, Kind]:
    """The drawing of a frame RGB (H, W, 3) and its kind; no drawing where the frame cannot be painted."""
    read = line_drawing(frame)
    kind = tell_kind(frame, read) if kind == "auto" else kind
    try:
        return drawing_of(frame, read, kind, str(path)), kind
    except AnibenchError:
        return None, kind
