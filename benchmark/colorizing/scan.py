"""Pencil scans and photos of drawings: the shade of the paper is removed, levels are stretched, specks are removed."""

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmark.colorizing.line_style import DARKEST
from benchmark.core.files import Image
from benchmark.data.line_check import find_ink

LEAST_SHADE = 0.06  # drop of the paper's level across a page, relative to its brightest part, that makes a scan
MOST_SHADE = 0.6  # of the same, from which a dark part is no paper
COARSE = 128  # px of the longer side at which the paper's level is estimated
WHITE = 0.92  # of the paper's level; lighter pixels become white
FAINT = 0.75  # of the paper's level; ink above it is not stretched to black, for it may be the paper's grain
SPECK = 6.0  # px at 256 px; smaller isolated spots are removed


def is_scan(grey: Image) -> bool:
    """Whether the paper of a drawing uint8 (H, W) has a shade: its level falls from one part of the page to another."""
    level = _paper(grey)
    dark, light = np.percentile(level, [5, 95])
    return bool(LEAST_SHADE * light < light - dark < MOST_SHADE * light)


def clean_scan(grey: Image) -> Image:
    """Dark ink on white paper, uint8 (H, W), from a scan uint8 (H, W) with shaded paper, faint ink and specks."""
    level = cv2.resize(_paper(grey), grey.shape[::-1], interpolation=cv2.INTER_LINEAR)
    flat = np.minimum(grey / np.maximum(level, 1.0), 1.0)  # 1 is paper
    ink = flat < WHITE
    darkest = min(FAINT, float(np.quantile(flat[ink], DARKEST))) if ink.any() else 0.0
    stretched = np.clip((flat - darkest) / (WHITE - darkest), 0, 1)
    return _without_specks(np.rint(255 * stretched).astype(np.uint8))


def _paper(grey: Image) -> NDArray[np.float32]:
    """The level of the paper, float32 of at most `COARSE` px: the light end of each neighbourhood, smoothed."""
    scale = min(1.0, COARSE / max(grey.shape))
    size = [max(1, round(side * scale)) for side in grey.shape[::-1]]
    coarse = cv2.resize(grey, size, interpolation=cv2.INTER_AREA)
    light = cv2.medianBlur(cv2.dilate(coarse, np.ones((9, 9), np.uint8)), 5)
    return np.asarray(cv2.GaussianBlur(light.astype(np.float32), (0, 0), 5.0), np.float32)


def _without_specks(line: Image) -> Image:
    """The drawing without isolated spots of ink smaller than `SPECK`; a stroke's parts lie close to each other."""
    most = SPECK * (max(256, min(line.shape)) / 256) ** 2
    ink = find_ink(line).astype(np.uint8)
    _, labels, figures, _ = cv2.connectedComponentsWithStats(ink, connectivity=8)
    small = figures[:, cv2.CC_STAT_AREA] < most
    small[0] = False
    strokes = (ink > 0) & ~small[labels]
    near = cv2.dilate(strokes.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    lonely = small[labels] & ~near
    around = cv2.dilate(lonely.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    return np.where(around & ~near, np.uint8(255), line)
