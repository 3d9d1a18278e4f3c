"""Score cards: means that are never infinite, and files that say what is wrong with them."""

import math
from pathlib import Path

import pandas as pd
import pytest

from benchmark.core.errors import AnibenchError
from benchmark.core.files import read_json, write_json
from benchmark.results.scorecard import (
    FORMAT,
    DataFacts,
    ScoreCard,
    SetScore,
    mean_score,
    read_card,
    read_scores,
    write_card,
)


def test_identical_pictures_are_counted_and_stay_in_the_mean() -> None:
    score = mean_score([1.0, 0.5], identical=1, seed=0)
    assert (score.mean, score.n, score.identical) == (0.75, 2, 1)


def test_one_picture_has_a_mean_without_an_interval() -> None:
    score = mean_score([7.0], identical=0, seed=0)
    assert (score.mean, score.low, score.high, score.n) == (7.0, None, None, 1)


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_values_that_are_not_finite_are_refused(value: float) -> None:
    with pytest.raises(ValueError, match="finite values"):
        mean_score([1.0, value], 1, seed=0)


def card() -> ScoreCard:
    return ScoreCard(
        format=FORMAT, label="m", method="m", kind="external", checkpoint=None,
        data=DataFacts(name="d", fingerprint="f", counts={"test": 2}, source="s"),
        protocol="self-ref", version=1, n=2, pairs="p", outputs="o",
        images={"psnr": mean_score([100.0] * 2, 2, 0)},
        sets={"fid": SetScore(value=None, n=2, n_reference=2, extractor="e", mode="clean", sha256=None, reason="gone")},
        cost=None, training=None, notes=("a | note",),
    )  # fmt: skip


def fid_of(mode: str) -> SetScore:
    return card().sets["fid"].model_copy(update={"mode": mode})


def test_a_card_comes_back_as_it_was_written(tmp_path: Path) -> None:
    scores = pd.DataFrame({"sample": ["a", "b"], "psnr": [math.inf, 3.5]})
    write_card(tmp_path, card(), scores)
    assert read_card(tmp_path) == card()
    assert read_scores(tmp_path)["psnr"].tolist() == [100, 3.5], "earlier versions wrote infinity"
    assert card().protocol_label == "self-ref-v1"


def test_a_card_of_an_earlier_format_lacks_the_metrics_defined_otherwise_since(tmp_path: Path) -> None:
    score = mean_score([0.5, 0.5], 0, 0)
    both = {"psnr": score, "copy-score": score}
    earlier = card().model_copy(update={"format": 2, "images": both, "slices": {"eyes": both}})
    write_card(tmp_path, earlier, pd.DataFrame({"sample": ["a"], "psnr": [0.5], "copy-score": [0.5]}))
    read = read_card(tmp_path)
    assert (list(read.images), list(read.slices["eyes"])) == (["psnr"], ["psnr"])
    assert list(read_scores(tmp_path, read.format)) == ["sample", "psnr"]
    write_card(tmp_path, earlier.model_copy(update={"format": FORMAT}), pd.DataFrame({"copy-score": [0.5]}))
    assert list(read_card(tmp_path).images) == ["psnr", "copy-score"]
    assert list(read_scores(tmp_path)) == ["copy-score"]


def test_a_damaged_or_unfamiliar_card_is_named(tmp_path: Path) -> None:
    with pytest.raises(AnibenchError, match=r"scorecard.json is missing"):
        read_card(tmp_path)
    write_card(tmp_path, card(), pd.DataFrame({"sample": []}))
    content = read_json(tmp_path / "scorecard.json")
    for bad in (content | {"format": FORMAT + 1}, content | {"surprise": 1}, [content]):
        write_json(tmp_path / "scorecard.json", bad)
        with pytest.raises(AnibenchError, match=r"scorecard.json is not a score card"):
            read_card(tmp_path)
    (tmp_path / "scores.parquet").write_bytes(b"PAR1")
    with pytest.raises(AnibenchError, match=r"scores.parquet cannot be read"):
        read_scores(tmp_path)


def test_rows_of_one_table_share_protocol_data_pairs_and_fid_mode() -> None:
    own, fid = card(), card().sets["fid"]
    other = own.model_copy(update={"label": "n", "outputs": "q", "sets": {"fid": fid, "dino": fid_of("dinov2-224")}})
    assert own.table_key == other.table_key
    for update in (
        {"version": 2},
        {"pairs": "q"},
        {"data": own.data.model_copy(update={"fingerprint": "g"})},
        {"sets": {"fid": fid_of("legacy_pytorch")}},
    ):
        assert own.model_copy(update=update).table_key != own.table_key
