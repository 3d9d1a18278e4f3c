"""`anibench colorize`."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from benchmark.commands.options import ANY_PATH, EXISTING_FILE, device_option
from benchmark.core.device import resolve_device
from benchmark.core.errors import AnibenchError
from benchmark.core.terminal import say, tell

if TYPE_CHECKING:
    from benchmark.colorizing.options import ColorizeOptions

# Option of the command -> field of ColorizeOptions; --like gives the ones that are not on the command line.
STORED = {
    "name": "method",
    "settings": "settings",
    "seed": "seed",
    "kind": "kind",
    "whole": "whole",
    "keep_lines": "keep_lines",
    "sequence": "sequence",
    "carry": "carry",
    "palette": "palette",
}


@click.command()
@click.argument("lines", nargs=-1, type=click.Path(exists=True, path_type=Path), metavar="LINE...")
@click.option(
    "--reference",
    "references",
    type=EXISTING_FILE,
    required=True,
    multiple=True,
    metavar="IMAGE",
    help="Picture whose colours are used; repeatable: each drawing and face gets the one with the most similar lines.",
)
@click.option("--out", type=ANY_PATH, help="Folder of the results.")
@click.option(
    "--method",
    "name",
    metavar="METHOD[/RUN]",
    help="Method or run.  [default: the only training run, else the weights that come with anibench]",
)
@click.option("--checkpoint", type=EXISTING_FILE, metavar="FILE", help="Paint with this checkpoint.")
@click.option("--runs", type=ANY_PATH, default=Path("runs"), show_default=True, help="Folder of the runs.")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Random seed.")
@click.option(
    "--count", type=click.IntRange(1, 64), default=1, help="Paint each drawing with N seeds, and write a sheet of them."
)
@click.option(
    "--input",
    "kind",
    type=click.Choice(["auto", "line", "scan", "colour"]),
    default="auto",
    show_default=True,
    help="Kind of LINE: clean lines, a scan or photo, or a picture in colour whose lines are extracted.",
)
@click.option("--whole", is_flag=True, help="Do not search for faces; use whole drawings and references.")
@click.option("--keep-lines", is_flag=True, help="Replace the painted lines by the drawing's own lines.")
@click.option("--sequence", is_flag=True, help="A folder LINE is one sequence: its pictures are frames, in name order.")
@click.option("--carry", is_flag=True, help="Keep colours of a sequence's last frame where no line moves.")
@click.option("--layers", is_flag=True, help="Also write colour under line as an OpenRaster file (.ora).")
@click.option("--psd", is_flag=True, help="The same as a Photoshop file (.psd); needs the package psd-tools.")
@click.option(
    "--palette",
    multiple=True,
    metavar="show|N=#RRGGBB",
    help="Print the reference's main colours and stop, or change main colour N; repeatable.",
)
@click.option("--like", type=EXISTING_FILE, metavar="PICTURE", help="Paint with the options stored in this picture.")
@device_option
@click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="KEY.PATH=VALUE",
    help="Change one setting of the method, or decode.max_pixels; repeatable.",
)
@click.pass_context
def colorize(
    context: click.Context,
    /,
    lines: tuple[Path, ...],
    references: tuple[Path, ...],
    out: Path | None,
    checkpoint: Path | None,
    runs: Path,
    count: int,
    layers: bool,
    psd: bool,
    like: Path | None,
    device: str,
    **stored: Any,
) -> None:
    """Colorize your own line drawings.

    LINE is a drawing of any size and format, or a folder of drawings: clean lines, scans, white ink on black, ink in an
    alpha channel, or a picture in colour, whose lines are extracted. A picture with too many pixels needs --set
    decode.max_pixels=N. Each drawing is painted in the colours of IMAGE and written to OUT/NAME.png at its own size.
    Faces in a larger drawing are painted one by one. Each picture stores its options, which --like repeats.

    \b
    Examples:
      anibench colorize sketch.png --reference face.png --out colored
      anibench colorize photo.jpg --input scan --reference face.png --out colored --keep-lines --layers
      anibench colorize drawings --reference a.png --reference b.png --out colored --method animediffusion/demo
      anibench colorize frames --sequence --carry --reference face.png --out colored
      anibench colorize sketch.png --reference face.png --out again --like colored/sketch.png
    """
    from benchmark.colorizing.choice import choose_entry, name_of
    from benchmark.colorizing.colorize import colorize_files, make_job
    from benchmark.colorizing.sequences import colorize_sequences, split_sequences
    from benchmark.data.decode import take_decode_settings

    options = _options(context, stored, like)
    recipe, own = take_decode_settings(options.settings)
    if "show" in options.palette:
        _show_palette(references, options.palette)
        return
    if not lines or out is None:
        raise click.UsageError("give at least one LINE and --out FOLDER", context)
    stills, sequences = split_sequences(lines, recipe, options.sequence, tell)
    _refuse_without_use(stills, [each.path for each in sequences], context.params)
    entry = choose_entry(options.method, checkpoint, runs, own, tell)
    stored_name = None if checkpoint else options.method or name_of(entry)
    job = make_job(
        entry, references, options.model_copy(update={"method": stored_name}), resolve_device(device), recipe
    )
    _compare_with(like, job)
    if sequences:
        colorize_sequences(job, sequences, out, say=tell)
    if not stills:
        say(f"Sequences colorized by {name_of(entry)}: {len(sequences)}, in {out}")
        return
    suffixes = [suffix for suffix, wanted in ((".ora", layers), (".psd", psd)) if wanted]
    total, painted = colorize_files(job, stills, out, count=count, layers=suffixes, say=tell)
    kept = f"; {total - painted} unchanged ones kept" if total > painted else ""
    say(f"Drawings colorized by {name_of(entry)}: {painted}, in {out}{kept}")


def _refuse_without_use(stills: Sequence[Path], sequences: Sequence[Path], given: Mapping[str, Any]) -> None:
    """Raise click.UsageError for an option of the command line that has no effect on its drawings or sequences."""
    for option, wanted in (
        ("--count", given["count"] > 1),
        ("--layers", given["layers"]),
        ("--psd", given["psd"]),
    ):
        if wanted and sequences:
            raise click.UsageError(
                f"{option} is for single drawings, and {sequences[0]} is a sequence; leave out {option}, or colorize "
                "the frames as single drawings: a folder of them without --sequence"
            )
    if given["sequence"] and not any(path.is_dir() for path in given["lines"]):
        raise click.UsageError("--sequence is for a folder of frames, and no LINE is a folder; leave out --sequence")
    if given["carry"] and not sequences:
        raise click.UsageError(
            f"--carry is for sequences, and {stills[0]} is none; leave out --carry, or add --sequence for a folder of "
            "frames"
        )


def _options(context: click.Context, given: dict[str, Any], like: Path | None) -> "ColorizeOptions":
    """The options of the command line, over those stored in the picture `like`."""
    from benchmark.colorizing.colored_files import read_record
    from benchmark.colorizing.options import ColorizeOptions

    own = {STORED[key]: value for key, value in given.items()}
    if like is None:
        return ColorizeOptions.model_validate(own)
    record = read_record(like)
    if record is None:
        raise AnibenchError(f"{like} holds no record of anibench, so its options are not known")
    source = context.get_parameter_source
    changed = {STORED[key]: value for key, value in given.items() if source(key) is ParameterSource.COMMANDLINE}
    return record.options.model_copy(update=changed)


def _compare_with(like: Path | None, job: Any) -> None:
    """Tell which inputs differ from those of the picture `like`."""
    from benchmark.colorizing.colored_files import read_record
    from benchmark.colorizing.colorize import record_fields

    record = None if like is None else read_record(like)
    if record is None:
        return
    fields = record_fields(job, job.options.seed)
    for key, what in (
        ("checkpoint", "other weights"),
        ("reference", "another reference"),
        ("settings", "other settings"),
    ):
        if fields[key] != getattr(record, key):
            tell(f"{like} was painted with {what}; the result will differ from it")


def _show_palette(references: tuple[Path, ...], palette: tuple[str, ...]) -> None:
    """Print the main colours of each reference, after the edits in `palette`."""
    from benchmark.colorizing.references import hex_colour, main_colours, read_reference

    edits = [edit for edit in palette if edit != "show"]
    for path in references:
        say(f"{path}")
        for number, colour in enumerate(main_colours(read_reference(path, None, None, edits).whole), 1):
            say(f"  {number}  {hex_colour(colour[1:])}  {colour[0]:6.1%}")
