"""Progress: plain lines when nobody watches a terminal."""

import pytest

from benchmark.core import progress as module
from benchmark.core.progress import format_seconds, progress


def test_plain_lines_say_how_far_how_fast_and_how_long(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = iter([100.0, 110.0, 111.0, 140.0])
    monkeypatch.setattr(module.time, "monotonic", lambda: next(clock))
    with progress("cropping", 50, done=10, unit="pictures") as advance:
        advance(20, note="loss 0.5")
        advance(5)  # a second later: no line
        advance(15)
    lines = capsys.readouterr().err.splitlines()
    assert lines == [
        "cropping: 30/50 pictures, 2/s, 10 s left  loss 0.5",
        "cropping: 50/50 pictures, 1/s",
    ]


def test_a_process_that_leaves_the_telling_to_another_is_silent(capsys: pytest.CaptureFixture[str]) -> None:
    with progress("training", 2, shown=False) as advance:
        advance(2, note="loss 0.5")
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 s"), (59.6, "1 min 0 s"), (75, "1 min 15 s"), (7320, "2 h 2 min"), (172_799, "47 h 59 min"),
        (172_800, "2 days 0 h"), (171_688_920, "1,987 days 3 h"),
    ],
)  # fmt: skip
def test_seconds_for_people(seconds: float, text: str) -> None:
    assert format_seconds(seconds) == text
