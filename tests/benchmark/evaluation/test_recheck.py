"""Saved pictures scored again: equal scores, changed scores and changed pictures."""

from dataclasses import replace
from pathlib import Path

import pytest
from evaluating import evaluate

from benchmark.core.files import write_png
from benchmark.core.runs import read_record
from benchmark.data.dataset import Dataset
from benchmark.evaluation.recheck import score_problems
from benchmark.results.consistency import Evaluated, read_evaluated
from benchmark.scoring.outputs import output_path


@pytest.fixture
def evaluated(tiny_dataset: Dataset, tmp_path: Path, no_weights: None) -> Evaluated:
    evaluate(tiny_dataset, tmp_path / "runs", "self-ref", names=("line-only",))
    folder = tmp_path / "runs/eval/self-ref-v1/line-only"
    return read_evaluated(folder, read_record(folder))


def test_changed_scores_are_named_with_their_number(evaluated: Evaluated, tiny_dataset: Dataset) -> None:
    assert score_problems(evaluated, tiny_dataset) == score_problems(evaluated, tiny_dataset, 2) == []
    scores = evaluated.scores.copy()
    scores.loc[[1, 3], "psnr"] += 0.1
    found = score_problems(replace(evaluated, scores=scores), tiny_dataset)
    assert found == ["2 of 5 pictures, scored again, have another psnr than in scores.parquet"]


def test_a_changed_picture_is_found(evaluated: Evaluated, tiny_dataset: Dataset) -> None:
    sample = str(evaluated.scores["sample"][2])
    write_png(output_path(evaluated.folder, sample), tiny_dataset.color(sample))
    assert score_problems(evaluated, tiny_dataset) == ["its pictures were changed after they were scored"]


def test_a_column_that_can_be_computed_may_not_be_missing(evaluated: Evaluated, tiny_dataset: Dataset) -> None:
    found = score_problems(replace(evaluated, scores=evaluated.scores.drop(columns="line-f1")), tiny_dataset)
    assert found == ["scores.parquet lacks line-f1, which can be computed; run anibench rescore"]
