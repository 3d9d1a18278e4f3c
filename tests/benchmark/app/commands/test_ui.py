"""`anibench ui`: the page is served until Ctrl-C, and its folder is removed."""

from pathlib import Path

import pytest
from click.testing import CliRunner

import anibench
from benchmark.app import server


def test_the_page_is_served_until_it_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(self: object) -> None:
        assert len(list(tmp_path.glob("anibench-ui-*"))) == 1
        raise KeyboardInterrupt

    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr(server.ThreadingHTTPServer, "serve_forever", stop)
    command = ["ui", "--runs", str(tmp_path / "runs"), "--port", "0", "--device", "cpu"]
    result = CliRunner().invoke(anibench.main, command)
    assert result.exit_code == 0, result.output
    assert "http://127.0.0.1:" in result.stdout
    assert "the uploaded pictures are removed" in result.stderr
    assert not list(tmp_path.glob("anibench-ui-*"))
