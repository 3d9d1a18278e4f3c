"""Answers to a study: as its page saves them, and of simulated participants with known preferences."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from reports.study.answers import COLUMNS, read_key
from reports.study.design import PREFERENCE, QUESTIONS, Item, make_key

TRUE = {"a": 3.9, "b": 3.1, "c": 2.4}  # mean rating of each method


def answers_of(study: Path, participant: int) -> dict[str, Any]:
    """What a participant would save who always rates 4, always takes picture 1 and passes the checks."""
    key = read_key(study / "key.json")
    items = key.slots[participant - 1].items
    given = [{"token": each.token, "ratings": _given(each), "milliseconds": 5} for each in items]
    return {"study": key.study, "participant": participant, "answers": given}


def _given(item: Item) -> dict[str, int]:
    return {PREFERENCE: 1} if item.kind == "choice" else item.expected or dict.fromkeys(QUESTIONS, 4)


class Participant:
    """A person who differs from others in strictness and in the view of each method, and answers at random."""

    def __init__(self, number: int, seed: int, means: dict[str, float]) -> None:
        self.chance = np.random.default_rng((number, seed))
        strict = self.chance.normal(0, 0.3)
        self.view = {name: mean + strict + self.chance.normal(0, 0.2) for name, mean in means.items()}

    def rating(self, method: str) -> int:
        """From 1 to 5."""
        return int(np.clip(np.rint(self.view[method] + self.chance.normal(0, 0.8)), 1, 5))

    def choice(self, first: str, second: str) -> int:
        """1 or 2, by the model of Bradley and Terry with the views as strengths."""
        return 1 if self.chance.random() < 1 / (1 + np.exp(self.view[second] - self.view[first])) else 2


def expected_rating(mean: float) -> float:
    """The mean rating of a method over participants: ratings are rounded, and none is below 1 or above 5."""
    edges = (np.arange(1, 5) + 0.5 - mean) / np.hypot(np.hypot(0.3, 0.2), 0.8)
    return float(1 + stats.norm.sf(edges).sum())


def simulated(
    participants: int = 20, seed: int = 0, means: dict[str, float] = TRUE, choices: int = 0, pairs: int = 24
) -> pd.DataFrame:
    """Ratings and choices by the design of the study, as `anibench study collect` gives them."""
    names = [f"p{number}" for number in range(pairs)]
    key = make_key("p", tuple(means), names, participants, seed, 0, 2, choices)
    rows: list[tuple[object, ...]] = []
    for who, slot in enumerate(key.slots, 1):
        person = Participant(who, seed, means)
        for item in slot.items:
            if item.kind == "choice":
                place = person.choice(item.method, item.rival)
                shown = (item.method, item.rival)[:: 1 if place == 1 else -1]
                rows.append((who, *shown, item.pair, item.kind, PREFERENCE, place, 900, 0))
            else:
                rows += [
                    (who, item.method, "", item.pair, item.kind, question, person.rating(item.method), 900, 0)
                    for question in QUESTIONS
                ]
    return pd.DataFrame(rows, columns=list(COLUMNS))
