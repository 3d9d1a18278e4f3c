"""The extra metrics from end to end with stand-in weights: asked for, absent, come since, and in a report."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from stand_ins import SIZES, lpips_states, make_tiny, put_lpips, put_transformer, tiny_transformer

import anibench
from benchmark.data.dataset import SHAPE, Dataset
from benchmark.data.protocol import get_protocol
from benchmark.evaluation.entries import find_entries
from benchmark.evaluation.evaluate import Evaluation, evaluate_entry
from benchmark.results.eval_config import EvalSettings
from benchmark.results.metrics import METRICS
from benchmark.results.scorecard import ScoreCard, read_scores
from benchmark.scoring.features.lpips_network import load_lpips
from benchmark.scoring.features.vision_transformers import load_vision_transformer
from benchmark.scoring.lpips import WEIGHTS as LPIPS_WEIGHTS
from benchmark.scoring.outputs import output_path, read_output
from benchmark.scoring.sets.clip_mmd import clip_mmd
from benchmark.scoring.sets.frechet import frechet_distance
from benchmark.scoring.sets.real import floor_sets
from benchmark.weights.files import WEIGHTS
from reports.board.submission import card_problems
from reports.read.collect import collect

pytestmark = [
    pytest.mark.usefixtures("no_weights"),
    pytest.mark.filterwarnings("ignore:Detected pickle", "ignore:.*deprecated"),
]
EXTRAS: tuple[str, ...] = ("lpips", "fd-dinov2", "clip-mmd")


@pytest.fixture
def weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder where weights are looked for, empty."""
    home = tmp_path / "weights"
    monkeypatch.setenv("ANIBENCH_WEIGHTS", str(home))
    make_tiny(monkeypatch)
    return home


def put_all(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Save stand-ins for all weights, under the hashes they have."""
    for name, digest in zip(LPIPS_WEIGHTS, put_lpips(folder, *lpips_states()), strict=True):
        monkeypatch.setitem(WEIGHTS, name, replace(WEIGHTS[name], sha256=digest))
    pytest.importorskip("transformers")
    for mode in SIZES:
        put_transformer(folder, mode, tiny_transformer(mode)[1])


def evaluate(data: Dataset, runs: Path, protocol: str, *extras: str, name: str = "line-only") -> tuple[ScoreCard, str]:
    messages: list[str] = []
    settings = EvalSettings(extras=extras, resamples=99)
    evaluation = Evaluation.open(get_protocol(protocol), data, runs, settings, "cpu", messages.append)
    return evaluate_entry(evaluation, find_entries([name], None, runs)[0][0]), "\n".join(messages)


def report(runs: Path) -> str:
    """The report on `runs` in markdown."""
    out = runs.parent / "report.md"
    result = CliRunner().invoke(anibench.main, ["report", "--runs", str(runs), "--out", str(out), "--pictures", "none"])
    assert result.exit_code == 0, result.output
    return out.read_text("utf-8")


def test_nothing_is_measured_unasked_and_each_protocol_has_its_own(tiny_dataset: Dataset, tmp_path: Path) -> None:
    runs = tmp_path / "runs"
    card, said = evaluate(tiny_dataset, runs, "random-ref")
    assert not {*EXTRAS} & {*card.images, *card.sets}
    assert "clip-mmd" not in said
    for protocol in ("self-ref", "random-ref"):
        card, said = evaluate(tiny_dataset, runs, protocol, *EXTRAS)
        assert "finished" not in said
        assert {*EXTRAS} & {*card.images, *card.sets} == ({"lpips"} if protocol == "self-ref" else {*EXTRAS[1:]})


def test_without_weights_the_reason_is_said_and_once_they_have_come_they_count(
    tiny_dataset: Dataset, tmp_path: Path, weights: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs = tmp_path / "runs"
    card, said = evaluate(tiny_dataset, runs, "self-ref-warped", "lpips")
    assert card.images["lpips"].mean is None
    assert "weights fetch alexnet" in str(card.images["lpips"].reason)
    assert "lpips not computed" in said
    (group,) = collect(runs).groups
    assert not list(card_problems(group.runs[0])), "a number that is not there needs no column"
    assert evaluate(tiny_dataset, runs, "self-ref-warped", "lpips")[0] == card
    assert "LPIPS not computed" in report(runs)

    put_all(weights, monkeypatch)
    card, said = evaluate(tiny_dataset, runs, "self-ref-warped", "lpips")
    assert "finished" not in said
    folder = runs / "eval/self-ref-warped-v1/line-only"
    scores = read_scores(folder)
    images = [read_output(output_path(folder, picture), SHAPE) for picture in scores["picture"]]
    expected = load_lpips("cpu", LPIPS_WEIGHTS)(images, [tiny_dataset.color(sample) for sample in scores["sample"]])
    assert scores["lpips"].to_numpy() == pytest.approx(expected, rel=1e-5)
    assert card.images["lpips"].mean == pytest.approx(expected.mean(), rel=1e-5)
    assert card.images["lpips"].weights == {name: WEIGHTS[name].sha256 for name in LPIPS_WEIGHTS}
    assert card.images["lpips"].low is not None
    assert not list(card_problems(collect(runs).groups[0].runs[0]))
    assert "finished and unchanged" in evaluate(tiny_dataset, runs, "self-ref-warped", "lpips")[1]


def test_set_scores_are_those_of_the_functions_and_stand_in_one_table_with_cards_without(
    tiny_dataset: Dataset, tmp_path: Path, weights: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_all(weights, monkeypatch)
    runs = tmp_path / "runs"
    card, _ = evaluate(tiny_dataset, runs, "random-ref", "fd-dinov2", "clip-mmd")
    assert card.sets["fid"].value is None, "each metric by its own weights"
    first, second, _ = floor_sets(tiny_dataset, "test", 20240)
    colors = [tiny_dataset.color(sample) for sample in tiny_dataset.ids("test")]
    lines = [np.repeat(tiny_dataset.line(i)[..., None], 3, axis=2) for i in tiny_dataset.ids("test")]
    for name, way in (("fd-dinov2", frechet_distance), ("clip-mmd", None)):
        score = card.sets[name]
        extractor = load_vision_transformer(METRICS[name].features, "cpu")
        outside, real = extractor(lines), extractor(colors)
        floor = [extractor([tiny_dataset.color(i) for i in ids]) for ids in (first, second)]
        assert (score.mode, score.sha256, score.n, len(score.values)) == (extractor.mode, extractor.sha256, 5, 3)
        assert (tmp_path / "cache/anibench/features" / f"{extractor.key}-v1").is_dir()
        if way is not None:
            assert score.value == pytest.approx(way(outside, real), rel=1e-4)
            assert score.floor == pytest.approx(way(*floor), rel=1e-4)
        else:
            assert score.low < score.value < score.high  # type: ignore[operator]
            assert score.value == pytest.approx(clip_mmd(outside, real, 0).value, rel=0.2)
    monkeypatch.setattr(
        "benchmark.scoring.features.extractor.Extractor.__call__", lambda *_: pytest.fail("not from the cache")
    )
    result = CliRunner().invoke(anibench.main, ["rescore", "--runs", str(runs), "--set", 'extras=["clip-mmd"]'])
    assert result.exit_code == 0, result.output
    evaluate(tiny_dataset, runs, "random-ref", name="copy-reference")
    (group,) = collect(runs).groups
    with_extra, without = sorted((run.card for run in group.runs), key=lambda each: "clip-mmd" not in each.sets)
    assert "fd-dinov2" not in with_extra.sets
    assert with_extra.sets["clip-mmd"].value == pytest.approx(card.sets["clip-mmd"].value, rel=1e-4)
    assert with_extra.fid_modes == without.fid_modes == ["legacy_pytorch"] * 3 + ["clean"]
    text = report(runs)
    assert "CLIP-MMD" in text
    assert "clip-large" in text
