"""The items of a user study (section 4.6): blinded pictures, a Latin square over methods, checks and repeated items.

Every participant rates each pair once and each method equally often. In group g of m methods, pair i is shown as
painted by method (i + g) mod m, so that over m participants each picture is rated equally often. Choices between two
methods follow all ratings, so that no rating depends on a comparison.
"""

import random
import secrets
from collections.abc import Sequence
from itertools import combinations
from typing import Literal

from pydantic import Field

from benchmark.core.config import Config
from benchmark.core.errors import AnibenchError
from benchmark.core.seeds import derive_seed

QUESTIONS = {
    "consistency": "How well do the colours agree with the reference?",
    "correspondence": "Does each part have the colour of the same part of the reference (hair, eyes, skin, clothes)?",
}
WORST, BEST = 1, 5
PREFERENCE = "preference"  # the question of a choice; its answer is 1 or 2, the place of the chosen picture
CHOICE = {PREFERENCE: "Which picture is better painted in the colours of the reference?"}
Kind = Literal["rating", "check", "repeat", "choice"]


class Item(Config):
    """One item of the study, with the facts that only the key contains."""

    token: str  # names the picture; random
    kind: Kind
    method: str = ""
    pair: str = ""  # name of the pair's picture
    expected: dict[str, int] = Field(default_factory=dict)  # question -> answer, of a check
    rival: str = ""  # method of the second picture, of a choice
    rival_token: str = ""


class Slot(Config):
    """The items of one participant, in the order of the page."""

    items: tuple[Item, ...]


class Key(Config):
    """The methods of the blinded pictures. Only the experimenter has it."""

    study: str  # id of the study
    protocol: str
    methods: tuple[str, ...]
    pairs: tuple[str, ...]
    slots: tuple[Slot, ...]
    seed: int


def make_key(
    protocol: str, methods: Sequence[str], pairs: Sequence[str], participants: int, seed: int, checks: int,
    repeats: int, choices: int = 0,
) -> Key:  # fmt: skip
    """Design a study. The order of items depends on `seed`; the tokens are random, so they cannot be computed.

    `repeats` items are shown twice, in the second half; `checks` items ask for given answers; `choices` items at the
    end show two methods on one pair each. Raises AnibenchError for more choices than pairs.
    """
    if choices > len(pairs):
        raise AnibenchError(f"a participant chooses once for each drawing; {choices} choices need as many --pairs")
    tokens = {(method, pair): secrets.token_hex(8) for method in methods for pair in pairs}
    order = list(methods)
    random.Random(derive_seed(seed, "methods")).shuffle(order)
    slots = []
    for participant in range(participants):
        chance = random.Random(derive_seed(seed, "participant", participant))
        shown = [(order[(place + participant) % len(order)], pair) for place, pair in enumerate(pairs)]
        items = [Item(token=tokens[each], kind="rating", method=each[0], pair=each[1]) for each in shown]
        chance.shuffle(items)
        half = len(items) // 2
        again = [item.model_copy(update={"kind": "repeat"}) for item in chance.sample(items[:half], min(repeats, half))]
        for item in [*again, *(_check(chance) for _ in range(checks))]:
            items.insert(chance.randint(half + 1, len(items)), item)
        items += _choices(tokens, order, chance.sample(pairs, choices), participant, chance)
        slots.append(Slot(items=tuple(items)))
    return Key(
        study=secrets.token_hex(8), protocol=protocol, methods=tuple(methods), pairs=tuple(pairs), slots=tuple(slots),
        seed=seed,
    )  # fmt: skip


def _check(chance: random.Random) -> Item:
    expected = {question: chance.choice((WORST, BEST)) for question in QUESTIONS}
    return Item(token=secrets.token_hex(8), kind="check", expected=expected)


def _choices(
    tokens: dict[tuple[str, str], str], methods: Sequence[str], pairs: Sequence[str], participant: int,
    chance: random.Random,
) -> list[Item]:  # fmt: skip
    """A choice for each of `pairs`. Pairs of methods take turns, and in each turn their places are exchanged."""
    contests = list(combinations(methods, 2))
    items = []
    for place, pair in enumerate(pairs, participant):
        turn, contest = divmod(place, len(contests))
        first, second = contests[contest][:: -1 if turn % 2 else 1]
        items.append(
            Item(
                token=tokens[first, pair], kind="choice", method=first, pair=pair, rival=second,
                rival_token=tokens[second, pair],
            )
        )  # fmt: skip
    chance.shuffle(items)
    return items
