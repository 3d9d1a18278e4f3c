"""Answer files: what is refused."""

import json
from pathlib import Path
from typing import Any

import pytest
from reporting import call
from studies import answers_of

from benchmark.core.files import write_json


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"study": "0" * 16}, "belongs to the study"),
        ({"participant": 9}, "is of participant 9; the study has 3"),
        ({"participant": 2}, "do not fit"),
        ({"answers": []}, "0 answers that do not fit"),
        ({"extra": 1}, "is not an answer file"),
    ],
)
def test_answers_that_do_not_fit_are_refused(study: Path, change: dict[str, Any], told: str) -> None:
    write_json(study / "1.json", answers_of(study, 1) | change)
    code, _, err = call("study", "collect", study / "1.json", "--key", study / "key.json", "--out", study / "r.csv")
    assert code == 1
    assert told in err
    assert not (study / "r.csv").exists()


def test_ratings_outside_the_scale_and_second_files_are_refused(study: Path) -> None:
    answers = answers_of(study, 1)
    write_json(study / "1.json", answers)
    write_json(study / "again.json", answers)
    where = ["--key", study / "key.json", "--out", study / "r.csv"]
    assert "are of one participant" in call("study", "collect", study / "1.json", study / "again.json", *where)[2]
    answers["answers"][0]["ratings"]["consistency"] = 6
    (study / "1.json").write_text(json.dumps(answers))
    assert "not from 1 to 5" in call("study", "collect", study / "1.json", *where)[2]
