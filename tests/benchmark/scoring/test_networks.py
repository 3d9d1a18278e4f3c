"""Metrics with a network: computed in batches and in order; a network that cannot be loaded has a reason."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from benchmark.core.errors import AnibenchError
from benchmark.core.files import Image
from benchmark.results.metric import MetricNetwork
from benchmark.results.metrics import METRICS
from benchmark.scoring.networks import BATCH, MetricNetworks, NetworkRun


class Difference:
    """The difference of the first pixels; remembers the batch sizes."""

    def __init__(self) -> None:
        self.weights = {"none": "0"}
        self.sizes: list[int] = []

    def __call__(self, images: Sequence[Image], targets: Sequence[Image]) -> NDArray[np.float64]:
        self.sizes.append(len(images))
        return np.array([float(a[0, 0, 0]) - float(b[0, 0, 0]) for a, b in zip(images, targets, strict=True)])


def flat(level: int) -> Image:
    return np.full((2, 2, 3), level, np.uint8)


def test_values_are_in_order_and_computed_in_batches() -> None:
    network = Difference()
    run = NetworkRun(network)
    for level in range(BATCH + 3):
        run.add(flat(level), flat(1))
    assert run.finish() == [level - 1 for level in range(BATCH + 3)]
    assert network.sizes == [BATCH, 3]


def test_without_outputs_the_network_is_not_called() -> None:
    network = Difference()
    assert NetworkRun(network).finish() == []
    assert network.sizes == []


def test_a_network_is_loaded_once_and_a_missing_one_has_a_reason() -> None:
    loads: list[str] = []

    def load(device: str) -> MetricNetwork:
        loads.append(device)
        return Difference()

    def fail(device: str) -> MetricNetwork:
        raise AnibenchError(f"no weights for {device}")

    good = replace(METRICS["lpips"], name="good", load=load)
    bad = replace(METRICS["lpips"], name="bad", load=fail)
    networks = MetricNetworks("cpu")
    for _ in range(2):
        loaded, reasons = networks.load([good, bad])
        assert list(loaded) == ["good"]
        assert reasons == {"bad": "no weights for cpu"}
    assert loads == ["cpu"]
