"""Commands in the messages of the code: each exists and has the options that the message gives."""

import ast
import re
from pathlib import Path

import click
import pytest

import anibench

ROOT = Path(anibench.__file__).parent
PACKAGES = ("animediffusion", "baselines", "benchmark", "builder", "reports")
FILES = [ROOT / "anibench.py", *sorted(path for name in PACKAGES for path in (ROOT / name).rglob("*.py"))]
NAMED = re.compile(r"(?:: |`|see |with |run )anibench ([a-z][a-z-]*)([^`;,()\n]*)")


def messages(source: str) -> list[str]:
    """The strings of a source that are no docstrings; values in f-strings are VALUE."""
    tree = ast.parse(source)
    docs = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            parts = [part.value if isinstance(part, ast.Constant) else "VALUE" for part in node.values]
            found.append("".join(map(str, parts)))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docs:
            found.append(node.value)
    return found


def problems(message: str) -> list[str]:
    """The commands of a message that do not exist, and the options that they do not have."""
    found = []
    for name, rest in NAMED.findall(message):
        command = anibench.main.get_command(click.Context(anibench.main), name)
        if command is None:
            found.append(f"anibench {name}")
            continue
        below = list(command.commands.values()) if isinstance(command, click.Group) else []
        options = {option for each in (command, *below) for parameter in each.params for option in parameter.opts}
        found += [f"anibench {name} {option}" for option in re.findall(r"--[a-z][\w-]*", rest) if option not in options]
    return found


def test_every_command_in_a_message_exists_with_its_options() -> None:
    texts = [text for path in FILES for text in messages(path.read_text("utf-8"))]
    assert sum(len(NAMED.findall(text)) for text in texts) > 30, "there are messages to check"
    assert [problem for text in texts for problem in problems(text)] == []


@pytest.mark.parametrize(
    ("message", "found"),
    [
        ("train it with: anibench train VALUE --data VALUE", []),
        ("finish it with: anibench training", ["anibench training"]),
        ("run: anibench eval --protocols self-ref", ["anibench eval --protocols"]),
    ],
)
def test_a_wrong_command_in_a_message_is_found(message: str, found: list[str]) -> None:
    assert problems(message) == found
