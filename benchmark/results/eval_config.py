"""What an evaluation is made of: the `config.json` of its folder. Reading one needs no torch."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, PositiveInt

from benchmark.core.config import Config, validated
from benchmark.core.files import read_json, sha256_bytes
from benchmark.data.protocol import EvalProtocol, Pair
from benchmark.results.scorecard import DataFacts, Kind
from benchmark.results.statistics import LEVEL, RESAMPLES

FidMode = Literal["legacy_pytorch", "clean"]
FeatureMode = FidMode | Literal["dinov2-224", "clip-224"]  # network and resize behind a metric of sets
ExtraMetric = Literal["lpips", "fd-dinov2", "clip-mmd"]
WEIGHTS_OF_MODE: dict[FeatureMode, str] = {
    "legacy_pytorch": "inception-pytorch",
    "clean": "inception-torchscript",
    "dinov2-224": "dinov2-large",
    "clip-224": "clip-large",
}
MODE_OF_EXTRA: dict[ExtraMetric, FeatureMode] = {"fd-dinov2": "dinov2-224", "clip-mmd": "clip-224"}
LPIPS_WEIGHTS = ("alexnet", "lpips-alex")  # its network, and the linear weights of its levels


class EvalSettings(Config):
    """How an evaluation is carried out; the protocol says what is measured."""

    batch: PositiveInt = Field(8, description="Pictures painted at once. Changes speed and memory, not pictures.")
    fid: FidMode = Field("legacy_pytorch", description="Resize and network behind FID; clean is clean-fid's own.")
    extras: tuple[ExtraMetric, ...] = Field(
        (), description="Measure these, too, by weights of others: lpips, fd-dinov2, clip-mmd."
    )
    level: float = Field(LEVEL, gt=0, lt=1, description="Level of the bootstrap intervals.")
    resamples: PositiveInt = Field(RESAMPLES, description="Resamples of the bootstrap.")


class EvalConfig(Config):
    """Everything one evaluation hangs on."""

    label: str  # names the folder and the row
    method: str
    kind: Kind
    protocol: EvalProtocol
    pairs: str  # SHA-256 over the pairs
    data: str  # the dataset's folder
    dataset: DataFacts
    checkpoint: str | None  # its file
    checkpoint_sha256: str | None
    method_config: dict[str, Any]  # from the checkpoint; empty for floors and outside pictures
    source: str | None  # the folder that outside pictures came from
    settings: EvalSettings

    def identity(self, device: str, version: str) -> dict[str, str]:
        """What the pictures hang on, by name. Those painted under another identity are painted again."""
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
        """Whether both lead to one score card: where things lie and how many are painted at once does not count."""
        where = {"data": "", "checkpoint": None, "source": None}
        one, two = (
            each.model_copy(update={**where, "settings": each.settings.model_copy(update={"batch": 1})})
            for each in (self, other)
        )
        return one == two


def read_eval_config(folder: Path) -> EvalConfig:
    """Read `config.json` of an evaluation; raises AnibenchError that names the file and what is wrong with it."""
    path = folder / "config.json"
    return validated(EvalConfig, read_json(path), f"{path} is no configuration of an evaluation of this anibench")


def hash_pairs(pairs: Sequence[Pair]) -> str:
    """SHA-256 over the pairs of an evaluation, in their order."""
    return sha256_bytes("\n".join(f"{p.sample} {p.reference} {p.seed}" for p in pairs).encode())
