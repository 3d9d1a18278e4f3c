"""A desk with drawings and runs, and the page over it."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from asking import Held
from drawings import write_desk
from toys import register, write_training_run

from benchmark.app.gallery import Gallery
from benchmark.app.server import make_server
from benchmark.app.studio import Studio
from benchmark.evaluation.entries import find_entries


@pytest.fixture
def painter(monkeypatch: pytest.MonkeyPatch) -> Held:
    toy = Held()
    register(monkeypatch, "toy", toy)
    return toy


@pytest.fixture
def desk(tmp_path: Path, painter: Held) -> Path:
    write_training_run(tmp_path / "runs", "toy", "one")
    return write_desk(tmp_path)


@pytest.fixture
def port(desk: Path, tmp_path: Path) -> Iterator[int]:
    """The port of the page; its report is `desk / "report.html"`."""
    (tmp_path / "private").mkdir()
    (desk / "report.html").write_text("<!DOCTYPE html><h1>a report</h1><script>document.title = 'sorted'</script>")
    entries = [entry for entry in find_entries([], None, desk / "runs")[0] if entry.method.kind == "method"]
    studio = Studio(entries, tmp_path / "private", "cpu")
    with make_server(studio, 0, Gallery(desk / "runs"), desk / "report.html") as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        assert server.server_address[0] == "127.0.0.1"
        yield server.server_address[1]
        server.shutdown()
        thread.join()
    studio.close()
