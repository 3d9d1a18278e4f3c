"""Helpers of the tests of suites: steps whose processes take no time, and a small suite."""

from pathlib import Path

import pytest
from pydantic import create_model

from benchmark.suites import jobs
from benchmark.suites.steps import Step

# COMMAND is what the process does, its arguments are files: `write` copies all but the first into the first, `hold`
# does so once the second exists.
SCRIPT = """
import select, sys, time
from pathlib import Path
command, out, *inputs = sys.argv[1:]
inputs = inputs[: inputs.index("--device")] if "--device" in inputs else inputs
print(f"{command}: 3/9 steps, 1/s, 6 s left", flush=True)
if command == "fail":
    sys.exit("Error: it was asked to fail")
if command == "meet":
    Path(out).write_text("here")
    while not Path(inputs[0]).exists():
        time.sleep(0.01)
if command == "hold":
    with open(out + ".began", "a") as file:
        file.write(".")
    while not Path(inputs[0]).exists():
        if select.select([sys.stdin], [], [], 0.01)[0]:
            sys.exit("its suite has ended")
if command == "wait":
    Path(out + ".began").touch()
    sys.stdin.read()
text = "" if command == "meet" else "".join(Path(each).read_text() for each in inputs)
Path(out).write_text(text + command)
"""

TOML = """
title = "A test."
takes = "Nothing."

[datasets.faces]
source = "drawn:9"
test = 4

[trainings.tiny]
method = "animediffusion"
preset = "demo"
settings.phase2.steps = 3

[evaluations.all]
methods = ["tiny", "copy-reference"]
protocols = ["self-ref", "random-ref"]

[reports.report]
"""


def script(monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    """Make the processes of steps run `SCRIPT` in place of anibench."""
    path = home / "script.py"
    path.write_text(SCRIPT)
    monkeypatch.setattr(jobs, "_program", lambda devices: ["-S", "-E", str(path)])


def step(home: Path, name: str, *needs: str, command: str = "write", **more: object) -> Step:
    """A step that writes `home/NAME` from the files of its needs."""
    settings = more.pop("settings", {})
    files = (str(home / name), *(str(home / need) for need in needs))
    return Step(name, command, files, needs, settings, (home / name,), **more)  # type: ignore[arg-type]


def train_step(home: Path, **config: object) -> Step:
    """A training step of the suite in `home`, whose configuration has these values."""
    model = create_model("Model", **{key: (object, value) for key, value in config.items()})  # type: ignore[call-overload]
    run = home / "runs/train/animediffusion/tiny"
    return Step("train.tiny", "train", (), ("verify.faces",), {}, (run / "checkpoints",), run, 1, config=model())
