"""Every markdown page: short lines, an opening paragraph, links that resolve, and commands and settings that exist."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import click
import pytest
from pydantic import BaseModel

import anibench
from benchmark.data.xdog import XDoG
from benchmark.methods.interface import get_method, method_names
from benchmark.results.eval_config import EvalSettings
from benchmark.suites.suite import Suite
from builder.core.recipe import Recipe
from builder.lines.fit_xdog import FitConfig

ROOT = Path(anibench.__file__).parent
PATTERNS = ("README.md", "CONTRIBUTING.md", "docs/*.md", "reports/published/*.md")
PAGES = sorted(page for pattern in PATTERNS for page in ROOT.glob(pattern))
LONGEST_LINE = 120
FENCE = re.compile(r"^(```|~~~)")
LINK = re.compile(r"!?\[[^\]]*\]\(<?([^)>\s]+)>?\)")


@pytest.fixture(params=[page.relative_to(ROOT).as_posix() for page in PAGES])
def page(request: pytest.FixtureRequest) -> Path:
    return ROOT / str(request.param)


def test_no_line_is_too_long(page: Path) -> None:
    long = [number for number, line in enumerate(_lines(page), 1) if len(line) > LONGEST_LINE]
    assert not long, f"{page.name}: lines over {LONGEST_LINE} characters"


def test_a_page_opens_with_a_title_and_a_paragraph(page: Path) -> None:
    title, blank, first = _lines(page)[:3]
    assert title.startswith("# ")
    assert not blank
    assert re.match(r"[\w*`\[]", first), "text, not a heading, table, list, picture or code block"


def test_relative_links_and_anchors_resolve(page: Path) -> None:
    broken = [target for target in _links(page) if not _resolves(page, target)]
    assert not broken


def test_shown_commands_and_options_exist(page: Path) -> None:
    wrong = [problem for line in _code(page) for problem in _problems(line)]
    assert not wrong


@pytest.mark.parametrize(
    ("line", "problems"),
    [
        ("anibench eval --protocol self-ref   # --checkpoints", []),
        ("pip install . && anibench evaluate", ["anibench evaluate"]),
        ("anibench eval --protocols=self-ref", ["anibench eval --protocols"]),
        ("anibench weights fetch NAME --sha256 HASH", []),
        ("anibench --version", []),
    ],
)
def test_a_wrong_command_or_option_is_found(line: str, problems: list[str]) -> None:
    assert _problems(line) == problems


def test_shown_settings_exist() -> None:
    known = setting_names()
    shown = {
        (page.name, key)
        for page in PAGES
        for line in _lines(page)
        for key in re.findall(r"--set '?([a-z_0-9.]+)=", line)
    }
    assert len(shown) > 30, "there are settings to check"
    suites = ("datasets.", "trainings.")
    assert [each for each in shown if each[1] not in known and not each[1].startswith(suites)] == []
    assert "lines.p" in known
    assert "xdog.p" not in known


def test_a_broken_link_is_found() -> None:
    readme = ROOT / "README.md"
    assert _resolves(readme, "docs/glossary.md#glossary")
    assert not _resolves(readme, "docs/glossary.md#glossaries")
    assert not _resolves(readme, "docs/no-such-page.md")


def setting_names() -> set[str]:
    """The dotted keys that `--set` of some command takes."""
    methods = [get_method(name).config for name in method_names()]
    configs = (Recipe, EvalSettings, FitConfig, XDoG, Suite, *methods)
    return {"key.path"} | {name for config in configs for name in _keys(config)}


def _keys(config: type[BaseModel], before: str = "") -> Iterator[str]:
    for name, field in config.model_fields.items():
        yield before + name
        kinds = [field.annotation, *get_args(field.annotation)]
        for kind in [kind for kind in kinds if isinstance(kind, type) and issubclass(kind, BaseModel)]:
            yield from _keys(kind, f"{before}{name}.")


def _lines(page: Path) -> list[str]:
    return page.read_text("utf-8").splitlines()


def _split(page: Path) -> tuple[list[str], list[str]]:
    """The lines outside and inside the code blocks of a page."""
    text, code, inside = [], [], False
    for line in _lines(page):
        if FENCE.match(line.strip()):
            inside = not inside
        else:
            (code if inside else text).append(line)
    return text, code


def _code(page: Path) -> list[str]:
    """The lines of a page's code blocks; lines that end with a backslash are joined."""
    return "\n".join(_split(page)[1]).replace("\\\n", " ").splitlines()


def _links(page: Path) -> list[str]:
    targets = LINK.findall(re.sub(r"`[^`]*`", "", "\n".join(_split(page)[0])))
    return [target for target in targets if not re.match(r"[a-z]+:", target)]


def _resolves(page: Path, target: str) -> bool:
    path, _, anchor = target.partition("#")
    file = (page.parent / path).resolve() if path else page
    return file.exists() and (not anchor or anchor in _anchors(file))


def _anchors(page: Path) -> set[str]:
    """The anchors that GitHub makes from the headings of a page."""
    headings = [line.lstrip("# ") for line in _split(page)[0] if re.match(r"#{1,6} ", line)]
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def _problems(line: str) -> list[str]:
    """The commands of a shell line that do not exist, and the options that their command does not have."""
    words = shlex.split(line.replace("'", "").replace('"', ""), comments=True)
    found = []
    for start in [number for number, word in enumerate(words) if word == "anibench"]:
        name, *rest = [*words[start + 1 :], ""]
        if not name or name.startswith("-"):
            continue
        if name not in anibench.COMMANDS:
            found.append(f"anibench {name}")
            continue
        options = _options(name)
        given = [word.partition("=")[0] for word in rest if word.startswith("--")]
        found += [f"anibench {name} {option}" for option in given if option not in options]
    return found


def _options(name: str) -> set[str]:
    """The options of a command and, where it is a group, of its subcommands."""
    command = anibench.main.get_command(click.Context(anibench.main), name)
    assert command is not None
    subcommands = list(command.commands.values()) if isinstance(command, click.Group) else []
    parameters = [parameter for each in [command, *subcommands] for parameter in each.params]
    return {"--help"} | {option for parameter in parameters for option in [*parameter.opts, *parameter.secondary_opts]}
