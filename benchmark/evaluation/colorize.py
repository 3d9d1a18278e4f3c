"""Colorizing one's own drawings: any method, any size; the drawing itself comes back at its full size.

A method paints at the benchmark's 256 px, so a drawing is set on a white square and reduced to that, and the result is
enlarged along the full-size lines. What a method has learnt are faces: a drawing framed like the dataset's crops suits.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from benchmark.core.config import Config
from benchmark.core.errors import AnibenchError
from benchmark.core.files import Image, read_json, sha256_file, write_png
from benchmark.core.progress import progress
from benchmark.core.runs import record_run
from benchmark.core.seeds import derive_seed
from benchmark.data.dataset import SIZE
from benchmark.data.decode import read_picture
from benchmark.evaluation.entries import Entry
from benchmark.methods.interface import Request

INK = 200  # grey level below which a pixel counts as drawn
MOST_INK = 0.5  # share of a picture beyond which it is no line drawing on white paper
MOST_COLOR = 12.0  # mean difference between channels, 0..255, beyond which it is a colour picture


class ColorizeConfig(Config):
    """What decides the pictures of `anibench colorize`."""

    method: str
    checkpoint_sha256: str | None
    settings: dict[str, object]
    reference: str
    reference_sha256: str
    seed: int


def colorize_files(entry: Entry, lines: Sequence[Path], reference: Path, out: Path, *, seed: int, device: str) -> int:
    """Paint every drawing in the colours of `reference` into `out`/<its name>.png; how many there are.

    Pictures that `out` has from the same method, weights, reference and seed are kept. Raises AnibenchError, before
    anything is written, for a file that is not a line drawing, a picture that would be lost, or a floor that is handed
    the truth.
    """
    if entry.method.sees_truth:
        raise AnibenchError(f"{entry.label} is handed the truth, which a drawing of yours does not have; name a method")
    targets = _targets(_drawings(lines), out)
    config = ColorizeConfig(
        method=entry.label,
        checkpoint_sha256=sha256_file(entry.checkpoint) if entry.checkpoint else None,
        settings=entry.settings,
        reference=str(reference),
        reference_sha256=sha256_file(reference),
        seed=seed,
    )
    _refuse_other_pictures(out, config, targets)
    colors = fit_reference(read_picture(reference))
    drawings = {target: read_drawing(source) for target, source in targets.items() if not target.exists()}
    with record_run(out, "colorize", config, name=out.resolve().name, seed=seed, device=device, resume=True):
        if drawings:
            _paint(entry, drawings, colors, out, seed=seed, device=device)
    return len(targets)


def read_drawing(path: Path) -> Image:
    """A line drawing as grey uint8 (H, W), 255 paper; raises AnibenchError, with the way out, where it is none."""
    picture = read_picture(path)
    spread = float(np.ptp(picture, axis=2).mean())
    if spread > MOST_COLOR:
        raise AnibenchError(f"{path} is in colour, no line drawing; make one with: anibench extract-lines {path}")
    grey: Image = np.rint(picture.mean(axis=2)).astype(np.uint8)
    if (grey < INK).mean() > MOST_INK:
        raise AnibenchError(f"{path} is mostly dark, and a line drawing is dark ink on white paper; invert it")
    return grey


def fit_line(drawing: Image) -> Image:
    """Grey (H, W) -> (256, 256): centred on a white square, averaged over areas."""
    import cv2

    return np.asarray(cv2.resize(_squared(drawing), (SIZE, SIZE), interpolation=cv2.INTER_AREA), np.uint8)


def fit_reference(picture: Image) -> Image:
    """RGB (H, W, 3) -> (256, 256, 3): its middle square, resampled without aliasing."""
    import PIL.Image

    height, width = picture.shape[:2]
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    square = PIL.Image.fromarray(picture[top : top + side, left : left + side])
    return np.asarray(square.resize((SIZE, SIZE), PIL.Image.Resampling.LANCZOS), np.uint8)


def unfit(painted: Image, drawing: Image) -> Image:
    """The picture (256, 256, 3) of `fit_line(drawing)` at the drawing's own size (H, W, 3), its lines as sharp."""
    import torch

    from benchmark.methods.resizing import enlarge
    from benchmark.training.batches import normalised, to_uint8

    def tensor(image: Image) -> torch.Tensor:
        planes = image[None] if image.ndim == 2 else image.transpose(2, 0, 1)
        return normalised(torch.from_numpy(np.ascontiguousarray(planes))[None].float())

    square = _squared(drawing)
    full = enlarge(tensor(painted), tensor(fit_line(drawing)), tensor(square), "guided")
    result: Image = to_uint8(full).numpy()[0].transpose(1, 2, 0)
    top, left = ((side - own) // 2 for side, own in zip(square.shape, drawing.shape, strict=True))
    return np.ascontiguousarray(result[top : top + drawing.shape[0], left : left + drawing.shape[1]])


def _paint(entry: Entry, drawings: dict[Path, Image], colors: Image, out: Path, *, seed: int, device: str) -> None:
    targets = list(drawings)
    requests = [Request(fit_line(drawings[path]), colors, derive_seed(seed, "colorize", path.name)) for path in targets]
    colorizer = entry.method.load_colorizer(entry.checkpoint, device, entry.config)
    with progress(f"colorizing by {entry.label}", len(targets), unit="drawings") as advance:

        def save(number: int, picture: Image) -> None:
            write_png(targets[number], unfit(picture, drawings[targets[number]]))
            advance()

        if hasattr(colorizer, "colorize_all"):
            colorizer.colorize_all(requests, save, out)
            return
        for number, request in enumerate(requests):  # one at a time, so that memory is that of one
            reference = np.ascontiguousarray(request.reference.transpose(2, 0, 1)[None])
            painted = colorizer.colorize(request.line[None, None], reference, [request.seed])
            save(number, painted[0].transpose(1, 2, 0))


def _squared(drawing: Image) -> Image:
    height, width = drawing.shape
    side = max(height, width, 1)
    square = np.full((side, side), 255, np.uint8)
    top, left = (side - height) // 2, (side - width) // 2
    square[top : top + height, left : left + width] = drawing
    return square


def _drawings(lines: Iterable[Path]) -> list[Path]:
    """The files themselves, and those of folders by name, hidden ones left out."""
    found: list[Path] = []
    for path in lines:
        files = sorted(path.iterdir()) if path.is_dir() else [path]
        found += [file for file in files if file == path or (file.is_file() and not file.name.startswith("."))]
    if not found:
        raise AnibenchError(f"no drawings in {', '.join(map(str, lines))}")
    return found


def _targets(drawings: Sequence[Path], out: Path) -> dict[Path, Path]:
    """Which file is painted from which drawing; raises AnibenchError where one would be lost."""
    targets: dict[Path, Path] = {}
    for drawing in drawings:
        target = out / f"{drawing.stem}.png"
        if target in targets:
            raise AnibenchError(f"{targets[target]} and {drawing} would both become {target}; colorize them one by one")
        if target.resolve() == drawing.resolve():
            raise AnibenchError(f"{drawing} would be overwritten; give --out another folder")
        targets[target] = drawing
    return targets


def _refuse_other_pictures(out: Path, config: ColorizeConfig, targets: Iterable[Path]) -> None:
    """Refuse a folder whose pictures were made in another way, so that none of them is lost or passed for a new one."""
    there = [path for path in targets if path.exists()]
    if not there:
        return
    stored = read_json(out / "config.json") if (out / "config.json").exists() else None
    if stored != config.model_dump(mode="json"):
        raise AnibenchError(f"{there[0]} exists, and was painted in another way; give --out another folder")
