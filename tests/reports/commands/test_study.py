"""`anibench study` from the page to the analysis, and what it tells about failed checks."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
from reporting import call
from studies import answers_of

from benchmark.core.files import write_json
from reports.study.answers import read_key
from reports.study.design import QUESTIONS


def test_participants_rate_in_a_browser_and_are_collected(study: Path, open_page: Callable[..., Any]) -> None:
    key = read_key(study / "key.json")
    page = open_page((study / "study" / "index.html").as_uri(), width=360)
    page.click("#begin")
    assert "from 1 to 3" in page.inner_text("#problem")
    page.fill("#number", "2")
    page.click("#begin")
    assert "agree" in page.inner_text("#problem")
    page.check("#consent")
    page.click("#begin")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    for place, item in enumerate(key.slots[1].items):
        if place == 2:  # a reload continues where the participant was
            page.reload()
            page.fill("#number", "2")
            page.check("#consent")
            page.click("#begin")
        wanted = item.expected or {"consistency": 5 if item.method == "tint.a" else 2, "correspondence": 3}
        for question in QUESTIONS:
            page.keyboard.press(str(wanted[question]))
        page.keyboard.press("Enter")
    with page.expect_download() as download:
        page.click("#save")
    download.value.save_as(study / "2.json")
    for participant in (1, 3):
        write_json(study / f"{participant}.json", answers_of(study, participant))
    files = [study / f"{number}.json" for number in (1, 2, 3)]
    code, out, err = call("study", "collect", *files, "--key", study / "key.json", "--out", study / "r.csv")
    assert (code, err) == (0, "")
    assert "30 ratings of 3 participants" in out
    ratings = pd.read_csv(study / "r.csv")
    own = ratings[(ratings["participant"] == 2) & (ratings["question"] == "consistency")]
    assert own.groupby("method")["rating"].mean().to_dict() == {"tint.a": 5, "copy-reference": 2}
    assert (own["milliseconds"] > 0).all()
    code, out, err = call("study", "analyze", study / "r.csv", "--out", study / "study.md")
    assert (code, err) == (0, "")
    text = (study / "study.md").read_text()
    assert "3 participants rated 2 methods on 4 drawings" in text
    assert (study / "study-ratings.png").read_bytes().startswith(b"\x89PNG")


def test_a_failed_check_leaves_a_participant_out(study: Path) -> None:
    for number in (1, 2, 3):
        answers = answers_of(study, number)
        if number == 3:
            for answer, item in zip(answers["answers"], read_key(study / "key.json").slots[2].items, strict=True):
                answer["ratings"] = dict.fromkeys(QUESTIONS, 3) if item.kind == "check" else answer["ratings"]
        write_json(study / f"{number}.json", answers)
    files = [study / f"{number}.json" for number in (1, 2, 3)]
    command = ["study", "collect", *files, "--key", study / "key.json", "--out", study / "r.csv"]
    _, out, err = call(*command)
    assert "participant 3 failed 1 attention checks; analyze leaves this participant out" in err
    assert "of 3 participants" in out
    ratings = pd.read_csv(study / "r.csv")
    fourth = ratings[ratings["participant"] == 1].assign(participant=4)  # a test needs three participants
    pd.concat([ratings, fourth]).to_csv(study / "r.csv", index=False)
    analyze = ["study", "analyze", study / "r.csv", "--out", study / "study.md"]
    assert "3 participants" in call(*analyze)[1]
    assert "1 more failed an attention check and were excluded" in (study / "study.md").read_text()
    assert "4 participants" in call(*analyze, "--keep-failed")[1]
    assert "excluded" not in (study / "study.md").read_text()
