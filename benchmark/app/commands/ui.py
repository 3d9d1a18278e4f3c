"""`anibench ui`."""

from pathlib import Path

import click

from benchmark.commands.options import ANY_PATH, EXISTING_FILE, device_option
from benchmark.core.device import resolve_device
from benchmark.core.errors import AnibenchError
from benchmark.core.terminal import tell


@click.command()
@click.option("--runs", type=ANY_PATH, default=Path("runs"), show_default=True, help="Folder of the runs.")
@click.option("--port", type=click.IntRange(0, 65535), default=8766, show_default=True, help="Port; 0: any free port.")
@click.option(
    "--report", type=EXISTING_FILE, metavar="FILE.html", help="HTML file of `anibench report` to show in a tab."
)
@device_option
def ui(runs: Path, port: int, report: Path | None, device: str) -> None:
    """Colorize drawings on a page in the browser.

    The page offers the finished runs, the weights that come with anibench, and the floors. It is served on 127.0.0.1
    until Ctrl-C, so only this machine can open it. Uploaded pictures are stored in a private folder, which is removed
    at the end. The same drawing, reference, method and seed give the picture of `anibench colorize`.

    \b
    Examples:
      anibench ui
      anibench ui --runs runs --port 8080
      anibench ui --runs runs --report report.html
    """
    import tempfile

    from benchmark.app.gallery import Gallery
    from benchmark.app.local import serve
    from benchmark.app.server import make_server
    from benchmark.app.studio import Studio
    from benchmark.evaluation.entries import built_in_entries, find_entries

    found, skipped = find_entries([], None, runs)
    for reason in skipped:
        tell(reason)
    entries = [entry for entry in [*found, *built_in_entries()] if not entry.method.sees_target]
    entries.sort(key=lambda entry: entry.method.kind == "floor")  # the trained ones first
    if not entries:
        raise AnibenchError("there is no method that paints; train one with: anibench train animediffusion")
    with tempfile.TemporaryDirectory(prefix="anibench-ui-") as folder:
        studio = Studio(entries, Path(folder), resolve_device(device))
        with make_server(studio, port, Gallery(runs), report) as server:
            try:
                serve(server, "Stopped; the uploaded pictures are removed.")
            finally:
                studio.close()
