"""`anibench rescore`."""

from pathlib import Path

import click

from benchmark.commands.options import ANY_PATH, print_config
from benchmark.commands.score_options import ScoringOptions, scoring_options, show_cards
from benchmark.core.device import resolve_device
from benchmark.core.errors import AnibenchError
from benchmark.core.terminal import tell


@click.command()
@click.option("--data", type=ANY_PATH, help="Folder of the dataset.  [default: the one recorded in each run]")
@scoring_options
def rescore(data: Path | None, options: ScoringOptions) -> None:
    """Score the saved pictures of finished evaluations again.

    Use it after adding metrics or weight files, or to change settings. No model and no checkpoint is needed. Pictures,
    cost and notes stay as they are. The command prints each evaluation that cannot be scored again, with the reason.

    \b
    Examples:
      anibench rescore
      anibench rescore --runs runs --set fid=clean
    """
    from benchmark.core.runs import record_run
    from benchmark.evaluation.rescore import RescoreConfig, find_evaluations, rescore_all

    asked = options.resolve()
    changed = {name: getattr(asked, name) for name in sorted(asked.model_fields_set)}
    config = RescoreConfig(settings=changed, data=str(data) if data else None)
    if options.dry_run:
        print_config(config)
        return
    folders = find_evaluations(options.runs)
    if not folders:
        raise AnibenchError(
            f"{options.runs / 'eval'} holds no evaluation; make one with: anibench eval --protocol self-ref"
        )
    device = resolve_device(options.device)
    with record_run(options.runs / "rescore", "rescore", config, name="rescore", device=device):
        cards, failures = rescore_all(folders, config, device, tell)
    show_cards(cards, options.as_json)
    if failures:
        raise AnibenchError("\n".join(failures))
