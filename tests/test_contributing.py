"""What the guides show works: the method of CONTRIBUTING.md runs, the recipe of docs/methods.md is accepted."""

import json
import re
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

import anibench
from benchmark.data.dataset import Dataset
from benchmark.methods.contract import RULES

METHODS = (Path(anibench.__file__).parent / "docs/methods.md").read_text("utf-8")
CONTRIBUTING = Path(anibench.__file__).with_name("CONTRIBUTING.md").read_text("utf-8")
LONGEST = 55  # lines with the blank ones: an example one reads in a minute


@pytest.mark.usefixtures("no_weights")
def test_the_example_method_works_as_shown(
    tiny_dataset: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (module,) = re.findall(r"```python\n(.*?)```", CONTRIBUTING, re.DOTALL)
    (commands,) = re.findall(r"```sh\n(anibench train my_tint.*?)```", CONTRIBUTING, re.DOTALL)
    assert len(module.splitlines()) <= LONGEST
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [part for part in sys.path if part not in ("", str(tmp_path))])
    Path("my_tint.py").write_text(module)
    Path("data").mkdir()
    tiny_dataset.root.rename("data/faces")
    said = []
    for line in commands.splitlines():
        words = line.partition("#")[0].split()
        result = CliRunner().invoke(anibench.main, words[1:])
        assert result.exit_code == 0, f"{line}\n{result.output}"
        said.append(result.stdout)
    assert said[-1].splitlines() == [f"ok      {rule.name}" for rule in RULES]
    card = json.loads(Path("runs/eval/self-ref-v1/my_tint.default/scorecard.json").read_text())
    assert card["training"]["images_seen"] == 6
    floors = CliRunner().invoke(anibench.main, ["eval", "line-only", "--protocol", "self-ref", "--json"])
    (floor,) = json.loads(floors.stdout)
    assert card["images"]["psnr"]["mean"] > floor["images"]["psnr"]["mean"] + 3, "it has learnt something"


def test_the_recipe_for_a_program_is_accepted(tmp_path: Path) -> None:
    from baselines.external import read_config

    descriptions = [block for block in re.findall(r"```toml\n(.*?)```", METHODS, re.DOTALL) if "command" in block]
    assert len(descriptions) == 2
    for text in descriptions:
        (tmp_path / "program.toml").write_text(text)
        config = read_config(tmp_path / "program.toml")
        assert config.mode == "batch"
        assert config.folder == tmp_path
    (script,) = re.findall(r"`run.py`:\n\n```python\n(.*?)```", METHODS, re.DOTALL)
    compile(script, "run.py", "exec")


def test_the_rules_of_the_contract_are_documented() -> None:
    assert [rule.name for rule in RULES] == [name for name in re.findall(r"^\| ([a-z, ]+) \|", METHODS, re.MULTILINE)
                                             if name in {rule.name for rule in RULES}]  # fmt: skip
