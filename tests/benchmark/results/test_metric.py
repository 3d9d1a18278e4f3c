"""A metric's record refuses contradictions and says where the metric applies."""

from dataclasses import replace

import pytest

from benchmark.data.protocol import get_protocol
from benchmark.results.metrics import METRICS


def test_contradictions_are_refused() -> None:
    metric = METRICS["bleeding"]
    for change, message in (
        ({"function": None}, "either function or load"),
        ({"load": METRICS["lpips"].load}, "either function or load"),
        ({"high": metric.low}, "low must be below high"),
        ({"per": "set", "function": None, "load": METRICS["lpips"].load}, "per picture"),
    ):
        with pytest.raises(ValueError, match=message):
            replace(metric, **change)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("protocol", "expected"),
    [
        ("self-ref", {"psnr", "ms-ssim", "lpips", "st-lpips", "line-f1", "palette-distance", "region-delta-e",
                      "eye-delta-e", "bleeding", "memorised"}),
        ("random-ref", {"fid", "fid-clean", "fid-infinity", "kid", "fd-dinov2", "clip-mmd", "line-f1",
                        "palette-distance", "eye-delta-e", "bleeding", "copy", "memorised"}),
    ],
)  # fmt: skip
def test_each_protocol_has_its_metrics(protocol: str, expected: set[str]) -> None:
    assert {name for name, metric in METRICS.items() if metric.applies_to(get_protocol(protocol))} == expected


def test_weight_files_are_those_of_the_network() -> None:
    assert METRICS["lpips"].files == ("alexnet", "lpips-alex")
    assert METRICS["st-lpips"].files == ("st-lpips-alex",)
    assert METRICS["fd-dinov2"].files == ("dinov2-large",)
    assert METRICS["fid"].files == METRICS["psnr"].files == ()
