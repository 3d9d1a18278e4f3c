"""Small datasets for every test: random shapes with their outlines, written as a real dataset folder."""

import os
import shutil
import signal
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest

if "PYTEST_XDIST_WORKER" in os.environ:  # where every core has a process, threads within it only wait for each other
    os.environ |= {"OMP_NUM_THREADS": "1", "OPENCV_FOR_THREADS_NUM": "1"}

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN and threading.current_thread() is threading.main_thread():
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background job ignores Ctrl-C, tests send it

import anibench  # noqa: F401  says how torch's threads wait, which only counts before torch is imported
from benchmark.data.dataset import Dataset
from benchmark.data.shapes import write_dataset

PATIENCE = 300_000  # milliseconds until a wait of the browser is a failure, however busy the machine
hypothesis.settings.register_profile(
    "whole suite", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)  # on a busy machine any example may take long
hypothesis.settings.load_profile("whole suite")


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """A process per core for whole folders; files and single tests stay in one, which starts at once."""
    return 0 if any(".py" in argument for argument in config.args) else min(8, os.cpu_count() or 1)


@pytest.fixture
def tiny_dataset(tmp_path: Path) -> Dataset:
    """6 train and 5 test samples in `tmp_path / "faces"`."""
    return write_dataset(tmp_path / "faces")


@pytest.fixture(scope="session")
def make_dataset() -> Callable[..., Dataset]:
    """`write_dataset`, for tests that need another one."""
    return write_dataset


@pytest.fixture
def no_weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever weights this machine has are not found."""
    monkeypatch.delenv("ANIBENCH_WEIGHTS", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture
def open_page() -> Iterator[Callable[..., Any]]:
    """`open_page(url, width=1400, expected="")`: the page in a fresh browser.

    Any error on the page or in its console fails the test, but for console errors that contain `expected`.

    Skips where Debian's chromium (or $ANIBENCH_CHROMIUM) or playwright is not installed.
    """
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    chromium = os.environ.get("ANIBENCH_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("there is no chromium")
    errors: list[str] = []

    def heard(line: Any, expected: str) -> None:
        asked_by_itself = line.location["url"].endswith("/favicon.ico")
        if line.type == "error" and not asked_by_itself and not (expected and expected in line.text):
            errors.append(line.text)

    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox"], timeout=PATIENCE)

        def load(url: str, width: int = 1400, expected: str = "") -> Any:
            context = browser.new_context(viewport={"width": width, "height": 900}, accept_downloads=True)
            context.set_default_timeout(PATIENCE)
            page = context.new_page()
            page.on("pageerror", lambda error: errors.append(str(error)))
            page.on("console", lambda line: heard(line, expected))
            page.goto(url)
            return page

        yield load
        browser.close()
    assert errors == []
