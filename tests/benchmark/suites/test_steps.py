"""How the settings of a step are written."""

from benchmark.suites.steps import set_options


def test_settings_become_options() -> None:
    assert list(set_options({"a": {"b": "x"}, "c": [1, 2]}, "method.")) == [
        "--set",
        'method.a.b="x"',
        "--set",
        "method.c=[1, 2]",
    ]
