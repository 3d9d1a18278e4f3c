"""Fitting drawings of any size to 256 x 256 px and back; memory and time are linear in the number of pixels."""

import numpy as np

from benchmark.core.files import Image
from benchmark.data.dataset import SIZE

MAX_PADDING = 4  # pixels of the padded square / pixels of the drawing; above it the square is not allocated


def fit_line(drawing: Image) -> Image:
    """Grey uint8 (H, W) -> (256, 256): centred on a white square, then reduced by area averaging."""
    import cv2

    if not is_strip(drawing):
        return np.asarray(cv2.resize(squared(drawing), (SIZE, SIZE), interpolation=cv2.INTER_AREA), np.uint8)
    height, width = drawing.shape
    long_first = (width, SIZE) if height > width else (SIZE, height)  # (columns, rows), as cv2 takes them
    narrow = cv2.resize(drawing.astype(np.float32), long_first, interpolation=cv2.INTER_AREA)
    short, side = min(height, width), max(height, width)
    before = (side - short) // 2
    padding = [(0, 0), (0, 0)]
    padding[1 if height > width else 0] = (before, side - short - before)
    padded = np.pad(narrow, padding, constant_values=255.0)
    return np.asarray(np.rint(cv2.resize(padded, (SIZE, SIZE), interpolation=cv2.INTER_AREA)), np.uint8)


def fit_reference(picture: Image) -> Image:
    """RGB uint8 (H, W, 3) -> (256, 256, 3): the central square, resampled with an antialiased Lanczos filter."""
    import PIL.Image

    height, width = picture.shape[:2]
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    square = PIL.Image.fromarray(picture[top : top + side, left : left + side])
    return np.asarray(square.resize((SIZE, SIZE), PIL.Image.Resampling.LANCZOS), np.uint8)


def unfit(painted: Image, drawing: Image) -> Image:
    """Enlarge the painted `fit_line(drawing)`, (256, 256, 3), to the drawing's size (H, W, 3), guided by its lines."""
    import torch

    from benchmark.methods.resizing import enlarge
    from benchmark.training.batches import normalised, to_uint8

    def tensor(image: Image) -> torch.Tensor:
        planes = image[None] if image.ndim == 2 else image.transpose(2, 0, 1)
        return normalised(torch.from_numpy(np.ascontiguousarray(planes))[None].float())

    side = max(drawing.shape)
    top, left = ((side - own) // 2 for own in drawing.shape)
    line = tensor(fit_line(drawing))
    if is_strip(drawing):
        full = enlarge(tensor(painted), line, tensor(drawing), "guided", window=(side, top, left))
        return np.ascontiguousarray(to_uint8(full).numpy()[0].transpose(1, 2, 0))
    full = enlarge(tensor(painted), line, tensor(squared(drawing)), "guided")
    result: Image = to_uint8(full).numpy()[0].transpose(1, 2, 0)
    return np.ascontiguousarray(result[top : top + drawing.shape[0], left : left + drawing.shape[1]])


def is_strip(drawing: Image) -> bool:
    """Whether the square around a drawing (H, W) has more than `MAX_PADDING` times its pixels."""
    return bool(max(drawing.shape) > MAX_PADDING * min(drawing.shape))


def squared(picture: Image) -> Image:
    """Grey (H, W) or RGB (H, W, 3), uint8, in the middle of a white square."""
    height, width = picture.shape[:2]
    side = max(height, width, 1)
    square = np.full((side, side, *picture.shape[2:]), 255, np.uint8)
    top, left = (side - height) // 2, (side - width) // 2
    square[top : top + height, left : left + width] = picture
    return square
