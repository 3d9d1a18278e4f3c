"""The script for a GPU runs whole on a CPU, with a tiny network."""

import json
import subprocess
import sys
from pathlib import Path

from benchmark.core.runs import read_record

SCRIPT = Path(__file__).with_name("gpu.py")
PARTS = (
    "phase-1 step, batch 2", "phase-2 step, batch 2", "phase-2 peak memory, batch 2",
    "phase-1 step with its loader, batch 2", "a picture at batch 2", "latency of one picture", "bf16 against float32",
)  # fmt: skip


def run(out: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(SCRIPT), "--tiny", "--device", "cpu", "--out", str(out), *options]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_every_part_is_measured_and_a_training_evaluated(tmp_path: Path) -> None:
    done = run(tmp_path, "--minutes", "60")
    assert done.returncode == 0, done.stdout + done.stderr
    numbers = json.loads((tmp_path / "numbers.json").read_text())
    assert numbers["failures"] == {}
    lines = {line["part"]: line for line in numbers["lines"]}
    assert tuple(lines) == PARTS
    assert "compiled" in lines["phase-1 step, batch 2"]["ours"]
    assert "with a graph" in lines["latency of one picture"]["ours"]
    assert "trained weights" in lines["bf16 against float32"]["note"]
    assert read_record(tmp_path / "runs" / "train" / "animediffusion" / "gpu").status == "done"
    summary = (tmp_path / "summary.md").read_text("utf-8")
    assert "| self-ref-warped-v1 | animediffusion.gpu |" in summary
    assert all(f"| {part} |" in summary for part in PARTS)
    assert (tmp_path / "report.html").exists()


def test_what_the_time_cuts_off_is_named_and_the_rest_is_written(tmp_path: Path) -> None:
    """A dataset is at hand, and the time is over before the first part."""
    from benchmark.data.shapes import write_dataset

    data = write_dataset(tmp_path / "faces", train=8, test=4)
    done = run(tmp_path / "out", "--minutes", "0.0001", "--data", str(data.root))
    assert done.returncode == 1
    assert "TimeoutError: the time was over" in done.stdout + done.stderr
