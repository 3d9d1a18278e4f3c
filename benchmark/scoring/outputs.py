"""The pictures of an evaluation on disk: `outputs/<picture>.png`, 8-bit RGB, one for each pair (`Pair.picture`)."""

import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from benchmark.core.errors import AnibenchError
from benchmark.core.files import Image, read_regular, sha256_bytes, write_bytes
from benchmark.data.dataset import pixel_hash

FOLDER = "outputs"
PICTURES = {".png", ".jpg", ".jpeg", ".webp", ".bmp", ".gif"}
NAMED = 5  # files an error lists before it only counts


def output_path(folder: Path, picture: str) -> Path:
    """Where the picture of a pair lies in the run folder `folder`."""
    return folder / FOLDER / f"{picture}.png"


def read_output(path: Path, shape: tuple[int, ...]) -> Image:
    """Read a picture that is to be scored: uint8 RGB of exactly `shape` (H, W, 3).

    Nothing is converted on the way: raises AnibenchError that names the file for a missing or damaged one, and for
    any other mode or size, since a silent conversion would be scored as the method's own work.
    """
    import cv2

    content = read_regular(path)
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


def is_whole(path: Path, shape: tuple[int, ...]) -> bool:
    """Whether `path` holds a picture that can be scored."""
    try:
        read_output(path, shape)
    except AnibenchError:
        return False
    return True


def hash_outputs(folder: Path, ids: Iterable[str], shape: tuple[int, ...]) -> str:
    """SHA-256 over the pixels of all outputs of a run folder, whatever wrote the files."""
    return combine_hashes((i, pixel_hash(read_output(output_path(folder, i), shape))) for i in ids)


def combine_hashes(rows: Iterable[tuple[str, str]]) -> str:
    """SHA-256 over the (picture, pixel hash) of all outputs, in the order of their names."""
    return sha256_bytes("\n".join(" ".join(row) for row in sorted(rows)).encode())


def remove_changed(folder: Path, hashes: Iterable[tuple[str, str]], shape: tuple[int, ...]) -> list[str]:
    """Remove the outputs whose pixels differ from `hashes`, (picture, pixel hash), and return their names.

    Missing and damaged outputs are left as they are; painting replaces them.
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
    """Replace the outputs of a run folder by copies of `source/<picture>.png`, all of them checked first.

    Raises AnibenchError that names what is missing, what is left over, and what is not 8-bit RGB of `shape`.
    """
    check_complete(source, pictures)
    for picture in pictures:
        read_output(source / f"{picture}.png", shape)
    if (folder / FOLDER).resolve() == source.resolve():
        raise AnibenchError(f"{source} is the run's own output folder; give --name another name")
    shutil.rmtree(folder / FOLDER, ignore_errors=True)
    for picture in pictures:
        write_bytes(output_path(folder, picture), (source / f"{picture}.png").read_bytes())


def check_complete(source: Path, pictures: Sequence[str]) -> None:
    """Raise AnibenchError unless `source` holds `<picture>.png` for each of `pictures`, and no other picture."""
    present = {path.name for path in source.iterdir() if path.suffix.lower() in PICTURES and path.name[0] != "."}
    wanted = {f"{picture}.png" for picture in pictures}
    problems = [
        f"{len(names)} {what}: {', '.join(names[:NAMED])}{', ...' if len(names) > NAMED else ''}"
        for what, names in (("missing", sorted(wanted - present)), ("not of this split", sorted(present - wanted)))
        if names
    ]
    if problems:
        raise AnibenchError(
            f"{source} has to hold one picture for each of the {len(pictures)} pairs, <sample id>.png, then "
            f"<sample id>-2.png and so on for further references of a line, and no other; {'; '.join(problems)}"
        )
