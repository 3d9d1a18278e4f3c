"""Evaluation from end to end: what is painted, saved, scored, continued, reused and refused."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from evaluating import evaluate
from toys import Tint, register, write_training_run

import anibench
from benchmark.core.errors import AnibenchError
from benchmark.core.files import read_json, read_rgb, write_json, write_png
from benchmark.core.runs import read_record
from benchmark.data.dataset import Dataset
from benchmark.data.protocol import get_protocol
from benchmark.data.warp import draw_warp, warp_image
from benchmark.evaluation.entries import Entry, find_entries
from benchmark.evaluation.evaluate import Evaluation, evaluate_all, evaluate_entry, score_folder
from benchmark.methods.interface import method_names
from benchmark.results.eval_config import EvalSettings
from benchmark.results.scorecard import ScoreCard, read_card, read_scores
from benchmark.scoring.outputs import output_path

pytestmark = pytest.mark.usefixtures("no_weights")
Messages = list[str]


def open_evaluation(data: Dataset, runs: Path, protocol: str = "self-ref", **settings: object) -> Evaluation:
    """An evaluation that keeps what it says in `say.__self__`."""
    messages: Messages = []
    chosen = EvalSettings.model_validate({"resamples": 99, "batch": 2} | settings)
    return Evaluation.open(get_protocol(protocol), data, runs, chosen, "cpu", messages.append)


def said(evaluation: Evaluation) -> str:
    messages: Messages = evaluation.say.__self__  # type: ignore[attr-defined]
    return "\n".join(messages)


def run(evaluation: Evaluation, name: str) -> ScoreCard:
    entries, _ = find_entries([name], None, evaluation.runs)
    assert len(entries) == 1
    return evaluate_entry(evaluation, entries[0])


def pictures(evaluation: Evaluation, label: str) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (evaluation.folder(label) / "outputs").iterdir()}


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    return tmp_path / "runs"


@pytest.fixture
def tint(monkeypatch: pytest.MonkeyPatch, runs: Path) -> Tint:
    colorizer = Tint()
    register(monkeypatch, "tint", colorizer)
    write_training_run(runs, "tint", "a")
    return colorizer


def test_floors_are_scored_by_every_protocol(tiny_dataset: Dataset, runs: Path) -> None:
    beside = {"line-f1", "palette-distance", "bleeding"}
    expected = {
        "self-ref": beside | {"psnr", "ms-ssim", "region-delta-e"},
        "self-ref-warped": beside | {"psnr", "ms-ssim", "region-delta-e", "copy"},
        "random-ref": beside | {"copy", "fid", "fid-clean", "fid-infinity", "kid"},
    }
    for protocol, metrics in expected.items():
        evaluation = open_evaluation(tiny_dataset, runs, protocol)
        cards, failures = evaluate_all(evaluation, find_entries([], None, runs)[0])
        assert not failures
        assert [card.label for card in cards] == method_names("floor")
        for card in cards:
            assert set(card.images) | set(card.sets) == metrics
            assert card.n * card.pairings == len(evaluation.pairs) == len(read_scores(evaluation.folder(card.label)))
            assert (card.n, card.pairings) == (5, 3 if protocol == "random-ref" else 1)
            assert read_record(evaluation.folder(card.label)).status == "done"


def test_copying_is_perfect_in_self_ref_and_says_so(tiny_dataset: Dataset, runs: Path) -> None:
    evaluation = open_evaluation(tiny_dataset, runs)
    card = run(evaluation, "copy-reference")
    psnr = card.images["psnr"]
    assert (psnr.mean, psnr.identical, psnr.n, psnr.reason) == (100, 5, 5, None)
    assert card.images["ms-ssim"].mean == pytest.approx(1)
    scores = read_scores(evaluation.folder("copy-reference"))
    assert (scores["psnr"] == 100).all()
    assert scores["identical"].all()


def test_the_scores_are_those_of_the_saved_pictures(tiny_dataset: Dataset, runs: Path, tint: Tint) -> None:
    evaluation = open_evaluation(tiny_dataset, runs)
    card = run(evaluation, "tint")
    scores = read_scores(evaluation.folder("tint.a"))
    for row in scores.itertuples():
        saved = read_rgb(output_path(evaluation.folder("tint.a"), str(row.sample))).astype(float)
        error = np.square(saved - tiny_dataset.color(str(row.sample))).mean()
        assert row.psnr == pytest.approx(10 * np.log10(255**2 / error))
    assert card.images["psnr"].mean == pytest.approx(scores["psnr"].mean())


def test_the_last_batch_may_be_smaller_and_seeds_are_the_pairs_own(
    tiny_dataset: Dataset, runs: Path, tint: Tint
) -> None:
    evaluation = open_evaluation(tiny_dataset, runs)
    assert run(evaluation, "tint").n == 5
    seeds = [pair.seed for pair in evaluation.pairs]
    assert tint.batches == [seeds[:2], seeds[2:4], seeds[4:]]


@pytest.mark.parametrize("protocol", ["self-ref", "self-ref-warped", "random-ref"])
def test_a_method_is_given_the_references_of_the_protocol(
    tiny_dataset: Dataset, runs: Path, tint: Tint, protocol: str
) -> None:
    evaluation = open_evaluation(tiny_dataset, runs, protocol)
    run(evaluation, "tint")
    for pair, given in zip(evaluation.pairs, tint.references, strict=True):
        expected = tiny_dataset.color(pair.reference)
        if protocol == "self-ref-warped":
            expected = warp_image(expected, draw_warp(pair.seed))
        assert np.array_equal(given.transpose(1, 2, 0), expected)
        assert (pair.reference == pair.sample) == (protocol != "random-ref")


def test_an_interrupted_evaluation_goes_on_to_the_same_bytes(tiny_dataset: Dataset, runs: Path, tint: Tint) -> None:
    whole = open_evaluation(tiny_dataset, runs / "whole")
    write_training_run(runs / "whole", "tint", "a")
    expected = run(whole, "tint")
    tint.batches.clear()
    evaluation = open_evaluation(tiny_dataset, runs)
    tint.stop = 2
    with pytest.raises(KeyboardInterrupt):
        run(evaluation, "tint")
    assert read_record(evaluation.folder("tint.a")).status == "interrupted"
    done = pictures(evaluation, "tint.a")
    assert len(done) == 4
    damaged = sorted(done)[0]
    (evaluation.folder("tint.a") / "outputs" / damaged).write_bytes(b"")
    tint.stop, tint.batches = None, []
    card = run(evaluation, "tint")
    seeds = [pair.seed for pair in evaluation.pairs]
    assert tint.batches == [seeds[:2], seeds[4:]], "only batches that lack a whole picture"
    assert pictures(evaluation, "tint.a") == pictures(whole, "tint.a")
    assert card.outputs == expected.outputs
    assert card.images == expected.images
    assert not said(evaluation)


KILLED = """
import os, signal, sys
from pathlib import Path
from benchmark.evaluation import painting
from benchmark.data.dataset import Dataset
from benchmark.evaluation.entries import find_entries
from benchmark.results.eval_config import EvalSettings
from benchmark.evaluation.evaluate import Evaluation, evaluate_entry
from benchmark.data.protocol import get_protocol

written, write = [], painting.write_png
def write_two(path, image):
    if len(written) == 2:
        os.kill(os.getpid(), signal.SIGKILL)
    written.append(path)
    write(path, image)
painting.write_png = write_two
root, runs = map(Path, sys.argv[1:])
evaluation = Evaluation.open(get_protocol("self-ref-warped"), Dataset.open(root), runs, EvalSettings(), "cpu")
evaluate_entry(evaluation, find_entries(["copy-reference"], None, runs)[0][0])
"""


def test_a_killed_evaluation_goes_on(tiny_dataset: Dataset, runs: Path) -> None:
    killed = subprocess.run([sys.executable, "-c", KILLED, str(tiny_dataset.root), str(runs)], capture_output=True)
    assert killed.returncode == -9, killed.stderr
    evaluation = open_evaluation(tiny_dataset, runs, "self-ref-warped")
    folder = evaluation.folder("copy-reference")
    left = {path: path.stat().st_mtime_ns for path in (folder / "outputs").glob("*.png")}
    assert len(left) == 2
    assert read_record(folder).status == "interrupted", "its process is dead"
    run(evaluation, "copy-reference")
    assert {path: path.stat().st_mtime_ns for path in left} == left, "what was painted is kept"
    fresh = open_evaluation(tiny_dataset, runs / "fresh", "self-ref-warped")
    run(fresh, "copy-reference")
    assert {n: b for n, b in pictures(evaluation, "copy-reference").items() if n.endswith(".png")} == pictures(
        fresh, "copy-reference"
    )


def test_what_is_finished_and_unchanged_is_reused(
    tiny_dataset: Dataset, runs: Path, tint: Tint, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = run(open_evaluation(tiny_dataset, runs), "tint")
    calls = register(monkeypatch, "tint", tint)
    evaluation = open_evaluation(tiny_dataset, runs, batch=3)
    assert run(evaluation, "tint") == first
    assert not calls
    assert "finished and unchanged" in said(evaluation)


def test_pictures_of_another_checkpoint_are_removed_and_the_reason_said(
    tiny_dataset: Dataset, runs: Path, tint: Tint
) -> None:
    first = run(open_evaluation(tiny_dataset, runs), "tint")
    write_training_run(runs, "tint", "a", value=1.0)
    tint.batches.clear()
    evaluation = open_evaluation(tiny_dataset, runs)
    second = run(evaluation, "tint")
    assert "other checkpoint" in said(evaluation)
    assert sum(map(len, tint.batches)) == 5
    assert second.checkpoint != first.checkpoint


def test_pictures_of_another_dataset_are_removed(
    tiny_dataset: Dataset, runs: Path, make_dataset: Callable[..., Dataset], tmp_path: Path
) -> None:
    run(open_evaluation(tiny_dataset, runs), "line-only")
    evaluation = open_evaluation(make_dataset(tmp_path / "other", test=3, seed=2), runs)
    card = run(evaluation, "line-only")
    assert "other pairs, dataset" in said(evaluation)
    assert len(pictures(evaluation, "line-only")) == card.n == 3


def test_other_settings_score_again_without_painting(tiny_dataset: Dataset, runs: Path, tint: Tint) -> None:
    first = run(open_evaluation(tiny_dataset, runs), "tint")
    tint.batches.clear()
    second = run(open_evaluation(tiny_dataset, runs, level=0.5), "tint")
    assert not tint.batches
    one, two = first.images["psnr"], second.images["psnr"]
    assert one.mean == two.mean
    assert one.low is not None
    assert two.low is not None
    assert one.low < two.low


def test_a_picture_changed_after_scoring_is_painted_again(tiny_dataset: Dataset, runs: Path, tint: Tint) -> None:
    first = run(open_evaluation(tiny_dataset, runs), "tint")
    evaluation = open_evaluation(tiny_dataset, runs)
    victim = output_path(evaluation.folder("tint.a"), evaluation.pairs[3].sample)
    original = victim.read_bytes()
    write_png(victim, tiny_dataset.color(evaluation.pairs[3].sample))
    second = run(evaluation, "tint")
    assert "1 pictures were changed" in said(evaluation)
    assert victim.read_bytes() == original
    assert second.images == first.images


def test_a_checkpoint_that_saw_the_test_split_is_refused(tiny_dataset: Dataset, runs: Path, tint: Tint) -> None:
    seen = [*tiny_dataset.ids("train"), tiny_dataset.ids("test")[2]]
    write_training_run(runs, "tint", "a", ids=seen)
    with pytest.raises(AnibenchError, match=rf"trained on 1 pictures of the test split .*\({seen[-1]}\)"):
        run(open_evaluation(tiny_dataset, runs), "tint")
    assert not tint.batches
    write_training_run(runs, "tint", "a", ids=tiny_dataset.ids("train"), validation_ids=seen[-1:])
    with pytest.raises(AnibenchError, match="validated on 1 pictures of the test split"):
        run(open_evaluation(tiny_dataset, runs), "tint")
    write_training_run(runs, "tint", "a", ids=tiny_dataset.ids("train"))
    assert run(open_evaluation(tiny_dataset, runs), "tint").n == 5


def test_a_card_says_what_the_weights_were_trained_on(tiny_dataset: Dataset, runs: Path, tint: Tint) -> None:
    write_training_run(runs, "tint", "a", ids=tiny_dataset.ids("train"), fingerprint=tiny_dataset.fingerprint)
    same = run(open_evaluation(tiny_dataset, runs), "tint")
    assert same.training is not None
    assert (same.training.pictures, same.training.images_seen, same.training.seconds) == (6, 1234, 5.0)
    assert same.notes == ("it tints",)
    assert same.cost is not None
    assert same.cost.parameters == 3
    assert same.cost.seconds_per_image is not None
    assert same.cost.peak_memory is None or same.cost.peak_memory > 2**20
    write_training_run(runs, "tint", "a")
    other = run(open_evaluation(tiny_dataset, runs), "tint")
    assert any("trained on other data: trained-on (ffff" in note for note in other.notes)
    write_training_run(runs, "tint", "a", ids=())
    unknown = run(open_evaluation(tiny_dataset, runs), "tint")
    assert unknown.training is None
    assert any("its training data are unknown" in note for note in unknown.notes)


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda images: images.astype(np.float32), "float32"),
        (lambda images: images[:-1], "must return uint8"),
        (lambda images: images[:, :, ::2], "must return uint8"),
        (lambda images: images.transpose(0, 2, 3, 1), "must return uint8"),
        (lambda images: None, "NoneType; colorize"),
    ],
)
def test_a_method_that_returns_anything_else_is_named(
    tiny_dataset: Dataset, runs: Path, monkeypatch: pytest.MonkeyPatch, spoil: Callable[..., object], message: str
) -> None:
    class Spoilt(Tint):
        def colorize(self, *arguments: object) -> object:  # type: ignore[override]
            return spoil(super().colorize(*arguments))  # type: ignore[arg-type]

    register(monkeypatch, "spoilt", Spoilt())
    write_training_run(runs, "spoilt", "a")
    with pytest.raises(AnibenchError, match=f"^spoilt.a returned .*{message}"):
        run(open_evaluation(tiny_dataset, runs), "spoilt")


def test_too_little_memory_points_to_the_batch(
    tiny_dataset: Dataset, runs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Hungry:
        def colorize(self, *_: object) -> None:
            raise MemoryError

    register(monkeypatch, "hungry", Hungry())
    write_training_run(runs, "hungry", "a")
    with pytest.raises(AnibenchError, match="smaller --batch"):
        run(open_evaluation(tiny_dataset, runs), "hungry")


def test_one_entry_that_fails_does_not_stop_the_others(tiny_dataset: Dataset, runs: Path, tint: Tint) -> None:
    write_training_run(runs, "tint", "a", ids=tiny_dataset.ids("test"))
    write_training_run(runs, "tint", "b")
    entries: list[Entry] = find_entries([], None, runs)[0]
    assert [entry.label for entry in entries] == ["tint.a", "tint.b", *method_names("floor")]
    cards, failures = evaluate_all(open_evaluation(tiny_dataset, runs), entries)
    assert [card.label for card in cards] == ["tint.b", *method_names("floor")]
    assert len(failures) == 1
    assert failures[0].startswith("tint.a: ")


def test_scoring_a_folder_gives_what_evaluating_gave(tiny_dataset: Dataset, runs: Path, tint: Tint) -> None:
    evaluation = open_evaluation(tiny_dataset, runs)
    painted = run(evaluation, "tint")
    card = score_folder(evaluation, evaluation.folder("tint.a") / "outputs", "other-tool-v1")
    assert (card.label, card.method, card.kind) == ("other-tool-v1", "other-tool-v1", "external")
    assert card.images == painted.images
    assert card.outputs == painted.outputs
    assert card.cost is None
    assert pictures(evaluation, "other-tool-v1") == pictures(evaluation, "tint.a")
    config = read_json(evaluation.folder("other-tool-v1") / "config.json")
    assert config["source"] == str(evaluation.folder("tint.a") / "outputs")


def test_a_folder_that_is_not_complete_is_refused_with_names(tiny_dataset: Dataset, runs: Path, tmp_path: Path) -> None:
    evaluation = open_evaluation(tiny_dataset, runs)
    ids, source = tiny_dataset.ids("test"), tmp_path / "made"
    for name in [*ids[1:], "stranger"]:
        write_png(source / f"{name}.png", tiny_dataset.color(ids[1]))
    (source / "notes.txt").write_text("not a picture")
    with pytest.raises(AnibenchError, match=rf"1 missing: {ids[0]}.png; 1 not in this split: stranger.png"):
        score_folder(evaluation, source, "made")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda image: image[..., 0], "is grey, 8 bit"),
        (lambda image: np.dstack([image, image[..., :1]]), "is 4 channels, 8 bit"),
        (lambda image: image.astype(np.uint16) * 257, "is 3 channels, 16 bit"),
        (lambda image: image[:128], "is 256 x 128, not 256 x 256"),
        (lambda image: None, "not a picture"),
    ],
)
def test_pictures_of_another_mode_or_size_are_refused(
    tiny_dataset: Dataset, runs: Path, tmp_path: Path, change: Callable[..., np.ndarray | None], message: str
) -> None:
    import cv2

    ids, source = tiny_dataset.ids("test"), tmp_path / "made"
    source.mkdir()
    for name in ids:
        write_png(source / f"{name}.png", tiny_dataset.color(name))
    changed = change(tiny_dataset.color(ids[2]))
    content = b"<html>" if changed is None else cv2.imencode(".png", changed)[1].tobytes()
    (source / f"{ids[2]}.png").write_bytes(content)
    with pytest.raises(AnibenchError, match=rf"{ids[2]}.png .*{message}|{ids[2]}.png {message}"):
        score_folder(open_evaluation(tiny_dataset, runs), source, "made")


def test_a_name_that_is_taken_is_refused_either_way(tiny_dataset: Dataset, runs: Path) -> None:
    evaluation = open_evaluation(tiny_dataset, runs)
    run(evaluation, "line-only")
    outputs = evaluation.folder("line-only") / "outputs"
    with pytest.raises(AnibenchError, match="holds a run of `anibench eval`"):
        score_folder(evaluation, outputs, "line-only")
    score_folder(evaluation, outputs, "copy-reference")
    with pytest.raises(AnibenchError, match="holds a run of `anibench score`"):
        run(evaluation, "copy-reference")


def test_a_split_without_pictures_is_refused(make_dataset: Callable[..., Dataset], tmp_path: Path, runs: Path) -> None:
    with pytest.raises(AnibenchError, match="no pictures in its test split"):
        open_evaluation(make_dataset(tmp_path / "none", train=1, test=0), runs)


@pytest.mark.parametrize("name", ["m:1", "m/1", "..", ".", "", "../../esc", "a" * 151])
def test_a_name_that_would_be_changed_is_refused(tiny_dataset: Dataset, tmp_path: Path, name: str) -> None:
    (tmp_path / "pictures").mkdir()
    common = ["--data", str(tiny_dataset.root), "--runs", str(tmp_path / "runs"), "--name", name]
    for command in (["score", str(tmp_path / "pictures"), "--protocol", "self-ref"], ["train", "scft"]):
        result = CliRunner().invoke(anibench.main, [*command, *common])
        assert result.exit_code == 1
        assert "cannot name a folder" in result.output
    assert not (tmp_path / "runs").exists()


def test_pictures_of_another_folder_never_replace_scores(tiny_dataset: Dataset, tmp_path: Path) -> None:
    for name, level in (("one", 10), ("two", 200)):
        for sample in tiny_dataset.ids("test"):
            write_png(tmp_path / name / f"{sample}.png", np.full((256, 256, 3), level, np.uint8))
    common = ["--data", str(tiny_dataset.root), "--runs", str(tmp_path / "runs"), "--protocol", "self-ref"]
    common += ["--name", "m", "--set", "resamples=99"]
    for folder, code in (("one", 0), ("one", 0), ("two", 1)):
        result = CliRunner().invoke(anibench.main, ["score", str(tmp_path / folder), *common])
        assert result.exit_code == code, result.output
    assert "holds the scores of the pictures in" in result.output


def test_a_forged_evaluation_is_scored_again_and_not_reused(tiny_dataset: Dataset, tmp_path: Path) -> None:
    runs = tmp_path / "runs"
    evaluate(tiny_dataset, runs, "self-ref", names=("line-only",))
    folder = runs / "eval/self-ref-v1/line-only"
    honest = read_card(folder)
    for both in (False, True):
        card, scores = read_json(folder / "scorecard.json"), read_scores(folder)
        card["images"]["psnr"] |= {key: card["images"]["psnr"][key] + 9 for key in ("mean", "low", "high")}
        write_json(folder / "scorecard.json", card)
        if both:
            scores.assign(psnr=scores["psnr"] + 9).to_parquet(folder / "scores.parquet", index=False)
        evaluate(tiny_dataset, runs, "self-ref", names=("line-only",))
        assert read_card(folder).images["psnr"] == honest.images["psnr"]
