"""Evaluations of trainings on several numbers of images, whose scores follow a known curve."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from cards import score_card

from benchmark.core.files import sha256_bytes
from benchmark.core.runs import RunRecord
from benchmark.data.protocol import get_protocol
from benchmark.results.eval_config import EvalConfig, EvalSettings
from benchmark.results.scorecard import MeanScore, TrainingFacts
from reports.read.collect import EvalRun, Group
from reports.read.seeds import pooled

IMAGES = (1900, 3800, 7600, 15200, 30400)
PICTURES = 12
RECORD = RunRecord(
    id="0", kind="eval", name="n", status="done", command="anibench eval m", started="2026-01-01T00:00:00+00:00",
    seconds=1.0, commit=None, dirty=None, packages={}, device="cpu", seed=0, inputs={},
)  # fmt: skip


def law(images: float) -> float:
    """The PSNR in dB after `images` images: 22 - 6 (n / 1900)^-0.5."""
    return 22.0 - 6.0 * (images / 1900) ** -0.5


def evaluation(images: int, seed: int, shift: float = 0.0, method: str = "m", **settings: Any) -> EvalRun:
    """The evaluation of one training, `shift` dB above the curve; its settings have `budget.images` and `seed`."""
    rng = np.random.default_rng([images, seed])
    pictures = np.random.default_rng(0).normal(0, 2, PICTURES)  # some are easier than others, for every training
    psnr = law(images) + shift + rng.normal(0, 0.05) + pictures + rng.normal(0, 0.1, PICTURES)
    names = [f"{number:02}" for number in range(PICTURES)]
    scores = pd.DataFrame({"sample": names, "reference": names, "pairing": 0, "identical": False})
    scores = scores.assign(psnr=psnr, **{"ms-ssim": psnr / 30})
    means = {metric: float(scores[metric].mean()) for metric in ("psnr", "ms-ssim")}
    image_scores = {
        metric: MeanScore(mean=mean, low=mean * 0.98, high=mean * 1.02, level=0.95, n=PICTURES, identical=0)
        for metric, mean in means.items()
    }
    label = f"{method}.{sha256_bytes(repr(settings).encode())[:6]}.{images}.{seed}"
    training = TrainingFacts(
        dataset="d", fingerprint="f", pictures=360, images_seen=images, phase="phase2", step=images // 16, seconds=1.0
    )
    card = score_card(
        label=label,
        method=method,
        n=PICTURES,
        images=image_scores,
        outputs=f"{label} {shift}",
        training=training,
        checkpoint=label,
    )
    config = EvalConfig(
        label=label, method=method, kind="method", protocol=get_protocol("self-ref"), pairs="p", data="d",
        dataset=card.data, checkpoint=None, checkpoint_sha256=label, source=None, settings=EvalSettings(),
        method_config={"seed": seed, "budget": {"images": images}, "resolution": 64, **settings},
    )  # fmt: skip
    return EvalRun(Path("runs") / label, RECORD, config, card, scores)


def ladder(images: Sequence[int] = IMAGES, seeds: Sequence[int] = (1,) * 5, **settings: Any) -> tuple[EvalRun, ...]:
    """The rows of a report on trainings on `images`, each with its number of `seeds`."""
    runs = [evaluation(n, seed, **settings) for n, count in zip(images, seeds, strict=False) for seed in range(count)]
    return pooled(runs)


def table(*rows: EvalRun) -> Group:
    """The rows as a table of the protocol self-ref."""
    return Group(get_protocol("self-ref"), rows)
