"""From saved pictures to scores. The model is not needed: what is read back from disk is what counts."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchmark.dataset import SIZE, Dataset, pixel_hash
from benchmark.errors import AnibenchError
from benchmark.eval_config import WEIGHTS_OF_MODE, EvalSettings, FidMode
from benchmark.files import Image
from benchmark.outputs import combine_hashes, output_path, read_output
from benchmark.progress import progress
from benchmark.protocol import EvalProtocol, Pair
from benchmark.scorecard import MeanScore, SetScore, mean_score
from benchmark.scoring.sets import frechet_distance, ms_ssim, psnr
from benchmark.seeds import derive_seed

if TYPE_CHECKING:
    from benchmark.scoring.inception import Extractor

SHAPE = (SIZE, SIZE, 3)
PER_IMAGE = {"psnr": psnr, "ms-ssim": ms_ssim}
FEATURE_BATCH = 16


@dataclass(frozen=True)
class Scores:
    """All that was measured on one set of pictures."""

    table: pd.DataFrame  # one row per pair: sample, reference, seed, identical, pixels (SHA-256), per-image metrics
    images: dict[str, MeanScore]
    sets: dict[str, SetScore]
    outputs: str  # SHA-256 over the pictures, as `benchmark.outputs.hash_outputs`


@dataclass
class Scorer:
    """Scores folders on one device; keeps the extractor and the features of the targets from one to the next."""

    device: str
    extractors: dict[FidMode, "Extractor"] = field(default_factory=dict)
    targets: dict[tuple[str, str, str], NDArray[np.float64]] = field(default_factory=dict)

    def __call__(
        self, folder: Path, pairs: Sequence[Pair], data: Dataset, protocol: EvalProtocol, settings: EvalSettings
    ) -> Scores:
        """Score `folder/outputs` against the targets of `pairs`, every pair of them.

        Raises AnibenchError that names the file for a picture that is missing, damaged, or not 8-bit RGB.
        """
        table, outputs = _score_images(folder, pairs, data, protocol)
        identical = int(table["identical"].sum())
        images: dict[str, MeanScore] = {
            metric: mean_score(
                table[metric].tolist(),
                identical,
                derive_seed(protocol.seed, "bootstrap", metric),
                level=settings.level,
                resamples=settings.resamples,
            )
            for metric in protocol.metrics
            if metric in PER_IMAGE
        }
        sets = {"fid": self.fid(folder, pairs, data, protocol, settings.fid)} if "fid" in protocol.metrics else {}
        return Scores(table, images, sets, outputs)

    def fid(
        self, folder: Path, pairs: Sequence[Pair], data: Dataset, protocol: EvalProtocol, mode: FidMode
    ) -> SetScore:
        """FID of the outputs against all colour pictures of the split, or null with the reason.

        Under a derangement the references are those same pictures, so both readings of the paper agree.
        """
        ids = data.ids(protocol.split)
        missing = SetScore(
            value=None, n=len(pairs), n_reference=len(ids), extractor=WEIGHTS_OF_MODE[mode], mode=mode, sha256=None
        )
        if min(len(pairs), len(ids)) < 2:
            return missing.model_copy(update={"reason": "a covariance needs at least two pictures"})
        try:
            extractor = self._extractor(mode)
        except AnibenchError as error:
            return missing.model_copy(update={"reason": str(error)})
        key = (data.fingerprint, protocol.split, mode)
        if key not in self.targets:
            self.targets[key] = _features(extractor, (data.color(i) for i in ids), len(ids), "features of the targets")
        outputs = (read_output(output_path(folder, pair.sample), SHAPE) for pair in pairs)
        features = _features(extractor, outputs, len(pairs), "features of the outputs")
        return missing.model_copy(
            update={"value": frechet_distance(features, self.targets[key]), "sha256": extractor.sha256}
        )

    def _extractor(self, mode: FidMode) -> "Extractor":
        if mode not in self.extractors:
            from benchmark.scoring.inception import load_extractor

            self.extractors[mode] = load_extractor(mode, self.device)
        return self.extractors[mode]


def _score_images(
    folder: Path, pairs: Sequence[Pair], data: Dataset, protocol: EvalProtocol
) -> tuple[pd.DataFrame, str]:
    metrics = {name: measure for name, measure in PER_IMAGE.items() if name in protocol.metrics}
    rows = []
    with progress(f"scoring {folder.name}", len(pairs)) as advance:
        for pair in pairs:
            image, target = read_output(output_path(folder, pair.sample), SHAPE), data.color(pair.sample)
            row: dict[str, object] = {"sample": pair.sample, "reference": pair.reference, "seed": pair.seed}
            row["identical"] = bool(np.array_equal(image, target))
            row["pixels"] = pixel_hash(image)
            rows.append(row | {name: measure(image, target) for name, measure in metrics.items()})
            advance()
    table = pd.DataFrame(rows)
    if len(table) != len(pairs):
        raise AssertionError(f"{len(table)} of {len(pairs)} pairs were scored")
    return table, combine_hashes(zip(table["sample"], table["pixels"], strict=True))


def _features(extractor: "Extractor", images: Iterator[Image], n: int, title: str) -> NDArray[np.float64]:
    parts = []
    with progress(title, n) as advance:
        while batch := list(islice(images, FEATURE_BATCH)):
            parts.append(extractor(batch))
            advance(len(batch))
    features = np.concatenate(parts)
    if len(features) != n:
        raise AssertionError(f"features of {len(features)} of {n} pictures")
    return features
