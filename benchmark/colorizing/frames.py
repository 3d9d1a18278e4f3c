"""Frames of animated pictures (Pillow), videos (imageio-ffmpeg, extra `video`) and folders: read singly and written.

Videos are read from local files in the containers of `CONTAINERS` only: a playlist, which can name other files and
addresses, is refused. The sizes and the number of frames are limited before any frame is decoded in full.
"""

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image

from benchmark.core.errors import AbsentError, AnibenchError
from benchmark.core.files import Image, atomic_path
from benchmark.data.decode import DecodeError, DecodeRecipe, open_picture, read_picture

VIDEOS = frozenset((".mp4", ".m4v", ".mov", ".webm", ".mkv", ".avi"))
CONTAINERS = "mov,matroska,avi"  # ffmpeg's names; mov includes mp4, matroska includes webm
MAX_FRAMES = 5000
MAX_PICTURES = 4  # pixels of all frames of an animated picture / decode.max_pixels
PARTS = re.compile(r"([0-9]+)")  # of a name
SAMPLED = 8  # frames from which the palette of a GIF is made


@dataclass(frozen=True)
class FrameSequence:
    """An animated picture, a video or a folder of frames, and the values with which its frames are written again."""

    path: Path
    durations: tuple[int, ...] = ()  # milliseconds of each frame of an animated picture
    loop: int | None = None  # of an animated picture: the number of repetitions, 0 for ever
    files: tuple[Path, ...] = ()  # the frames of a folder

    @property
    def suffix(self) -> str:
        """The ending of the result's name; a folder becomes a folder."""
        return "" if self.files else ".gif" if self.durations else ".mp4"


def folder_sequence(path: Path, files: Iterable[Path]) -> FrameSequence:
    """The pictures `files` in the folder `path` as one sequence, ordered by name, 9.png before 10.png."""
    frames = sorted(files, key=_number_and_name)
    if len(frames) > MAX_FRAMES:
        raise DecodeError("too-many-frames", f"{path} has more than {MAX_FRAMES} frames; divide it")
    return FrameSequence(path, files=tuple(frames))


def open_sequence(path: Path, recipe: DecodeRecipe | None = None) -> FrameSequence | None:
    """The sequence in a file; None for a still picture and for a file that is neither picture nor video by name.

    Raises DecodeError for an animated picture with too many frames, and as `read_picture` does.
    """
    if path.suffix.lower() in VIDEOS:
        return FrameSequence(path)
    recipe = recipe or DecodeRecipe()
    picture = open_picture(path, recipe)
    if not getattr(picture, "is_animated", False):
        return None
    durations = []
    most = min(MAX_FRAMES, MAX_PICTURES * recipe.max_pixels // max(1, picture.width * picture.height))
    with _pillow_errors(path):
        for number in range(most + 1):
            try:
                picture.seek(number)
            except EOFError:
                break
            if picture.width * picture.height > recipe.max_pixels:  # a later frame can enlarge the picture
                raise DecodeError("too-many-pixels", f"{path}: frame {number} is {picture.width} x {picture.height}")
            durations.append(int(picture.info.get("duration", 0)) or 100)
        else:
            raise DecodeError("too-many-frames", f"{path} has more than {most} frames of its size; shorten it")
    return FrameSequence(path, tuple(durations), picture.info.get("loop"))


def read_frames(sequence: FrameSequence, recipe: DecodeRecipe | None = None) -> Iterator[Image]:
    """The frames in their order, RGB uint8 (H, W, 3), transparency on white; one is in memory at a time.

    Raises DecodeError that names the file for a damaged one, AbsentError without the package for videos.
    """
    recipe = recipe or DecodeRecipe()
    if sequence.files:
        yield from _file_frames(sequence.files, recipe)
        return
    if not sequence.durations:
        yield from _video_frames(sequence.path, recipe)
        return
    picture = open_picture(sequence.path, recipe)
    with _pillow_errors(sequence.path):
        for number in range(len(sequence.durations)):
            picture.seek(number)
            page = PIL.Image.new("RGBA", picture.size, "white")
            page.alpha_composite(picture.convert("RGBA"))
            yield np.array(page.convert("RGB"), np.uint8)


def stated_frames(sequence: FrameSequence, recipe: DecodeRecipe | None = None) -> int | None:
    """The number of frames that the header of a video states; None for other sequences. A header can be wrong."""
    if sequence.suffix != ".mp4":
        return None
    frames = _started(sequence.path, recipe or DecodeRecipe())
    about = next(frames)
    frames.close()
    return round(float(about.get("duration", 0)) * float(about["fps"]))


def write_sequence(
    path: Path, sequence: FrameSequence, frames: Iterable[Path], shape: tuple[int, ...], note: str
) -> None:
    """Write frames, PNG files of RGB (H, W, 3), with the speed, order and sound of `sequence`; `note` is a comment."""
    with atomic_path(path) as temporary:
        if sequence.durations:
            _write_gif(temporary, sequence, list(frames), note)
        else:
            _write_video(temporary, sequence, frames, shape, note)


def _write_gif(path: Path, sequence: FrameSequence, frames: list[Path], note: str) -> None:
    """One palette for all frames and no dithering, so that colours which stay the same do not flicker."""
    chosen = frames[:: max(1, len(frames) // SAMPLED)][:SAMPLED]
    sample = PIL.Image.fromarray(np.vstack([np.array(PIL.Image.open(each).convert("RGB")) for each in chosen]))
    palette = sample.quantize(255)

    def quantized() -> Iterator[PIL.Image.Image]:
        for each in frames:
            yield PIL.Image.open(each).convert("RGB").quantize(palette=palette, dither=PIL.Image.Dither.NONE)

    rest = quantized()
    options: dict[str, Any] = {} if sequence.loop is None else {"loop": sequence.loop}
    options |= {"comment": note.encode("ascii", "replace"), "optimize": False}
    durations = list(sequence.durations[: len(frames)])
    first = next(rest)
    first.save(path, "GIF", save_all=True, append_images=rest, duration=durations, **options)


def _write_video(
    path: Path, sequence: FrameSequence, frames: Iterable[Path], shape: tuple[int, ...], note: str
) -> None:
    """H.264 in MP4 at the frame rate of the source, its sound copied."""
    ffmpeg = _ffmpeg()
    about = next(_started(sequence.path, DecodeRecipe()))
    even = shape[0] % 2 == 0 and shape[1] % 2 == 0
    sound = {"audio_path": str(sequence.path.resolve()), "audio_codec": "copy"} if about.get("audio_codec") else {}
    writer = ffmpeg.write_frames(
        str(path), (shape[1], shape[0]), fps=about["fps"], codec="libx264", quality=None, macro_block_size=1,
        pix_fmt_out="yuv420p" if even else "yuv444p", **sound,
        output_params=["-f", "mp4", "-crf", "16", "-fflags", "+bitexact", "-metadata", f"comment={note}"],
    )  # fmt: skip
    writer.send(None)
    try:
        for each in frames:
            writer.send(np.ascontiguousarray(np.array(PIL.Image.open(each).convert("RGB"))))
    finally:
        writer.close()


def _number_and_name(path: Path) -> list[int | str]:
    return [int(part) if part.isdecimal() else part for part in PARTS.split(path.name)]


def _file_frames(files: Iterable[Path], recipe: DecodeRecipe) -> Iterator[Image]:
    size: tuple[int, ...] = ()
    for path in files:
        frame = read_picture(path, recipe)
        if size and frame.shape != size:
            raise DecodeError("another-size", f"{path} has another size than the first frame of its folder")
        size = frame.shape
        yield frame


def _video_frames(path: Path, recipe: DecodeRecipe) -> Iterator[Image]:
    frames = _started(path, recipe)
    about = next(frames)
    width, height = about["size"]
    try:
        for number, frame in enumerate(frames):
            if number == MAX_FRAMES:
                raise DecodeError("too-many-frames", f"{path} has more than {MAX_FRAMES} frames; shorten it")
            yield np.frombuffer(frame, np.uint8).reshape(height, width, 3)
    except RuntimeError as error:
        raise DecodeError("truncated", f"{path} is cut off or damaged") from error
    finally:
        frames.close()


def _started(path: Path, recipe: DecodeRecipe) -> Any:
    """ffmpeg's frames of a local video; the first item contains size, frame rate and sound. Raises DecodeError."""
    limits = [
        "-protocol_whitelist",
        "file,pipe",
        "-format_whitelist",
        CONTAINERS,
        "-max_pixels",
        str(recipe.max_pixels),
    ]
    frames = _ffmpeg().read_frames(
        f"file:{path.resolve()}", input_params=limits, output_params=["-fps_mode", "passthrough"]
    )
    try:
        about = next(frames)
        size, speed = about["size"], about["fps"]
    except (OSError, KeyError, IndexError, ValueError, StopIteration) as error:
        raise DecodeError("not-a-picture", f"{path} is not a readable video; convert it to MP4") from error
    if size[0] * size[1] > recipe.max_pixels or not 0 < speed <= 1000:
        frames.close()
        raise DecodeError("too-many-pixels", f"{path} is {size[0]} x {size[1]} at {speed} frames per second")
    return _chained(about, frames)


def _chained(about: dict[str, Any], frames: Any) -> Iterator[Any]:
    yield about
    try:
        yield from frames
    finally:
        frames.close()


def _ffmpeg() -> Any:
    try:
        import imageio_ffmpeg
    except ImportError:
        raise AbsentError("videos need the package imageio-ffmpeg; run: pip install imageio-ffmpeg") from None
    return imageio_ffmpeg


@contextmanager
def _pillow_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except AnibenchError:
        raise
    except Exception as error:  # decoders raise nearly anything on a damaged file
        raise DecodeError("damaged", f"{path} is damaged: {error or type(error).__name__}") from error
