"""Scoring against a plain path that gives the same numbers, interleaved, one thread; run by hand.

python tests/speed/metrics.py [data/faces] [--inception]      (without a dataset, drawn shapes)
"""

import argparse
import sys
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

import cv2
import numpy as np
import pytest
import pytorch_msssim
import torch
from numpy.typing import NDArray
from PIL import Image as Pillow
from scipy import linalg
from timing import measure, report

from benchmark.core.files import Image, read_rgb, write_png
from benchmark.data.dataset import Dataset
from benchmark.data.shapes import draw_shapes
from benchmark.scoring.ms_ssim import ms_ssim
from benchmark.scoring.psnr import psnr
from benchmark.scoring.sets.frechet import frechet_distance

sys.path.append(str(Path(__file__).parents[1] / "helpers"))
PAIRS = 24
N, D = 579, 2048


def plain_scores(paths: tuple[Path, Path]) -> tuple[float, float]:
    """As the published scripts do: PIL to float tensors, once for each metric."""
    found = []
    for _ in range(2):
        pair = [np.asarray(Pillow.open(path).convert("RGB"), np.float32) / 255 for path in paths]
        found.append([torch.from_numpy(each.transpose(2, 0, 1)[None].copy()) * 255 for each in pair])
    error = torch.mean((found[0][0] - found[0][1]) ** 2)
    return float(20 * torch.log10(255 / torch.sqrt(error))), float(pytorch_msssim.ms_ssim(*found[1], data_range=255))


def our_scores(paths: tuple[Path, Path]) -> tuple[float, float]:
    image, target = (read_rgb(path) for path in paths)
    return psnr(image, target), ms_ssim(image, target)


def textbook(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    one, two = np.cov(a, rowvar=False), np.cov(b, rowvar=False)
    root = linalg.sqrtm(one @ two)
    return float(np.square(a.mean(0) - b.mean(0)).sum() + np.trace(one + two) - 2 * np.trace(root).real)


def pictures(data: Path | None, count: int) -> list[Image]:
    if data is None:
        return [draw_shapes(seed)[0] for seed in range(count)]
    dataset = Dataset.open(data)
    return [dataset.color(sample) for sample in dataset.ids("test")[:count]]


def measure_pairs(images: list[Image]) -> None:
    with TemporaryDirectory() as folder:
        files = [Path(folder) / f"{number}.png" for number in range(len(images))]
        for path, image in zip(files, images, strict=True):
            write_png(path, image)
        pairs = list(pairwise(files))
        plain, ours = ([way(pair) for pair in pairs] for way in (plain_scores, our_scores))
        off = np.abs(np.array(plain) - np.array(ours)).max(axis=0)
        ways = {
            "plain": lambda: [plain_scores(pair) for pair in pairs],
            "ours": lambda: [our_scores(pair) for pair in pairs],
        }
        note = f"differ by at most {off[0]:.1e} dB and {off[1]:.1e}"
        report("PSNR + MS-SSIM, a pair", measure(ways, 5), 0.35, per=len(pairs), note=note)


def measure_distance() -> None:
    """Gaussian features of N pictures; the textbook's covariances are singular, so it is only near."""
    rng = np.random.default_rng(0)
    mix = rng.normal(size=(D, D)) / np.sqrt(D)
    a, b = (rng.normal(shift, 1, (N, D)) @ mix for shift in (0, 0.1))
    ways = {"plain": lambda: textbook(a, b), "ours": lambda: frechet_distance(a, b)}
    off = abs(textbook(a, b) / frechet_distance(a, b) - 1)
    report(f"Frechet distance, N = {N}", measure(ways, 3, warmup=0), 0.05, note=f"relative difference {off:.1e}")


def measure_inception(images: list[Image]) -> None:
    """From pictures to features by clean-fid's network and resize, batch 16, with random weights as a stand-in."""
    from cleanfid.resize import build_resizer
    from stand_ins import inception_state, published_inception, put_inception

    from benchmark.scoring.features.inception import load_extractor

    state, resize = inception_state(), build_resizer("legacy_pytorch")
    with pytest.MonkeyPatch.context() as monkeypatch, TemporaryDirectory() as folder:
        published = published_inception(monkeypatch, state)
        ours = load_extractor("legacy_pytorch", "cpu", pin=put_inception(Path(folder), state), folders=[Path(folder)])

    @torch.inference_mode()
    def plain() -> NDArray[np.float32]:
        resized = np.stack([resize(image) for image in images]).transpose(0, 3, 1, 2).astype(np.float32)
        return published(torch.from_numpy(np.ascontiguousarray(resized)) / 255)[0][:, :, 0, 0].numpy()

    expected = plain()
    off = float(np.abs(ours(images) - expected).max() / np.abs(expected).max())
    ways = {"plain": plain, "ours": lambda: ours(images)}
    note = f"random weights, relative difference {off:.1e}"
    report("Inception features, a picture", measure(ways, 3), 0.65, per=len(images), note=note)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, nargs="?")
    parser.add_argument("--inception", action="store_true")
    options = parser.parse_args()
    cv2.setNumThreads(1)
    torch.set_num_threads(1)
    images = pictures(options.data, PAIRS)
    measure_pairs(images)
    if options.inception:
        measure_inception(images[:16])
    measure_distance()


if __name__ == "__main__":
    main()
