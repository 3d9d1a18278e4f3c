"""From saved pictures to scores. The model is not needed: what is read back from disk is what counts."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from benchmark.core.errors import AnibenchError
from benchmark.core.seeds import derive_seed
from benchmark.data.dataset import Dataset
from benchmark.data.protocol import EvalProtocol, Pair
from benchmark.results.eval_config import EvalSettings
from benchmark.results.scorecard import MeanScore, SetScore, mean_score, no_score
from benchmark.results.statistics import shared_error
from benchmark.scoring.outputs import combine_hashes
from benchmark.scoring.pictures import EYES, HEADLINE, diagnostics, measure_pictures
from benchmark.scoring.set_scores import SetScorer
from benchmark.scoring.slices import pair_slices

if TYPE_CHECKING:
    from benchmark.scoring.lpips import Lpips


@dataclass(frozen=True)
class Scores:
    """All that was measured on one set of pictures."""

    table: pd.DataFrame  # one row per pair: sample, reference, seed, pairing, picture, identical, pixels, metrics
    images: dict[str, MeanScore]
    sets: dict[str, SetScore]
    slices: dict[str, dict[str, MeanScore]]
    outputs: str  # SHA-256 over the pictures, as `benchmark.scoring.outputs.hash_outputs`
    n: int  # lines
    pairings: int


@dataclass
class Scorer:
    """Scores folders on one device; keeps what was measured on the real pictures from one folder to the next."""

    device: str
    sets: SetScorer = field(init=False)
    lpips: "Lpips | None" = None  # loaded when it is first asked for
    targets: dict[tuple[str, str, tuple[Pair, ...]], pd.DataFrame] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.sets = SetScorer(self.device)

    def __call__(
        self, folder: Path, pairs: Sequence[Pair], data: Dataset, protocol: EvalProtocol, settings: EvalSettings
    ) -> Scores:
        """Score `folder/outputs` against the targets of `pairs`, every pair of them.

        Raises AnibenchError that names the file for a picture that is missing, damaged, or not 8-bit RGB.
        """
        key = (data.fingerprint, protocol.label, tuple(pairs))
        table, targets = measure_pictures(folder, pairs, data, protocol, self.targets.get(key))
        self.targets[key] = targets
        judged, unjudged = self._lpips(folder, pairs, data, protocol, settings)
        table = table.assign(**judged)
        names = [name for name in (*protocol.metrics, *diagnostics(protocol), *judged) if name in table]
        everything = np.ones(len(table), bool)

        def means(members: Sequence[bool] | np.ndarray, slice_name: str = "") -> dict[str, MeanScore]:
            parts = _Part(table[members], targets[members], protocol, settings, slice_name)
            return {name: _mean(parts, name) for name in names}

        sets, shares = self.sets(folder, pairs, data, protocol, settings) if "fid" in protocol.metrics else ({}, {})
        slices = {name: means(members, name) for name, members in pair_slices(data, pairs).items()}
        parts = _Part(table, targets, protocol, settings, EYES)
        eyes = {name: _mean(parts, name, f"{EYES}:{name}") for name in names if f"{EYES}:{name}" in table}
        return Scores(
            table=table.assign(**shares),
            images=self._with_weights(means(everything)) | unjudged,
            sets=sets,
            slices=({EYES: eyes} if eyes else {}) | slices,
            outputs=combine_hashes(zip(table["picture"], table["pixels"], strict=True)),
            n=table["sample"].nunique(),
            pairings=int(table["pairing"].max()),
        )

    def _lpips(
        self, folder: Path, pairs: Sequence[Pair], data: Dataset, protocol: EvalProtocol, settings: EvalSettings
    ) -> tuple[dict[str, list[float]], dict[str, MeanScore]]:
        """The column of LPIPS where it is asked for and the target is the answer; or why it cannot be had."""
        if "lpips" not in settings.extras or protocol.reference != "self":
            return {}, {}
        from benchmark.scoring.lpips import load_lpips, measure_lpips

        try:
            self.lpips = self.lpips or load_lpips(self.device)
        except AnibenchError as error:
            return {}, {"lpips": no_score(str(error), settings.level)}
        return {"lpips": measure_lpips(self.lpips, folder, pairs, data)}, {}

    def _with_weights(self, scores: dict[str, MeanScore]) -> dict[str, MeanScore]:
        """The scores; LPIPS says which weights it comes from."""
        if "lpips" not in scores or self.lpips is None:
            return scores
        return scores | {"lpips": scores["lpips"].model_copy(update={"weights": self.lpips.weights})}


@dataclass(frozen=True)
class _Part:
    """Rows of the table, and those of the targets beside them."""

    table: pd.DataFrame
    targets: pd.DataFrame
    protocol: EvalProtocol
    settings: EvalSettings
    name: str  # of the slice; "" for everything


def _mean(part: _Part, metric: str, column: str | None = None) -> MeanScore:
    """The mean over the samples, each by its mean over the pairings, so that pairings do not pass for more pictures."""
    column = column or metric
    rows = part.table[part.table[column].notna()]  # a part that a picture does not have, such as eyes
    by_sample = rows.groupby("sample")
    score = mean_score(
        by_sample[column].mean().tolist(),
        int(by_sample["identical"].any().sum()),
        derive_seed(part.protocol.seed, "bootstrap", *([part.name] if part.name else []), metric),
        level=part.settings.level,
        resamples=part.settings.resamples,
    )
    if part.protocol.reference == "random" and score.mean is not None:
        score = score.model_copy(update=_shared_interval(rows, column, score.mean, part.settings.level))
    if metric not in part.targets or metric in HEADLINE:
        return score
    return score.model_copy(update={"target": float(part.targets[column].mean()) if len(rows) else None})


def _shared_interval(rows: pd.DataFrame, column: str, mean: float, level: float) -> dict[str, float | None]:
    """The ends of the interval where lines share references, so that their means are not independent.

    A row counts as it does in the mean over the lines, however many references its line has in this part.
    """
    by_line = rows.groupby("sample")[column]
    finite = np.isfinite(by_line.transform("mean"))
    rows, times = rows[finite], by_line.transform("size")[finite]
    values = mean + (rows[column] - mean) * len(rows) / (rows["sample"].nunique() * times)
    try:
        error = shared_error(values.tolist(), rows["sample"].tolist(), rows["reference"].tolist())
    except ValueError:  # too few pictures
        return {"low": None, "high": None}
    low, high = error.interval(mean, level)
    return {"low": low, "high": high}
