"""The registry of metrics: found by entry point, in order, without torch; what is no metric is refused."""

import subprocess
import sys
from importlib.metadata import EntryPoint

import pytest

from benchmark.core.errors import AnibenchError
from benchmark.data.protocol import get_protocol, protocol_names
from benchmark.results.metrics import GROUP, METRICS, load_metric
from benchmark.scoring.pictures import MetricInputs


def test_metrics_are_in_the_order_of_tables() -> None:
    assert list(METRICS)[:3] == ["psnr", "ms-ssim", "fid"]
    assert list(METRICS) == sorted(METRICS, key=lambda name: (METRICS[name].order, name))
    assert all(name == metric.name for name, metric in METRICS.items())


def test_every_protocol_names_headline_metrics_alone() -> None:
    named = {name for protocol in map(get_protocol, protocol_names()) for name in protocol.metrics}
    assert named == {name for name, metric in METRICS.items() if metric.headline}


def test_needs_of_metrics_per_picture_are_fields_of_their_inputs() -> None:
    needs = {need for metric in METRICS.values() if metric.per == "picture" for need in metric.needs}
    assert needs <= set(MetricInputs.__dataclass_fields__)


def test_reading_the_metrics_imports_no_torch() -> None:
    code = "import sys; from benchmark.results.metrics import METRICS; len(METRICS); sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize(
    ("value", "message"),
    [("no_such_module:METRIC", "cannot be imported"), ("math:pi", "must name a Metric called mine"),
     ("benchmark.scoring.psnr:METRIC", "must name a Metric called mine")],
)  # fmt: skip
def test_an_entry_point_that_names_no_metric_is_refused(value: str, message: str) -> None:
    with pytest.raises(AnibenchError, match=message):
        load_metric(EntryPoint("mine", value, GROUP))
