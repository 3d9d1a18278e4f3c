"""The plan: which steps are done, which run again, and why."""

from dataclasses import replace
from pathlib import Path

import pytest
from suites import script, step

from benchmark.suites.plan import plan_steps
from benchmark.suites.run import Runner


def test_the_plan_says_what_runs_and_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script(monkeypatch, tmp_path)
    (tmp_path / "steps").mkdir()
    steps = [
        step(tmp_path, "a"),
        step(tmp_path, "b", "a"),
        step(tmp_path, "c", "b"),
        step(tmp_path, "bad", command="fail"),
    ]

    def states(*steps: object) -> list[tuple[str, str]]:
        return [(each.state, each.why) for each in plan_steps(steps, tmp_path)]  # type: ignore[arg-type]

    assert states(*steps) == [("to do", "")] * 4
    Runner(steps, tmp_path, ("",), lambda line: None).run()
    assert states(*steps) == [("done", "")] * 3 + [("to continue", "")]
    changed = replace(steps[0], settings={"size": 2})
    assert states(changed, *steps[1:3]) == [
        ("again", "size was not set, is 2"),
        ("again", "if the result of a changes"),
        ("again", "if the result of b changes"),
    ]
    (tmp_path / "b").unlink()
    assert states(*steps[:3])[1] == ("again", "its results were changed or removed")
