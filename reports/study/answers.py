"""The answers of participants: files of the page, checked against the key and de-blinded."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd
from pydantic import Field

from benchmark.core.config import Config, validated
from benchmark.core.errors import AnibenchError
from benchmark.core.files import read_json, read_regular
from reports.study.design import BEST, CHOICE, QUESTIONS, WORST, Item, Key

MAX_BYTES = 2**20  # of an answer file
COLUMNS = (  # of a choice: `method` was preferred to `rival`, and `rating` is its place, 1 or 2
    "participant", "method", "rival", "pair", "kind", "question", "rating", "milliseconds", "failed_checks",
)  # fmt: skip
WORDS = ("method", "rival", "pair", "kind", "question")  # columns of text, whatever numbers they look like


class Answer(Config):
    """What a participant answered on one page."""

    token: str
    ratings: dict[str, int]
    milliseconds: int = Field(ge=0)


class AnswerFile(Config):
    """The file that a participant saves."""

    study: str
    participant: int = Field(ge=1)
    answers: tuple[Answer, ...]


def read_key(path: Path) -> Key:
    """Read the key of a study; raises AnibenchError that names a damaged file."""
    return validated(Key, read_json(path), f"{path} is not the key of a study")


def collect_answers(files: Sequence[Path], key: Key) -> pd.DataFrame:
    """De-blind answer files: one row of `COLUMNS` for each rating.

    Raises AnibenchError for a file of another study, an unfinished one, or a second one.
    """
    rows: list[tuple[object, ...]] = []
    failed: dict[int, int] = {}  # participant -> failed checks
    seen: dict[int, Path] = {}
    for path in files:
        if len(read_regular(path)) > MAX_BYTES:
            raise AnibenchError(f"{path} has more than {MAX_BYTES} bytes and is not an answer file")
        answers = validated(AnswerFile, read_json(path), f"{path} is not an answer file")
        if answers.study != key.study:
            raise AnibenchError(f"{path} belongs to the study {answers.study}, the key to {key.study}")
        if answers.participant in seen:
            raise AnibenchError(f"{seen[answers.participant]} and {path} are of one participant; keep one of them")
        seen[answers.participant] = path
        items = _items(answers, key, path)
        for item, answer in zip(items, answers.answers, strict=True):
            if item.kind == "check":
                failed[answers.participant] = failed.get(answers.participant, 0) + (answer.ratings != item.expected)
                continue
            for question, rating in answer.ratings.items():
                methods = (item.method, item.rival)[:: -1 if item.kind == "choice" and rating == 2 else 1]
                who, time = answers.participant, answer.milliseconds
                rows.append((who, *methods, item.pair, item.kind, question, rating, time))
    if not rows:
        raise AnibenchError("there are no answers")
    ratings = pd.DataFrame(rows, columns=list(COLUMNS[:-1]))
    return ratings.assign(failed_checks=[failed.get(who, 0) for who in ratings["participant"]])


def read_ratings(path: Path) -> pd.DataFrame:
    """Read a table of `collect_answers`; raises AnibenchError for any other file."""
    try:
        ratings = pd.read_csv(path, keep_default_na=False, dtype=dict.fromkeys(WORDS, str))
    except ValueError as error:
        raise AnibenchError(f"{path} is not a table of ratings: {error}") from error
    if tuple(ratings.columns) != COLUMNS:
        raise AnibenchError(f"{path} is not a table of `anibench study collect` of this version; collect again")
    return ratings


def _items(answers: AnswerFile, key: Key, path: Path) -> tuple[Item, ...]:
    """The items that the participant was shown. Raises AnibenchError where the answers do not fit them."""
    if answers.participant > len(key.slots):
        raise AnibenchError(f"{path} is of participant {answers.participant}; the study has {len(key.slots)}")
    items = key.slots[answers.participant - 1].items
    if [answer.token for answer in answers.answers] != [item.token for item in items]:
        raise AnibenchError(f"{path} has {len(answers.answers)} answers that do not fit the {len(items)} items shown")
    for number, (item, answer) in enumerate(zip(items, answers.answers, strict=True), 1):
        asked, worst, best = (CHOICE, 1, 2) if item.kind == "choice" else (QUESTIONS, WORST, BEST)
        if set(answer.ratings) != set(asked) or not all(worst <= each <= best for each in answer.ratings.values()):
            raise AnibenchError(f"{path}: answer {number} is not complete, or not from {worst} to {best}")
    return items
