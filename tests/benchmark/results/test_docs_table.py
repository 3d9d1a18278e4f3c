"""docs/metrics.md shows the registered metrics as they are."""

from pathlib import Path

import pytest

import anibench
from benchmark.results.docs_table import HEADER, metrics_table, replace_table, value_range
from benchmark.results.metrics import METRICS


def test_the_page_holds_the_table_of_the_registered_metrics() -> None:
    page = (Path(anibench.__file__).parent / "docs/metrics.md").read_text("utf-8")
    assert replace_table(page) == page, "run: python -m benchmark.results.docs_table docs/metrics.md"


def test_an_old_table_is_renewed_and_a_page_without_one_refused() -> None:
    assert replace_table(f"a\n\n{HEADER}| `old` | | | | | |\n\nb\n") == f"a\n\n{metrics_table()}\nb\n"
    with pytest.raises(ValueError, match="needs one table"):
        replace_table("a\n")


def test_ranges_show_unit_and_bounds() -> None:
    ranges = {name: value_range(METRICS[name]) for name in ("psnr", "ms-ssim", "kid", "palette-distance")}
    assert ranges == {"psnr": "dB, 0..100", "ms-ssim": "0..1", "kid": "any", "palette-distance": "Lab, 0..260"}
