"""Metrics per picture that a network computes in batches, while the outputs are read."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from benchmark.core.errors import AnibenchError
from benchmark.core.files import Image
from benchmark.results.metric import Metric, MetricNetwork

BATCH = 16


@dataclass
class NetworkRun:
    """One metric of one folder of outputs: call `add` for each pair in order, then `finish`."""

    network: MetricNetwork
    _found: list[float] = field(default_factory=list)
    _waiting: list[tuple[Image, Image]] = field(default_factory=list)

    def add(self, image: Image, target: Image) -> None:
        """Add an output and its target, both uint8 RGB (H, W, 3)."""
        self._waiting.append((image, target))
        if len(self._waiting) == BATCH:
            self._compute()

    def finish(self) -> list[float]:
        """One value per output, in the order of `add`."""
        self._compute()
        return self._found

    def _compute(self) -> None:
        if self._waiting:
            images, targets = zip(*self._waiting, strict=True)
            self._found += self.network(images, targets).tolist()
            self._waiting.clear()


@dataclass
class MetricNetworks:
    """The networks on one device. Each is loaded at its first use and kept."""

    device: str
    loaded: dict[str, MetricNetwork] = field(default_factory=dict)  # name of the metric -> network

    def load(self, metrics: Sequence[Metric]) -> tuple[dict[str, MetricNetwork], dict[str, str]]:
        """Two mappings by name of the metric: the networks, and the reasons why the others cannot be loaded."""
        reasons = {}
        for metric in metrics:
            try:
                if metric.load is not None and metric.name not in self.loaded:
                    self.loaded[metric.name] = metric.load(self.device)
            except AnibenchError as error:
                reasons[metric.name] = str(error)
        return {each.name: self.loaded[each.name] for each in metrics if each.name in self.loaded}, reasons
