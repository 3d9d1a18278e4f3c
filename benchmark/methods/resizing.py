"""Resizing for colorizers that work at their trained resolution and paint pictures of any size."""

from collections.abc import Sequence

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from benchmark.methods.regions import Upsampling, flattened

PUBLISHED_SIDE = 256
GUIDE_NOISE = 0.1  # epsilon of the guided filter: regularises the slope where the line has little variance


def batch_shape(lines: NDArray[np.uint8], references: NDArray[np.uint8], seeds: Sequence[int]) -> tuple[int, int, int]:
    """(n, H, W) of lines (n, 1, H, W), references (n, 3, h, w) and n seeds; raises ValueError for other shapes."""
    n, _, height, width = lines.shape
    if lines.shape != (n, 1, height, width) or references.shape[:2] != (n, 3) or len(seeds) != n:
        raise ValueError(
            f"{lines.shape} lines, {references.shape} references and {len(seeds)} seeds: one of each is needed"
        )
    return n, height, width


def inner_size(height: int, width: int, resolution: int, multiple: int) -> tuple[int, int]:
    """The working size (height, width): scaled by `resolution` / 256, rounded to multiples of `multiple`."""
    scale = resolution / PUBLISHED_SIDE
    inner = [max(1, round(side * scale / multiple)) * multiple for side in (height, width)]
    return inner[0], inner[1]


def shrunk(images: Tensor, size: tuple[int, int]) -> Tensor:
    """Images (n, c, H, W) of 0..255, reduced to `size` by area averaging and rounded to whole levels."""
    if images.shape[-2:] == size:
        return images
    return F.interpolate(images, size, mode="area").round()


def enlarge(
    painted: Tensor, line: Tensor, full_line: Tensor, how: Upsampling, window: tuple[int, int, int] | None = None
) -> Tensor:
    """Enlarge pictures (n, 3, h, w) to the size of `full_line` (n, 1, H, W); `line` (n, 1, h, w) is its reduced copy.

    All values are in [-1, 1]. `guided` adds the detail of the line drawing that the reduction removed, times the
    local slope of colour against line (least squares, the guided filter, doi:10.1109/TPAMI.2012.213). Real pictures
    that are reduced to 64 px and enlarged to 256 px reach 26.2 dB with `guided` and 23.1 dB with `bicubic`. `regions`
    then moves the colours a third of the way to the median of their region between the lines (`flattened`).

    With `window` (side, top, left) the pictures are a square of that side, and only the part that `full_line` covers is
    computed. Memory then grows with the pixels of `full_line`, not of the square. Regions are those of the window.
    """

    def enlarged(values: Tensor, mode: str = "bicubic") -> Tensor:
        if window is not None:
            return _enlarged_window(values, full_line.shape[-2:], window, mode)
        return F.interpolate(values, full_line.shape[-2:], mode=mode, align_corners=False)

    def around(values: Tensor) -> Tensor:
        return F.avg_pool2d(values, 3, stride=1, padding=1, count_include_pad=False)

    if how == "bicubic":
        return enlarged(painted)
    mean_line, mean_color = around(line), around(painted)
    variance = around(line * line) - mean_line**2
    slope = (around(line * painted) - mean_line * mean_color) / (variance + GUIDE_NOISE)
    guided = enlarged(painted) + enlarged(slope, "bilinear") * (full_line - enlarged(line))
    if how == "guided":
        return guided
    drawings = ((full_line + 1) * 127.5).cpu().numpy()
    flat = [flattened(picture, drawing[0]) for picture, drawing in zip(guided.cpu().numpy(), drawings, strict=True)]
    return torch.from_numpy(np.stack(flat)).to(guided)


def _enlarged_window(values: Tensor, shape: Sequence[int], window: tuple[int, int, int], mode: str) -> Tensor:
    """A window of (n, c, h, w) enlarged to a square: the narrower axis is enlarged and cut first, then the other."""
    side, top, left = window
    height, width = shape
    if height < width:
        narrow = F.interpolate(values, (side, values.shape[-1]), mode=mode, align_corners=False)
        return F.interpolate(narrow[..., top : top + height, :], (height, side), mode=mode, align_corners=False)[
            ..., left : left + width
        ]
    narrow = F.interpolate(values, (values.shape[-2], side), mode=mode, align_corners=False)[..., left : left + width]
    return F.interpolate(narrow, (side, width), mode=mode, align_corners=False)[..., top : top + height, :]
