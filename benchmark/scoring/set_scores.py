"""Scores of whole sets: FID in two modes, its extrapolation, KID and the extras, each with its floor between real
pictures."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from benchmark.core.errors import AnibenchError
from benchmark.core.files import Image
from benchmark.core.progress import progress
from benchmark.core.seeds import derive_seed
from benchmark.data.dataset import Dataset, pixel_hash
from benchmark.data.protocol import EvalProtocol, Pair
from benchmark.results.eval_config import MODE_OF_EXTRA, WEIGHTS_OF_MODE, EvalSettings, FeatureMode
from benchmark.results.scorecard import SetScore, share_column
from benchmark.results.statistics import shared_error
from benchmark.scoring.features.feature_cache import FeatureCache
from benchmark.scoring.outputs import output_path, read_output
from benchmark.scoring.pictures import SHAPE
from benchmark.scoring.sets import Estimate, clip_mmd, fid_infinity, frechet_distance, frechet_influences, kid

if TYPE_CHECKING:
    from benchmark.scoring.features.extractor import Extractor

Features = NDArray[np.float64]  # (n, d)

FEATURE_BATCH = 16
FRECHET = ("fid", "fid-clean", "fd-dinov2")


@dataclass(frozen=True)
class Real:
    """Features of the real pictures: those that outputs are compared with, and the two sets of the floor."""

    features: Features
    floor: tuple[Features, Features] | None  # None for fewer than two pictures in each
    floor_sets: str


@dataclass(frozen=True)
class Outputs:
    """Features of the outputs, a row for each pair."""

    features: Features
    pairs: Sequence[Pair]

    def of(self, pairing: int) -> Features:
        """Those of one pairing."""
        return self.features[[pair.pairing == pairing for pair in self.pairs]]


@dataclass
class SetScorer:
    """Scores sets on one device; keeps extractors and the features of real pictures from one folder to the next."""

    device: str
    extractors: dict[FeatureMode, "Extractor"] = field(default_factory=dict)
    real: dict[tuple[str, str, int, FeatureMode], Real] = field(default_factory=dict)

    def __call__(
        self, folder: Path, pairs: Sequence[Pair], data: Dataset, protocol: EvalProtocol, settings: EvalSettings
    ) -> tuple[dict[str, SetScore], dict[str, Features]]:
        """Scores of the outputs against all colour pictures of the split, each null with the reason where it is.

        Under a derangement the references are those same pictures, so both readings of the paper agree. Beside them
        columns with a value for each pair, `share_column` of a Frechet distance.
        """
        wanted: dict[FeatureMode, list[str]] = {settings.fid: ["fid", "fid-infinity", "kid"]}
        if settings.fid != "clean":
            wanted["clean"] = ["fid-clean"]
        wanted |= {mode: [name] for name, mode in MODE_OF_EXTRA.items() if name in settings.extras}
        scores: dict[str, SetScore] = {}
        columns: dict[str, Features] = {}
        for mode, names in wanted.items():
            found, shares = self._scores(folder, pairs, data, protocol, settings, mode, names)
            scores, columns = scores | found, columns | shares
        return scores, columns

    def _scores(
        self, folder: Path, pairs: Sequence[Pair], data: Dataset, protocol: EvalProtocol, settings: EvalSettings,
        mode: FeatureMode, names: Sequence[str],
    ) -> tuple[dict[str, SetScore], dict[str, Features]]:  # fmt: skip
        ids = data.ids(protocol.split)
        n = len(pairs) // len({pair.pairing for pair in pairs})
        empty = SetScore(value=None, n=n, n_reference=len(ids), extractor=WEIGHTS_OF_MODE[mode], mode=mode, sha256=None)
        if min(n, len(ids)) < 2:
            reason = "a covariance needs at least two pictures"
            return dict.fromkeys(names, empty.model_copy(update={"reason": reason})), {}
        try:
            extractor = self._extractor(mode)
        except AnibenchError as error:
            return dict.fromkeys(names, empty.model_copy(update={"reason": str(error)})), {}
        real = self._real(extractor, data, protocol)
        pictures = (read_output(output_path(folder, pair.picture), SHAPE) for pair in pairs)
        features = take_features(extractor, pictures, len(pairs), f"features of {folder.name}")
        outputs = Outputs(features, pairs)
        empty = empty.model_copy(update={"sha256": extractor.sha256})
        scores = {name: _score(name, empty, outputs, real, protocol, settings.level) for name in names}
        columns: dict[str, Features] = {}
        for name in [each for each in FRECHET if each in scores and scores[each].value is not None]:
            shares = frechet_shares(outputs, real.features, ids)
            columns[share_column(name)] = shares
            scores[name] = scores[name].model_copy(update=_interval(shares, pairs, settings.level))
        return scores, columns

    def _real(self, extractor: "Extractor", data: Dataset, protocol: EvalProtocol) -> Real:
        key = (data.fingerprint, protocol.split, protocol.seed, extractor.mode)
        if key not in self.real:
            ids = data.ids(protocol.split)
            first, second, what = floor_sets(data, protocol.split, protocol.seed)
            wanted = list(dict.fromkeys([*ids, *first, *second]))
            features = take_features(
                extractor, (data.color(i) for i in wanted), len(wanted), "features of the real pictures"
            )
            row = {sample: features[index] for index, sample in enumerate(wanted)}
            floor = (np.stack([row[i] for i in first]), np.stack([row[i] for i in second])) if len(first) > 1 else None
            self.real[key] = Real(features[: len(ids)], floor, what)
        return self.real[key]

    def _extractor(self, mode: FeatureMode) -> "Extractor":
        if mode not in self.extractors:
            self.extractors[mode] = _load_extractor(mode, self.device)
        return self.extractors[mode]


def _load_extractor(mode: FeatureMode, device: str) -> "Extractor":
    if mode == "clean" or mode == "legacy_pytorch":
        from benchmark.scoring.features.inception import load_extractor

        return load_extractor(mode, device)
    from benchmark.scoring.features.vision_transformers import load_vision_transformer

    return load_vision_transformer(mode, device)


def floor_sets(data: Dataset, split: str, seed: int) -> tuple[list[str], list[str], str]:
    """Two disjoint sets of real pictures of one size, no group in both, and what they are.

    The split against as many pictures of the other one, drawn by the seed; the dataset's rules keep artists and
    duplicates out of both. Where the other split is too small: halves of the split, by groups.
    """
    ids, other = data.ids(split), "test" if split == "train" else "train"
    drawn = sorted(data.ids(other), key=lambda sample: derive_seed(seed, "floor", sample))[: len(ids)]
    if len(drawn) == len(ids):
        return ids, drawn, f"{split}, {other}"
    manifest = data.manifest[data.manifest["split"] == split]
    groups = manifest.groupby("group")["id"].apply(list)
    halves: tuple[list[str], list[str]] = ([], [])
    for _, members in sorted(groups.items(), key=lambda item: derive_seed(seed, "floor", item[0])):
        min(halves, key=len).extend(str(member) for member in members)
    size = min(map(len, halves))
    return halves[0][:size], halves[1][:size], f"halves of {split}"


def take_features(extractor: "Extractor", images: Iterable[Image], n: int, title: str) -> Features:
    """Features (n, d) of the pictures, from the cache where it has them."""
    cache = FeatureCache(extractor.key, extractor.length)
    found: list[Features | None] = []
    waiting: list[tuple[int, str, Image]] = []

    def flush() -> None:
        if waiting:
            for (index, pixels, _), row in zip(waiting, extractor([image for *_, image in waiting]), strict=True):
                cache.put(pixels, row)
                found[index] = row
            waiting.clear()

    with progress(title, n) as advance:
        for image in images:
            pixels = pixel_hash(image)
            found.append(cache.get(pixels))
            if found[-1] is None:
                waiting.append((len(found) - 1, pixels, image))
            if len(waiting) == FEATURE_BATCH:
                flush()
            advance()
        flush()
    rows = [row for row in found if row is not None]
    if len(rows) != n:
        raise AssertionError(f"features of {len(rows)} of {n} pictures")
    return np.stack(rows)


def frechet_shares(outputs: Outputs, real: Features, ids: Sequence[str]) -> Features:
    """What each pair adds to the Frechet distance, (pairs,): their mean is its mean over the pairings.

    The distance of its pairing, plus the influences of its output and of its target; `ids` name the rows of `real`.
    """
    row = {sample: index for index, sample in enumerate(ids)}
    pairings = np.array([pair.pairing for pair in outputs.pairs])
    targets = np.array([row[pair.sample] for pair in outputs.pairs])
    shares = np.empty(len(outputs.pairs))
    for pairing in np.unique(pairings):
        members = pairings == pairing
        found = frechet_influences(outputs.features[members], real)
        shares[members] = found.distance + found.features + found.others[targets[members]]
    return shares


def _interval(shares: Features, pairs: Sequence[Pair], level: float) -> dict[str, object]:
    try:
        error = shared_error(shares.tolist(), [pair.sample for pair in pairs], [pair.reference for pair in pairs])
    except ValueError as unknown:
        return {"reason": f"no interval: {unknown}"}
    low, high = error.interval(float(shares.mean()), level)
    return {"low": low, "high": high, "level": level}


def _score(name: str, empty: SetScore, outputs: Outputs, real: Real, protocol: EvalProtocol, level: float) -> SetScore:
    seed = derive_seed(protocol.seed, name)
    ways: dict[str, Callable[[Features, Features], float | Estimate]] = {
        **dict.fromkeys(FRECHET, frechet_distance),
        "fid-infinity": lambda a, b: fid_infinity(a, b, seed),
        "kid": lambda a, b: kid(a, b, seed, level),
        "clip-mmd": lambda a, b: clip_mmd(a, b, seed, level),
    }
    way = ways[name]
    try:
        found = [way(outputs.of(k), real.features) for k in sorted({pair.pairing for pair in outputs.pairs})]
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
    return empty.model_copy(update=update | _floor(way, real))


def _floor(way: Callable[[Features, Features], float | Estimate], real: Real) -> dict[str, object]:
    if real.floor is None:
        return {}
    try:
        floor = way(*real.floor)
    except ValueError:  # too few pictures in a half
        return {}
    value = floor.value if isinstance(floor, Estimate) else floor
    return {"floor": value, "floor_n": len(real.floor[0]), "floor_sets": real.floor_sets}
