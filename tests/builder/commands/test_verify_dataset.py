"""`anibench verify-dataset`: its exit code, and the answer for programs."""

import json
import shutil
from pathlib import Path

from click.testing import CliRunner

import anibench
from benchmark.core.files import read_rgb, write_png
from benchmark.data.dataset import Dataset


def test_the_command_names_what_is_wrong_and_exits_with_1(released: Dataset, tmp_path: Path) -> None:
    faces = Path(shutil.copytree(released.root, tmp_path / "faces"))
    command = ["verify-dataset", str(faces)]
    good = CliRunner().invoke(anibench.main, command)
    assert good.exit_code == 0, good.output
    assert released.fingerprint in good.output
    path = sorted((faces / "train/color").iterdir())[0]
    color = read_rgb(path)
    color[0, 0, 0] ^= 1
    write_png(path, color)
    bad = CliRunner().invoke(anibench.main, command)
    assert bad.exit_code == 1
    assert path.name in bad.output
    answer = CliRunner().invoke(anibench.main, [*command, "--json"])
    assert answer.exit_code == 1
    assert {problem["file"] for problem in json.loads(answer.stdout)["problems"]} >= {f"train/color/{path.name}"}
