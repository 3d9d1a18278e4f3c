"""Commands that a message names as the way out, built from the state of a run."""

import shlex
from collections.abc import Sequence

RESUMED = ("train",)  # kinds of run that go on only with --resume


def continue_command(command: str, kind: str) -> str:
    """The command that continues a run of `kind` which `command` began: the same one, with --resume where needed."""
    needs_flag = kind in RESUMED and "--resume" not in command.split()
    return f"{command} --resume" if needs_flag else command


def interrupted_message(arguments: Sequence[str]) -> str:
    """What Ctrl-C says; `arguments` are those of the group, the command's name first."""
    command = continue_command(shlex.join(["anibench", *arguments]), arguments[0] if arguments else "")
    return f"Interrupted; finished work is kept. Continue with: {command}"
