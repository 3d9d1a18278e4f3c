"""`anibench methods`: the list of methods, and the check of one method against the contract."""

import tempfile
from pathlib import Path
from typing import Any

import click

from benchmark.commands.options import ANY_PATH, EXISTING_FILE, config_options, json_option, print_config, print_json
from benchmark.core.config import Config, load_config
from benchmark.core.errors import AnibenchError
from benchmark.core.terminal import say, tell
from benchmark.evaluation.entries import find_entries
from benchmark.methods.interface import Method, get_method, method_names, parameters_of


@click.command()
@click.option("--check", "checked", metavar="NAME", help="Check a method, or MODULE.PATH, against the contract.")
@click.option("--checkpoint", type=EXISTING_FILE, metavar="FILE", help="Check with these weights.")
@click.option("--preset", help="Preset for the training of the check.")
@click.option("--runs", type=ANY_PATH, default=Path("runs"), show_default=True, help="Folder of the runs.")
@config_options
@json_option
def methods(
    checked: str | None,
    checkpoint: Path | None,
    preset: str | None,
    runs: Path,
    config_file: Path | None,
    settings: tuple[str, ...],
    dry_run: bool,
    as_json: bool,
) -> None:
    """List the methods, or check one against the contract.

    --check NAME prints one line for each rule of the contract and runs on the CPU; the exit code is 1 when a rule is
    broken. NAME is a method, the dotted path of your module, or external:FILE.toml. A trainable method is checked with
    --checkpoint; without it, the method is first trained on four pictures by the given settings.

    \b
    Examples:
      anibench methods
      anibench methods --check my_package.my_method
      anibench methods --check animediffusion --checkpoint weights.safetensors
    """
    if checked is not None:
        _check(checked, checkpoint, preset, config_file, settings, runs, dry_run, as_json)
        return
    if checkpoint or preset or config_file or settings:
        raise click.UsageError("--checkpoint, --preset, --config and --set need --check NAME")
    rows = [_described(name) for name in method_names()]
    if as_json:
        print_json(rows)
        return
    width = max(len(row["name"]) for row in rows)
    for row in rows:
        size = f"{row['parameters']:,} parameters" if row["parameters"] else ""
        presets = f"presets: {', '.join(row['presets'])}" if row["presets"] else ""
        say("  ".join(filter(None, (f"{row['name']:{width}}", f"{row['kind']:9}", size, presets))).rstrip())
        for text in filter(None, (row["about"], row["needs"] and f"needs {row['needs']}")):
            say(f"{'':{width}}  {text}")


def kind_of(method: Method) -> str:
    """`floor`, `external`, `trainable` (needs training) or `inference` (needs none)."""
    if method.kind != "method":
        return method.kind
    return "trainable" if method.train is not None else "inference"


def _described(name: str) -> dict[str, Any]:
    """One row of the list; for a method that cannot be imported, `needs` holds the reason."""
    try:
        method = get_method(name)
    except AnibenchError as error:
        return {"name": name, "kind": "?", "parameters": None, "presets": [], "needs": str(error), "about": ""}
    try:
        count = 0 if method.kind == "floor" else parameters_of(method)
    except (ImportError, AnibenchError):
        count = None
    return {
        "name": name,
        "kind": kind_of(method),
        "parameters": count,
        "presets": list(method.presets()),
        "needs": getattr(method.module, "NEEDS", ""),
        "about": (method.module.__doc__ or "").strip().partition("\n")[0],
    }


def _check(
    name: str,
    checkpoint: Path | None,
    preset: str | None,
    config_file: Path | None,
    settings: tuple[str, ...],
    runs: Path,
    dry_run: bool,
    as_json: bool,
) -> None:
    from benchmark.methods.contract import Subject, examine

    with tempfile.TemporaryDirectory(prefix="anibench-") as folder:
        method, config = _named(name, preset, config_file, settings, runs)
        if dry_run:
            print_config(config)
            return
        if method.train is not None and checkpoint is None:
            tell(f"training {name} on four pictures for the check; --checkpoint FILE skips this")
            checkpoint = _trained(method, config, Path(folder))
        painting = config if not method.has_runs and method.config.model_fields else None
        findings = examine(Subject(method, checkpoint, painting))
    if as_json:
        print_json([finding._asdict() for finding in findings])
    else:
        for finding in findings:
            say(f"{'ok    ' if finding.problem is None else 'FAILED'}  {finding.rule}", nl=False)
            say("" if finding.problem is None else f": {finding.problem}")
    if any(finding.problem is not None for finding in findings):
        raise SystemExit(1)


def _named(
    name: str, preset: str | None, config_file: Path | None, settings: tuple[str, ...], runs: Path
) -> tuple[Method, Config]:
    """The method and the configuration of its check."""
    if ":" in name:
        (entry,), _ = find_entries([name], None, runs)
        assert entry.config is not None
        return entry.method, entry.config
    method = get_method(name)
    preset_file = method.preset(preset) if preset else None
    return method, load_config(method.config, preset=preset_file, file=config_file, settings=settings)


def _trained(method: Method, config: Config, home: Path) -> Path:
    from benchmark.core.runs import Run
    from benchmark.data.shapes import write_dataset

    assert method.train is not None
    return method.train(config, write_dataset(home / "faces", train=4, test=2), Run(home / "run", "cpu"))
