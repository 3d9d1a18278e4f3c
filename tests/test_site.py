"""The documentation as a site: it builds, its links hold, and its page of commands has every command's help."""

import html
import os
import re
import subprocess
import sys
from pathlib import Path

import click
import pytest

import anibench

ROOT = Path(anibench.__file__).parent


def _build(folder: Path, out: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(out)],
        cwd=folder,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
    )


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("site")
    built = _build(ROOT, out)
    assert built.returncode == 0, built.stderr
    return out


def test_every_page_and_picture_of_the_documentation_is_in_the_site(site: Path) -> None:
    pages = ["", "CONTRIBUTING/", *(f"docs/{page.stem}/" for page in (ROOT / "docs").glob("*.md"))]
    assert [page for page in pages if not (site / page / "index.html").is_file()] == []
    assert [
        file for file in (ROOT / "docs").rglob("*.[jps][pnv]g") if not (site / file.relative_to(ROOT)).is_file()
    ] == []


def test_the_site_asks_no_other_host(site: Path) -> None:
    text = (site / "index.html").read_text("utf-8")
    assert re.findall(r'(?:src="|<link[^>]+href=")(?:https?:)?//', text) == []


def test_the_page_of_commands_has_the_help_of_every_command(site: Path) -> None:
    shown = _words((site / "docs/commands/index.html").read_text("utf-8"))
    for name in anibench.COMMANDS:
        command = anibench.main.get_command(click.Context(anibench.main), name)
        assert command is not None
        described, *_ = (command.help or "").partition("\b")
        assert " ".join(described.replace("`", "").split()) in shown, name
        assert [each.opts[0] for each in command.params if each.opts[0] not in shown and each.opts[0][:2] == "--"] == []


def _words(page: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", "", page)).split())


@pytest.mark.parametrize(
    ("link", "fault"),
    [
        ("CONTRIBUTING.md#a", ""),
        ("no-such-page.md", "no-such-page.md"),
        ("CONTRIBUTING.md#no-such-part", "no-such-part"),
    ],
)
def test_a_broken_link_stops_the_build(tmp_path: Path, link: str, fault: str) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "README.md").write_text(f"# A\n\n[link]({link})\n")
    (tmp_path / "CONTRIBUTING.md").write_text("# A\n")
    (tmp_path / "mkdocs.yml").write_text(
        f"INHERIT: {ROOT}/mkdocs.yml\nhooks: [{ROOT}/docs/site_pages.py]\n"
        "watch: []\nnav: [README.md, CONTRIBUTING.md]\n"
    )
    built = _build(tmp_path, tmp_path / "site")
    assert (built.returncode != 0) == bool(fault), built.stderr
    assert fault in built.stderr
