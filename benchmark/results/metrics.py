"""The registered metrics, found by entry points of the group `anibench.metrics`. Registering imports no torch."""

from collections.abc import Iterator, Mapping
from functools import cached_property
from importlib.metadata import EntryPoint, entry_points

from benchmark.core.errors import AnibenchError
from benchmark.results.metric import Metric

GROUP = "anibench.metrics"


class Registry(Mapping[str, Metric]):
    """Metrics by name, in the order of the tables.

    The metrics are loaded at the first access, because their files import this package. The first access raises
    AnibenchError for an entry point that does not name a `Metric` of the same name.
    """

    @cached_property
    def _metrics(self) -> dict[str, Metric]:
        found = [load_metric(entry) for entry in entry_points(group=GROUP)]
        return {metric.name: metric for metric in sorted(found, key=lambda each: (each.order, each.name))}

    def __getitem__(self, name: str) -> Metric:
        return self._metrics[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._metrics)

    def __len__(self) -> int:
        return len(self._metrics)


def load_metric(entry: EntryPoint) -> Metric:
    """Load the metric of one entry point; raises AnibenchError that names the entry point."""
    try:
        metric = entry.load()
    except Exception as error:
        raise AnibenchError(f"the metric {entry.name} ({entry.value}) cannot be imported: {error}") from error
    if not isinstance(metric, Metric) or metric.name != entry.name:
        raise AnibenchError(f"the entry point {entry.name} = {entry.value} must name a Metric called {entry.name}")
    return metric


METRICS = Registry()
