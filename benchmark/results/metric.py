"""The record of one metric. It stands beside the metric's function; everything else about metrics derives from it.

The formulas and limits of the registered metrics are listed in docs/metrics.md, which a test holds to these records.
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
Need = Literal["target", "reference", "shown", "line", "xdog", "seed", "level"]
Floors = Literal["all", "all but copies", "none"]


class Estimate(NamedTuple):
    """A value with the ends of its interval."""

    value: float
    low: float
    high: float


class Influences(NamedTuple):
    """A distance between two sets and the influence of each picture on it; the influences of a set add up to 0."""

    distance: float
    features: NDArray[np.float64]  # (n,)
    others: NDArray[np.float64]  # (m,)


class Network(Protocol):
    """A metric per picture that is computed by a network, in batches."""

    @property
    def weights(self) -> dict[str, str]:
        """SHA-256 of the weight files, by their names."""
        ...

    def __call__(self, images: Sequence[Image], targets: Sequence[Image]) -> NDArray[np.float64]:
        """Values (n,) of n outputs, uint8 RGB (H, W, 3), against their targets."""
        ...


@dataclass(frozen=True)
class Alarm:
    """A warning that a report gives about a method whose interval lies above `above`."""

    above: float
    verb: str  # `METHOD VERB:`
    consequence: str  # `its TITLE is VALUE, so CONSEQUENCE.`


def always(protocol: EvalProtocol) -> bool:
    """Under every protocol."""
    return True


def where_target_is_answer(protocol: EvalProtocol) -> bool:
    """Under self-reference protocols, where the target is the one right answer."""
    return protocol.reference == "self"


def where_shapes_differ(protocol: EvalProtocol) -> bool:
    """Where the reference has other shapes than the target: random references and warped ones."""
    return protocol.reference == "random" or protocol.warp


def with_fid(protocol: EvalProtocol) -> bool:
    """Under protocols that measure FID."""
    return "fid" in protocol.metrics


@dataclass(frozen=True, kw_only=True)
class Metric:
    """What is true of one metric.

    A metric per picture has either `function`, called with the output, uint8 RGB (H, W, 3), and then with what `needs`
    names, or `load`, which makes a `Network` on a device. `function` of a metric per set is called with the features of
    the outputs (n, d) and of the real pictures (m, d), float64, and then with what `needs` names. It returns a float or
    an `Estimate`, and raises ValueError where the value is undefined.
    """

    name: str  # in score cards, CSV files and settings; also the name of its entry point
    title: str  # in tables and sentences
    better: Better
    digits: int  # shown after the decimal point
    order: int  # place among all metrics in tables; equal places are ordered by name
    per: Per
    floors: Floors  # which floors a method may be compared with: is the method better than they are?
    meaning: str
    formula: str
    source: str
    blind_to: str
    function: Callable[..., Any] | None = None
    load: Callable[[str], Network] | None = None  # device -> network
    needs: tuple[Need, ...] = ()
    unit: str = ""
    low: float = -math.inf  # no value can be smaller
    high: float = math.inf  # no value can be larger
    weights: tuple[str, ...] = ()  # weight files that `load` reads
    features: FeatureMode | None = None  # of a metric per set; None: the mode that the setting `fid` names
    influences: Callable[[NDArray[np.float64], NDArray[np.float64]], Influences] | None = None  # for intervals
    biased: bool = False  # grows while pictures are fewer than features
    applies: Callable[[EvalProtocol], bool] = always
    headline: bool = False  # measured by the paper: named in protocol files and shown in every table
    first_table: bool = False  # shown beside the headline metrics
    on_request: bool = False  # measured only where the setting `extras` names it
    infinite_if_identical: bool = False  # pictures equal to their targets are counted and left out of the mean
    on_eyes: bool = False  # also measured on the pixels of the eyes alone
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

    @property
    def files(self) -> tuple[str, ...]:
        """Names of all weight files it needs in its own mode."""
        return (FEATURES[self.features].weights,) if self.features else self.weights

    def applies_to(self, protocol: EvalProtocol) -> bool:
        """Whether it is measured under `protocol`, on request or without."""
        return self.name in protocol.metrics if self.headline else self.applies(protocol)
