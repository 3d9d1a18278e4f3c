"""How the settings of a step are written."""

from benchmark.suites.steps import flat, set_options


def test_a_tree_becomes_dotted_keys() -> None:
    assert flat({"a": {"b": 1, "c": {"d": [2]}}, "e": None}) == {"a.b": 1, "a.c.d": [2], "e": None}


def test_settings_become_options() -> None:
    assert list(set_options({"a": {"b": "x"}, "c": [1, 2]}, "method.")) == [
        "--set",
        'method.a.b="x"',
        "--set",
        "method.c=[1, 2]",
    ]
