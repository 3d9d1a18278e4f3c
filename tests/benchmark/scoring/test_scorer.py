"""FID from end to end with stand-in weights, and what a card says when there are none."""

import hashlib
import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from characters import with_characters, with_parts
from torch import nn

from benchmark.core.files import write_png
from benchmark.core.runs import read_record
from benchmark.data.dataset import Dataset
from benchmark.data.protocol import dataset_pairs, get_protocol
from benchmark.evaluation.entries import find_entries
from benchmark.evaluation.evaluate import Evaluation, evaluate_entry
from benchmark.results.consistency import read_evaluated, scored_pairs, table_problems
from benchmark.results.eval_config import EvalSettings, hash_pairs, read_eval_config
from benchmark.results.feature_modes import FEATURES
from benchmark.results.scorecard import MeanScore, ScoreCard, SetScore, read_card, read_scores
from benchmark.results.statistics import shared_error
from benchmark.scoring.features.inception import load_extractor
from benchmark.scoring.outputs import output_path
from benchmark.scoring.scorer import Scorer
from benchmark.scoring.sets.frechet import frechet_distance
from benchmark.scoring.sets.real import floor_sets
from benchmark.weights import files as weights

pytestmark = pytest.mark.filterwarnings("ignore:.*deprecated")
FILE = weights.WEIGHTS["inception-torchscript"].file
LENGTH = FEATURES["clean"].length


class StandIn(nn.Module):
    """Random features of the means of a 4 x 4 grid."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(3)
        self.layers = nn.Sequential(nn.AdaptiveAvgPool2d(4), nn.Flatten(), nn.Linear(48, LENGTH))

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return self.layers(images)  # type: ignore[no-any-return]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder where weights are looked for, empty."""
    home = tmp_path / "weights"
    home.mkdir()
    monkeypatch.setenv("ANIBENCH_WEIGHTS", str(home))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return home


def put_weights(folder: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Save the stand-in as the TorchScript file and pin it; returns its SHA-256."""
    torch.jit.save(torch.jit.script(StandIn()), folder / FILE)  # type: ignore[no-untyped-call]
    digest = hashlib.sha256((folder / FILE).read_bytes()).hexdigest()
    known = weights.WEIGHTS["inception-torchscript"]
    monkeypatch.setitem(weights.WEIGHTS, "inception-torchscript", replace(known, sha256=digest))
    return digest


def evaluate(
    data: Dataset, runs: Path, name: str, batch: int = 8, protocol: str = "random-ref"
) -> tuple[ScoreCard, str]:
    messages: list[str] = []
    settings = EvalSettings(fid="clean", batch=batch)
    evaluation = Evaluation.open(get_protocol(protocol), data, runs, settings, "cpu", messages.append)
    card = evaluate_entry(evaluation, find_entries([name], None, runs)[0][0])
    return card, "\n".join(messages)


def fid(card: ScoreCard) -> SetScore:
    return card.sets["fid"]


def test_without_weights_the_rest_is_done_and_with_them_fid_is_added(
    tiny_dataset: Dataset, tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    card, said = evaluate(tiny_dataset, tmp_path / "runs", "line-only")
    assert (fid(card).value, fid(card).sha256, fid(card).mode) == (None, None, "clean")
    assert fid(card).reason is not None
    for part in (FILE, "https://", str(folder.parent)):
        assert part in str(fid(card).reason)
    assert "fid not computed" in said
    again, said = evaluate(tiny_dataset, tmp_path / "runs", "line-only")
    assert again == card
    assert "finished and unchanged" in said

    digest = put_weights(folder, monkeypatch)
    scored, said = evaluate(tiny_dataset, tmp_path / "runs", "line-only")
    assert "finished" not in said
    assert (fid(scored).sha256, fid(scored).n, fid(scored).n_reference) == (digest, 5, 5)
    extractor = load_extractor("clean", "cpu")
    lines = extractor([np.repeat(tiny_dataset.line(i)[..., None], 3, axis=2) for i in tiny_dataset.ids("test")])
    colors = extractor([tiny_dataset.color(i) for i in tiny_dataset.ids("test")])
    assert fid(scored).value == pytest.approx(frechet_distance(lines, colors), rel=1e-6)


def test_copying_the_reference_has_an_fid_of_zero(
    tiny_dataset: Dataset, tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_weights(folder, monkeypatch)
    copied, _ = evaluate(tiny_dataset, tmp_path / "runs", "copy-reference")
    lines, _ = evaluate(tiny_dataset, tmp_path / "runs", "line-only")
    assert fid(copied).value is not None
    assert fid(lines).value is not None
    assert fid(copied).value < 1e-6 * fid(lines).value  # type: ignore[operator]


def test_features_of_more_pictures_than_a_batch_are_all_taken(
    tiny_dataset: Dataset, tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_weights(folder, monkeypatch)
    whole, _ = evaluate(tiny_dataset, tmp_path / "one", "line-only")
    monkeypatch.setattr("benchmark.scoring.features.taker.BATCH", 2)
    parts, _ = evaluate(tiny_dataset, tmp_path / "two", "line-only", batch=3)
    assert fid(parts).value == pytest.approx(fid(whole).value, rel=1e-6)


def test_a_file_of_another_hash_is_the_reason_and_not_loaded(
    tiny_dataset: Dataset, tmp_path: Path, folder: Path
) -> None:
    torch.jit.save(torch.jit.script(StandIn()), folder / FILE)  # type: ignore[no-untyped-call]
    card, _ = evaluate(tiny_dataset, tmp_path / "runs", "line-only")
    assert fid(card).value is None
    assert "the pinned hash is" in str(fid(card).reason)


def test_a_set_score_carries_its_pairings_and_its_floor(
    tiny_dataset: Dataset, tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_weights(folder, monkeypatch)
    card, _ = evaluate(tiny_dataset, tmp_path / "runs", "palette-transfer")
    assert (card.n, card.pairings) == (5, 3)
    score = fid(card)
    assert len(score.values) == 3
    assert score.value == pytest.approx(np.mean(score.values))
    assert score.spread == pytest.approx(np.std(score.values, ddof=1))
    assert (score.low, score.level) == (None, None)
    assert "no interval: too few pictures" in str(score.reason)
    extractor = load_extractor("clean", "cpu")
    first, second, what = floor_sets(tiny_dataset, "test", 20240)
    real = [extractor([tiny_dataset.color(i) for i in ids]) for ids in (first, second)]
    assert score.floor == pytest.approx(frechet_distance(*real), rel=1e-6)
    assert (score.floor_n, score.floor_sets) == (5, what) == (5, "test, train")
    kernel = card.sets["kid"]
    assert kernel.low is not None
    assert kernel.high is not None
    assert kernel.low < kernel.value < kernel.high  # type: ignore[operator]
    assert "at least 8" in str(card.sets["fid-infinity"].reason)
    again, said = evaluate(tiny_dataset, tmp_path / "runs", "palette-transfer")
    assert again == card
    assert "finished and unchanged" in said, "a number that cannot be had is no reason to score again"


def test_intervals_know_which_pairs_share_pictures(
    make_dataset: Callable[..., Dataset], tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_weights(folder, monkeypatch)
    data = make_dataset(tmp_path / "faces", train=2, test=12)
    card, _ = evaluate(data, tmp_path / "runs", "line-only")
    scores = read_scores(tmp_path / "runs" / "eval" / "random-ref-v2" / "line-only")
    assert scores.groupby("pairing")["share:fid"].mean().tolist() == pytest.approx(fid(card).values)
    pictures = scores["sample"].tolist(), scores["reference"].tolist()
    for column, score in (("share:fid", fid(card)), ("palette-distance", card.images["palette-distance"])):
        mean = scores[column].mean()
        expected = shared_error(scores[column].tolist(), *pictures).interval(mean)
        assert (score.low, score.high) == pytest.approx(expected)
    assert fid(card).level == 0.95
    by_line = scores.groupby("sample")["palette-distance"].mean()
    palette = card.images["palette-distance"]
    assert palette.high is not None
    assert palette.low is not None
    assert palette.high - palette.low > 1.2 * 2 * 2.2 * by_line.sem(), "lines are the same; references are what counts"


def test_the_floor_takes_disjoint_sets_of_one_size(make_dataset: Callable[..., Dataset], tmp_path: Path) -> None:
    data = make_dataset(tmp_path / "few", train=2, test=7)
    first, second, what = floor_sets(data, "test", 1)
    assert what == "halves of test"
    assert len(first) == len(second) == 3
    assert not set(first) & set(second)
    assert set(first) | set(second) <= set(data.ids("test"))
    grouped = replace(data, manifest=data.manifest.assign(group=["a", "b"] * 4 + ["b"]))
    group = dict(zip(grouped.manifest["id"], grouped.manifest["group"], strict=True))
    one, other, _ = floor_sets(grouped, "test", 1)
    assert not {group[i] for i in one} & {group[i] for i in other}, "no group in both"


def test_without_training_pictures_memorisation_has_a_reason(
    tmp_path: Path, make_dataset: Callable[..., Dataset]
) -> None:
    data = make_dataset(tmp_path / "faces", train=3, test=3)
    (data.root / "train").rename(tmp_path / "elsewhere")
    card, _ = evaluate(data, tmp_path / "runs", "line-only", protocol="self-ref")
    score = card.images["memorised"]
    assert (score.mean, score.reason) == (None, "the training pictures are not in the folder of the dataset")
    assert card.images["line-f1"].mean is not None


def test_copying_is_seen_where_fid_does_not_see_it(tiny_dataset: Dataset, tmp_path: Path, folder: Path) -> None:
    copied, _ = evaluate(tiny_dataset, tmp_path / "runs", "copy-reference")
    lines, _ = evaluate(tiny_dataset, tmp_path / "runs", "line-only")
    mean = {name: {m: s.mean or 0.0 for m, s in card.images.items()} for name, card in (("c", copied), ("l", lines))}
    assert mean["c"]["copy"] > 0.95
    assert mean["l"]["copy"] < 0.3
    assert mean["c"]["line-f1"] < 0.5
    assert mean["c"]["palette-distance"] == pytest.approx(0, abs=1e-3)
    assert copied.images["palette-distance"].target == lines.images["palette-distance"].target > 5  # type: ignore[operator]
    assert copied.images["copy"].n == 5, "pairings do not pass for more pictures"
    scores = read_scores(tmp_path / "runs" / "eval" / "random-ref-v2" / "line-only")
    by_line = scores.groupby("sample")["bleeding"].mean()
    assert lines.images["bleeding"].mean == pytest.approx(by_line.mean())


def test_values_of_targets_are_kept_for_their_own_dataset_and_pairs_alone(
    tiny_dataset: Dataset, tmp_path: Path, no_weights: None
) -> None:
    """A second dataset has the same pictures, and lines in one half only: more bleeding, another fingerprint."""
    root = Path(shutil.copytree(tiny_dataset.root, tmp_path / "half"))
    card = tiny_dataset.card.model_copy(update={"fingerprint": "1" * 64})
    half = replace(tiny_dataset, root=root, card=card)
    protocol = get_protocol("self-ref")
    pairs = dataset_pairs(protocol, tiny_dataset)
    for pair in pairs:
        line = tiny_dataset.line(pair.sample).copy()
        line[:, 128:] = 255
        write_png(half.line_path(pair.sample), line)
        write_png(output_path(tmp_path, pair.picture), tiny_dataset.color(pair.sample))
    scorer = Scorer("cpu")

    def targets(data: Dataset, count: int) -> float | None:
        """The mean bleeding of the targets, which are the outputs as well."""
        score = scorer(tmp_path, pairs[:count], data, protocol, EvalSettings(resamples=99)).images["bleeding"]
        assert score.mean == pytest.approx(score.target)
        return score.target

    found = [targets(data, count) for data in (tiny_dataset, half) for count in (5, 3)]
    assert len(set(found)) == 4
    assert found == [targets(data, count) for data in (tiny_dataset, half) for count in (5, 3)]
    assert len(scorer.targets) == 4


def test_scores_do_not_hang_on_threads(tiny_dataset: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one, _ = evaluate(tiny_dataset, tmp_path / "one", "palette-transfer")
    monkeypatch.setattr("benchmark.scoring.pictures.reading_threads", lambda: 1)
    two, _ = evaluate(tiny_dataset, tmp_path / "two", "palette-transfer")
    assert one.images == two.images
    assert one.outputs == two.outputs


CAST: list[str | None] = ["ann", "bea", "ann", "bea", "ann", "cleo"]


@pytest.mark.usefixtures("folder")
def test_cross_ref_scores_the_parts_of_figures_and_its_records_agree(tmp_path: Path) -> None:
    data = with_parts(with_characters(tmp_path / "data", CAST))
    card, said = evaluate(data, tmp_path / "runs", "copy-reference", protocol="cross-ref")
    assert "cross-ref-v1: 1 pictures are in no pair, because no other picture shows their character" in said
    assert card.n == 5
    for name in ("psnr", "figure-psnr", "part-delta-e", "hair-delta-e", "skin-delta-e", "region-delta-e", "copy"):
        assert card.images[name].mean is not None, name
    assert card.images["iris-delta-e"].mean is None, "no picture shows an iris"
    hair, skin = (card.images[f"{part}-delta-e"].mean for part in ("hair", "skin"))
    assert hair is not None
    assert skin is not None
    assert card.images["part-delta-e"].mean == pytest.approx((hair + skin) / 2)
    folder = tmp_path / "runs/eval/cross-ref-v1/copy-reference"
    assert read_evaluated(folder, read_record(folder)).card == card
    perfect, _ = evaluate(data, tmp_path / "runs", "oracle", protocol="cross-ref")
    assert (perfect.images["figure-psnr"].mean, perfect.images["part-delta-e"].mean) == (100, 0)


@pytest.mark.usefixtures("folder")
def test_eyes_are_scored_where_the_manifest_has_their_boxes(tiny_dataset: Dataset, tmp_path: Path) -> None:
    eyes = json.dumps({"left_eye": [60, 100, 40, 40], "right_eye": [150, 100, 40, 40]})
    protocol, count = get_protocol("self-ref"), len(tiny_dataset.manifest)
    pairs = dataset_pairs(protocol, tiny_dataset)
    for pair in pairs:
        write_png(output_path(tmp_path, pair.picture), 255 - tiny_dataset.color(pair.sample))

    def score(landmarks: str | None) -> MeanScore:
        columns = {"landmarks": [landmarks] * count, "crop_x": 0, "crop_y": 0, "crop_size": 256}
        data = replace(tiny_dataset, manifest=tiny_dataset.manifest.assign(**columns))
        return Scorer("cpu")(tmp_path, pairs, data, protocol, EvalSettings(resamples=99)).images["eye-delta-e"]

    known, unknown = score(eyes), score(None)
    assert known.mean is not None
    assert (known.n, known.target) == (len(pairs), 0)
    assert known.mean > 0
    assert unknown.mean is None
    assert unknown.reason is not None
    assert "detect.landmarks" in unknown.reason


@pytest.mark.usefixtures("folder")
def test_cross_ref_without_part_labels_says_so(tmp_path: Path) -> None:
    data = with_characters(tmp_path / "data", CAST)
    card, _ = evaluate(data, tmp_path / "runs", "copy-reference", protocol="cross-ref")
    assert card.images["psnr"].mean is not None
    assert card.images["figure-psnr"].mean is None
    assert card.images["figure-psnr"].reason == "the dataset has no part labels, as datasets of drawn:pairs:N have"


@pytest.mark.usefixtures("folder")
def test_other_pairs_than_those_of_the_characters_are_noticed(tmp_path: Path) -> None:
    data = with_characters(tmp_path / "data", CAST)
    evaluate(data, tmp_path / "runs", "copy-reference", protocol="cross-ref")
    folder = tmp_path / "runs/eval/cross-ref-v1/copy-reference"
    scores = read_scores(folder)
    scores.loc[0, "reference"] = scores.loc[0, "sample"]
    card = read_card(folder).model_copy(update={"pairs": hash_pairs(scored_pairs(scores))})
    config = read_eval_config(folder)
    problems = list(table_problems(card, config, scores))
    assert problems == ["its pairs are not those that cross-ref-v1 gives for these lines"]
    assert not list(table_problems(read_card(folder), config, read_scores(folder)))
