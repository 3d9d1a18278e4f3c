"""`anibench import-checkpoint`."""

from pathlib import Path

import click

from benchmark.commands.options import ANY_PATH, EXISTING_FILE, config_options, print_config
from benchmark.core.config import load_config
from benchmark.core.terminal import say
from benchmark.methods.interface import get_method


@click.command("import-checkpoint")
@click.argument("file", type=EXISTING_FILE)
@click.option("--method", "method_name", required=True, metavar="METHOD", help="Method of the weights.")
@click.option("--preset", help="Settings that the file does not determine.  [default: official, if there is one]")
@click.option("--runs", type=ANY_PATH, default=Path("runs"), show_default=True, help="Folder of the runs.")
@click.option("--name", help="Name of the run.  [default: name of the file]")
@config_options
def import_checkpoint(
    file: Path,
    method_name: str,
    preset: str | None,
    runs: Path,
    name: str | None,
    config_file: Path | None,
    settings: tuple[str, ...],
    dry_run: bool,
) -> None:
    """Import a checkpoint of the authors' code.

    FILE is a `.pth` file of weights; only tensors are loaded from it. Every name and shape is checked. The network's
    sizes follow from the shapes. Settings that the shapes do not determine, such as the number of attention heads, come
    from the preset or from --set. The result is a training run in RUNS/train/METHOD/NAME, which `anibench eval` finds.

    \b
    Example:
      anibench import-checkpoint ADF300_10.pth --method animediffusion
      anibench import-checkpoint cbam.pth --method animediffusion --set unet.heads=8
    """
    from benchmark.methods.importing import import_run

    method = get_method(method_name)
    preset = preset or ("official" if "official" in method.presets() else None)
    preset_file = method.preset(preset) if preset else None
    config = load_config(method.config, preset=preset_file, file=config_file, settings=settings)
    if dry_run:
        print_config(config)
        return
    folder = runs / "train" / method_name / (name or file.stem)
    checkpoint = import_run(method, file, config, folder)
    say(f"Imported {file} as {checkpoint}")
