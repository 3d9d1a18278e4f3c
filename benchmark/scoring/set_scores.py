"""Scores of whole sets: FID in two modes, its extrapolation, KID and the extras, each with its floor between real
pictures."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from benchmark.dataset import Dataset, pixel_hash
from benchmark.errors import AnibenchError
from benchmark.eval_config import MODE_OF_EXTRA, WEIGHTS_OF_MODE, EvalSettings, FeatureMode
from benchmark.files import Image
from benchmark.outputs import output_path, read_output
from benchmark.progress import progress
from benchmark.protocol import EvalProtocol, Pair
from benchmark.scorecard import SetScore
from benchmark.scoring.feature_cache import FeatureCache
from benchmark.scoring.pictures import SHAPE
from benchmark.scoring.sets import Estimate, clip_mmd, fid_infinity, frechet_distance, kid
from benchmark.seeds import derive_seed

if TYPE_CHECKING:
    from benchmark.scoring.extractor import Extractor

Features = NDArray[np.float64]  # (n, d)

FEATURE_BATCH = 16


@dataclass(frozen=True)
class Real:
    """Features of the real pictures: those that outputs are compared with, and the two sets of the floor."""

    features: Features
    floor: tuple[Features, Features] | None  # None for fewer than two pictures in each
    floor_sets: str


@dataclass
class SetScorer:
    """Scores sets on one device; keeps extractors and the features of real pictures from one folder to the next."""

    device: str
    extractors: dict[FeatureMode, "Extractor"] = field(default_factory=dict)
    real: dict[tuple[str, str, int, FeatureMode], Real] = field(default_factory=dict)

    def __call__(
        self, folder: Path, pairs: Sequence[Pair], data: Dataset, protocol: EvalProtocol, settings: EvalSettings
    ) -> dict[str, SetScore]:
        """Scores of the outputs against all colour pictures of the split, each null with the reason where it is.

        Under a derangement the references are those same pictures, so both readings of the paper agree.
        """
        found = self._scores(folder, pairs, data, protocol, settings, settings.fid, ("fid", "fid-infinity", "kid"))
        if settings.fid != "clean":
            found |= self._scores(folder, pairs, data, protocol, settings, "clean", ("fid-clean",))
        for name, mode in MODE_OF_EXTRA.items():
            if name in settings.extras:
                found |= self._scores(folder, pairs, data, protocol, settings, mode, (name,))
        return found

    def _scores(
        self, folder: Path, pairs: Sequence[Pair], data: Dataset, protocol: EvalProtocol, settings: EvalSettings,
        mode: FeatureMode, names: Sequence[str],
    ) -> dict[str, SetScore]:  # fmt: skip
        ids = data.ids(protocol.split)
        pairings = sorted({pair.pairing for pair in pairs})
        n = len(pairs) // len(pairings)
        empty = SetScore(value=None, n=n, n_reference=len(ids), extractor=WEIGHTS_OF_MODE[mode], mode=mode, sha256=None)
        if min(n, len(ids)) < 2:
            return dict.fromkeys(names, empty.model_copy(update={"reason": "a covariance needs at least two pictures"}))
        try:
            extractor = self._extractor(mode)
        except AnibenchError as error:
            return dict.fromkeys(names, empty.model_copy(update={"reason": str(error)}))
        real = self._real(extractor, data, protocol)
        outputs = (read_output(output_path(folder, pair.picture), SHAPE) for pair in pairs)
        features = take_features(extractor, outputs, len(pairs), f"features of {folder.name}")
        numbers = np.array([pair.pairing for pair in pairs])
        sets = [features[numbers == number] for number in pairings]
        empty = empty.model_copy(update={"sha256": extractor.sha256})
        return {name: _score(name, empty, sets, real, protocol, settings.level) for name in names}

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
        from benchmark.scoring.inception import load_extractor

        return load_extractor(mode, device)
    from benchmark.scoring.vision_transformers import load_vision_transformer

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


def _score(
    name: str, empty: SetScore, sets: Sequence[Features], real: Real, protocol: EvalProtocol, level: float
) -> SetScore:
    seed = derive_seed(protocol.seed, name)
    ways: dict[str, Callable[[Features, Features], float | Estimate]] = {
        "fid": frechet_distance,
        "fid-clean": frechet_distance,
        "fd-dinov2": frechet_distance,
        "fid-infinity": lambda a, b: fid_infinity(a, b, seed),
        "kid": lambda a, b: kid(a, b, seed, level),
        "clip-mmd": lambda a, b: clip_mmd(a, b, seed, level),
    }
    way = ways[name]
    try:
        found = [way(features, real.features) for features in sets]
    except ValueError as error:
        return empty.model_copy(update={"reason": str(error)})
    values = [each.value if isinstance(each, Estimate) else each for each in found]
    update: dict[str, object] = {"value": float(np.mean(values)), "values": tuple(values)}
    if len(values) > 1:
        update["spread"] = float(np.std(values, ddof=1))
    intervals = [each for each in found if isinstance(each, Estimate)]
    if intervals:
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
