"""`anibench study` from the page to the analysis, and what it tells about failed checks."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from evaluating import evaluate
from reporting import call
from studies import Participant, answers_of, expected_rating

from benchmark.core.files import write_json
from reports.study.analysis import analyze
from reports.study.answers import read_key
from reports.study.choices import analyze_choices
from reports.study.design import QUESTIONS

MEANS = {"copy-reference": 3.1, "line-only": 2.4, "mean-colour": 3.9}  # of the ratings


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
    assert (study / "study-figures" / "study-ratings.png").read_bytes().startswith(b"\x89PNG")
    code, _, err = call("study", "analyze", study / "r.csv", "--out", study / "study.html", "--difference", "0.3")
    assert (code, err) == (0, "")
    assert "participants for 0.3" in (study / "study.html").read_text()


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory, make_dataset: Callable[..., Any]) -> Path:
    """A study of three methods on six drawings for twenty participants, with choices."""
    folder = tmp_path_factory.mktemp("large")
    evaluate(make_dataset(folder / "faces", test=6), folder / "runs", "random-ref", names=tuple(MEANS))
    numbers = ["--pairs", "6", "--checks", "1", "--repeats", "1", "--choices", "6"]
    where = ["--runs", folder / "runs", "--out", folder / "study", "--key", folder / "key.json"]
    assert call("study", "make", "--protocol", "random-ref", *numbers, *where)[0] == 0
    return folder


def test_twenty_participants_with_known_preferences_answer_in_a_browser(
    large: Path, open_page: Callable[..., Any]
) -> None:
    """By keys alone, every second one on a phone. Of nine 95 % intervals, at most two may miss."""
    key = read_key(large / "key.json")
    page = open_page((large / "study" / "index.html").as_uri())
    files = []
    for number, slot in enumerate(key.slots, 1):
        page.set_viewport_size({"width": 360 if number % 2 else 1400, "height": 900})
        page.reload()
        page.focus("#number")
        page.keyboard.type(str(number))
        page.keyboard.press("Tab")
        page.keyboard.press("Space")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        person = Participant(number, 0, MEANS)
        for item in slot.items:
            if item.kind == "choice":
                assert page.get_attribute("#painted", "src") == f"pictures/{item.token}-painted.png"
                assert page.get_attribute("#rival", "src") == f"pictures/{item.rival_token}-painted.png"
                page.keyboard.press(str(person.choice(item.method, item.rival)))
            else:
                for question in QUESTIONS:
                    page.keyboard.press(str(item.expected.get(question) or person.rating(item.method)))
            assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]
            page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        with page.expect_download() as download:
            page.keyboard.press("Enter")
        files.append(large / f"{number}.json")
        download.value.save_as(files[-1])
    code, _, err = call("study", "collect", *files, "--key", large / "key.json", "--out", large / "r.csv")
    assert (code, err) == (0, "")
    ratings = pd.read_csv(large / "r.csv", keep_default_na=False)
    assert ratings["participant"].nunique() == 20
    inside = []
    for question in QUESTIONS:
        found = analyze(ratings, question)
        assert all(each.p < 0.05 for each in found.differences)
        assert sorted(found.means, key=lambda name: found.means[name]) == sorted(MEANS, key=lambda name: MEANS[name])
        inside += [low < expected_rating(MEANS[name]) < high for name, (_, low, high) in found.means.items()]
    choices = analyze_choices(ratings)
    assert choices.choices == 120
    middle = sum(MEANS.values()) / 3
    inside += [low < MEANS[name] - middle < high for name, (_, low, high) in choices.strengths.items()]
    assert sum(inside) >= 7
    code, _, err = call("study", "analyze", large / "r.csv", "--out", large / "study.md")
    assert (code, err) == (0, "")
    text = (large / "study.md").read_text()
    assert "20 participants chose 120 times" in text
    assert text.index("mean-colour") < text.index("copy-reference") < text.index("line-only")


def test_more_choices_than_drawings_are_refused(evaluated: Path, tmp_path: Path) -> None:
    where = ["--runs", evaluated, "--out", tmp_path / "study", "--key", tmp_path / "key.json"]
    code, _, err = call("study", "make", "--protocol", "random-ref", "--pairs", "4", "--choices", "5", *where)
    assert code == 1
    assert "5 choices need as many --pairs" in err
    assert not (tmp_path / "study").exists()


def test_the_number_of_participants_for_a_wanted_difference_is_printed() -> None:
    small, large = (call("study", "power", "--difference", each, "--spread", 0.8)[1] for each in ("0.2", "0.4"))
    assert (small, large) == ("132 participants\n", "33 participants\n")
    assert call("study", "power", "--difference", "0", "--spread", 1)[0] == 2


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
    assert call(*analyze)[0] == 0
    assert "3 participants rated" in (study / "study.md").read_text()
    assert "1 more failed an attention check and were excluded" in (study / "study.md").read_text()
    assert call(*analyze, "--keep-failed")[0] == 0
    assert "4 participants rated" in (study / "study.md").read_text()
    assert "excluded" not in (study / "study.md").read_text()
