"""The settings of an evaluation, and the configuration in `config.json` of its run folder. Never imports torch."""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from pydantic import Field, PositiveInt, field_validator

from benchmark.core.config import Config, validated
from benchmark.core.errors import AnibenchError
from benchmark.core.files import read_json, sha256_bytes
from benchmark.data.dataset import Dataset
from benchmark.data.kinds import MethodKind
from benchmark.data.protocol import EvalProtocol, Pair
from benchmark.results.feature_modes import FidMode
from benchmark.results.metrics import METRICS
from benchmark.results.scorecard import DataFacts
from benchmark.results.statistics import LEVEL, RESAMPLES

LABEL = r"^[\w+=-][\w.+=-]*$"  # no marks of a report, no spaces: a label can name a folder


class EvalSettings(Config):
    """Settings of an evaluation. The protocol defines the pairs and the metrics."""

    batch: PositiveInt = Field(8, description="Pictures per batch. Changes speed and memory, not the pictures.")
    fid: FidMode = Field("legacy_pytorch", description="Resize and network of FID; clean is clean-fid's own mode.")
    extras: tuple[str, ...] = Field((), description="Metrics on request; they need weights of other projects.")
    level: float = Field(LEVEL, ge=0.5, lt=1, description="Confidence level of the intervals.")
    resamples: int = Field(RESAMPLES, ge=99, description="Number of bootstrap resamples.")

    @field_validator("extras")
    @classmethod
    def _check_extras(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        known = [name for name, metric in METRICS.items() if metric.on_request]
        unknown = [name for name in names if name not in known]
        if unknown:
            raise ValueError(f"{unknown[0]} is not a metric on request; choose from: {', '.join(known)}")
        return names


class EvalConfig(Config):
    """`config.json` of one evaluation."""

    label: str = Field(pattern=LABEL, max_length=255)  # name of the run folder and of the table row
    method: str
    kind: MethodKind
    protocol: EvalProtocol
    pairs: str  # SHA-256 over the pairs
    data: str  # folder of the dataset
    dataset: DataFacts
    checkpoint: str | None  # path of the checkpoint file, or "METHOD/NAME (built in)"
    checkpoint_sha256: str | None
    method_config: dict[str, Any]  # from the checkpoint; empty for floors and external pictures
    source: str | None  # the folder from which external pictures were copied
    settings: EvalSettings

    def identity(self, device: str, version: str) -> dict[str, str]:
        """Inputs that determine the outputs, by name; any change repaints the outputs."""
        return {
            "protocol": self.protocol.model_dump_json(exclude={"metrics", "description"}, exclude_defaults=True),
            "pairs": self.pairs,
            "dataset": self.dataset.fingerprint,
            "method": self.method,
            "checkpoint": self.checkpoint_sha256 or "none",
            "method's configuration": json.dumps(self.method_config, sort_keys=True),
            "device": device.partition(":")[0],
            "anibench version": version,
        }

    def same_result(self, other: "EvalConfig") -> bool:
        """Whether both configurations give the same score card.

        Paths, the batch size and the description of the protocol do not change a score card.
        """
        where = {"data": "", "checkpoint": None, "source": None}
        one, two = (
            each.model_copy(
                update={
                    **where,
                    "settings": each.settings.model_copy(update={"batch": 1}),
                    "protocol": each.protocol.model_copy(update={"description": ""}),
                }
            )
            for each in (self, other)
        )
        return one == two


def recorded_place(recorded: str, run: Path) -> Path:
    """The dataset folder that a run recorded. A relative path is tried from here, then from each folder above `run`."""
    path = Path(recorded)
    places = [path, *(parent / path for parent in run.resolve().parents)]
    return next((place for place in places if (place / "dataset.json").exists()), path)


def open_recorded(config: EvalConfig, run: Path) -> Dataset | None:
    """The dataset of an evaluation at its recorded place; None if it is missing, damaged or another one."""
    try:
        data = Dataset.open(recorded_place(config.data, run))
    except AnibenchError:
        return None
    return data if data.fingerprint == config.dataset.fingerprint and data.ids(config.protocol.split) else None


def read_eval_config(folder: Path) -> EvalConfig:
    """Read `config.json` of an evaluation; raises AnibenchError that names the file and the wrong entry."""
    path = folder / "config.json"
    return validated(EvalConfig, read_json(path), f"{path} is not a configuration of an evaluation of this anibench")


def combine_hashes(rows: Iterable[tuple[str, str]]) -> str:
    """SHA-256 over the (picture, pixel hash) of all outputs, in the order of their names."""
    return sha256_bytes("\n".join(" ".join(row) for row in sorted(rows)).encode())


def hash_pairs(pairs: Sequence[Pair]) -> str:
    """SHA-256 over the pairs of an evaluation, in the order of `pairs`."""
    return sha256_bytes("\n".join(f"{p.sample} {p.reference} {p.seed}" for p in pairs).encode())
