"""Commands that messages tell the user to run, built from the state of a run."""

import os
import shlex
from collections.abc import Sequence

RESUMED = ("train",)  # kinds of run that need --resume to continue


def command_line(arguments: Sequence[str], processes: int | None = None) -> str:
    """The command line of `anibench ARGUMENTS` in `processes` processes; None: as many as this command has."""
    processes = int(os.environ.get("WORLD_SIZE", "1")) if processes is None else processes
    torchrun = ["torchrun", "--nproc-per-node", str(processes), "-m"] if processes > 1 else []
    return shlex.join([*torchrun, "anibench", *arguments])


def continue_command(command: str, kind: str) -> str:
    """The command that continues a run of `kind` started by `command`: `command`, with --resume for training."""
    needs_flag = kind in RESUMED and "--resume" not in command.split()
    return f"{command} --resume" if needs_flag else command


def finish_hint(status: str, command: str, kind: str) -> str:
    """How to finish a run of `kind` that `command` started and that has another `status` than done."""
    return "wait until it ends" if status == "running" else f"finish it with: {continue_command(command, kind)}"


def interrupted_message(arguments: Sequence[str]) -> str:
    """The message after Ctrl-C; `arguments` are the command's name and its arguments."""
    command = continue_command(command_line(arguments), arguments[0] if arguments else "")
    return f"Interrupted; finished work is kept. Continue with: {command}"


def drop_hint(reason: str, detector: str) -> str:
    """The hint for a build in which most pictures were dropped for `reason`; empty when the drop names its setting.

    `detector` is the build's own, so that a hint never names the one that is already in use.
    """
    if reason == "no-face" and detector.startswith("boxes:"):
        return f"; compare the ids in {detector.removeprefix('boxes:')} with the file names of the pictures"
    if reason == "no-face" and detector != "whole":
        return "; for pictures that are finished face crops, add --detector whole"
    if reason in ("blank-line", "color-line"):
        return "; replace the file of the line drawing, or remove the pair"
    return ""
