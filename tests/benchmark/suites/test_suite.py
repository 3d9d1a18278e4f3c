"""Suite files: every shipped one is valid, and what is wrong in one is named."""

from pathlib import Path

import pytest
from suites import TOML

import anibench
from benchmark.core.errors import AnibenchError
from benchmark.suites.expand import suite_steps
from benchmark.suites.suite import load_suite, shipped_suites


@pytest.mark.parametrize("name", shipped_suites())
def test_a_shipped_suite_is_valid_and_its_steps_are_commands(name: str, tmp_path: Path) -> None:
    suite = load_suite(name)
    assert suite.title
    assert suite.takes
    steps, _ = suite_steps(suite, tmp_path)
    before: set[str] = set()
    for step in steps:
        assert set(step.needs) <= before, "a step follows those that it needs"
        before.add(step.name)
        command = anibench.main.get_command(None, step.command)  # type: ignore[arg-type]
        assert command is not None
        known = {option for parameter in command.params for option in parameter.opts}
        assert {word for word in step.arguments if word.startswith("--")} <= known
    assert len(before) == len(steps)
    assert steps[-1].command == "report"


def write(tmp_path: Path, text: str) -> str:
    path = tmp_path / "mine.toml"
    path.write_text(text)
    return str(path)


def test_a_suite_of_the_user_is_a_file_and_can_be_changed(tmp_path: Path) -> None:
    suite = load_suite(write(tmp_path, TOML), ["trainings.tiny.settings.phase2.steps=5", "seeds=[1, 2]"])
    assert suite.trainings["tiny"].settings == {"phase2": {"steps": 5}}
    assert suite.trainings["tiny"].preset == "demo"
    assert suite.seeds == (1, 2)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("title", "titel", "unknown key titel; did you mean title?"),
        ("test = 4", "tests = 4", "unknown key datasets.faces.tests; did you mean datasets.faces.test?"),
        ('methods = ["tiny"', 'method = ["tiny"',
         "unknown key evaluations.all.method; did you mean evaluations.all.methods?"),
        ("drawn:9\"", "drawn:9\"\nxdog = \"fitt\"", "datasets.faces.xdog = fitt: fits has no such name"),
        ("settings.phase2", 'phase1 = "tini"\nsettings.phase2',
         "trainings.tiny.phase1 = tini: trainings has no such name; did you mean tiny?"),
        ("settings.phase2", 'phase1 = "tiny"\nsettings.phase2', "phase1 of the trainings tiny -> tiny is a circle"),
        ("[datasets.faces]", "[datasets.runs]", "datasets.runs would overwrite the folder runs"),
        ('source = "drawn:9"', "", "datasets.faces needs path or source"),
        ("[reports.report]", "[datasets.other]\nsource = \"drawn:9\"", "trainings.tiny needs dataset: the suite has 2"),
        ('protocols = ["self-ref", "random-ref"]', "", "evaluations.all needs either protocols or matrix"),
        ("[datasets.faces]", "[datasets.slurm]", "datasets.slurm would overwrite the folder slurm"),
        ("[reports.report]", "[reports.suite]", "reports.suite would overwrite suite.json; choose another name"),
        ("settings.phase2", "settings.seed = 5\nsettings.phase2", "trainings.tiny.settings.seed names one seed"),
        ("title", "settings.seed = 5\ntitle", "settings.seed names one seed for all runs; use seeds"),
        ("[reports.report]", 'matrix = "m"\n[reports.report]',
         "evaluations.all has both protocols and matrix; leave one out"),
        ("[reports.report]", "[reports.'../x']", "String should match pattern"),
        ("[reports.report]", "[reports.aux]", "mine.toml: reports 'aux' cannot name a folder: Windows reserves it"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named(tmp_path: Path, old: str, new: str, message: str) -> None:
    assert old in TOML
    with pytest.raises(AnibenchError) as caught:
        load_suite(write(tmp_path, TOML.replace(old, new, 1)))
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("trainings.tiny.stings.x=1", "trainings.tiny.stings; did you mean trainings.tiny.settings?"),
        ("datasets.faces.qqq=1", "unknown key datasets.faces.qqq; known: path, source,"),
        ("trainings.tyny.settings.x=1", "trainings.tyny.method: is missing; did you mean trainings.tiny?"),
        ("evaluations.zzz.settings.x=1", "evaluations.zzz.methods: is missing; evaluations has: all"),
        ("seeds=3", "seeds: a list is needed, such as [3], not 3"),
        ("fits.zzz.settings.x=1", "fits.zzz.pairs: is missing; fits has: nothing"),
    ],
)
def test_a_misspelt_key_or_part_of_a_setting_gives_the_nearest(tmp_path: Path, setting: str, message: str) -> None:
    with pytest.raises(AnibenchError) as caught:
        load_suite(write(tmp_path, TOML), [setting])
    assert message in str(caught.value)


def test_a_part_of_the_file_itself_that_lacks_a_key_is_not_called_misspelt(tmp_path: Path) -> None:
    with pytest.raises(AnibenchError, match=r"trainings.tiny2.method: is missing$"):
        load_suite(write(tmp_path, TOML + "[trainings.tiny2]\npreset = 'demo'\n"))


def test_a_circle_of_several_trainings_is_named(tmp_path: Path) -> None:
    first, second = (f"[trainings.{a}]\nmethod = 'animediffusion'\nphase1 = '{b}'\n" for a, b in ("ab", "ba"))
    with pytest.raises(AnibenchError, match="phase1 of the trainings a -> b -> a is a circle"):
        load_suite(write(tmp_path, TOML + first + second))


def test_an_unknown_suite_is_named_with_the_nearest() -> None:
    with pytest.raises(AnibenchError, match="there is no suite quickstar; did you mean quickstart?"):
        load_suite("quickstar")
