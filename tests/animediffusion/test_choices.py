"""docs/animediffusion.md: its table is the code's, and its commands do what it says."""

import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

import anibench
from animediffusion.choices import choices, table
from builder.core.recipe import LinesRecipe

ROOT = Path(anibench.__file__).parent
DOC = (ROOT / "docs/animediffusion.md").read_text("utf-8").replace("\\\n", " ")  # joined lines
COMMANDS = re.findall(r"^(?:anibench|.* -m anibench) (train .*)$", DOC, re.MULTILINE)


def dry_run(command: str) -> dict[str, Any]:
    result = CliRunner().invoke(anibench.main, [*shlex.split(command), "--dry-run"])
    assert result.exit_code == 0, result.output
    config: dict[str, Any] = json.loads(result.stdout)
    return config


def test_the_documented_table_is_the_one_of_the_code() -> None:
    shown = "".join(re.findall(r"^\|.*\n", DOC.partition("## Where paper")[2].partition("\n## ")[0], re.MULTILINE))
    assert shown == table(), "write the output of `python -m animediffusion.choices` into docs/animediffusion.md"


def test_every_disagreement_is_named() -> None:
    rows = {row.setting.strip("`"): row for row in choices()}
    assert {
        "unet.attention_levels", "phase1.optimizer.name", "phase1.optimizer.schedule", "phase1.loss", "phase2.eta",
        "phase2.inversion_weights", "phase2.inversion_time", "phase2.inversion_start", "phase2.start_noise",
        "sampling.start_noise", "lines.p", "lines.form", "ema_decay", "phase1.condition_dropout",
        "sampling.guidance_scale", "--protocol",
    } <= rows.keys()  # fmt: skip
    assert rows["phase2.start_noise"][2:] == ("`invert-reference`", "`invert-target`", "`gaussian`")
    assert rows["phase1.optimizer.learning_rate"][2:] == ("`1e-05`", "`0.0001`", "`0.0001`")
    assert rows["phase1.optimizer.clip"][2:] == ("`none`", "`none`", "`1`")
    assert all(row.meaning for row in rows.values())
    assert "resolution" not in rows, "nobody disagrees"
    of_lines = {setting.partition(".")[2] for setting in rows if setting.startswith("lines.")}
    assert of_lines == {"p", "form"} <= LinesRecipe.model_fields.keys(), "settings of build-dataset"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("without-tps", {"warp": False}),
        ("phase1-ddim", {"phase2.enabled": False, "sampling.sampler": "ddim", "sampling.steps": 10}),
        ("phase1-ddpm", {"phase2.enabled": False, "sampling.sampler": "ddpm", "sampling.eta": 1}),
        ("phase2-1", {"phase2.enabled": True, "phase2.epochs": 1}),
        ("phase2-10", {"phase2.enabled": True, "phase2.epochs": 10}),
    ],
)
def test_each_ablation_is_one_command(name: str, expected: dict[str, Any]) -> None:
    (command,) = (command for command in COMMANDS if f"--name {name} " in command)
    config = dry_run(command)
    for path, value in expected.items():
        place: Any = config
        for part in path.split("."):
            place = place[part]
        assert place == value, path


def test_every_command_of_the_page_is_one() -> None:
    assert len(COMMANDS) == 9
    resolutions = {"drawn": 64, "overnight": 128}
    for command in COMMANDS:
        preset = command.partition("--preset ")[2].partition(" ")[0]
        assert dry_run(command)["resolution"] == resolutions.get(preset, 256), command


def test_the_readme_names_the_page() -> None:
    assert "(docs/animediffusion.md)" in (ROOT / "README.md").read_text("utf-8")
