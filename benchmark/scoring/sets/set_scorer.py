"""Scores of sets of outputs by every metric per set, and the floor of each metric between real pictures."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmark.core.errors import AnibenchError
from benchmark.core.files import Image
from benchmark.core.seeds import derive_seed
from benchmark.data.dataset import Dataset
from benchmark.data.protocol import EvalProtocol, Pair
from benchmark.results.eval_config import EvalSettings
from benchmark.results.feature_modes import FEATURES, FeatureMode
from benchmark.results.metric import Estimate, Influences, Metric
from benchmark.results.scorecard import SetScore, share_column
from benchmark.results.statistics import shared_error
from benchmark.scoring.sets.check_features import Features
from benchmark.scoring.sets.real import Real, take_real

if TYPE_CHECKING:
    from benchmark.scoring.features.extractor import Extractor
    from benchmark.scoring.features.taker import FeatureTaker

InfluencesOf = Callable[[Features, Features], Influences]


@dataclass(frozen=True)
class Outputs:
    """Features of the outputs, one row per pair."""

    features: Features
    pairs: Sequence[Pair]

    def of(self, pairing: int) -> Features:
        """Features of the outputs of one pairing."""
        return self.features[[pair.pairing == pairing for pair in self.pairs]]


@dataclass(frozen=True)
class Conditions:
    """The inputs of set scores besides the outputs."""

    pairs: Sequence[Pair]
    data: Dataset
    protocol: EvalProtocol
    settings: EvalSettings

    @property
    def n(self) -> int:
        """Outputs in one pairing."""
        return len(self.pairs) // len({pair.pairing for pair in self.pairs})

    @property
    def ids(self) -> list[str]:
        """Samples of the split. The outputs are compared with their colour pictures."""
        return self.data.ids(self.protocol.split)


@dataclass
class SetRun:
    """The metrics per set of one folder: call `add` for each pair in order, then `finish`."""

    conditions: Conditions
    metrics: dict[FeatureMode, list[Metric]]  # grouped by the features that they need
    takers: dict[FeatureMode, "FeatureTaker"]
    real: dict[FeatureMode, Real]
    reasons: dict[FeatureMode, str]  # modes without features, and why

    def add(self, image: Image, pixels: str) -> None:
        """Add the output of the next pair, uint8 RGB (H, W, 3), with the pixel hash `pixels`."""
        for taker in self.takers.values():
            taker.add(image, pixels)

    def finish(self) -> tuple[dict[str, SetScore], dict[str, Features]]:
        """Two mappings: metric -> score, and column name -> one value per pair.

        A score without a value has a reason. Each metric with influences has a column, named by `share_column`.
        """
        scores: dict[str, SetScore] = {}
        columns: dict[str, Features] = {}
        for mode, metrics in self.metrics.items():
            found, shares = self._scores(mode, metrics)
            scores, columns = scores | found, columns | shares
        return scores, columns

    def _scores(self, mode: FeatureMode, metrics: Sequence[Metric]) -> tuple[dict[str, SetScore], dict[str, Features]]:
        about, weights = self.conditions, FEATURES[mode].weights
        empty = SetScore(value=None, n=about.n, n_reference=len(about.ids), extractor=weights, mode=mode, sha256=None)
        if mode in self.reasons:
            return {each.name: empty.model_copy(update={"reason": self.reasons[mode]}) for each in metrics}, {}
        empty = empty.model_copy(update={"sha256": self.takers[mode].extractor.sha256})
        outputs, real = Outputs(self.takers[mode].finish(), about.pairs), self.real[mode]
        scores = {each.name: _score(each, empty, outputs, real, about) for each in metrics}
        columns: dict[str, Features] = {}
        for metric in metrics:
            if metric.influences is not None and scores[metric.name].value is not None:
                shares = influence_shares(metric.influences, outputs, real.features, about.ids)
                columns[share_column(metric.name)] = shares
                interval = _interval(shares, about.pairs, about.settings.level)
                scores[metric.name] = scores[metric.name].model_copy(update=interval)
        return scores, columns


@dataclass
class SetScorer:
    """Scores sets on one device. Extractors and the features of real pictures are kept for the next folder."""

    device: str
    extractors: dict[FeatureMode, "Extractor"] = field(default_factory=dict)
    real: dict[tuple[str, str, int, FeatureMode], Real] = field(default_factory=dict)

    def begin(self, metrics: Sequence[Metric], about: Conditions, color: Callable[[str], Image]) -> SetRun:
        """Load the extractors of `metrics` and compute the features of the real pictures, which `color` reads by id.

        The outputs are compared with all colour pictures of the split. In `random-ref`, the references of a pairing are
        the same pictures, so the paper's two possible readings give the same number.
        """
        by_mode = group_by_features(metrics, about.settings)
        reasons = {}
        if min(about.n, len(about.ids)) < 2:
            reasons = dict.fromkeys(by_mode, "metrics of sets need at least two pictures")
        for mode in by_mode.keys() - reasons.keys():
            try:
                self._load(mode)
            except AnibenchError as error:
                reasons[mode] = str(error)
        modes = [mode for mode in by_mode if mode not in reasons]
        return SetRun(about, by_mode, self._takers(modes), self._real(modes, about, color), reasons)

    def _load(self, mode: FeatureMode) -> None:
        if mode not in self.extractors:
            from benchmark.scoring.features.load import load_features

            self.extractors[mode] = load_features(mode, self.device)

    def _takers(self, modes: Sequence[FeatureMode]) -> dict[FeatureMode, "FeatureTaker"]:
        if not modes:
            return {}
        from benchmark.scoring.features.taker import FeatureTaker

        return {mode: FeatureTaker(self.extractors[mode]) for mode in modes}

    def _real(
        self, modes: Sequence[FeatureMode], about: Conditions, color: Callable[[str], Image]
    ) -> dict[FeatureMode, Real]:
        keys = {mode: (about.data.fingerprint, about.protocol.split, about.protocol.seed, mode) for mode in modes}
        new = [mode for mode in modes if keys[mode] not in self.real]
        if new:
            found = take_real([self.extractors[mode] for mode in new], about.data, about.protocol, color)
            self.real |= {keys[mode]: real for mode, real in zip(new, found, strict=True)}
        return {mode: self.real[key] for mode, key in keys.items()}


def group_by_features(metrics: Sequence[Metric], settings: EvalSettings) -> dict[FeatureMode, list[Metric]]:
    """The metrics grouped by feature mode. A metric of the mode that `fid` already uses is left out: it equals FID."""
    found: dict[FeatureMode, list[Metric]] = {}
    for metric in metrics:
        if metric.features != settings.fid:
            found.setdefault(metric.features or settings.fid, []).append(metric)
    return found


def influence_shares(influences: InfluencesOf, outputs: Outputs, real: Features, ids: Sequence[str]) -> Features:
    """Contribution of each pair to a distance, (pairs,). Their mean is the mean of the distance over the pairings.

    A contribution is the distance of the pair's pairing plus the influences of its output and of its target. `ids` are
    the samples of the rows of `real`.
    """
    row = {sample: index for index, sample in enumerate(ids)}
    pairings = np.array([pair.pairing for pair in outputs.pairs])
    targets = np.array([row[pair.sample] for pair in outputs.pairs])
    shares = np.empty(len(outputs.pairs))
    for pairing in np.unique(pairings):
        members = pairings == pairing
        found = influences(outputs.features[members], real)
        shares[members] = found.distance + found.features + found.others[targets[members]]
    return shares


def _interval(shares: Features, pairs: Sequence[Pair], level: float) -> dict[str, object]:
    try:
        error = shared_error(shares.tolist(), [pair.sample for pair in pairs], [pair.reference for pair in pairs])
    except ValueError as unknown:
        return {"reason": f"no interval: {unknown}"}
    low, high = error.interval(float(shares.mean()), level)
    return {"low": low, "high": high, "level": level}


def _score(metric: Metric, empty: SetScore, outputs: Outputs, real: Real, about: Conditions) -> SetScore:
    level = about.settings.level
    given: dict[str, Any] = {"seed": derive_seed(about.protocol.seed, metric.name), "level": level}

    def distance(features: Features, others: Features) -> float | Estimate:
        assert metric.function is not None  # `Metric` requires a function of metrics per set
        found: float | Estimate = metric.function(features, others, *(given[need] for need in metric.needs))
        return found

    try:
        found = [distance(outputs.of(k), real.features) for k in sorted({pair.pairing for pair in outputs.pairs})]
    except ValueError as error:
        return empty.model_copy(update={"reason": str(error)})
    values = [each.value if isinstance(each, Estimate) else each for each in found]
    update: dict[str, object] = {"value": float(np.mean(values)), "values": tuple(values)}
    if len(values) > 1:
        update["spread"] = float(np.std(values, ddof=1))
    intervals = [each for each in found if isinstance(each, Estimate)]
    if intervals:
        update["level"] = level
        update["low"] = float(np.mean([each.low for each in intervals]))
        update["high"] = float(np.mean([each.high for each in intervals]))
    return empty.model_copy(update=update | _floor(distance, real))


def _floor(distance: Callable[[Features, Features], float | Estimate], real: Real) -> dict[str, object]:
    if real.floor is None:
        return {}
    try:
        floor = distance(*real.floor)
    except ValueError:  # raised for too few pictures in a set
        return {}
    value = floor.value if isinstance(floor, Estimate) else floor
    return {"floor": value, "floor_n": len(real.floor[0]), "floor_sets": real.floor_sets}
