"""The steps of a suite: their commands, their order, and what decides their results."""

import shlex
from pathlib import Path

import pytest
from suites import TOML

from benchmark.core.errors import AnibenchError
from benchmark.suites.expand import suite_steps
from benchmark.suites.names import training_run
from benchmark.suites.steps import Step
from benchmark.suites.suite import load_suite


def steps_of(tmp_path: Path, *settings: str, text: str = TOML) -> dict[str, Step]:
    path = tmp_path / "mine.toml"
    path.write_text(text)
    return {step.name: step for step in suite_steps(load_suite(str(path), settings), Path("out"))[0]}


def test_a_suite_becomes_commands(tmp_path: Path) -> None:
    steps = steps_of(tmp_path, "datasets.faces.settings.crop.margin=0.4")
    shown = {name: f"{step.command} {shlex.join(step.arguments)}" for name, step in steps.items()}
    assert shown == {
        "dataset.faces": "build-dataset drawn:9 --test 4 --out out/faces --set crop.margin=0.4",
        "verify.faces": "verify-dataset out/faces",
        "train.tiny": "train animediffusion --preset demo --name tiny --data out/faces --runs out/runs "
        "--set phase2.steps=3",
        "eval.all.self-ref.tiny": "eval animediffusion/tiny --protocol self-ref --data out/faces --runs out/runs",
        "eval.all.self-ref.others": "eval copy-reference --protocol self-ref --data out/faces --runs out/runs",
        "eval.all.random-ref.tiny": "eval animediffusion/tiny --protocol random-ref --data out/faces --runs out/runs",
        "eval.all.random-ref.others": "eval copy-reference --protocol random-ref --data out/faces --runs out/runs",
        "report.report": "report --suite out --out out/report.md --format markdown",
    }
    assert steps["eval.all.self-ref.tiny"].needs == ("verify.faces", "train.tiny")
    assert steps["eval.all.self-ref.tiny"].results == (
        Path("out/runs/eval/self-ref-v1/animediffusion.tiny/scorecard.json"),
    )
    assert steps["eval.all.self-ref.others"].needs == ("verify.faces",), "a failed training does not stop it"
    assert steps["report.report"].tolerant


def test_every_seed_is_a_run_and_seed_0_keeps_its_name(tmp_path: Path) -> None:
    steps = steps_of(tmp_path, "seeds=[0, 2]")
    assert [name for name in steps if name.startswith("train.")] == ["train.tiny", "train.tiny-seed2"]
    assert steps["train.tiny-seed2"].settings["seed"] == 2
    assert steps["train.tiny"].settings == {**steps_of(tmp_path)["train.tiny"].settings}
    assert "eval.all.self-ref.tiny-seed2" in steps
    assert training_run("tiny", 2) == "tiny-seed2"


def test_the_settings_of_a_suite_are_those_of_every_training_unless_it_has_its_own(tmp_path: Path) -> None:
    found = steps_of(tmp_path, "settings.phase1.steps=7", "settings.phase2.steps=8")["train.tiny"].settings
    assert found["phase1.steps"] == 7, "of the suite, before those of the preset"
    assert found["phase2.steps"] == 3, "of the training"


def test_only_what_decides_the_weights_is_compared(tmp_path: Path) -> None:
    before, after = (
        steps_of(tmp_path, f"trainings.tiny.settings.runtime.state_every={every}")["train.tiny"] for every in (1, 2)
    )
    assert before.settings == after.settings
    assert before.settings["phase2.steps"] == 3, "of the suite"
    assert before.settings["phase1.steps"] == 1, "of the preset"


def test_settings_of_the_method_name_the_folder_of_an_evaluation(tmp_path: Path) -> None:
    changes = ['evaluations.all.methods=["tiny"]', "evaluations.all.method_settings.sampling.steps=4"]
    step = steps_of(tmp_path, *changes)["eval.all.self-ref.tiny"]
    assert step.results[0].parent.name == "animediffusion.tiny+steps=4"
    assert "method.sampling.steps=4" in step.arguments


def test_a_matrix_is_one_step_for_each_run(tmp_path: Path) -> None:
    text = TOML.replace('protocols = ["self-ref", "random-ref"]', 'matrix = "animediffusion-sensitivity"')
    step = steps_of(tmp_path, 'evaluations.all.methods=["tiny"]', text=text)["eval.all.tiny"]
    assert "--matrix" in step.arguments
    assert step.results == (Path("out/runs/matrix/animediffusion-sensitivity/animediffusion.tiny/matrix.json"),)


def test_a_finished_dataset_is_verified_and_not_built(tmp_path: Path) -> None:
    text = TOML.replace('source = "drawn:9"\ntest = 4', 'path = "data/faces"')
    steps = steps_of(tmp_path, text=text)
    assert "dataset.faces" not in steps
    assert steps["verify.faces"].arguments == ("data/faces",)
    assert "data/faces" in steps["train.tiny"].arguments


def test_a_fit_is_left_out_if_every_dataset_that_names_it_is_finished(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    other = TOML[TOML.index("[datasets.faces]") : TOML.index("[trainings")].replace("faces", "more")
    fits = "[fits.xdog]\npairs = 'drawn:8'\n[fits.alone]\npairs = 'drawn:9'\n"
    path.write_text(TOML + fits + other)
    datasets = ["datasets.faces.xdog=xdog", "datasets.more.xdog=xdog", "trainings.tiny.dataset=faces"]
    datasets += ["evaluations.all.dataset=faces", "datasets.faces.path=data/faces"]

    def planned(*settings: str) -> tuple[list[str], list[str]]:
        steps, notes = suite_steps(load_suite(str(path), (*datasets, *settings)), tmp_path)
        return [step.name for step in steps if step.command == "fit-xdog"], notes

    assert planned() == (["fit.xdog", "fit.alone"], []), "the dataset more is built with the fit"
    left_out = ["fits.xdog is left out: every dataset that names it has path"]
    assert planned("datasets.more.path=data/more") == (["fit.alone"], left_out)


def test_a_training_and_the_one_it_begins_with_have_the_same_phase_1(tmp_path: Path) -> None:
    text = TOML + '[trainings.more]\nmethod = "animediffusion"\npreset = "demo"\nphase1 = "tiny"\n'
    assert "train.more" in steps_of(tmp_path, "trainings.more.settings.phase2.steps=9", text=text)
    different = r"trainings.more: phase1 = tiny has another phase 1 \(phase1.steps is 1 there, 7 here\); give both"
    with pytest.raises(AnibenchError, match=different):
        steps_of(tmp_path, "trainings.more.settings.phase1.steps=7", text=text)


def test_names_given_twice_are_evaluated_once(tmp_path: Path) -> None:
    twice = ('evaluations.all.protocols=["self-ref", "self-ref"]', 'evaluations.all.methods=["tiny", "tiny"]')
    assert [name for name in steps_of(tmp_path, *twice) if name.startswith("eval.")] == ["eval.all.self-ref.tiny"]


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("trainings.tiny.method=animediffusio", "trainings.tiny: there is no method animediffusio; did you mean"),
        ("trainings.tiny.preset=dem", "trainings.tiny: animediffusion has no preset dem"),
        ("trainings.tiny.settings.phase3.steps=1", "trainings.tiny.settings.phase3.steps=1: unknown key phase3; did"),
        ("trainings.tiny.settings.chain=1",
         "trainings.tiny.settings.chain=1: unknown key chain; did you mean phase2.chain?"),
        ("settings.chain=1", "settings.chain=1, for trainings.tiny: unknown key chain; did you mean phase2.chain?"),
        ("trainings.tiny.settings.phase2.eta=-1", "trainings.tiny: the configuration: phase2.eta: "),
        ("evaluations.all.settings.levle=2", "evaluations.all: settings.levle=2: unknown key levle; did you mean"),
        ("evaluations.all.method_settings.steps=2", "evaluations.all: method_settings.steps=2: unknown key steps; did"),
        ("trainings.tiny.method=oracle", "trainings.tiny: oracle needs no training"),
        ('evaluations.all.protocols=["self"]', "evaluations.all: no protocol is called self"),
        ('evaluations.all.methods=["tiny2"]', "evaluations.all: there is no method tiny2"),
        ('evaluations.all.settings.level=2', "evaluations.all: the configuration: level"),
        ('reports.report.formats=["pdf"]', "reports.report: there is no format pdf"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_with_its_part(tmp_path: Path, setting: str, message: str) -> None:
    text = TOML.replace('preset = "demo"\nsettings.phase2.steps = 3', "") if "oracle" in setting else TOML
    with pytest.raises(AnibenchError) as caught:
        steps_of(tmp_path, setting, text=text)
    assert message in str(caught.value)


def test_missing_files_leave_an_optional_method_out(tmp_path: Path, no_weights: None) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(TOML)
    changes = ['evaluations.all.methods=["prompt-free", "line-only"]', "evaluations.all.optional=true"]
    steps, notes = suite_steps(load_suite(str(path), changes), tmp_path)
    assert [step.arguments[0] for step in steps if step.command == "eval"] == ["line-only", "line-only"]
    assert len(notes) == 1
    assert notes[0].startswith("evaluations.all: prompt-free is left out: ")
