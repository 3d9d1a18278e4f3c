"""Every figure is linked; curves are drawn without pictures too."""

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

import anibench
from benchmark.core.files import read_rgb

pytestmark = pytest.mark.usefixtures("no_weights")


def test_every_figure_is_linked_and_lies_beside_the_report(text: str, files: dict[str, Path]) -> None:
    home = files["markdown"].parent
    links = re.findall(r"\]\((report-figures/[^)]+)\)", text)
    assert len(links) == len(set(links))
    assert {home / link for link in links} == set((home / "report-figures").iterdir())
    assert sum("-random.png" in link for link in links) == 2, "a grid for each protocol"
    loss = next(link for link in links if "/loss-" in link)
    assert read_rgb(home / loss).std() > 5


def test_a_report_without_pictures_shows_curves_alone(runs: Path, tmp_path: Path) -> None:
    out = tmp_path / "shown" / "report.md"
    arguments = ["report", "--runs", str(runs), "--out", str(out), "--pictures", "none"]
    assert CliRunner().invoke(anibench.main, arguments).exit_code == 0
    links = re.findall(r"!\[[^]]*]\(([^)]+)\)", out.read_text())
    figures = sorted(path.name for path in (out.parent / "report-figures").iterdir())
    assert sorted(Path(link).name for link in links) == figures
    assert any(name.startswith("loss-") for name in figures)
    assert all(name.startswith("loss-") or "-scores-" in name for name in figures)
