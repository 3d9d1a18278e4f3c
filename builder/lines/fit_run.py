"""`anibench fit-xdog`: read the pairs, fit, and write xdog.toml, fit.json, the figures and the run record."""

from pathlib import Path

from benchmark.core.config import load_config
from benchmark.core.files import write_json, write_text
from benchmark.core.progress import progress
from benchmark.core.runs import record_run
from benchmark.data.xdog import XDoG
from builder.lines.fit_figures import draw_objective, draw_sheet
from builder.lines.fit_xdog import FitConfig, FitResult, fit
from builder.lines.line_pairs import hash_line_pairs, pairs_folder, read_pair
from builder.sources.pairs import find_pairs


def run_fit(source: str, out: Path, runs: Path, config: FitConfig) -> tuple[FitResult, Path]:
    """Fit XDoG to the pairs of `source` (a folder or drawn:N) and write the parameters to `out`.

    The run folder `runs`/fit-xdog/<stem of out> receives fit.json, objective.png, sheet.png and the run record. Raises
    AnibenchError for unusable pairs, and when the fitted lines are nearly white.
    """
    folder = runs / "fit-xdog" / out.stem
    files = find_pairs(pairs_folder(source, folder / "pairs"))
    digest = hash_line_pairs(files)
    with record_run(folder, "fit-xdog", config, name=out.stem, inputs={"pairs": digest}) as run:
        pairs = []
        with progress("reading pairs", len(files), unit="pairs") as advance:
            for color, line in files:
                pairs.append(read_pair(color, line))
                advance()
        result, surfaces = fit(pairs, config)
        write_json(run.folder / "fit.json", result.model_dump(mode="json"))
        draw_objective(run.folder / "objective.png", surfaces, result)
        draw_sheet(run.folder / "sheet.png", pairs, [color for color, _ in files], result)
        write_text(out, to_toml(result, digest))
        load_config(XDoG, file=out)  # check that later commands can read the file
    return result, run.folder


def to_toml(result: FitResult, digest: str) -> str:
    """The parameters as TOML for `load_config(XDoG, file=...)`, with comments that state their origin."""
    scores = next(c.scores for c in result.candidates if c.name == f"fitted: {result.objective}")
    comments = [
        f"XDoG fitted by `anibench fit-xdog` to {result.pairs} pairs, objective {result.objective}.",
        f"Pairs (SHA-256 over stems and files): {digest}",
        f"Edge F1 {scores.f1_1px:.3f} within 1 px, {scores.f1_2px:.3f} within 2 px;"
        f" ink {scores.ink:.1%}, the artists' {result.artist_ink:.1%}.",
    ]
    if result.spread is not None:
        comments.append(f"Leave-one-out: k {_span(result.spread.k)}, p {_span(result.spread.p)}.")
    comments += [f"Warning: {warning}" for warning in result.warnings]
    values = [f'{key} = "{value}"' if isinstance(value, str) else f"{key} = {value!r}" for key, value in result.params]
    return "\n".join([*(f"# {comment}" for comment in comments), *values]) + "\n"


def print_result(result: FitResult, out: Path, folder: Path) -> None:
    """Print the comparison table and the paths of the results."""
    from rich.box import SIMPLE
    from rich.console import Console
    from rich.table import Table

    title = f"XDoG and the artists' lines: {result.pairs} pairs, {result.artist_ink:.1%} ink"
    table = Table(title=title, box=SIMPLE, padding=(0, 1, 0, 0), pad_edge=False)
    for column in ("", "k", "p", "eq. 2", "thresh.", "F1 1px", "F1 2px", "ink"):
        table.add_column(column, justify="right" if column else "left", no_wrap=True)
    for row in result.candidates:
        s, place = row.scores, ("", "") if row.params is None else (f"{row.params.k:g}", f"{row.params.p:g}")
        numbers = (f"{s.equation_2:.1f}", f"{s.thresholded:.1f}", f"{s.f1_1px:.3f}", f"{s.f1_2px:.3f}", f"{s.ink:.1%}")
        table.add_row(row.name, *place, *numbers, style="bold" if row.name == f"fitted: {result.objective}" else "")
    console = Console(highlight=False, soft_wrap=True)
    console.print(table)
    if result.spread is not None:
        console.print(
            f"leave-one-out: k {_span(result.spread.k)}, p {_span(result.spread.p)};"
            f" loss {result.spread.loss:.4g}, of the pair left out {result.spread.held_out_loss:.4g}"
        )
    for warning in result.warnings:
        console.print(f"warning: {warning}", style="yellow")
    console.print(f"parameters: {out}\nnumbers and figures: {folder}")


def _span(values: list[float]) -> str:
    return f"{min(values):g} to {max(values):g}"
