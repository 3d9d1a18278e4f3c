"""`anibench review`: the page, a source that has changed, and the server."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import anibench
from benchmark.data.dataset import Dataset
from builder.check import review_server


def run(data: Dataset, *arguments: object) -> Result:
    return CliRunner().invoke(anibench.main, ["review", str(data.root), "--workers", "1", *map(str, arguments)])


def test_a_missing_source_picture_leaves_its_crop_without_surroundings(released: Dataset, tmp_path: Path) -> None:
    result = run(released, "--out", tmp_path / "page")
    assert result.exit_code == 0, result.output
    assert f"5 crops in {tmp_path / 'page/index.html'}" in result.output
    (tmp_path / "empty").mkdir()
    result = run(released, "--out", tmp_path / "two", "--source", tmp_path / "empty")
    assert "5 crops without surroundings" in result.stderr


def test_the_page_is_served_until_it_is_stopped(
    released: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(self: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(review_server.ThreadingHTTPServer, "serve_forever", stop)
    result = run(released, "--out", tmp_path / "page", "--serve", "--port", 0)
    assert result.exit_code == 0, result.output
    assert "http://127.0.0.1:" in result.output
    assert "Stopped" in result.stderr
