"""What reports are made from: a training run, and it and two floors evaluated by two protocols."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from evaluating import FLOORS, evaluate
from reporting import call
from toys import Tint, register, write_training_run

from benchmark.core.files import write_text
from benchmark.data.dataset import Dataset
from reports.board.submission import TEMPLATE
from reports.read.collect import collect
from reports.write.output import write_report


@pytest.fixture(scope="session")
def data(tmp_path_factory: pytest.TempPathFactory, make_dataset: Callable[..., Dataset]) -> Dataset:
    return make_dataset(tmp_path_factory.mktemp("data") / "faces")


@pytest.fixture(scope="session")
def evaluated(data: Dataset, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of runs that tests may read."""
    runs = tmp_path_factory.mktemp("evaluated")
    folder = write_training_run(runs, "tint", "a", ids=data.ids("train")).parent.parent
    rows = [{"phase": "phase1", "step": s, "epoch": s // 4, "loss": 2.0 / (1 + s)} for s in range(12)]
    write_text(folder / "metrics.jsonl", "".join(json.dumps(row) + "\n" for row in rows))
    with pytest.MonkeyPatch.context() as monkeypatch:
        register(monkeypatch, "tint", Tint())
        monkeypatch.delenv("ANIBENCH_WEIGHTS", raising=False)
        monkeypatch.setenv("XDG_CACHE_HOME", str(runs / "cache"))
        evaluate(data, runs, "self-ref", "random-ref", names=("tint", *FLOORS))
    return runs


@pytest.fixture(scope="session")
def files(evaluated: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Format -> the report on `evaluated`, its figures beside it, for tests to read."""
    out = tmp_path_factory.mktemp("formats") / "report.md"
    formats = ("markdown", "html", "latex", "csv", "json")
    _, written = write_report(collect(evaluated), out, formats=formats)
    return dict(zip(formats, written, strict=False))


@pytest.fixture(scope="session")
def text(files: dict[str, Path]) -> str:
    """The report on `evaluated`."""
    return files["markdown"].read_text("utf-8")


@pytest.fixture
def runs(evaluated: Path, tmp_path: Path) -> Path:
    """A copy of `evaluated` that a test may change."""
    return Path(shutil.copytree(evaluated, tmp_path / "runs"))


@pytest.fixture
def submission(runs: Path, tmp_path: Path) -> Path:
    """A submission that has all it needs."""
    folder = tmp_path / "mine"
    for protocol in ("self-ref-v1", "random-ref-v2"):
        shutil.copytree(runs / "eval" / protocol / "tint.a", folder / "eval" / protocol / "tint.a")
    write_text(folder / "submission.toml", TEMPLATE)
    return folder


@pytest.fixture
def study(evaluated: Path, tmp_path: Path) -> Path:
    """A folder with the bundle `study` and `key.json`, for two methods, four drawings and three participants."""
    methods = ["--method", "tint.a", "--method", "copy-reference"]
    numbers = ["--participants", "3", "--pairs", "4", "--checks", "1", "--repeats", "1"]
    where = ["--runs", evaluated, "--out", tmp_path / "study", "--key", tmp_path / "key.json"]
    code, out, err = call("study", "make", "--protocol", "random-ref", *methods, *numbers, *where)
    assert code == 0, err
    assert "2 methods on 4 drawings for 3 participants" in out
    return tmp_path
