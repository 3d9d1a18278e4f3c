"""Evaluation from end to end: what is painted, saved, scored, continued, reused and refused."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from evaluating import evaluate, open_evaluation, run_entry, said
from toys import Tint, register, write_training_run

from benchmark.core.errors import AnibenchError
from benchmark.core.files import read_json, read_rgb, write_json, write_png
from benchmark.core.runs import read_record
from benchmark.data.dataset import Dataset
from benchmark.evaluation.entries import Entry, find_entries
from benchmark.evaluation.evaluate import evaluate_all, score_folder
from benchmark.methods.interface import method_names
from benchmark.results.scorecard import read_card, read_scores
from benchmark.scoring.outputs import output_path

pytestmark = pytest.mark.usefixtures("no_weights")


def test_floors_are_scored_by_every_protocol(tiny_dataset: Dataset, runs: Path) -> None:
    beside = {"line-f1", "palette-distance", "eye-delta-e", "bleeding", "memorised"}
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
    card = run_entry(evaluation, "copy-reference")
    psnr = card.images["psnr"]
    assert (psnr.mean, psnr.identical, psnr.n, psnr.reason) == (100, 5, 5, None)
    assert card.images["ms-ssim"].mean == pytest.approx(1)
    scores = read_scores(evaluation.folder("copy-reference"))
    assert (scores["psnr"] == 100).all()
    assert scores["identical"].all()


def test_the_scores_are_those_of_the_saved_pictures(tiny_dataset: Dataset, runs: Path, tint: Tint) -> None:
    evaluation = open_evaluation(tiny_dataset, runs)
    card = run_entry(evaluation, "tint")
    scores = read_scores(evaluation.folder("tint.a"))
    for row in scores.itertuples():
        saved = read_rgb(output_path(evaluation.folder("tint.a"), str(row.sample))).astype(float)
        error = np.square(saved - tiny_dataset.color(str(row.sample))).mean()
        assert row.psnr == pytest.approx(10 * np.log10(255**2 / error))
    assert card.images["psnr"].mean == pytest.approx(scores["psnr"].mean())


def test_what_is_finished_and_unchanged_is_reused(
    tiny_dataset: Dataset, runs: Path, tint: Tint, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = run_entry(open_evaluation(tiny_dataset, runs), "tint")
    calls = register(monkeypatch, "tint", tint)
    evaluation = open_evaluation(tiny_dataset, runs, batch=3)
    assert run_entry(evaluation, "tint") == first
    assert not calls
    assert "finished and unchanged" in said(evaluation)


def test_other_settings_score_again_without_painting(tiny_dataset: Dataset, runs: Path, tint: Tint) -> None:
    first = run_entry(open_evaluation(tiny_dataset, runs), "tint")
    tint.batches.clear()
    second = run_entry(open_evaluation(tiny_dataset, runs, level=0.5), "tint")
    assert not tint.batches
    one, two = first.images["psnr"], second.images["psnr"]
    assert one.mean == two.mean
    assert one.low is not None
    assert two.low is not None
    assert one.low < two.low


def test_a_picture_changed_after_scoring_is_painted_again(tiny_dataset: Dataset, runs: Path, tint: Tint) -> None:
    first = run_entry(open_evaluation(tiny_dataset, runs), "tint")
    evaluation = open_evaluation(tiny_dataset, runs)
    victim = output_path(evaluation.folder("tint.a"), evaluation.pairs[3].sample)
    original = victim.read_bytes()
    write_png(victim, tiny_dataset.color(evaluation.pairs[3].sample))
    second = run_entry(evaluation, "tint")
    assert "1 pictures were changed" in said(evaluation)
    assert victim.read_bytes() == original
    assert second.images == first.images


def test_a_checkpoint_that_saw_the_test_split_is_refused(tiny_dataset: Dataset, runs: Path, tint: Tint) -> None:
    seen = [*tiny_dataset.ids("train"), tiny_dataset.ids("test")[2]]
    write_training_run(runs, "tint", "a", ids=seen)
    with pytest.raises(AnibenchError, match=rf"trained on 1 pictures of the test split .*\({seen[-1]}\)"):
        run_entry(open_evaluation(tiny_dataset, runs), "tint")
    assert not tint.batches
    write_training_run(runs, "tint", "a", ids=tiny_dataset.ids("train"), validation_ids=seen[-1:])
    with pytest.raises(AnibenchError, match="validated on 1 pictures of the test split"):
        run_entry(open_evaluation(tiny_dataset, runs), "tint")
    write_training_run(runs, "tint", "a", ids=tiny_dataset.ids("train"))
    assert run_entry(open_evaluation(tiny_dataset, runs), "tint").n == 5


def test_a_card_says_what_the_weights_were_trained_on(tiny_dataset: Dataset, runs: Path, tint: Tint) -> None:
    write_training_run(runs, "tint", "a", ids=tiny_dataset.ids("train"), fingerprint=tiny_dataset.fingerprint)
    same = run_entry(open_evaluation(tiny_dataset, runs), "tint")
    assert same.training is not None
    assert (same.training.pictures, same.training.images_seen, same.training.seconds) == (6, 1234, 5.0)
    by_id = "its 6 training pictures were compared with the test pictures by id alone; its checkpoint has no sketches"
    assert same.notes == ("it tints", by_id)
    assert same.cost is not None
    assert same.cost.parameters == 3
    assert same.cost.seconds_per_image is not None
    assert same.cost.peak_memory is None or same.cost.peak_memory > 2**20
    write_training_run(runs, "tint", "a")
    other = run_entry(open_evaluation(tiny_dataset, runs), "tint")
    assert any("trained on other data: trained-on (ffff" in note for note in other.notes)
    write_training_run(runs, "tint", "a", ids=())
    unknown = run_entry(open_evaluation(tiny_dataset, runs), "tint")
    assert unknown.training is None
    assert any("its training data are unknown" in note for note in unknown.notes)


def test_one_entry_that_fails_does_not_stop_the_others(tiny_dataset: Dataset, runs: Path, tint: Tint) -> None:
    write_training_run(runs, "tint", "a", ids=tiny_dataset.ids("test"))
    write_training_run(runs, "tint", "b")
    entries: list[Entry] = find_entries([], None, runs)[0]
    assert [entry.label for entry in entries] == ["tint.a", "tint.b", *method_names("floor")]
    cards, failures = evaluate_all(open_evaluation(tiny_dataset, runs), entries)
    assert [card.label for card in cards] == ["tint.b", *method_names("floor")]
    assert len(failures) == 1
    assert failures[0].startswith("tint.a: ")


def test_a_name_that_is_taken_is_refused_either_way(tiny_dataset: Dataset, runs: Path, tint: Tint) -> None:
    evaluation = open_evaluation(tiny_dataset, runs)
    run_entry(evaluation, "tint")
    outputs = evaluation.folder("tint.a") / "outputs"
    with pytest.raises(AnibenchError, match="holds a run of `anibench eval`"):
        score_folder(evaluation, outputs, "tint.a")
    with pytest.raises(AnibenchError, match="--name line-only is the name of a method of anibench"):
        score_folder(evaluation, outputs, "line-only")
    warped = open_evaluation(tiny_dataset, runs, "self-ref-warped")
    score_folder(warped, outputs, "tint.a")
    with pytest.raises(AnibenchError, match="holds a run of `anibench score`"):
        run_entry(warped, "tint")


def test_a_split_without_pictures_is_refused(make_dataset: Callable[..., Dataset], tmp_path: Path, runs: Path) -> None:
    with pytest.raises(AnibenchError, match="no pictures in its test split"):
        open_evaluation(make_dataset(tmp_path / "none", train=1, test=0), runs)


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
