"""`anibench doctor`: versions, devices, disk, weight files, and the self-test of each detector."""

import shutil
from collections.abc import Iterator, Sequence
from importlib.metadata import entry_points
from importlib.util import find_spec
from pathlib import Path
from typing import Literal, NamedTuple

import click

from benchmark.commands.options import json_option, print_json
from benchmark.core.device import available_cores
from benchmark.core.errors import AbsentError, AnibenchError
from benchmark.core.runs import package_versions
from benchmark.core.terminal import say
from benchmark.methods.interface import get_method, method_names

# Extra -> a module that it installs.
EXTRAS = {
    "diffusers": "diffusers",
    "video": "imageio_ffmpeg",
    "study": "krippendorff",
    "ray": "ray",
    "st-lpips": "stlpips_pytorch",
}
LOW_DISK = 5  # GiB
MAX_DETAIL = 150  # characters of an optional part's line


class Check(NamedTuple):
    """One line of the output; `broken` is for parts that every user needs."""

    what: str
    state: Literal["ok", "optional", "broken"]
    detail: str


def check_installation() -> list[Check]:
    """Check every part; a failed check is returned, not raised."""
    return [_versions(), *_devices(), _disk(), *_detectors(), *_methods(), *_weights(), *_extras()]


def _versions() -> Check:
    return Check("versions", "ok", ", ".join(f"{name} {v}" for name, v in package_versions().items()))


def _devices() -> list[Check]:
    try:
        import torch
    except (ImportError, OSError) as error:
        return [Check("torch", "broken", f"cannot be imported: {error}")]
    found = [Check("device cpu", "ok", f"{available_cores()} cores, {torch.get_num_threads()} threads used by torch")]
    for index in range(torch.cuda.device_count()):
        properties = torch.cuda.get_device_properties(index)
        found.append(
            Check(f"device cuda:{index}", "ok", f"{properties.name}, {properties.total_memory / 2**30:.0f} GiB")
        )
    if torch.backends.mps.is_available():
        found.append(Check("device mps", "ok", "Apple GPU"))
    if len(found) == 1:
        found.append(
            Check(
                "GPU", "optional", "none found; the paper's training schedule needs one, everything else works without"
            )
        )
    return found


def _disk() -> Check:
    free = shutil.disk_usage(Path.cwd()).free / 2**30
    return Check("free disk", "ok" if free >= LOW_DISK else "broken", f"{free:.0f} GiB in {Path.cwd()}")


def _detectors() -> list[Check]:
    found = []
    for entry in sorted(entry_points(group="anibench.detectors"), key=lambda e: e.name):
        try:
            detector = entry.load()()  # its constructor runs the self-test
            found.append(Check(f"detector {entry.name}", "ok", f"version {detector.version}, self-test passed"))
        except AbsentError as error:
            found.append(Check(f"detector {entry.name}", "optional", str(error)))
        except (ImportError, AnibenchError) as error:
            found.append(Check(f"detector {entry.name}", "broken", str(error)))
    return found


def _methods() -> list[Check]:
    found = []
    for name in method_names():
        try:
            method = get_method(name)
            found.append(Check(f"method {name}", "ok", "trainable" if method.train else method.kind))
        except AnibenchError as error:
            found.append(Check(f"method {name}", "broken", str(error)))
    return found


def _weights() -> list[Check]:
    from benchmark.weights.files import WEIGHTS, find_weights, locate_weights, search_folders

    places = ", ".join(str(folder) for folder in search_folders())
    found = [Check("weights folders", "ok", places)]
    for folder in sorted({known.folder for known in WEIGHTS.values()} - {""}):  # gigabytes: counted, not hashed
        names = [name for name, known in WEIGHTS.items() if known.folder == folder]
        here = sum(locate_weights(name) is not None for name in names)
        detail = f"{here} of {len(names)} files found; see: anibench weights list {folder}"
        found.append(Check(f"weights {folder}", "ok" if here else "optional", detail))
    for name in (name for name, known in WEIGHTS.items() if not known.folder):
        try:
            found.append(Check(f"weights {name}", "ok", str(find_weights(name).path)))
        except AnibenchError as error:
            found.append(Check(f"weights {name}", "optional", str(error)))
    return found


def _extras() -> list[Check]:
    return [
        Check(f"extra {extra}", "ok", "installed")
        if find_spec(module)
        else Check(f"extra {extra}", "optional", f"not installed; pip install 'anibench[{extra}]'")
        for extra, module in EXTRAS.items()
    ]


def report_lines(checks: Sequence[Check]) -> Iterator[str]:
    """Working parts, then broken parts, then one short line per optional part, then the next command to run."""
    yield from (f"ok        {each.what}: {each.detail}" for each in checks if each.state == "ok")
    broken = [each for each in checks if each.state == "broken"]
    yield from (f"BROKEN    {each.what}: {each.detail}" for each in broken)
    optional = [each for each in checks if each.state == "optional"]
    weights = [each.what.removeprefix("weights ") for each in optional if each.what.startswith("weights ")]
    if optional:
        yield "optional  not needed for training, evaluation and reports:"
    if weights:
        yield f"  weight files not found: {', '.join(weights)}; uses: anibench weights list"
        yield "  for FID, run: anibench weights fetch inception-pytorch"
    for each in optional:
        if not each.what.startswith("weights "):
            yield f"  {each.what}: {_short(each.detail)}"
    yield (
        "Next: repair the parts marked BROKEN above"
        if broken
        else "Next: anibench quickstart, or: anibench build-dataset FOLDER"
    )


def _short(detail: str) -> str:
    """The first line of `detail`, cut to `MAX_DETAIL` characters; --json prints the whole text."""
    line = detail.partition("\n")[0]
    return line if len(line) <= MAX_DETAIL else f"{line[: MAX_DETAIL - 3]}..."


@click.command()
@json_option
def doctor(as_json: bool) -> None:
    """Check what works on this machine and what is missing.

    The exit code is 1 when a part that every user needs does not work.

    \b
    Example:
      anibench doctor
    """
    checks = check_installation()
    if as_json:
        print_json([check._asdict() for check in checks])
    else:
        for line in report_lines(checks):
            say(line)
    if any(check.state == "broken" for check in checks):
        raise SystemExit(1)
