"""The pictures of an evaluation on disk: `outputs/<picture>.png`, 8-bit RGB, one for each pair (`Pair.picture`)."""

import io
import shutil
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np

from benchmark.core.errors import AnibenchError
from benchmark.core.files import Image, read_regular, write_bytes, write_png
from benchmark.data.dataset import pixel_hash
from benchmark.results.eval_config import combine_hashes

FOLDER = "outputs"
PICTURES = {".png", ".jpg", ".jpeg", ".webp", ".bmp", ".gif", ".tif", ".tiff", ".ppm", ".pnm", ".avif", ".jp2", ".jxl"}
LOSSLESS = ("PNG", "BMP", "GIF", "PPM", "TIFF", "WEBP")  # some TIFF and WebP files are lossy
_TIFF_LOSSY = ("jpeg", "tiff_jpeg", "webp")  # names of compressions in Pillow
NAMED = 5  # files that an error lists by name


def output_path(folder: Path, picture: str) -> Path:
    """The file of a pair's output in the run folder `folder`."""
    return folder / FOLDER / f"{picture}.png"


def read_output(path: Path, shape: tuple[int, ...]) -> Image:
    """Read a picture to score: uint8 RGB of exactly `shape` (H, W, 3), from a file of any lossless 8-bit format.

    Pixels are not converted, because a conversion would change the scores. Raises AnibenchError that names the file if
    it is missing, damaged, of a lossy format (decided by its content, not its suffix), or has another mode or size.
    """
    import cv2

    content = read_regular(path)
    _check_lossless(path, content)
    decoded = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_UNCHANGED) if content else None
    if decoded is None:
        raise AnibenchError(f"{path} is not a picture that can be decoded")
    if decoded.dtype != np.uint8 or decoded.ndim != 3 or decoded.shape[2] != 3:
        mode = {2: "grey", 3: f"{decoded.shape[-1]} channels"}[decoded.ndim]
        raise AnibenchError(f"{path} is {mode}, {8 * decoded.itemsize} bit; save it as 8-bit RGB without alpha")
    if decoded.shape != shape:
        height, width = decoded.shape[:2]
        raise AnibenchError(f"{path} is {width} x {height}, not {shape[1]} x {shape[0]}; resize it to its line's size")
    return np.ascontiguousarray(decoded[..., ::-1], np.uint8)


def _check_lossless(path: Path, content: bytes) -> None:
    """Raise AnibenchError for the content of a JPEG or another lossy file. OpenCV decides about unknown formats."""
    if content.startswith(b"\x89PNG"):
        return
    import PIL.Image

    try:
        with PIL.Image.open(io.BytesIO(content)) as picture:
            form, compression = picture.format, str(picture.info.get("compression", ""))
    except (OSError, ValueError):
        return
    lossy_webp = form == "WEBP" and b"VP8L" not in content[:64]
    if form not in LOSSLESS or lossy_webp or compression in _TIFF_LOSSY:
        raise AnibenchError(f"{path} is a lossy {form}, which changes the painted pixels; save it as PNG")


def is_whole(path: Path, shape: tuple[int, ...]) -> bool:
    """Whether `path` is a picture that can be scored."""
    try:
        read_output(path, shape)
    except AnibenchError:
        return False
    return True


def hash_outputs(folder: Path, ids: Iterable[str], shape: tuple[int, ...]) -> str:
    """SHA-256 over the pixels of all outputs of a run folder. It does not depend on how the files are compressed."""
    return combine_hashes((i, pixel_hash(read_output(output_path(folder, i), shape))) for i in ids)


def remove_changed(folder: Path, hashes: Iterable[tuple[str, str]], shape: tuple[int, ...]) -> list[str]:
    """Remove the outputs whose pixels differ from `hashes`, (picture, pixel hash), and return their names.

    Missing and damaged outputs are not touched; painting replaces them.
    """
    changed = []
    for picture, expected in hashes:
        path = output_path(folder, picture)
        try:
            image = read_output(path, shape)
        except AnibenchError:
            continue
        if pixel_hash(image) != expected:
            path.unlink()
            changed.append(picture)
    return changed


def copy_outputs(source: Path, folder: Path, pictures: Sequence[str], shape: tuple[int, ...]) -> None:
    """Check the pictures of `source`, then replace the outputs of a run folder by copies of them, as PNG.

    Raises AnibenchError that names the files that are missing, unexpected, lossy, or not 8-bit RGB of `shape`.
    """
    files = find_outputs(source, pictures)
    for path in files.values():
        read_output(path, shape)
    if (folder / FOLDER).resolve() == source.resolve():
        raise AnibenchError(f"{source} is the output folder of this run; choose another name with --name")
    shutil.rmtree(folder / FOLDER, ignore_errors=True)
    for picture, path in files.items():
        content = read_regular(path)
        if content.startswith(b"\x89PNG"):
            write_bytes(output_path(folder, picture), content)
        else:
            write_png(output_path(folder, picture), read_output(path, shape))


def find_outputs(source: Path, pictures: Sequence[str]) -> Mapping[str, Path]:
    """The file of each of `pictures` in `source`: `<picture>.png`, or the same stem with another suffix.

    Raises AnibenchError unless `source` contains one file for each of `pictures` and no other picture.
    """
    found: dict[str, list[Path]] = defaultdict(list)
    for path in sorted(source.iterdir()):
        if path.suffix.lower() in PICTURES and path.name[0] != ".":
            found[path.stem].append(path)
    kinds = (
        ("missing", [f"{picture}.png" for picture in sorted(set(pictures) - found.keys())]),
        ("not in this split", [path.name for stem in sorted(found.keys() - set(pictures)) for path in found[stem]]),
        ("of the same name", [path.name for stem in pictures if len(found.get(stem, ())) > 1 for path in found[stem]]),
    )
    problems = [
        f"{len(names)} {what}: {', '.join(names[:NAMED])}{', ...' if len(names) > NAMED else ''}"
        for what, names in kinds
        if names
    ]
    if problems:
        raise AnibenchError(
            f"{source} must contain one picture for each of the {len(pictures)} pairs and no other. Name them "
            f"<sample id>.png, and <sample id>-2.png and so on for further references of a line. {'; '.join(problems)}"
        )
    return {picture: found[picture][0] for picture in pictures}
