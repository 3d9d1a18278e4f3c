"""A step of a suite: one anibench command, and how its arguments are written."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmark.core.config import Config, flat


@dataclass(frozen=True)
class Step:
    """One anibench command of a suite."""

    name: str  # unique; names the step's record and log
    command: str  # of anibench
    arguments: tuple[str, ...]
    needs: tuple[str, ...]  # steps whose results it reads
    settings: dict[str, Any]  # dotted key -> value; what decides its result, besides the results of `needs`; no paths
    results: tuple[Path, ...]  # files and checkpoint folders
    folder: Path | None = None  # of a training run or a dataset; is moved away when other settings are wanted
    devices: int = 0  # number of devices that it computes on; 0: it takes no --device
    tolerant: bool = False  # runs also when some of `needs` have failed
    method: str = ""  # that is trained or paints
    config: Config | None = None  # its resolved configuration
    part: str = ""  # name of the training or dataset in the suite
    pictures: int = 1  # painted pictures per test sample


def set_options(settings: Mapping[str, Any], prefix: str = "") -> Iterator[str]:
    """`--set` and its value for each setting."""
    for setting in setting_texts(settings):
        yield from ("--set", prefix + setting)


def setting_texts(settings: Mapping[str, Any]) -> list[str]:
    """`key.path=value` for each setting."""
    return [f"{key}={json.dumps(value, ensure_ascii=False)}" for key, value in flat(settings).items()]


def options(**values: object) -> Iterator[str]:
    """`--name value` for each value that is not None."""
    for name, value in values.items():
        if value is not None:
            yield from (f"--{name}", str(value))
