"""The score card: scores, data and cost of one evaluation. Reading a score card imports no torch.

A number that could not be computed is null and has a reason. A mean contains finite values only.
"""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, get_args

from pydantic import Field, NonNegativeInt, PositiveFloat

from benchmark.core.config import Config, validated
from benchmark.core.errors import AnibenchError
from benchmark.core.files import atomic_path, read_json, write_json
from benchmark.core.tables import read_parquet
from benchmark.data.kinds import MethodKind
from benchmark.results.feature_modes import FidMode
from benchmark.results.metrics import METRICS
from benchmark.results.statistics import LEVEL, RESAMPLES, bootstrap_interval

if TYPE_CHECKING:
    import pandas as pd

FORMAT = 3  # raised when the layout of score cards or the definition of a metric changes
CHANGED = {2: ("copy-score",)}  # earlier format -> metrics defined otherwise since; their scores are left out
CARD = "scorecard.json"
SCORES = "scores.parquet"
EYES = "eyes"  # the slice of the eyes alone


class MeanScore(Config):
    """The mean of a metric per picture over the pictures, and its interval."""

    mean: float | None  # null: see reason
    low: float | None  # ends of the interval; null if there are too few pictures
    high: float | None
    level: float
    n: int  # pictures in the mean
    identical: int  # pictures equal to their target
    target: float | None = None  # the mean with the targets in place of the outputs; null for the paper's metrics
    reason: str | None = None
    weights: dict[str, str] | None = None  # name of each weight file of the metric's network -> its SHA-256


class SetScore(Config):
    """A metric of the set of outputs, and everything that determines its value."""

    value: float | None  # null: see reason; the mean of `values`
    n: int  # outputs in one pairing
    n_reference: int
    extractor: str
    mode: str
    sha256: str | None  # of the extractor's weights
    values: tuple[float, ...] = ()  # one for each pairing of lines and references
    spread: float | None = None  # standard deviation of `values`; null for one pairing
    low: float | None = None  # ends of the interval, where the metric has one
    high: float | None = None
    level: float | None = None  # of the interval
    floor: float | None = None  # the metric between two disjoint sets of real pictures
    floor_n: int | None = None  # pictures in each of these sets
    floor_sets: str | None = None  # name of the sets: "test, train" or "halves of test"
    reason: str | None = None  # why there is no value; if there is a value, why it has no interval


class DataFacts(Config):
    """The dataset of an evaluation."""

    name: str
    fingerprint: str
    counts: dict[str, int]  # split -> samples
    source: str


class TrainingFacts(Config):
    """The training of the scored weights."""

    dataset: str
    fingerprint: str
    pictures: int  # number of different training samples
    images_seen: int
    phase: str
    step: int
    seconds: float


class Cost(Config):
    """Time and memory of painting. Seconds are the median over batches of the time per image, without disk access."""

    seconds_per_image: PositiveFloat | None
    peak_memory: NonNegativeInt | None  # bytes
    memory_kind: str | None  # what peak_memory counts
    parameters: NonNegativeInt | None  # values in the checkpoint
    device: str
    batch: int
    device_name: str | None = None  # product name of the CPU or GPU
    seconds_by_batch: dict[int, PositiveFloat] | None = None  # batch size -> seconds per image, by `eval --cost`

    @property
    def best_batch(self) -> int | None:
        """The measured batch size with the fewest seconds per image."""
        measured = self.seconds_by_batch
        return min(measured, key=measured.__getitem__) if measured else None


class ScoreCard(Config):
    """`scorecard.json`."""

    format: int
    label: str  # name of the row: the method and its training run
    method: str
    kind: MethodKind
    checkpoint: str | None  # SHA-256
    data: DataFacts
    protocol: str
    version: int
    n: int  # lines of the split; each pairing paints all of them
    pairings: int = 1  # references per line
    pairs: str  # SHA-256 over the pairs
    outputs: str  # SHA-256 over the pictures that were scored
    images: dict[str, MeanScore]  # metric -> score
    sets: dict[str, SetScore]
    slices: dict[str, dict[str, MeanScore]] = Field(default_factory=dict)  # slice -> metric -> score
    cost: Cost | None  # null for external pictures
    training: TrainingFacts | None
    notes: tuple[str, ...]

    @property
    def protocol_label(self) -> str:
        """`random-ref-v1`."""
        return f"{self.protocol}-v{self.version}"

    @property
    def fid_modes(self) -> list[str]:
        """The modes of the FID and its relatives. Other metrics of sets have one mode each and do not count."""
        return [score.mode for score in self.sets.values() if score.mode in get_args(FidMode)]

    @property
    def table_key(self) -> tuple[str, ...]:
        """What the rows of one table share: the protocol version, the dataset, the pairs and the FID modes."""
        return self.protocol_label, self.data.fingerprint, self.pairs, *sorted(self.fid_modes)


def mean_score(
    values: Sequence[float], identical: int, seed: int, *, level: float = LEVEL, resamples: int = RESAMPLES
) -> MeanScore:
    """Mean and interval of all `values`; raises ValueError for a value that is not finite."""
    if not all(map(math.isfinite, values)):
        raise ValueError("a mean needs finite values")
    if not len(values):
        return no_score("no pictures", level, identical)
    interval = bootstrap_interval(values, seed, level, resamples)
    low, high = interval or (None, None)
    mean = math.fsum(values) / len(values)
    return MeanScore(mean=mean, low=low, high=high, level=level, n=len(values), identical=identical)


def no_score(reason: str, level: float, identical: int = 0) -> MeanScore:
    """A score without a mean, and the reason."""
    return MeanScore(mean=None, low=None, high=None, level=level, n=0, identical=identical, reason=reason)


def share_column(metric: str) -> str:
    """The column of `scores.parquet` with each pair's contribution to a metric per set. Its mean is the metric."""
    return f"share:{metric}"


def write_card(folder: Path, card: ScoreCard, scores: "pd.DataFrame") -> None:
    """Write a score card, and the scores per pair from which it was computed."""
    with atomic_path(folder / SCORES) as temporary:
        scores.to_parquet(temporary, index=False)
    write_json(folder / CARD, card.model_dump(mode="json"))


def read_scores(folder: Path, card_format: int = FORMAT) -> "pd.DataFrame":
    """Read the per-image scores of a score card of `card_format`; raises AnibenchError that names the file.

    Earlier versions wrote infinity for pictures equal to their targets. Such a value is read as the metric's cap. The
    scores of metrics that were defined otherwise then are left out.
    """
    table = read_parquet(folder / SCORES, way_out="score its pictures again: anibench rescore")
    table = table.drop(columns=[*CHANGED.get(card_format, ())], errors="ignore")
    capped = [metric for metric in METRICS.values() if metric.capped_if_identical]
    columns = {name: metric.high for metric in capped for name in (metric.name, eyes_column(metric.name))}
    return table.assign(**{name: table[name].replace(math.inf, cap) for name, cap in columns.items() if name in table})


def eyes_column(metric: str) -> str:
    """The column of `scores.parquet` with a metric of the eyes alone."""
    return f"{EYES}:{metric}"


def remove_card(folder: Path) -> None:
    """Remove a score card and its scores, before their pictures change."""
    (folder / CARD).unlink(missing_ok=True)
    (folder / SCORES).unlink(missing_ok=True)


def read_card(folder: Path) -> ScoreCard:
    """Read a score card, without scores of metrics that were defined otherwise when it was written.

    Raises AnibenchError that names the file if it is missing or has another format.
    """
    path = folder / CARD
    value = read_json(path)
    if not isinstance(value, dict) or value.get("format") not in (FORMAT, *CHANGED):
        raise AnibenchError(f"{path} is not a score card of this anibench; score its pictures again: anibench rescore")
    card = validated(ScoreCard, value, f"{path} is not a score card of this anibench")
    changed = CHANGED.get(card.format, ())
    kept = {part: {name: score for name, score in means.items() if name not in changed} for part, means in _parts(card)}
    return card.model_copy(update={"images": kept.pop(""), "slices": kept})


def _parts(card: ScoreCard) -> list[tuple[str, dict[str, MeanScore]]]:
    """The means of all pictures, under the empty name, and of each slice."""
    return [("", card.images), *card.slices.items()]
