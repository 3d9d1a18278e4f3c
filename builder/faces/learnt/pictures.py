"""The drawn pictures of the training, kept as files so that an interrupted training continues."""

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmark.core.files import Image, read_rgb, write_bytes
from builder.drawing.crowd.crowd import DrawnFace, draw_crowd

COLUMNS = 12  # left, top, right, bottom, two eyes, chin, turn, visible


def face_rows(faces: tuple[DrawnFace, ...]) -> NDArray[np.float32]:
    """Faces as an array (N, COLUMNS) in px."""
    rows = [[*face.box, *face.eyes.ravel(), *face.chin, face.turn, face.visible] for face in faces]
    return np.array(rows, np.float32).reshape(-1, COLUMNS)


def draw_pictures(folder: Path, seeds: range) -> None:
    """Draw the pictures of these seeds that the folder lacks, as SEED.jpg and SEED.npy."""
    folder.mkdir(parents=True, exist_ok=True)
    for seed in seeds:
        if not (folder / f"{seed}.npy").exists():
            crowd = draw_crowd(seed)
            _, code = cv2.imencode(".jpg", crowd.rgb[..., ::-1], (cv2.IMWRITE_JPEG_QUALITY, 96))
            write_bytes(folder / f"{seed}.jpg", code.tobytes())
            with (folder / f"{seed}.npy").open("wb") as file:
                np.save(file, face_rows(crowd.faces))


def read_picture(folder: Path, seed: int) -> tuple[Image, NDArray[np.float32]]:
    """One picture RGB uint8 (H, W, 3) and its faces (N, COLUMNS)."""
    return read_rgb(folder / f"{seed}.jpg"), np.load(folder / f"{seed}.npy")
