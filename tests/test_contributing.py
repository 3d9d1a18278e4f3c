"""The examples of the guides work: those of CONTRIBUTING.md run, and the recipe of docs/methods.md is accepted."""

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from zipfile import ZipFile

import cv2
import pytest
from click.testing import CliRunner

import anibench
from benchmark.data.dataset import Dataset
from benchmark.methods.contract import RULES
from benchmark.results.docs_table import metrics_table
from benchmark.results.metrics import METRICS
from builder.drawing.illustration import draw_portrait

METHODS = (Path(anibench.__file__).parent / "docs/methods.md").read_text("utf-8")
CONTRIBUTING = Path(anibench.__file__).with_name("CONTRIBUTING.md").read_text("utf-8")
LONGEST = 40  # lines
EXAMPLES = re.findall(r"This is `(\w+)\.py`.*?```python\n(.*?)```", CONTRIBUTING, re.DOTALL)
COMMANDS = [block.splitlines() for block in re.findall(r"```sh\n(anibench .*?)```", CONTRIBUTING, re.DOTALL)]


def test_the_examples_are_short() -> None:
    lines = {name: len(module.splitlines()) for name, module in EXAMPLES}
    assert list(lines) == ["my_tint", "chroma_error", "middle", "zips"]
    assert max(lines.values()) <= LONGEST, lines


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A current folder with the example method, and an installed package that registers the other examples."""
    home = tmp_path / "site"
    package = home / "examples-1.dist-info"
    package.mkdir(parents=True)
    (package / "METADATA").write_text("Metadata-Version: 2.1\nName: examples\nVersion: 1\n")
    groups = re.findall(r"```toml\n\[project\.entry-points\.\"(anibench\.\w+)\"\]\n(.*?)```", CONTRIBUTING, re.DOTALL)
    shown = [(group, line.replace('"', "")) for group, line in groups if group != "anibench.methods"]
    assert len(shown) == 3
    (package / "entry_points.txt").write_text("".join(f"[{group}]\n{line}" for group, line in shown))
    for name, module in EXAMPLES:
        (tmp_path if name == "my_tint" else home).joinpath(f"{name}.py").write_text(module)
    monkeypatch.setattr(sys, "path", [str(home), *(part for part in sys.path if part not in ("", str(tmp_path)))])
    monkeypatch.chdir(tmp_path)
    vars(METRICS).pop("_metrics", None)
    yield tmp_path
    vars(METRICS).pop("_metrics", None)
    for name, _ in EXAMPLES:
        sys.modules.pop(name, None)


def run(line: str) -> str:
    words = line.partition("#")[0].split()
    result = CliRunner().invoke(anibench.main, words[1:])
    assert result.exit_code == 0, f"{line}\n{result.output}"
    return result.stdout


def commands(word: str) -> list[str]:
    """The block of commands that names `word`."""
    return next(block for block in COMMANDS if any(word in line for line in block))


@pytest.mark.usefixtures("no_weights")
def test_the_example_method_works_as_shown(tiny_dataset: Dataset, installed: Path) -> None:
    Path("data").mkdir()
    tiny_dataset.root.rename("data/faces")
    said = [run(line) for line in commands("my_tint")]
    assert said[-1].splitlines() == [f"ok      {rule.name}" for rule in RULES]
    card = json.loads(Path("runs/eval/self-ref-v1/my_tint.default/scorecard.json").read_text())
    assert card["training"]["images_seen"] == 6
    (floor,) = json.loads(run("anibench eval line-only --protocol self-ref --json"))
    assert card["images"]["psnr"]["mean"] > floor["images"]["psnr"]["mean"] + 3, "it has learnt something"


@pytest.mark.usefixtures("no_weights")
def test_the_example_metric_is_in_cards_tables_and_reports(tiny_dataset: Dataset, installed: Path) -> None:
    name = "chroma-error"
    arguments = f"--protocol self-ref --data {tiny_dataset.root}"
    (card,) = json.loads(run(f"anibench eval line-only {arguments} --json"))
    assert 0 < card["images"][name]["mean"] <= 255
    assert card["images"][name]["target"] == 0, "the targets themselves"
    run("anibench report --pictures none --out report.md --format markdown --format csv --format latex")
    assert "chroma error \N{DOWNWARDS ARROW}" in Path("report.md").read_text()
    assert f",{name},lower," in Path("report.csv").read_text()
    assert "chroma error" in Path("report.tex").read_text()
    assert f"| `{name}` | lower | 0..255 | hue |" in metrics_table()
    (random,) = json.loads(run(f"anibench eval line-only {arguments.replace('self', 'random')} --json"))
    assert name not in random["images"]


def test_the_example_detector_builds_a_dataset(installed: Path) -> None:
    (line,) = commands("middle")
    run(line)
    data = Dataset.open(Path("data/middle"))
    assert data.card.config["detect"]["detector"] == "middle"
    assert len(data.ids("test")) == 1


def test_the_example_source_builds_a_dataset(installed: Path) -> None:
    with ZipFile("faces.zip", "w") as archive:
        for number in range(4):
            content = cv2.imencode(".png", draw_portrait(number, 256).color[..., ::-1])[1].tobytes()
            archive.writestr(f"{number}.png", content)
    (line,) = commands("zip:")
    run(line)
    data = Dataset.open(Path("data/zipped"))
    assert len(data.manifest) == 4
    assert set(data.manifest["source_id"]) == {f"{number}.png" for number in range(4)}
    broken = CliRunner().invoke(anibench.main, ["build-dataset", "zip:absent.zip", "--out", "data/none"])
    assert "absent.zip is not a zip file" in broken.output


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
