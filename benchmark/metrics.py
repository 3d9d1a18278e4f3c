"""Metrics on 8-bit pictures: PSNR and MS-SSIM of one pair, and the Frechet distance of two feature sets (FID).

Pictures are uint8 RGB (H, W, 3) and nothing else, so no function has a value range to get wrong.
"""

import math
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
from numpy.typing import NDArray

from benchmark.files import Image

MS_SSIM_SIDE = 161  # pixels: five scales of an 11-tap window need more than 160


def psnr(image: Image, target: Image) -> float:
    """Peak signal-to-noise ratio in dB of uint8 RGB (H, W, 3): 10 log10(255^2 / MSE), MSE over all channels jointly.

    Infinite for identical pictures. Symmetric. Raises ValueError for another dtype or shape, or two shapes.
    """
    _check(image, target)
    difference = image.astype(np.float64) - target
    mean_square = float(np.mean(np.square(difference)))
    return 10 * math.log10(255**2 / mean_square) if mean_square else math.inf


def ms_ssim(image: Image, target: Image) -> float:
    """Multi-scale SSIM of uint8 RGB (H, W, 3), both sides over 160 px: 0..1, 1 for identical pictures. Symmetric.

    Wang, Simoncelli and Bovik 2003 (doi:10.1109/ACSSC.2003.1292216) as pytorch-msssim has it: window of 11 taps with
    sigma 1.5 and no padding, five scales with their weights, K = (0.01, 0.03), negative terms cut to 0, the mean of
    the channels. Computed in float32, which is within 1e-5 of float64. Raises ValueError for another dtype or shape, or
    two shapes.
    """
    import torch
    from pytorch_msssim import ms_ssim as published

    _check(image, target)
    if min(image.shape[:2]) < MS_SSIM_SIDE:
        raise ValueError(f"MS-SSIM needs sides of at least {MS_SSIM_SIDE} px, not {image.shape[:2]}")
    pair = [torch.from_numpy(each.transpose(2, 0, 1)[None].astype(np.float32)) for each in (image, target)]
    with _one_thread():
        return float(published(*pair, data_range=255))


def frechet_distance(features: NDArray[np.floating], others: NDArray[np.floating]) -> float:
    """Squared Frechet distance between Gaussians fitted to two feature sets, (n, d) and (m, d), n and m at least 2.

    |mu_1 - mu_2|^2 + tr C_1 + tr C_2 - 2 tr (C_1 C_2)^(1/2) with unbiased covariances (Heusel et al. 2017, FID). With
    centred features C = A'A, the last trace is the sum of the singular values of A_1 A_2', a small matrix when there
    are fewer pictures than features, where the textbook's matrix root is slow and unstable. Computed in float64.
    Raises ValueError for another shape or values that are not finite.
    """
    for each in (features, others):
        if each.ndim != 2 or len(each) < 2 or each.shape[1] != features.shape[1]:
            raise ValueError(f"feature sets are (n >= 2, d) with one d, not {features.shape} and {others.shape}")
        if not np.isfinite(each).all():
            raise ValueError("a feature is not finite")
    first, second = (_covariance_factor(each) for each in (features, others))
    means = features.mean(axis=0, dtype=np.float64) - others.mean(axis=0, dtype=np.float64)
    shared = np.linalg.svd(first @ second.T, compute_uv=False).sum()
    distance = means @ means + np.square(first).sum() + np.square(second).sum() - 2 * shared
    return max(float(distance), 0.0)  # rounding alone can make it negative


@contextmanager
def _one_thread() -> Iterator[None]:
    """Pictures this small gain nothing from more threads, and lose tenfold where other processes want the cores."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _covariance_factor(features: NDArray[np.floating]) -> NDArray[np.float64]:
    """A with A'A = the unbiased covariance and at most d rows."""
    centred = features.astype(np.float64)
    centred -= centred.mean(axis=0)
    centred /= math.sqrt(len(centred) - 1)
    if len(centred) > centred.shape[1]:
        return np.asarray(np.linalg.qr(centred, mode="r"), np.float64)
    return centred


def _check(image: Image, target: Image) -> None:
    for each in (image, target):
        if each.dtype != np.uint8 or each.ndim != 3 or each.shape[2] != 3 or not each.size:
            raise ValueError(f"metrics take uint8 RGB (H, W, 3), not {each.dtype} {each.shape}")
    if image.shape != target.shape:
        raise ValueError(f"the pictures differ in shape: {image.shape} and {target.shape}")
