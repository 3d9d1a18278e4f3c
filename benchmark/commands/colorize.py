"""`anibench colorize`."""

from pathlib import Path

import click

from benchmark.commands.options import (
    ANY_PATH,
    EXISTING_FILE,
    device_option,
)
from benchmark.core.device import resolve_device
from benchmark.core.errors import AnibenchError
from benchmark.core.terminal import say, tell

PAPER_SAMPLES = 31_696  # in the train split of the paper's dataset


@click.command()
@click.argument("lines", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path), metavar="LINE...")
@click.option("--reference", type=EXISTING_FILE, required=True, metavar="IMAGE", help="Picture whose colours are used.")
@click.option("--out", type=ANY_PATH, required=True, help="Folder of the results.")
@click.option(
    "--method",
    "name",
    metavar="METHOD[/RUN]",
    help="Method or run.  [default: the only training run, else built-in weights]",
)
@click.option("--checkpoint", type=EXISTING_FILE, metavar="FILE", help="Paint with this checkpoint.")
@click.option("--runs", type=ANY_PATH, default=Path("runs"), show_default=True, help="Folder of the runs.")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Random seed.")
@device_option
@click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="KEY.PATH=VALUE",
    help="Change one setting of the method, or decode.max_pixels; repeatable.",
)
def colorize(
    lines: tuple[Path, ...],
    reference: Path,
    out: Path,
    name: str | None,
    checkpoint: Path | None,
    runs: Path,
    seed: int,
    device: str,
    settings: tuple[str, ...],
) -> None:
    """Colorize your own line drawings.

    LINE is a drawing of any size and format, or a folder of drawings. White ink and grey paper are mended. A picture
    with too many pixels needs --set decode.max_pixels=N. Each drawing is painted in the colours of IMAGE and written
    to OUT/<its name>.png at its own size. Methods are trained on faces: a drawing and a reference framed like the
    dataset's crops give the best results.

    \b
    Examples:
      anibench colorize sketch.png --reference face.png --out colored
      anibench colorize drawings --reference face.png --out colored --method animediffusion/demo --seed 1
    """
    from benchmark.data.decode import take_decode_settings
    from benchmark.evaluation.colorize import colorize_files
    from benchmark.evaluation.entries import built_in_entries, find_entries, reconfigured

    recipe, rest = take_decode_settings(settings)
    entries, skipped = find_entries([name] if name else [], checkpoint, runs)
    entries = entries if name else [entry for entry in entries if entry.method.kind != "floor"]
    if not entries and not skipped:
        entries = built_in_entries()
        for entry in entries:
            tell(f"{runs} has no training run; {entry.label} paints, whose weights come with anibench")
    if len(entries) != 1:
        found = ", ".join(entry.label.replace(".", "/", 1) for entry in entries)
        hint = f"choose one with --method: {found}" if found else "train one with: anibench train animediffusion"
        raise AnibenchError("\n".join([f"{runs} has {len(entries)} trained methods; {hint}", *skipped]))
    entry = reconfigured(entries[0], rest)
    if entry.info is not None and entry.info.images_seen < PAPER_SAMPLES:
        tell(
            f"{entry.label} has seen {entry.info.images_seen:,} pictures in training, less than one pass over the "
            f"paper's {PAPER_SAMPLES:,}; its pictures may be noise"
        )
    count, painted = colorize_files(
        entry, lines, reference, out, seed=seed, device=resolve_device(device), say=tell, recipe=recipe
    )
    kept = f"; {count - painted} unchanged ones kept" if count > painted else ""
    say(f"{painted} drawings colorized by {entry.label}: {out}{kept}")
