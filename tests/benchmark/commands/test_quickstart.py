"""`anibench quickstart`: the order of the commands, and what a second run does about training."""

from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

from benchmark.commands import quickstart as module

ORDER = ["fit-xdog", "build-dataset", "verify-dataset", "train", "eval", "eval", "eval", "report"]


@pytest.mark.parametrize(
    ("status", "trains", "resumes"), [(None, True, False), ("interrupted", True, True), ("done", False, False)]
)
def test_the_chain_runs_in_order_and_training_continues(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, status: str | None, trains: bool, resumes: bool
) -> None:
    calls: list[list[str]] = []

    class Main(click.Group):
        def main(self, args: Any = None, *more: Any, **options: Any) -> Any:
            if "standalone_mode" in options and args and args[0] != "quickstart":
                calls.append(list(args))
                return None
            return super().main(args, *more, **options)

    monkeypatch.setattr(module, "_status", lambda folder: status)
    group = Main(commands={"quickstart": module.quickstart})
    result = CliRunner().invoke(group, ["quickstart", "--out", str(tmp_path), "--pictures", "9"])
    assert result.exit_code == 0, result.output
    assert [call[0] for call in calls] == [name for name in ORDER if trains or name != "train"]
    assert "drawn:9" in calls[1]
    assert any("--resume" in call for call in calls) == resumes
    assert f"$ anibench report --runs {tmp_path}/runs" in result.output
