"""The table and the formulas of the registered metrics in docs/metrics.md.

`python -m benchmark.results.docs_table FILE` rewrites both.
"""

import math
import re
import sys
import textwrap
from pathlib import Path

from benchmark.core.files import write_text
from benchmark.core.markup import escape
from benchmark.results.metric import Metric
from benchmark.results.metrics import METRICS

HEADER = "| metric | better | range | blind to |\n|---|---|---|---|\n"
TABLE = re.compile(re.escape(HEADER) + r"(?:\|.*\n)*(?:\n(?:- `.*\n(?:  .*\n)*)+)?")
WIDTH = 120  # longest line of a page


def metrics_table() -> str:
    """The table and the list of formulas in markdown, in the order of reports; `*` marks metrics on request."""
    metrics = METRICS.values()
    return f"{HEADER}{''.join(map(_row, metrics))}\n{''.join(map(_formula, metrics))}"


def replace_table(text: str) -> str:
    """`text`, a markdown page, with a new table of metrics; raises ValueError for a page without such a table."""
    if len(TABLE.findall(text)) != 1:
        raise ValueError(f"the page needs one table that starts with:\n{HEADER}")
    return TABLE.sub(lambda _: metrics_table(), text)


def value_range(metric: Metric) -> str:
    """Unit and bounds: `0..1`, `0..` without an upper bound, `any` without bounds."""
    low, high = ("" if math.isinf(end) else f"{end:g}" for end in (metric.low, metric.high))
    bounds = f"{low}..{high}" if low or high else "any"
    return f"{metric.unit}, {bounds}" if metric.unit else bounds


def _row(metric: Metric) -> str:
    mark = " \\*" if metric.on_request else ""
    texts = (metric.better, value_range(metric), metric.blind_to)
    return f"| `{metric.name}`{mark} | {' | '.join(map(escape, texts))} |\n"


def _formula(metric: Metric) -> str:
    text = f"`{metric.name}`: {escape(metric.formula)}. Source: {escape(metric.source)}."
    return textwrap.fill(text, WIDTH, initial_indent="- ", subsequent_indent="  ", break_on_hyphens=False) + "\n"


if __name__ == "__main__":
    page = Path(sys.argv[1])
    write_text(page, replace_table(page.read_text("utf-8")))
