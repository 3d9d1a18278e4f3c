"""Options and tables of the commands that compute scores."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar

import click
from rich.markup import escape

from benchmark.commands.options import ANY_PATH, config_options, console, device_option, json_option, print_json
from benchmark.core.config import load_config
from benchmark.data.protocol import EvalProtocol
from benchmark.results.eval_config import EvalSettings
from benchmark.results.metrics import METRICS
from benchmark.results.score_table import metrics_of, score_cell
from benchmark.results.scorecard import ScoreCard

F = TypeVar("F", bound=Callable[..., Any])


def data_option(command: F) -> F:
    """Add `--data`."""
    option = click.option(
        "--data", type=ANY_PATH, default=Path("data/faces"), show_default=True, help="Folder of the dataset."
    )  # fmt: skip
    return option(command)


def runs_option(command: F) -> F:
    """Add `--runs`."""
    return click.option(
        "--runs", type=ANY_PATH, default=Path("runs"), show_default=True, help="Folder of the runs."
    )(command)  # fmt: skip


def protocol_option(required: bool) -> Callable[[F], F]:
    """Add `--protocol`, which arrives as `protocol_name`."""
    return click.option(
        "--protocol",
        "protocol_name",
        required=required,
        metavar="NAME",
        help="self-ref, self-ref-warped, random-ref, ...",
    )


@dataclass(frozen=True)
class ScoringOptions:
    """The values of the options that `scoring_options` adds."""

    runs: Path
    device: str
    config_file: Path | None
    settings: tuple[str, ...]
    dry_run: bool
    as_json: bool

    def resolve(self, settings: Sequence[str] | None = None) -> EvalSettings:
        """The settings of the evaluation: `--config`, then `settings` or, for None, all of `--set`."""
        given = self.settings if settings is None else settings
        return load_config(EvalSettings, file=self.config_file, settings=given)


def scoring_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add `--runs`, `--device`, `--config`, `--set`, `--dry-run` and `--json`, which arrive as one `options`."""

    @wraps(command)
    def with_options(**values: Any) -> None:
        options = ScoringOptions(**{each.name: values.pop(each.name) for each in fields(ScoringOptions)})
        command(**values, options=options)

    for option in (json_option, config_options, device_option, runs_option):
        with_options = option(with_options)
    return with_options


def print_resolved(protocol: EvalProtocol, config: EvalSettings, **more: Any) -> None:
    """Print the protocol and the settings of an evaluation as JSON."""
    print_json({"protocol": protocol.model_dump(mode="json"), "settings": config.model_dump(mode="json"), **more})


def show_cards(cards: Sequence[ScoreCard], as_json: bool) -> None:
    """Print score cards, one table per protocol. To save width, only the paper's metrics have intervals."""
    if as_json:
        print_json([card.model_dump(mode="json") for card in cards])
        return
    for label in dict.fromkeys(card.protocol_label for card in cards):
        chosen = [card for card in cards if card.protocol_label == label]
        metrics = metrics_of(chosen)
        headline = {metric for metric in metrics if METRICS[metric].headline}
        rows = []
        for card in chosen:
            cells = [(metric in headline, score_cell(metric, card)) for metric in metrics]
            rows.append([card.label, *(str(cell) if wide else cell.text for wide, cell in cells), str(card.n)])
        show_table(["method", *(METRICS[metric].title for metric in metrics), "n"], rows, label)


def show_table(header: Sequence[str], rows: Sequence[Sequence[object]], title: str) -> None:
    """Print a table."""
    from rich.table import Table

    table = Table(title=escape(title))
    for number, column in enumerate(header):
        table.add_column(escape(column), no_wrap=number == 0)
    for row in rows:
        table.add_row(*(escape(str(cell)) for cell in row))
    console().print(table)
