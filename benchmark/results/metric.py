"""The record of one metric. It stands in the file of the metric's function. Tables, pages and reports derive from it.

docs/metrics.md lists the formulas and limits of the registered metrics. A test compares the page with the records.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from benchmark.core.files import Image
from benchmark.data.protocol import EvalProtocol
from benchmark.results.feature_modes import FEATURES, FeatureMode

Better = Literal["higher", "lower"]
Per = Literal["picture", "set"]
Need = Literal[
    "target", "reference", "shown", "line", "xdog", "parts", "eyes", "reference_eyes", "seed", "level", "training"
]
Floors = Literal["all", "all but copies", "none"]


class Estimate(NamedTuple):
    """A value and the two ends of its interval."""

    value: float
    low: float
    high: float


class Influences(NamedTuple):
    """A distance between two sets, and the influence of each picture on it. The influences of a set add up to 0."""

    distance: float
    features: NDArray[np.float64]  # (n,)
    others: NDArray[np.float64]  # (m,)


class MetricNetwork(Protocol):
    """A metric per picture that a network computes in batches."""

    @property
    def weights(self) -> dict[str, str]:
        """Name of each weight file -> its SHA-256."""
        ...

    def __call__(self, images: Sequence[Image], targets: Sequence[Image]) -> NDArray[np.float64]:
        """Values (n,) of n outputs, uint8 RGB (H, W, 3), compared with their targets."""
        ...


@dataclass(frozen=True)
class Alarm:
    """A warning that a report prints about a method whose whole interval lies on the worse side of `limit`."""

    limit: float
    verb: str  # printed as `METHOD VERB:`
    consequence: str  # printed as `its TITLE is VALUE, so CONSEQUENCE.`


def always(protocol: EvalProtocol) -> bool:
    """True: the metric is measured under every protocol."""
    return True


def with_known_target(protocol: EvalProtocol) -> bool:
    """Whether the reference shows the colours of the target: it is the target, or the same character."""
    return protocol.reference != "random"


def between_pictures_of_a_character(protocol: EvalProtocol) -> bool:
    """Whether the reference is another picture of the same character."""
    return protocol.reference == "character"


def where_shapes_differ(protocol: EvalProtocol) -> bool:
    """Whether the reference has other shapes than the target: it is another picture, or warped."""
    return protocol.reference != "self" or protocol.warp


def with_fid(protocol: EvalProtocol) -> bool:
    """Whether the protocol measures FID."""
    return "fid" in protocol.metrics


@dataclass(frozen=True, kw_only=True)
class Metric:
    """The function and the facts of one metric.

    A metric per picture has either `function` or `load`. `function` is called with the output, uint8 RGB (H, W, 3),
    followed by the inputs that `needs` names. `load` makes a `MetricNetwork` on a device. `function` of a metric per
    set is called with the features of the outputs (n, d) and of the real pictures (m, d), float64, followed by the
    inputs that `needs` names. It returns a float or an `Estimate`, and raises ValueError where the value is undefined.
    """

    name: str  # in score cards, CSV files and settings; equals the name of the entry point
    title: str  # in tables and sentences
    better: Better
    digits: int  # shown after the decimal point
    order: int  # position among all metrics in tables; ties are ordered by name
    per: Per
    floors: Floors  # the floors that a method is compared with
    meaning: str
    formula: str
    source: str
    blind_to: str
    function: Callable[..., Any] | None = None
    load: Callable[[str], MetricNetwork] | None = None  # device -> network
    needs: tuple[Need, ...] = ()
    unit: str = ""
    low: float = -math.inf  # smallest possible value
    high: float = math.inf  # largest possible value
    weights: tuple[str, ...] = ()  # weight files that `load` reads
    features: FeatureMode | None = None  # of a metric per set; None: the mode that the setting `fid` names
    influences: Callable[[NDArray[np.float64], NDArray[np.float64]], Influences] | None = None  # for intervals
    biased: bool = False  # biased upwards while there are fewer pictures than features
    applies: Callable[[EvalProtocol], bool] = always
    headline: bool = False  # a metric of the paper: named in protocol files and shown in every table
    first_table: bool = False  # shown beside the headline metrics
    on_request: bool = False  # measured only if the setting `extras` names it
    capped_if_identical: bool = False  # a picture equal to its target has the value `high`; tables count these
    sparse: bool = False  # pictures can be without a value (NaN); they do not count
    on_eyes: bool = False  # also measured on the pixels of the eyes alone
    picks: int | None = None  # the measured metric with the lowest number picks the best and worst pictures shown
    alarm: Alarm | None = None
    caption: str = ""  # format of a value under a picture; empty: the first word of the title, and the value

    def __post_init__(self) -> None:
        """Raise ValueError for a record that contradicts itself."""
        if (self.function is None) == (self.load is None):
            raise ValueError(f"metric {self.name}: give either function or load")
        if self.per == "set" and self.load is not None:
            raise ValueError(f"metric {self.name}: load is for metrics per picture")
        if not self.low < self.high:
            raise ValueError(f"metric {self.name}: low must be below high")
        if self.capped_if_identical and math.isinf(self.high):
            raise ValueError(f"metric {self.name}: capped_if_identical needs a finite high")

    @property
    def files(self) -> tuple[str, ...]:
        """Names of the weight files that the metric needs, without those of the setting `fid`."""
        return (FEATURES[self.features].weights,) if self.features else self.weights

    def applies_to(self, protocol: EvalProtocol) -> bool:
        """Whether the metric can be measured under `protocol`. A metric on request must also be requested."""
        return self.name in protocol.metrics if self.headline else self.applies(protocol)
