"""The architecture: no import circle, no large file or folder, tests that mirror sources, a tree in CONTRIBUTING."""

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
TESTS = ROOT / "tests"
SEVERAL_FILES = {  # tests that run several files of a room together
    "benchmark/scoring/test_extras.py",  # metrics on request, from the weights to the report
    "builder/check/test_review_page.py",  # the page of review.py in a browser
}
WITHOUT_TEST = {  # sources without a test file of their name, by the reason
    "declarations without behaviour": {
        "benchmark/core/errors.py",
        "benchmark/results/feature_modes.py",
        "benchmark/scoring/lpips.py",  # its network is tested in features/test_lpips_network.py
        "benchmark/scoring/sets/fd_dinov2.py",  # their function is tested in sets/test_frechet.py
        "benchmark/scoring/sets/fid.py",
        "benchmark/scoring/sets/fid_clean.py",
    },
    "parts of drawn figures, tested through whole pictures in builder/drawing/test_illustration.py": {
        *(f"builder/drawing/body/{part}.py" for part in ("arms", "body", "casual", "clothes", "hand", "uniforms")),
        *(f"builder/drawing/head/{part}.py" for part in ("accessories", "bangs", "eyes", "face", "hair")),
        "builder/drawing/scene.py",
    },
    "parts of the pictures for a detector, tested through whole pictures in builder/drawing/crowd/test_crowd.py": {
        *(f"builder/drawing/crowd/{part}.py" for part in ("cover", "profile", "shape", "things")),
    },
    "the work behind the page, tested through its addresses in benchmark/app/test_server.py": {
        "benchmark/app/studio.py",
    },
    "figures of a fit, tested with the files of the fit in builder/lines/test_fit_run.py": {
        "builder/lines/fit_figures.py",
    },
}


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


def without_source(tests: list[str]) -> list[str]:
    """The test files, given by their paths under tests/, that name no source file of their room."""
    sources = {path.relative_to(ROOT).as_posix() for room in ROOMS for path in room.glob("*.py")}
    return [test for test in tests if "/".join(test.rsplit("/test_", 1)) not in sources]


def test_tests_mirror_the_sources() -> None:
    found = sorted(path.relative_to(TESTS).as_posix() for path in TESTS.rglob("test_*.py"))
    above = {"tests/", "tests/builder/", "tests/speed/"}  # tests of the whole, of builds, and of speed
    mirrored = [test for test in found if f"tests/{test[: test.rfind('/') + 1]}" not in above]
    assert set(without_source(mirrored)) == SEVERAL_FILES


def test_a_test_file_without_a_source_is_found() -> None:
    tests = ["benchmark/core/test_disk.py", "benchmark/data/test_disk.py", "builder/core/test_nothing.py"]
    assert without_source(tests) == tests[1:]


def without_test(sources: list[str], tests: set[str]) -> list[str]:
    """The source files, given by their paths, that have no test file of their name among `tests`."""
    return [source for source in sources if "/test_".join(source.rsplit("/", 1)) not in tests]


def test_every_source_has_its_test_file_or_a_reason() -> None:
    paths = sorted(path.relative_to(ROOT).as_posix() for room in ROOMS for path in room.glob("*.py"))
    tests = {path.relative_to(TESTS).as_posix() for path in TESTS.rglob("test_*.py")}
    lacking = without_test([path for path in paths if not path.endswith("/__init__.py")], tests)
    assert set(lacking) == {path for group in WITHOUT_TEST.values() for path in group}


def test_a_source_without_a_test_file_is_found() -> None:
    assert without_test(["benchmark/core/disk.py", "a/disk.py"], {"benchmark/core/test_disk.py"}) == ["a/disk.py"]


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
    assert set(required_packages()) - imported <= {"stlpips-pytorch"}  # weights only
