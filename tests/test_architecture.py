"""The architecture: no import circle, no large file or folder, and a tree in CONTRIBUTING that matches the folders."""

import ast
import sys
from importlib.metadata import packages_distributions
from itertools import groupby
from pathlib import Path

import grimp
import numpy as np
import pytest
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

import anibench
from benchmark.core.runs import required_packages

ROOT = Path(anibench.__file__).parent
PACKAGES = ("animediffusion", "baselines", "benchmark", "builder", "reports")
ROOMS = sorted(path.parent for package in PACKAGES for path in (ROOT / package).rglob("__init__.py"))
MOST_LINES, MOST_FILES = 300, 15


def circles(imports: dict[str, set[str]]) -> list[list[str]]:
    """Groups of modules that import each other in a circle, from module -> the modules it imports."""
    names = sorted(imports)
    number = {name: index for index, name in enumerate(names)}
    arrows = [(number[a], number[b]) for a in names for b in imports[a]]
    rows, columns = zip(*arrows, strict=True) if arrows else ((), ())
    matrix = coo_array((np.ones(len(arrows)), (rows, columns)), shape=(len(names), len(names)))
    _, labels = connected_components(matrix, directed=True, connection="strong")
    by_label = groupby(sorted(names, key=lambda name: labels[number[name]]), key=lambda name: labels[number[name]])
    return [group for group in (list(members) for _, members in by_label) if len(group) > 1]


def test_no_two_files_import_each_other() -> None:
    graph = grimp.build_graph(*PACKAGES, cache_dir=None)
    assert circles({name: graph.find_modules_directly_imported_by(name) for name in graph.modules}) == []


def test_circles_are_found() -> None:
    assert circles({"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}}) == [["a", "b", "c"]]
    assert circles({"a": {"b"}, "b": set()}) == []


@pytest.mark.parametrize("room", ROOMS, ids=lambda room: room.relative_to(ROOT).as_posix())
def test_files_and_rooms_are_small(room: Path) -> None:
    files = [path for path in room.glob("*.py") if path.name != "__init__.py"]
    assert len(files) <= MOST_FILES
    assert [path.name for path in files if len(path.read_text("utf-8").splitlines()) > MOST_LINES] == []


def purpose(room: Path) -> str:
    """What a room is for: the docstring of its `__init__`, which holds nothing else."""
    tree = ast.parse((room / "__init__.py").read_text("utf-8"))
    text = ast.get_docstring(tree)
    assert text is not None
    assert len(tree.body) == 1
    assert "\n" not in text
    return text


def test_contributing_shows_the_tree() -> None:
    lines = []
    for room in ROOMS:
        parts = room.relative_to(ROOT).parts
        lines.append(f"{'  ' * (len(parts) - 1) + parts[-1] + '/':18}{purpose(room)}")
    assert "\n".join(lines) in (ROOT / "CONTRIBUTING.md").read_text("utf-8")


def imported_packages() -> set[str]:
    """The distributions that the code imports, anywhere in it."""
    modules = set()
    for path in [ROOT / "anibench.py", *(file for name in PACKAGES for file in (ROOT / name).rglob("*.py"))]:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                modules |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                modules.add(node.module.partition(".")[0])
    owners = packages_distributions()
    foreign = modules - {*PACKAGES, *sys.stdlib_module_names}
    return {owners[name][0].lower().replace("_", "-") for name in foreign if name in owners}


def test_the_requirements_are_what_the_code_imports() -> None:
    imported = imported_packages()
    assert imported - set(required_packages()) - {"anibench", "markupsafe"} == set()  # markupsafe is jinja2's own
    assert set(required_packages()) - imported <= {"gradio"}  # the extra ui
