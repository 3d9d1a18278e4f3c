"""The interval of the Frechet distance under the pairs of a protocol, by simulation."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from benchmark.core.files import Image
from benchmark.data.dataset import Dataset
from benchmark.data.protocol import Pair, dataset_pairs, get_protocol
from benchmark.results.eval_config import EvalSettings
from benchmark.results.metrics import METRICS
from benchmark.results.statistics import shared_error, shared_tests
from benchmark.scoring.sets.frechet import frechet_distance, frechet_influences
from benchmark.scoring.sets.set_scorer import Conditions, Outputs, SetScorer, influence_shares

N = 60
STEPS = (1, 2, 3)
IDS = [f"{i:02d}" for i in range(N)]
PAIRS = [Pair(IDS[i], IDS[(i + step) % N], 0, step) for step in STEPS for i in range(N)]
LINES, REFERENCES = ([getattr(pair, name) for pair in PAIRS] for name in ("sample", "reference"))


def draw(
    rng: np.random.Generator, d: int
) -> tuple[dict[str, Outputs], np.ndarray[tuple[int, ...], np.dtype[np.float64]]]:
    """Two methods on N pictures that are drawn anew, and the real pictures' features (N, d)."""
    scale = np.arange(1, d + 1) ** -0.4
    line, color = rng.standard_t(8, (2, N, d)) * scale
    i, j = ([int(name) for name in names] for names in (LINES, REFERENCES))
    noise = rng.normal(size=(2, len(PAIRS), d)) * scale
    methods = {
        "tint": 0.8 * line[i] + 0.8 * color[j] + 0.3 * noise[0],
        "copier": 0.2 * line[i] + 1.2 * color[j] + 0.1 * noise[1],
    }
    return {name: Outputs(features, PAIRS) for name, features in methods.items()}, line + color


@pytest.mark.parametrize("d", [8, 90])  # more and fewer pictures than features
def test_intervals_hold_the_mean_distance_as_often_as_they_say(d: int) -> None:
    rng = np.random.default_rng(d)
    found: dict[str, list[tuple[float, float]]] = {"tint": [], "copier": [], "difference": []}
    for _ in range(80):
        outputs, real = draw(rng, d)
        shares = {name: influence_shares(frechet_influences, each, real, IDS) for name, each in outputs.items()}
        for name, each in shares.items():
            low, high = shared_error(each.tolist(), LINES, REFERENCES).interval(float(each.mean()))
            found[name].append((float(each.mean()), (high - low) / 2))
        (test,) = shared_tests({name: each.tolist() for name, each in shares.items()}, LINES, REFERENCES)
        found["difference"].append((test.difference, (test.high - test.low) / 2))
    for name, rows in found.items():
        values, reaches = np.array(rows).T
        assert np.mean(np.abs(values - values.mean()) <= reaches) >= 0.88, name
        assert 0.85 < np.sqrt(np.mean(reaches**2)) / 1.96 / values.std(ddof=1) < 1.8, name


def test_shares_add_up_to_the_distance_of_each_pairing() -> None:
    outputs, real = draw(np.random.default_rng(1), 20)
    shares = influence_shares(frechet_influences, outputs["tint"], real, IDS).reshape(len(STEPS), N)
    expected = [frechet_distance(outputs["tint"].of(pairing), real) for pairing in STEPS]
    assert shares.mean(axis=1) == pytest.approx(expected, rel=1e-9)


def test_shares_follow_their_pictures_whatever_the_order() -> None:
    outputs, real = draw(np.random.default_rng(2), 20)
    shares = influence_shares(frechet_influences, outputs["tint"], real, IDS)
    turned = np.random.default_rng(3).permutation(len(PAIRS))
    moved = Outputs(outputs["tint"].features[turned], [PAIRS[i] for i in turned])
    rows = np.random.default_rng(4).permutation(N)
    assert influence_shares(frechet_influences, moved, real[rows], [IDS[i] for i in rows]) == pytest.approx(
        shares[turned], rel=1e-9
    )


class MeanColour:
    """An extractor of mean colours that counts its pictures."""

    key, length, sha256 = "mean-colour", 3, "0" * 64

    def __init__(self) -> None:
        self.pictures = 0

    def __call__(self, images: Sequence[Image]) -> NDArray[np.float64]:
        self.pictures += len(images)
        return np.array([image.mean(axis=(0, 1)) for image in images])


def test_features_of_real_pictures_are_kept_for_their_own_dataset_alone(
    make_dataset: Callable[..., Dataset], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("benchmark.scoring.features.feature_cache.FeatureCache.get", lambda *_: None)
    monkeypatch.setattr("benchmark.scoring.features.feature_cache.FeatureCache.put", lambda *_: None)
    network, scorer = MeanColour(), SetScorer("cpu")
    scorer.extractors["clean"] = network  # type: ignore[assignment]
    protocol, settings = get_protocol("random-ref"), EvalSettings(fid="clean")
    first, second = (make_dataset(tmp_path / f"{seed}", seed=seed) for seed in (0, 1))
    for data in (first, second, second):
        about = Conditions(dataset_pairs(protocol, data), data, protocol, settings)
        real = scorer.begin([METRICS["fid"]], about, data.color).real["clean"]
        expected = [data.color(sample).mean(axis=(0, 1)) for sample in data.ids("test")]
        assert real.features == pytest.approx(np.array(expected))
    assert network.pictures == 2 * (5 + 5), "the third time nothing is computed again"


def test_a_copy_of_the_references_is_at_no_distance_and_has_no_doubt_about_it() -> None:
    _, real = draw(np.random.default_rng(5), 90)
    copied = Outputs(real[[int(name) for name in REFERENCES]], PAIRS)
    shares = influence_shares(frechet_influences, copied, real, IDS)
    assert np.abs(shares).max() < 1e-9 * np.square(real).sum()
