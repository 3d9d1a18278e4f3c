"""Checks of submissions: what is missing or wrong is named."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from reporting import call

from benchmark.core.files import read_json, write_json, write_text
from benchmark.data.dataset import Dataset
from reports.board.submission import TEMPLATE, check_submission

pytestmark = pytest.mark.usefixtures("no_weights")


TINT = "eval/self-ref-v1/tint.a"


def test_numbers_of_sets_are_said_to_be_unchecked(submission: Path) -> None:
    card = submission / "eval/random-ref-v2/tint.a/scorecard.json"
    content = read_json(card)
    content["sets"]["fid"] |= {"value": 1.0, "reason": None}
    write_json(card, content)
    notes = [finding.what for finding in check_submission(submission) if finding.status == "note"]
    assert any(note.startswith("fid: not recomputed") for note in notes)


def spoil(folder: Path) -> dict[str, Callable[[], object]]:
    """What is wrong -> how it came to be."""
    run = folder / TINT

    def change_pair() -> None:
        scores = pd.read_parquet(run / "scores.parquet")
        scores.assign(seed=scores["seed"] // 2).to_parquet(run / "scores.parquet", index=False)

    def swap_pictures() -> None:
        first, second, *_ = sorted((run / "outputs").iterdir())
        first.write_bytes(second.read_bytes())

    return {
        "submission.toml is missing": lambda: (folder / "submission.toml").unlink(),
        "code: String should match": lambda: write_text(
            folder / "submission.toml", TEMPLATE.replace("https://example.org/my-method", "javascript:alert(1)")
        ),
        "saw_test_pictures is true": lambda: write_text(folder / "submission.toml", TEMPLATE.replace("false", "true")),
        "extra: is not known": lambda: write_text(folder / "submission.toml", TEMPLATE + "extra = 1\n"),
        "cannot be read": lambda: next((run / "outputs").iterdir()).unlink(),
        "were changed after they were scored": swap_pictures,
        "the pairs in scores.parquet": change_pair,
        "scorecard.json is missing": lambda: (run / "scorecard.json").unlink(),
    }


@pytest.mark.parametrize("problem", spoil(Path()))
def test_what_is_missing_or_wrong_is_named_and_fails(submission: Path, problem: str) -> None:
    spoil(submission)[problem]()
    code, text, _ = call("submit", "--check", submission)
    assert code == 1
    assert problem in text


def test_a_submission_scored_on_other_data_is_wrong(
    submission: Path, make_dataset: Callable[..., Dataset], tmp_path: Path
) -> None:
    make_dataset(tmp_path / "more", seed=7)
    found = check_submission(submission, tmp_path / "more")
    assert sum("other data" in finding.what for finding in found) == 2
