"""The command line as a whole: help, errors, exit codes, and what the README promises."""

import errno
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

import anibench
from benchmark.core.errors import AnibenchError

README = Path(anibench.__file__).with_name("README.md").read_text("utf-8")


@pytest.fixture(params=anibench.COMMANDS)
def command(request: pytest.FixtureRequest) -> tuple[str, click.Command]:
    name: str = request.param
    found = anibench.main.get_command(click.Context(anibench.main), name)
    assert found is not None
    return name, found


def test_every_command_has_help_an_example_and_a_mention(command: tuple[str, click.Command]) -> None:
    name, found = command
    text = found.help or ""
    assert text.partition("\n")[0] == anibench.COMMANDS[name][1], "the group's line is the command's own first line"
    assert f"anibench {name}" in text, "an example"
    assert f"anibench {name}" in README


def test_every_option_has_help(command: tuple[str, click.Command]) -> None:
    silent = [p.name for p in command[1].params if isinstance(p, click.Option) and not p.help]
    assert not silent


def test_help_imports_nothing_heavy() -> None:
    program = (
        "import sys; from click.testing import CliRunner; import anibench;"
        "assert CliRunner().invoke(anibench.main, ['--help']).exit_code == 0;"
        "print([m for m in ('torch', 'cv2', 'pandas', 'numpy', 'pydantic') if m in sys.modules])"
    )
    shown = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "[]"


def test_an_error_names_the_problem_and_exits_with_1(tmp_path: Path) -> None:
    result = CliRunner().invoke(anibench.main, ["train", "animediffusion", "--data", str(tmp_path)])
    assert result.exit_code == 1
    assert "holds no finished dataset" in result.output
    assert "anibench build-dataset" in result.output, "the way out"


def test_misuse_exits_with_2() -> None:
    assert CliRunner().invoke(anibench.main, ["train"]).exit_code == 2
    assert CliRunner().invoke(anibench.main, ["no-such-command"]).exit_code == 2


@pytest.mark.parametrize(("error", "code"), [(KeyboardInterrupt(), 130), (AnibenchError("wrong"), 1)])
def test_exit_codes_of_a_stopped_command(monkeypatch: pytest.MonkeyPatch, error: BaseException, code: int) -> None:
    @click.command()
    def stop() -> None:
        raise error

    monkeypatch.setattr(anibench.LazyGroup, "get_command", lambda *_: stop)
    result = CliRunner().invoke(anibench.main, ["doctor"])
    assert result.exit_code == code


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_a_command_as_ctrl_c_does_and_is_let_go_after_it(
    monkeypatch: pytest.MonkeyPatch, number: signal.Signals
) -> None:
    @click.command()
    def wait() -> None:
        os.kill(os.getpid(), number)
        raise AssertionError("went on")

    monkeypatch.setattr(anibench.LazyGroup, "get_command", lambda *_: wait)
    before = signal.getsignal(number)
    result = CliRunner().invoke(anibench.main, ["doctor"])
    assert result.exit_code == 130
    assert "finished work is kept. Continue with: anibench doctor" in result.output
    assert signal.getsignal(number) is before is signal.SIG_DFL


def test_the_readme_names_no_command_that_does_not_exist() -> None:
    code = re.findall(r"```sh\n(.*?)```|`([^`\n]+)`", README, re.DOTALL)
    named = set(re.findall(r"\banibench ([a-z][a-z-]+)", "\n".join(block or span for block, span in code)))
    assert named == set(anibench.COMMANDS)


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (PermissionError(errno.EACCES, "Permission denied", "/data/report.md"), "/data/report.md: permission denied"),
        (OSError(errno.ENOSPC, "No space left on device", "/data/run.json"), "/data/run.json: the disk is full"),
        (UnicodeEncodeError("utf-8", "a\udce9", 1, 2, "surrogates not allowed"), r"'a\udce9' cannot be written"),
        (AnibenchError("red \x1b[31m and \u202e"), r"red \x1b[31m and \u202e"),
    ],
)
def test_system_errors_are_told_without_a_traceback(
    monkeypatch: pytest.MonkeyPatch, error: Exception, message: str
) -> None:
    @click.command()
    def stop() -> None:
        raise error

    monkeypatch.setattr(anibench.LazyGroup, "get_command", lambda *_: stop)
    result = CliRunner().invoke(anibench.main, ["doctor"])
    assert result.exit_code == 1
    assert message in result.output
    assert isinstance(result.exception, SystemExit)


def test_an_argument_that_is_not_utf_8_is_refused() -> None:
    result = CliRunner().invoke(anibench.main, ["submit", "--check", os.fsdecode(b"caf\xe9")])
    assert result.exit_code == 2
    assert r"'caf\udce9' is not UTF-8; rename the file" in result.output


STUBBORN = """
import os, signal, sys, threading, time
import anibench, click

@click.command()
def stop():
    threading.Thread(target=time.sleep, args=[60]).start()
    os.kill(os.getpid(), signal.SIGINT)
    time.sleep(60)

anibench.PATIENCE = 0.5
anibench.LazyGroup.get_command = lambda *_: stop
sys.argv = ["anibench", "doctor"]
anibench.main()
"""


def test_ctrl_c_ends_the_process_though_a_thread_still_runs() -> None:
    found = subprocess.run([sys.executable, "-c", STUBBORN], timeout=45, check=False, capture_output=True, text=True)
    assert found.returncode == 130, found.stderr
    assert "Interrupted" in found.stderr
