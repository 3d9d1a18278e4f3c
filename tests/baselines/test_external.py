"""Outside programs: what they are given, what is taken from them, and that none outlives its command."""

import signal
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from baselines import external
from baselines.external import Config, read_config
from benchmark.core.errors import AnibenchError
from benchmark.core.files import read_json, read_rgb
from benchmark.data.dataset import Dataset
from benchmark.data.protocol import get_protocol
from benchmark.evaluation.entries import find_entries
from benchmark.evaluation.evaluate import Evaluation, evaluate_entry
from benchmark.results.eval_config import EvalSettings
from benchmark.results.scorecard import ScoreCard
from benchmark.scoring.outputs import output_path

PROTOCOL = "random-ref-v1"
PATIENCE = 300  # seconds until a wait is a failure, however busy the machine

pytestmark = pytest.mark.usefixtures("no_weights")

# Paints each reference's colours, darkened by the seed's last digit and the line; `stop` makes it misbehave.
PROGRAM = """
import csv, os, subprocess, sys, time
from pathlib import Path
import cv2

def paint(line, reference, seed, out):
    line, reference = cv2.imread(str(line), cv2.IMREAD_GRAYSCALE), cv2.imread(str(reference))
    cv2.imwrite(str(out), (reference * (line[..., None] / 255.0) * (1 - int(seed) % 10 / 100)).astype("uint8"))

what, *rest = sys.argv[1:]
if what == "one":
    paint(*rest)
    sys.exit()
table = Path(rest[0])
with table.open(newline="") as file:
    rows = list(csv.DictReader(file))
with Path("asked.txt").open("a") as file:
    file.write(f"{len(rows)} {os.environ.get('MOOD')}\\n")
print("warming up", file=sys.stderr, flush=True)
for number, row in enumerate(rows):
    if what == "fail" and number == 2:
        sys.exit("out of paint")
    if what == "skip" and number == 1:
        continue
    made = Path("made.png")  # what is in its place is taken over at any time
    paint(table.parent / row["line"], table.parent / row["reference"], row["seed"], made)
    if what == "cut" and number == 1:
        made.write_bytes(made.read_bytes()[:-30])
    if what == "small" and number == 1:
        cv2.imwrite(str(made), cv2.imread(str(made))[:128])
    os.replace(made, table.parent / row["output"])
    if what == "extra":
        cv2.imwrite(str(table.parent / "outputs/more.png"), cv2.imread(str(table.parent / row["reference"])))
    if what == "hang" and number == 1:
        stubborn = "import signal, time; signal.signal(15, signal.SIG_IGN); print(flush=True); time.sleep(600)"
        child = subprocess.Popen([sys.executable, "-c", stubborn], stdout=subprocess.PIPE)
        child.stdout.readline()
        Path("pids.tmp").write_text(f"{os.getpid()} {child.pid}")
        os.replace("pids.tmp", "pids.txt")
        time.sleep(600)
"""


# anibench as in the foreground: where tests are a job in the background of a shell, all they start would ignore Ctrl-C.
INTERRUPTIBLE = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)
from anibench import main
main()
"""


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    return tmp_path / "runs"


def describe(tmp_path: Path, what: str, **settings: Any) -> Path:
    """A TOML file beside the program that has it do `what`."""
    (tmp_path / "program.py").write_text(PROGRAM)
    command = [sys.executable, "program.py", what, "{pairs}"]
    if what == "one":
        command = [sys.executable, "program.py", what, "{line}", "{reference}", "{seed}", "{out}"]
        settings["mode"] = "image"
    file = tmp_path / "painter.toml"
    rows = {"name": "painter", "command": command} | settings
    lines = [f"{key} = {value!r}" for key, value in rows.items()]
    file.write_text("\n".join([*lines, "[environment]", "MOOD = 'calm'"]))
    return file


def evaluate(data: Dataset, runs: Path, file: Path) -> tuple[ScoreCard, Path]:
    settings = EvalSettings.model_validate({"resamples": 99})
    evaluation = Evaluation.open(get_protocol(PROTOCOL), data, runs, settings, "cpu", lambda _: None)
    (entry,), _ = find_entries([f"external:{file}"], None, runs)
    return evaluate_entry(evaluation, entry), evaluation.folder(entry.label)


@pytest.mark.parametrize("what", ["all", "one"])
def test_a_program_is_given_the_pairs_and_its_pictures_are_scored(
    tiny_dataset: Dataset, tmp_path: Path, runs: Path, what: str
) -> None:
    card, folder = evaluate(tiny_dataset, runs, describe(tmp_path, what))
    assert (card.label, card.method, card.kind, card.n) == ("painter", "painter", "external", 5)
    evaluation = Evaluation.open(get_protocol(PROTOCOL), tiny_dataset, runs, EvalSettings(), "cpu")
    for pair in evaluation.pairs:
        ink = tiny_dataset.line(pair.sample)[..., None] / 255
        expected = tiny_dataset.color(pair.reference) * ink * (1 - pair.seed % 10 / 100)
        assert np.array_equal(read_rgb(output_path(folder, pair.sample)), expected.astype(np.uint8))
    assert card.cost is not None
    assert card.cost.seconds_per_image is not None
    assert card.cost.parameters is None
    assert any(sys.executable in note and "external program" in note for note in card.notes)
    assert read_json(folder / "config.json")["method_config"]["environment"] == {"MOOD": "calm"}
    assert not (folder / "program").exists()
    if what == "all":
        assert (tmp_path / "asked.txt").read_text() == "5 calm\n"
        assert "warming up" in (folder / "program.log").read_text()


def test_a_program_that_fails_is_quoted_and_only_asked_for_what_is_missing(
    tiny_dataset: Dataset, tmp_path: Path, runs: Path
) -> None:
    with pytest.raises(AnibenchError, match=r"painter ended with exit code 1(.|\n)*out of paint"):
        evaluate(tiny_dataset, runs, describe(tmp_path, "fail"))
    folder = runs / f"eval/{PROTOCOL}/painter"
    assert len(list((folder / "outputs").iterdir())) == 2
    (tmp_path / "program.py").write_text(PROGRAM.replace('"fail"', '"never"'))
    (entry,), _ = find_entries([f"external:{tmp_path / 'painter.toml'}"], None, runs)
    evaluation = Evaluation.open(get_protocol(PROTOCOL), tiny_dataset, runs, EvalSettings(), "cpu", lambda _: None)
    assert evaluate_entry(evaluation, entry).n == 5
    assert (tmp_path / "asked.txt").read_text() == "5 calm\n3 calm\n"
    assert "out of paint" in (folder / "program.log").read_text(), "the log keeps every attempt"


@pytest.mark.parametrize(
    ("what", "message"),
    [
        ("skip", "1 of 5 pictures are missing or incomplete; 000001.png is missing"),
        ("cut", "1 of 5 pictures are missing or incomplete; 000001.png is damaged"),
        ("small", "000001.png is 256 x 128, not 256 x 256"),
        ("extra", "wrote 1 pictures that were not requested, such as more.png"),
    ],
)
def test_pictures_that_are_not_what_was_asked_for_are_named(
    tiny_dataset: Dataset, tmp_path: Path, runs: Path, what: str, message: str
) -> None:
    with pytest.raises(AnibenchError, match=message):
        evaluate(tiny_dataset, runs, describe(tmp_path, what))


def test_an_output_that_is_a_fifo_ends_at_the_time_limit(tiny_dataset: Dataset, tmp_path: Path, runs: Path) -> None:
    file = describe(tmp_path, "fifo", timeout=1.0)
    (tmp_path / "program.py").write_text(
        "import csv, os, pathlib, sys, time\n"
        "table = pathlib.Path(sys.argv[2])\n"
        "os.mkfifo(table.parent / next(csv.DictReader(table.open()))['output'])\n"
        "time.sleep(600)\n"
    )
    with pytest.raises(AnibenchError, match="exceeded its timeout of 1 s"):
        evaluate(tiny_dataset, runs, file)


def alive(pid: int) -> bool:
    """Whether a process runs; one that has ended and waits to be reaped does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def wait_until(condition: Any) -> None:
    limit = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < limit, f"waited {PATIENCE} s"
        time.sleep(0.05)


def hung(tmp_path: Path) -> list[int]:
    """The program and its child, as soon as both hang."""
    file = tmp_path / "pids.txt"
    return [int(pid) for pid in file.read_text().split()] if file.exists() else []


@pytest.mark.skipif(not Path("/proc").exists(), reason="looks at processes through /proc")
def test_a_program_that_takes_too_long_is_stopped_with_its_children(
    tiny_dataset: Dataset, tmp_path: Path, runs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = SimpleNamespace(monotonic=lambda: 6.5 if hung(tmp_path) else 0.0, sleep=time.sleep)
    monkeypatch.setattr(external, "time", clock)
    with pytest.raises(AnibenchError, match=r"exceeded its timeout of 6 s(.|\n)*warming up"):
        evaluate(tiny_dataset, runs, describe(tmp_path, "hang", timeout=6.0))
    wait_until(lambda: not any(map(alive, hung(tmp_path))))
    assert len(list((runs / f"eval/{PROTOCOL}/painter/outputs").iterdir())) == 2


@pytest.mark.skipif(not Path("/proc").exists(), reason="looks at processes through /proc")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_stopped_command_stops_the_program_with_its_children(
    tiny_dataset: Dataset, tmp_path: Path, runs: Path, number: signal.Signals
) -> None:
    file = describe(tmp_path, "hang")
    where = ["--data", str(tiny_dataset.root), "--runs", str(runs)]
    command = [sys.executable, "-c", INTERRUPTIBLE, "eval", f"external:{file}", "--protocol", PROTOCOL, *where]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    wait_until(lambda: hung(tmp_path) or process.poll() is not None)
    process.send_signal(number)
    _, said = process.communicate(timeout=PATIENCE)
    assert process.returncode == 130, said
    assert not any(map(alive, hung(tmp_path)))
    assert read_json(runs / f"eval/{PROTOCOL}/painter/run.json")["status"] == "interrupted"


def test_a_description_that_cannot_work_is_refused(tmp_path: Path, runs: Path) -> None:
    file = tmp_path / "x.toml"
    for text, message in [
        ("name = 'x'", "has no command"),
        ("command = ['x', '{lines}']", r"must contain \{out\} or \{pairs\}"),
        ("command = ['x', '{out}', '{sede}']", r"\{sede\} is not a placeholder of mode batch"),
        ("command = ['x', '{out}', '{seed}']", r"\{seed\} is not a placeholder of mode batch"),
        ("command = ['x', '{out}']\nfolder = 'nowhere'", "nowhere does not exist"),
        ("command = ['x', '{out}']\ntimout = 3", "did you mean timeout"),
        ("command = ['x', '{out}']\nname = 'line-only'", "line-only is the name of a method"),
        ("command = ['x', '{out}']\nname = '../../x'", r"x\.toml: name '\.\./\.\./x' cannot name a folder"),
        ("command = ['x', '{out}']\nname = 'Con'", r"x\.toml: name 'Con' cannot name a folder: Windows reserves it"),
        ("command = ['x', '{out}']\nname = 'my tool'", r"x\.toml: name 'my tool' would share the folder my-tool"),
    ]:
        file.write_text(text)
        with pytest.raises(AnibenchError, match=message):
            find_entries([f"external:{file}"], None, runs)
    with pytest.raises(AnibenchError, match="external:FILE.toml"):
        find_entries(["external"], None, runs)
    with pytest.raises(AnibenchError, match="takes no TOML file"):
        find_entries([f"line-only:{file}"], None, runs)
    file.write_text("command = ['x', '{out}', '{{literal}}']")
    assert read_config(file).folder == tmp_path
    assert Config().command == ()


def test_a_program_that_is_not_there_is_named(tiny_dataset: Dataset, tmp_path: Path, runs: Path) -> None:
    file = tmp_path / "x.toml"
    file.write_text("name = 'absent'\ncommand = ['/no/such/program', '{out}']")
    with pytest.raises(AnibenchError, match=r"absent cannot be run in .*/no/such/program"):
        evaluate(tiny_dataset, runs, file)


def test_two_programs_of_one_name_are_refused_and_of_two_names_stand_side_by_side(tmp_path: Path, runs: Path) -> None:
    files = [tmp_path / "a.toml", tmp_path / "b.toml"]
    for file in files:
        file.write_text("name = 'same'\ncommand = ['x', '{out}']")
    names = [f"external:{file}" for file in files]
    with pytest.raises(AnibenchError, match="2 of the given methods have the name same"):
        find_entries(names, None, runs)
    files[1].write_text("name = 'other'\ncommand = ['x', '{out}']")
    assert [entry.label for entry in find_entries(names, None, runs)[0]] == ["same", "other"]
