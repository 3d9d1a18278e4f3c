"""`anibench doctor`: versions, devices, disk, weights, and the self-test of every registered detector."""

import os
import shutil
from collections.abc import Iterator, Sequence
from importlib.metadata import entry_points
from importlib.util import find_spec
from pathlib import Path
from typing import Literal, NamedTuple

import click

from benchmark.commands.options import json_option, print_json
from benchmark.core.errors import AbsentError, AnibenchError
from benchmark.core.runs import package_versions
from benchmark.core.terminal import say
from benchmark.methods.interface import get_method, method_names

EXTRAS = {"diffusers": "diffusers", "ui": "gradio", "ray": "ray"}  # extra -> a module that tells of it
LOW_DISK = 5  # GiB
WIDEST = 150  # characters of an optional part's line


class Finding(NamedTuple):
    """One line of the examination; `broken` is for what every user needs."""

    what: str
    state: Literal["ok", "optional", "broken"]
    detail: str


def examine() -> list[Finding]:
    """Look at everything; nothing raises, what fails becomes a finding."""
    return [_versions(), *_devices(), _disk(), *_detectors(), *_methods(), *_weights(), *_extras()]


def _versions() -> Finding:
    return Finding("versions", "ok", ", ".join(f"{name} {v}" for name, v in package_versions().items()))


def _devices() -> list[Finding]:
    try:
        import torch
    except (ImportError, OSError) as error:
        return [Finding("torch", "broken", f"cannot be imported: {error}")]
    found = [Finding("device cpu", "ok", f"{os.cpu_count()} cores, {torch.get_num_threads()} threads used by torch")]
    for index in range(torch.cuda.device_count()):
        properties = torch.cuda.get_device_properties(index)
        found.append(
            Finding(f"device cuda:{index}", "ok", f"{properties.name}, {properties.total_memory / 2**30:.0f} GiB")
        )
    if torch.backends.mps.is_available():
        found.append(Finding("device mps", "ok", "Apple GPU"))
    if len(found) == 1:
        found.append(
            Finding(
                "GPU", "optional", "none found; everything works without one, training the paper's schedule does not"
            )
        )
    return found


def _disk() -> Finding:
    free = shutil.disk_usage(Path.cwd()).free / 2**30
    return Finding("free disk", "ok" if free >= LOW_DISK else "broken", f"{free:.0f} GiB in {Path.cwd()}")


def _detectors() -> list[Finding]:
    found = []
    for entry in sorted(entry_points(group="anibench.detectors"), key=lambda e: e.name):
        try:
            detector = entry.load()()  # a detector tests itself when it is made
            found.append(Finding(f"detector {entry.name}", "ok", f"version {detector.version}, self-test passed"))
        except AbsentError as error:
            found.append(Finding(f"detector {entry.name}", "optional", str(error)))
        except (ImportError, AnibenchError) as error:
            found.append(Finding(f"detector {entry.name}", "broken", str(error)))
    return found


def _methods() -> list[Finding]:
    found = []
    for name in method_names():
        try:
            method = get_method(name)
            found.append(Finding(f"method {name}", "ok", "trainable" if method.train else method.kind))
        except AnibenchError as error:
            found.append(Finding(f"method {name}", "broken", str(error)))
    return found


def _weights() -> list[Finding]:
    from benchmark.weights.files import WEIGHTS, find_weights, locate_weights, search_folders

    places = ", ".join(str(folder) for folder in search_folders())
    found = [Finding("weights are looked for in", "ok", places)]
    for folder in sorted({known.folder for known in WEIGHTS.values()} - {""}):  # gigabytes: counted, not compared
        names = [name for name, known in WEIGHTS.items() if known.folder == folder]
        here = sum(locate_weights(name) is not None for name in names)
        detail = f"{here} of {len(names)} files are here; see: anibench weights list {folder}"
        found.append(Finding(f"weights {folder}", "ok" if here else "optional", detail))
    for name in (name for name, known in WEIGHTS.items() if not known.folder):
        try:
            found.append(Finding(f"weights {name}", "ok", str(find_weights(name).path)))
        except AnibenchError as error:
            found.append(Finding(f"weights {name}", "optional", str(error)))
    return found


def _extras() -> list[Finding]:
    return [
        Finding(f"extra {extra}", "ok", "installed")
        if find_spec(module)
        else Finding(f"extra {extra}", "optional", f"not installed; pip install 'anibench[{extra}]'")
        for extra, module in EXTRAS.items()
    ]


def report_lines(findings: Sequence[Finding]) -> Iterator[str]:
    """What works first, then what is broken, then the optional parts in one short line each, and what to do next."""
    yield from (f"ok        {each.what}: {each.detail}" for each in findings if each.state == "ok")
    broken = [each for each in findings if each.state == "broken"]
    yield from (f"BROKEN    {each.what}: {each.detail}" for each in broken)
    optional = [each for each in findings if each.state == "optional"]
    weights = [each.what.removeprefix("weights ") for each in optional if each.what.startswith("weights ")]
    if optional:
        yield "optional  nothing below is needed for training, evaluation and reports:"
    if weights:
        yield f"  weights that are not here: {', '.join(weights)}; what each is for: anibench weights list"
        yield "  fetch this one first, for FID: anibench weights fetch inception-pytorch"
    for each in optional:
        if not each.what.startswith("weights "):
            yield f"  {each.what}: {_short(each.detail)}"
    yield (
        "Next: mend what is BROKEN above" if broken else "Next: anibench quickstart, or: anibench build-dataset FOLDER"
    )


def _short(detail: str) -> str:
    """The first line of a detail, cut where it is long; --json has all of it."""
    line = detail.partition("\n")[0]
    return line if len(line) <= WIDEST else f"{line[: WIDEST - 3]}..."


@click.command()
@json_option
def doctor(as_json: bool) -> None:
    """Say what works on this machine, and what is missing.

    Exits with 1 when something that every user needs does not work.

    \b
    Example:
      anibench doctor
    """
    findings = examine()
    if as_json:
        print_json([finding._asdict() for finding in findings])
    else:
        for line in report_lines(findings):
            say(line)
    if any(finding.state == "broken" for finding in findings):
        raise SystemExit(1)
