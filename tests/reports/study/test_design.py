"""The design of a study: balance, order, checks and repeated items."""

from collections import Counter

from reports.study.design import QUESTIONS, Key, make_key

METHODS, PAIRS = ("a", "b", "c"), tuple(f"p{number}" for number in range(9))


def design(seed: int = 0, participants: int = 6) -> Key:
    return make_key("random-ref-v2", METHODS, PAIRS, participants, seed, checks=2, repeats=2)


def test_each_participant_rates_each_pair_once_and_each_method_equally_often() -> None:
    for slot in design().slots:
        rated = [item for item in slot.items if item.kind == "rating"]
        assert sorted(item.pair for item in rated) == sorted(PAIRS)
        assert set(Counter(item.method for item in rated).values()) == {3}


def test_over_the_methods_each_picture_is_rated_equally_often() -> None:
    shown = Counter((item.method, item.pair) for slot in design().slots for item in slot.items if item.kind == "rating")
    assert len(shown) == 27
    assert set(shown.values()) == {2}


def test_repeated_items_come_after_their_first_showing_and_checks_have_answers() -> None:
    for slot in design().slots:
        tokens = [item.token for item in slot.items]
        repeats = [place for place, item in enumerate(slot.items) if item.kind == "repeat"]
        assert len(repeats) == 2
        assert all(tokens.index(slot.items[place].token) < place for place in repeats)
        checks = [item for item in slot.items if item.kind == "check"]
        assert len(checks) == 2
        assert all(set(item.expected) == set(QUESTIONS) for item in checks)


def test_the_order_depends_on_the_seed_and_tokens_are_new_each_time() -> None:
    def order(key: Key) -> list[tuple[str, str]]:
        return [(item.method, item.pair) for slot in key.slots for item in slot.items]

    assert order(design()) == order(design())
    assert order(design()) != order(design(seed=1))
    assert design().slots[0].items[0].token != design().slots[0].items[0].token
    assert len({tuple(item.pair for item in slot.items) for slot in design().slots}) == 6
