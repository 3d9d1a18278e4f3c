"""Answers to a study, as its page saves them."""

from pathlib import Path
from typing import Any

from reports.study.answers import read_key
from reports.study.design import QUESTIONS


def answers_of(study: Path, participant: int) -> dict[str, Any]:
    """What a participant who always rates 4 and passes the checks would save."""
    key = read_key(study / "key.json")
    items = key.slots[participant - 1].items
    given = [{"token": each.token, "ratings": each.expected or dict.fromkeys(QUESTIONS, 4)} for each in items]
    return {"study": key.study, "participant": participant, "answers": [each | {"milliseconds": 5} for each in given]}
