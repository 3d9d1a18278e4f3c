"""`anibench eval`: paint and score under one protocol, or for a matrix of settings."""

from dataclasses import replace
from pathlib import Path

import click

from benchmark.commands.options import EXISTING_FILE, print_json
from benchmark.commands.score_options import (
    ScoringOptions,
    data_option,
    print_resolved,
    protocol_option,
    scoring_options,
    show_cards,
    show_table,
)
from benchmark.core.config import parse_setting
from benchmark.core.device import resolve_device
from benchmark.core.errors import AnibenchError
from benchmark.core.terminal import tell
from benchmark.data.dataset import Dataset
from benchmark.data.protocol import get_protocol
from benchmark.evaluation.entries import Entry
from benchmark.results.eval_config import EvalSettings
from benchmark.results.metrics import METRICS
from benchmark.results.score_table import metrics_of
from benchmark.results.scorecard import ScoreCard

PREFIX = "method."


@click.command(name="eval")
@click.argument("names", metavar="[METHOD | METHOD/RUN | METHOD:FILE.toml]...", nargs=-1)
@click.option("--checkpoint", type=EXISTING_FILE, metavar="FILE", help="Evaluate this checkpoint.")
@click.option("--batch", type=click.IntRange(min=1), help="Pictures painted at once.  [default: 8]")
@click.option("--cost", is_flag=True, help="Also time each method at batch 1, 2, 4, ... up to the fastest.")
@click.option(
    "--matrix", "matrix_name", metavar="FILE|PRESET", help="Evaluate one checkpoint at every combination of settings."
)
@protocol_option(required=False)
@data_option
@scoring_options
def evaluate(
    names: tuple[str, ...],
    protocol_name: str | None,
    data: Path,
    checkpoint: Path | None,
    batch: int | None,
    cost: bool,
    matrix_name: str | None,
    options: ScoringOptions,
) -> None:
    """Evaluate methods under a protocol.

    Paints every test pair, saves the picture, reads it back and scores it; results are in
    RUNS/eval/PROTOCOL-vN/METHOD.RUN, where N is the protocol's version. Without METHOD, all finished training runs and
    all floors are evaluated. METHOD may be the dotted path of a module; external:FILE.toml runs another program. The
    same command continues a stopped evaluation and reuses finished ones.

    --set KEY=VALUE changes a setting of the evaluation. With METHOD it also changes a setting of the method that may
    change after training, such as sampling.steps; the row and its folder then name the setting.
    --set method.KEY=VALUE always changes a setting of the method, also where the evaluation has a setting of the same
    name, such as batch. --matrix evaluates one METHOD/RUN or --checkpoint at every combination of such settings and
    protocols; see benchmark/evaluation/matrices for an example.

    \b
    Examples:
      anibench eval --protocol random-ref
      anibench eval animediffusion/demo copy-reference --protocol self-ref
      anibench eval --protocol self-ref --checkpoint phase1-step-000001000.safetensors
      anibench eval animediffusion/demo --protocol self-ref --set sampling.steps=20
      anibench eval external:other-tool.toml --protocol random-ref
      anibench eval animediffusion/demo --matrix animediffusion-sensitivity
    """
    from benchmark.evaluation.entries import find_entries, reconfigured

    named = bool(names or checkpoint)
    own, methods_own = _split_settings(options.settings, named=named)
    config = options.resolve([*own, *([f"batch={batch}"] if batch else [])])
    if (matrix_name is None) == (protocol_name is None):
        raise click.UsageError("give --protocol NAME or, for a matrix of settings, --matrix FILE|PRESET")
    if options.dry_run:
        _dry_run(protocol_name, matrix_name, config, methods_own)
        return
    protocol = get_protocol(protocol_name) if protocol_name is not None else None
    dataset = Dataset.open(data)
    entries, skipped = find_entries(names, checkpoint, options.runs)
    for reason in skipped:
        tell(f"left out: {reason}")
    entries = [reconfigured(entry, methods_own) for entry in entries]
    if matrix_name is not None:
        if len(entries) != 1 or not named:
            raise AnibenchError("--matrix evaluates one method: give METHOD/RUN or --checkpoint")
        _run_matrix(
            matrix_name, entries[0], dataset, options.runs, config, resolve_device(options.device), options.as_json
        )
        return
    from benchmark.evaluation.evaluate import Evaluation, evaluate_all

    assert protocol is not None
    evaluation = Evaluation.open(protocol, dataset, options.runs, config, resolve_device(options.device), tell)
    cards, failures = evaluate_all(replace(evaluation, cost=cost), entries)
    show_cards(cards, options.as_json)
    if cost and not options.as_json:
        show_costs(cards)
    if failures:
        raise AnibenchError("\n".join(failures))


def _split_settings(settings: tuple[str, ...], *, named: bool) -> tuple[list[str], list[str]]:
    """Settings of the evaluation, and settings of the method.

    `method.KEY=VALUE` always belongs to the method. Without that prefix, a name of `EvalSettings` belongs to the
    evaluation and any other name to the method. Raises click.UsageError for a setting of a method without METHOD.
    """
    of_evaluation, of_method = [], []
    for setting in settings:
        if setting.startswith(PREFIX):
            of_method.append(setting.removeprefix(PREFIX))
        elif named and next(iter(parse_setting(setting))) not in EvalSettings.model_fields:
            of_method.append(setting)
        else:
            of_evaluation.append(setting)
    if of_method and not named:
        raise click.UsageError(f"--set {PREFIX}{of_method[0]}: METHOD is missing; name the method of this setting")
    return of_evaluation, of_method


def _dry_run(protocol_name: str | None, matrix_name: str | None, config: EvalSettings, methods_own: list[str]) -> None:
    if matrix_name is not None:
        from benchmark.evaluation.matrix import find_matrix

        print_json({"matrix": find_matrix(matrix_name).model_dump(mode="json"), "settings": config.model_dump()})
    elif protocol_name is not None:
        print_resolved(get_protocol(protocol_name), config, **({"method": list(methods_own)} if methods_own else {}))


def _run_matrix(
    name: str, entry: Entry, data: Dataset, runs: Path, config: EvalSettings, device: str, as_json: bool
) -> None:
    from benchmark.core.files import read_json
    from benchmark.evaluation.effects import effects
    from benchmark.evaluation.evaluate import Evaluation, evaluate_entry
    from benchmark.evaluation.matrix import find_matrix
    from benchmark.evaluation.matrix_run import run_matrix
    from benchmark.evaluation.matrix_tables import EFFECT_HEADER, cell_header, cell_rows, effect_rows, facts

    matrix = find_matrix(name)
    evaluations = {
        label: Evaluation.open(get_protocol(label), data, runs, config, device, tell) for label in matrix.protocols
    }

    def evaluate_cell(label: str, cell: Entry) -> Path:
        return evaluations[label].folder(evaluate_entry(evaluations[label], cell).label)

    folder, cells, scores = run_matrix(matrix, entry, evaluate_cell, runs, data, device, tell)
    cards = [cell.card for cell in cells if cell.card]
    if as_json:
        print_json(read_json(folder / "matrix.json"))
    elif cards:
        metrics = [metric for metric in metrics_of(cards) if METRICS[metric].headline]
        show_table(cell_header(cells, metrics), cell_rows(cells, metrics), f"{matrix.name}: {entry.label}")
        show_table(EFFECT_HEADER, effect_rows(effects(matrix, cells, scores), metrics), "effect of each setting")
        tell(f"{facts(cells)} All metrics: {folder / 'matrix.md'}")
    if not cards:
        raise AnibenchError(f"no combination of {name} could be evaluated; the first failed: {cells[0].problem}")


def show_costs(cards: list[ScoreCard]) -> None:
    """Print seconds per image at batch 1 and at the fastest batch, and the device."""
    rows = []
    for card in cards:
        measured = card.cost.seconds_by_batch if card.cost else None
        if card.cost is None or not measured:
            rows.append([card.label, "-", "-", "-", "not timed: external program"])
            continue
        best = min(measured, key=measured.__getitem__)
        name = card.cost.device_name or card.cost.device
        rows.append([card.label, f"{measured[1]:.4g}", f"{measured[best]:.4g}", str(best), name])
    show_table(["method", "s per image at batch 1", "at fastest batch", "fastest batch", "device"], rows, "cost")
