"""Run records are closed with the outcome, whatever it is."""

import shutil
from pathlib import Path

import pytest

from benchmark.core.config import Config
from benchmark.core.errors import AnibenchError
from benchmark.core.files import read_json, write_json
from benchmark.core.runs import process_rank, read_record, record_run, require_run_name


class Settings(Config):
    steps: int = 3


def test_a_finished_run_says_what_was_run(tmp_path: Path) -> None:
    with record_run(tmp_path, "train", Settings(), name="toy/a", seed=7, inputs={"dataset": "f" * 64}) as run:
        assert read_record(tmp_path).status == "running"
        assert run.folder == tmp_path
    record = read_record(tmp_path)
    assert (record.status, record.kind, record.name, record.seed) == ("done", "train", "toy/a", 7)
    assert record.inputs == {"dataset": "f" * 64}
    assert record.packages["numpy"]
    assert read_json(tmp_path / "config.json") == {"steps": 3}


@pytest.mark.parametrize(
    ("error", "status"), [(KeyboardInterrupt(), "interrupted"), (AnibenchError("no space"), "failed")]
)
def test_a_stopped_run_says_how(tmp_path: Path, error: BaseException, status: str) -> None:
    with pytest.raises(type(error)), record_run(tmp_path, "train", Settings(), name="toy/a"):
        raise error
    record = read_record(tmp_path)
    assert record.status == status
    assert record.error == (None if status == "interrupted" else "AnibenchError: no space")


def test_the_recorded_command_is_one_that_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`python -m anibench` has the path of the module as its first argument."""
    monkeypatch.delenv("WORLD_SIZE", raising=False)
    monkeypatch.setattr("sys.argv", ["/site/anibench.py", "eval", "--data", "a b"])
    with record_run(tmp_path, "eval", Settings(), name="toy/a"):
        pass
    assert read_record(tmp_path).command == "anibench eval --data 'a b'"


def test_seconds_add_up_over_a_resumed_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter([0.0, 10.0, 100.0, 105.0, 200.0, 201.0])
    monkeypatch.setattr("benchmark.core.runs.time.monotonic", lambda: next(clock))
    for resume, total in ((False, 10.0), (True, 15.0), (False, 1.0)):
        with record_run(tmp_path, "train", Settings(), name="toy/a", resume=resume):
            pass
        assert read_record(tmp_path).seconds == total


def test_a_folder_in_use_is_refused_and_its_record_kept(tmp_path: Path) -> None:
    with record_run(tmp_path, "train", Settings(), name="first"):
        with pytest.raises(AnibenchError, match="in use"), record_run(tmp_path, "train", Settings(), name="second"):
            pass
        assert read_record(tmp_path).name == "first"


def test_of_several_processes_the_first_alone_locks_and_records(tmp_path: Path) -> None:
    with record_run(tmp_path, "train", Settings(), name="toy/a", rank=0):
        before = read_record(tmp_path)
        with record_run(tmp_path, "train", Settings(steps=4), name="toy/b", rank=1, resume=True) as run:
            assert (run.folder, run.resume) == (tmp_path, True)
        assert read_record(tmp_path) == before
        assert read_json(tmp_path / "config.json") == {"steps": 3}


@pytest.mark.parametrize(
    ("environment", "rank"),
    [({}, 0), ({"RANK": "0", "WORLD_SIZE": "2"}, 0), ({"RANK": "1", "WORLD_SIZE": "2"}, 1), ({"RANK": "3"}, 0)],
)
def test_the_rank_is_what_the_launcher_says(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], rank: int
) -> None:
    for name in ("RANK", "WORLD_SIZE"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert process_rank() == rank


def test_a_damaged_record_is_named(tmp_path: Path) -> None:
    (tmp_path / "run.json").write_text("{}")
    with pytest.raises(AnibenchError, match=r"run\.json is not a run record"):
        read_record(tmp_path)


def test_a_folder_that_is_removed_meanwhile_fails_and_is_not_made_again(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    with (
        pytest.raises(AnibenchError, match="was removed or replaced while"),
        record_run(folder, "train", Settings(), name="a"),
    ):
        shutil.rmtree(folder)
    assert not folder.exists()


def test_a_folder_whose_record_is_of_another_run_fails(tmp_path: Path) -> None:
    with (
        pytest.raises(AnibenchError, match="was removed or replaced while"),
        record_run(tmp_path, "train", Settings(), name="a") as run,
    ):
        write_json(tmp_path / "run.json", read_json(tmp_path / "run.json") | {"id": "other"})
        assert not run.has_folder()
    assert read_json(tmp_path / "run.json")["id"] == "other"


def test_a_run_whose_process_is_dead_is_not_running(tmp_path: Path) -> None:
    with record_run(tmp_path, "train", Settings(), name="a"):
        assert read_record(tmp_path).status == "running"
    write_json(tmp_path / "run.json", read_json(tmp_path / "run.json") | {"status": "running"})
    record = read_record(tmp_path)
    assert (record.status, record.error) == ("interrupted", "its process was killed")


def test_a_cut_record_does_not_keep_its_run_from_going_on(tmp_path: Path) -> None:
    (tmp_path / "run.json").write_text('{"id": "12')
    with record_run(tmp_path, "build-dataset", Settings(), name="a", resume=True):
        pass
    assert read_record(tmp_path).status == "done"


@pytest.mark.parametrize("name", ["con", "Prn", "aux", "NUL", "com1", "lpt9", "con.v2", "nul .a.b", "aux "])
def test_names_of_devices_in_windows_cannot_name_a_run(name: str) -> None:
    with pytest.raises(AnibenchError, match=f"--phase1 '{name}' cannot name a folder: Windows reserves it"):
        require_run_name(name, "--phase1")


@pytest.mark.parametrize("name", ["icon", "con-2", "control", "com0", "com10", "lpt", "my.con", "a b"])
def test_names_that_contain_one_of_a_device_name_a_run(name: str) -> None:
    assert require_run_name(name) == name
