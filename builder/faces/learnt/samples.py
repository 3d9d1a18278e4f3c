"""Training samples: windows of drawn pictures, turned, scaled, mirrored, joined to montages and damaged."""

from collections.abc import Sequence

import cv2
import numpy as np

from benchmark.core.files import Image
from builder.drawing.crowd.look import damage
from builder.faces.learnt.decode import Floats

SIZE = 192  # px, side of a sample
SMALLEST, LARGEST = 13.0, 150.0  # px, faces in samples
VISIBLE = 0.3  # least share of a face that can be learnt; below it the face is ignored

Picture = tuple[Image, Floats]  # RGB (H, W, 3) and faces (N, 12)


def make_sample(pictures: Sequence[Picture], rng: np.random.Generator) -> tuple[Image, Floats, Floats]:
    """RGB uint8 (SIZE, SIZE, 3), its faces (N, 12), and boxes (M, 4) that are no faces and no background."""
    if rng.random() < 0.15:
        half = SIZE // 2
        parts = [_window(pictures[int(rng.integers(len(pictures)))], half, rng) for _ in range(4)]
        rgb = np.vstack([np.hstack([parts[0][0], parts[1][0]]), np.hstack([parts[2][0], parts[3][0]])])
        shifts = [(half * (k % 2), half * (k // 2)) for k in range(4)]
        faces = np.vstack([_shifted(part[1], *at) for part, at in zip(parts, shifts, strict=True)])
        ignored = np.vstack([_shifted(part[2], *at) for part, at in zip(parts, shifts, strict=True)])
    else:
        rgb, faces, ignored = _window(pictures[int(rng.integers(len(pictures)))], SIZE, rng)
    return damage(rgb, rng), faces, ignored


def _shifted(rows: Floats, x: float, y: float) -> Floats:
    moved = rows.copy()
    moved[:, 0 : min(10, rows.shape[1]) : 2] += x
    moved[:, 1 : min(10, rows.shape[1]) : 2] += y
    return moved


def _window(picture: Picture, size: int, rng: np.random.Generator) -> tuple[Image, Floats, Floats]:
    """A window of a picture: most show one face at a chosen size somewhere in the window."""
    rgb, faces = picture
    height, width = rgb.shape[:2]
    mirror, angle = bool(rng.random() < 0.5), np.radians(float(rng.normal(0, 8)))
    scale, middle = size / float(rng.uniform(0.4, 1.1) * max(height, width)), rng.uniform(0, (width, height))
    if len(faces) and rng.random() < 0.85:
        face = faces[int(rng.integers(len(faces)))]
        side = float(np.sqrt((face[2] - face[0]) * (face[3] - face[1])))
        wanted = np.exp(rng.uniform(np.log(SMALLEST), np.log(LARGEST * size / SIZE)))
        scale = float(np.clip(wanted / side, 0.8 * size / max(height, width), 2.2))
        middle = (face[:2] + face[2:4]) / 2 + rng.uniform(-0.45, 0.45, 2) * size / scale
    within = 0.35 * size / scale  # from the picture's edge to the middle of the window
    middle = np.clip(
        middle,
        np.minimum(within, [width / 2, height / 2]),
        np.maximum([width - within, height - within], [width / 2, height / 2]),
    )
    stretch = np.exp(rng.normal(0, 0.07)) * np.array([-1.0 if mirror else 1.0, 1.0]) * [1, np.exp(rng.normal(0, 0.07))]
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    linear = turn @ np.diag(scale * stretch)
    matrix = np.column_stack([linear, size / 2 - linear @ middle])
    if scale < 0.6:  # averaged over areas, as in the detector
        small = cv2.resize(rgb, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        to_small = np.array([small.shape[1] / width, small.shape[0] / height])
        warp = np.column_stack([linear / to_small, matrix[:, 2] + linear @ (0.5 / to_small) - 0.5])
        rgb = np.asarray(small, np.uint8)
    else:
        warp = np.column_stack([linear, matrix[:, 2] + linear @ np.full(2, 0.5) - 0.5])
    border = cv2.BORDER_REPLICATE if rng.random() < 0.3 else cv2.BORDER_CONSTANT
    fill = [int(v) for v in (rng.integers(0, 256, 3) if rng.random() < 0.5 else [255 * int(rng.random() < 0.6)] * 3)]
    out = cv2.warpAffine(rgb, warp, (size, size), flags=cv2.INTER_LINEAR, borderMode=border, borderValue=fill)
    moved = _moved(faces, matrix, mirror)
    inside = np.clip(moved[:, :4], 0, size)
    sides, seen = moved[:, 2:4] - moved[:, :2], inside[:, 2:4] - inside[:, :2]
    share = seen.prod(1) / np.maximum(sides.prod(1), 1e-6) * moved[:, 11]
    good = (share >= VISIBLE) & (sides.min(1) >= SMALLEST * 0.7)
    moved[:, :4] = inside
    return np.asarray(out, np.uint8), moved[good], moved[~good & (seen.min(1) > 0), :4]


def _moved(faces: Floats, matrix: np.ndarray[tuple[int, ...], np.dtype[np.float64]], mirror: bool) -> Floats:
    """Faces under an affine change; a box bounds the changed ellipse of the old one."""
    moved = faces.copy()
    linear = matrix[:, :2]
    middle = (faces[:, :2] + faces[:, 2:4]) / 2 @ linear.T + matrix[:, 2]
    reach = np.sqrt(((faces[:, 2:4] - faces[:, :2]) / 2) ** 2 @ (linear**2).T)
    moved[:, :4] = np.hstack([middle - reach, middle + reach])
    points = faces[:, 4:10].reshape(-1, 3, 2) @ linear.T + matrix[:, 2]
    if mirror:
        points[:, :2] = points[:, 1::-1]
        moved[:, 10] *= -1
    moved[:, 4:10] = points.reshape(-1, 6)
    return moved
