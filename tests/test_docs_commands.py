"""Commands in the documentation: click accepts each one, and it runs here unless its block says what it needs or takes.

A block that is not run here has the title "needs ..." or "takes ...", which the site shows: ```sh title="needs a GPU".
"""

import re
import shlex
from contextlib import suppress
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

import anibench
from benchmark.core.files import encode_png, write_bytes, write_png
from benchmark.data.shapes import write_dataset
from builder.drawing.illustration import draw_figure, draw_portrait

ROOT = Path(anibench.__file__).parent
PAGES = {
    page.relative_to(ROOT).as_posix(): page.read_text("utf-8").replace("\\\n", " ")
    for page in [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")]
}
BLOCK = re.compile(r"^```sh(?: title=\"(needs|takes) [\w', ]+\")?\n(.*?)^```", re.MULTILINE | re.DOTALL)
ELSEWHERE = {
    "anibench ui": "benchmark/app/test_server.py",  # runs until Ctrl-C
    "CONTRIBUTING.md": "test_contributing.py",  # with the modules of the page
}
FEWER = {"drawn:figures:600": "drawn:figures:8"}
SMALL = {  # a command takes seconds with these settings after its own
    "anibench build-dataset": "--test 2",
    "anibench train animediffusion": "--set phase2.steps=2 --set phase2.batch=2 --set runtime.samples_every=0",
    "anibench train scft": "--set budget.images=16 --set runtime.samples_every=0",
    "anibench eval": "--set resamples=99",
}


def commands(text: str) -> list[list[str]]:
    """The words of each anibench command in lines of a shell."""
    parts = re.split(r"\n|&&", re.sub(r"(^|\s)#.*", "", text, flags=re.MULTILINE))
    lines = [[str(Path(word).expanduser()) if word[0] == "~" else word for word in shlex.split(part)] for part in parts]
    return [line[line.index("anibench") :] for line in lines if "anibench" in line]


def unmarked(page: str) -> list[list[str]]:
    found = [command for mark, text in BLOCK.findall(PAGES[page]) if not mark for command in commands(text)]
    return [command for command in found if " ".join(command) not in ELSEWHERE]


def test_every_block_of_commands_is_recognised() -> None:
    for page, text in PAGES.items():
        assert len(BLOCK.findall(text)) == len(re.findall("^```sh", text, re.MULTILINE)), page


@pytest.mark.parametrize("page", PAGES)
def test_click_accepts_every_command(page: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(click.Path, "convert", lambda self, value, parameter, context: Path(value))
    for _, text in BLOCK.findall(PAGES[page]):
        for words in commands(text):
            accept(words)


def accept(words: list[str]) -> None:
    """Parse a command with click, as a shell would hand it over; raises SystemExit or UsageError for a wrong one."""
    group: click.Command = anibench.main
    context = click.Context(group)
    rest = words[1:]
    while isinstance(group, click.Group) and not rest[0].startswith("-"):
        found = group.get_command(context, rest[0])
        assert found is not None, words
        group, rest = found, rest[1:]
    with suppress(click.exceptions.Exit):  # --help, --version
        group.make_context(" ".join(words), rest, parent=context)


@pytest.mark.parametrize("line", ["anibench eval --protocol", "anibench train", "anibench colorize a --seed -1"])
def test_a_wrong_command_is_not_accepted(line: str) -> None:
    with pytest.raises(click.UsageError):
        accept(commands(line)[0])


@pytest.mark.usefixtures("no_weights")
@pytest.mark.parametrize("page", [page for page in PAGES if page not in ELSEWHERE and unmarked(page)])
def test_every_unmarked_command_runs(page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    prepare(tmp_path, finished=not any("build-dataset" in command for command in unmarked(page)))
    for words in unmarked(page):
        more = next((more for start, more in SMALL.items() if " ".join(words).startswith(start)), "")
        small = [FEWER.get(word, word) for word in words[1:]]
        result = CliRunner().invoke(anibench.main, [*small, *more.split()])
        assert result.exit_code == 0, f"{' '.join(words)}\n{result.output}"


def prepare(desk: Path, finished: bool) -> None:
    """The files that the pages speak of, drawn small; with a dataset and an evaluation where the page makes none."""
    for seed in range(6):
        write_png(desk / f"illustrations/{seed}.png", draw_portrait(seed, 512).color)
    for seed in range(2):
        portrait = draw_portrait(seed, 128)
        for pairs in ("my-pairs", "my-line-pairs"):
            write_png(desk / pairs / f"color/{seed}.png", portrait.color)
            write_png(desk / pairs / f"line/{seed}.png", portrait.line)
    for name in ("pictures/0.png", "face.png", "a.png", "b.jpg"):
        write_bytes(desk / name, encode_png(desk / name, portrait.color))
    write_png(desk / "sketch.png", portrait.line)
    write_png(desk / "sketch-of-a-dress.png", draw_figure(8).line)
    write_png(desk / "dress.png", draw_figure(9).color)
    if finished:
        write_dataset(desk / "data/faces")
        evaluated = CliRunner().invoke(anibench.main, ["eval", "line-only", "--protocol", "self-ref"])
        assert evaluated.exit_code == 0, evaluated.output
