"""Evaluation steps: the configuration with which a training paints, and the number of pictures."""

from pathlib import Path

from suites import TOML

from benchmark.suites.expand import suite_steps
from benchmark.suites.steps import Step
from benchmark.suites.suite import load_suite


def evaluations(tmp_path: Path, *settings: str) -> dict[str, Step]:
    path = tmp_path / "mine.toml"
    path.write_text(TOML)
    return {step.name: step for step in suite_steps(load_suite(str(path), settings), tmp_path)[0]}


def test_settings_changed_after_training_are_those_that_paint(tmp_path: Path) -> None:
    changed = evaluations(
        tmp_path, 'evaluations.all.methods=["tiny"]', "evaluations.all.method_settings.sampling.steps=7"
    )
    assert changed["eval.all.self-ref.tiny"].config.sampling.steps == 7  # type: ignore[union-attr]
    assert changed["train.tiny"].config.sampling.steps == 1  # type: ignore[union-attr]


def test_pictures_are_counted_over_pairings_and_methods(tmp_path: Path) -> None:
    steps = evaluations(tmp_path, 'evaluations.all.methods=["tiny", "oracle", "line-only"]')
    assert steps["eval.all.self-ref.others"].pictures == 2
    assert steps["eval.all.random-ref.tiny"].pictures == 3, "each line has three references"
