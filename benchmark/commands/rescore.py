"""`anibench rescore`."""

from pathlib import Path

import click

from benchmark.commands.options import (
    ANY_PATH,
    config_options,
    device_option,
    json_option,
    print_config,
)
from benchmark.commands.score_options import (
    runs_option,
    say,
    show_cards,
)
from benchmark.core.config import load_config
from benchmark.core.device import resolve_device
from benchmark.core.errors import AnibenchError
from benchmark.results.eval_config import EvalSettings


@click.command()
@runs_option
@click.option("--data", type=ANY_PATH, help="Folder of the dataset.  [default: the one recorded in each run]")
@device_option
@config_options
@json_option
def rescore(
    runs: Path,
    data: Path | None,
    device: str,
    config_file: Path | None,
    settings: tuple[str, ...],
    dry_run: bool,
    as_json: bool,
) -> None:
    """Score the saved pictures of finished evaluations again.

    For new metrics, newly fetched weights or other settings. It needs no model and no checkpoint. Pictures, cost and
    notes are kept. The command names each evaluation that cannot be scored again.

    \b
    Examples:
      anibench rescore
      anibench rescore --runs runs --set fid=clean
    """
    from benchmark.core.runs import record_run
    from benchmark.evaluation.rescore import RescoreConfig, find_evaluations, rescore_all

    asked = load_config(EvalSettings, file=config_file, settings=settings)
    changed = {name: getattr(asked, name) for name in sorted(asked.model_fields_set)}
    config = RescoreConfig(settings=changed, data=str(data) if data else None)
    if dry_run:
        print_config(config)
        return
    folders = find_evaluations(runs)
    if not folders:
        raise AnibenchError(f"{runs / 'eval'} holds no evaluation; make one with: anibench eval --protocol self-ref")
    with record_run(runs / "rescore", "rescore", config, name="rescore", device=resolve_device(device)):
        cards, failures = rescore_all(folders, config, resolve_device(device), say)
    show_cards(cards, as_json)
    if failures:
        raise AnibenchError("\n".join(failures))
