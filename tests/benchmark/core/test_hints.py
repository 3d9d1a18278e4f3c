"""The commands that messages name."""

import re
import shlex

import pytest
from click.testing import CliRunner

import anibench
from benchmark.core.hints import continue_command, drop_hint, interrupted_message


@pytest.mark.parametrize(
    ("command", "kind", "named"),
    [
        ("anibench train scft --set seed=1", "train", "anibench train scft --set seed=1 --resume"),
        ("anibench train scft --resume", "train", "anibench train scft --resume"),
        ("anibench eval --protocol self-ref", "eval", "anibench eval --protocol self-ref"),
        ("anibench build-dataset drawn:9", "build-dataset", "anibench build-dataset drawn:9"),
    ],
)
def test_training_alone_goes_on_by_a_flag(command: str, kind: str, named: str) -> None:
    assert continue_command(command, kind) == named


def test_ctrl_c_names_the_command_that_continues() -> None:
    assert interrupted_message(["train", "scft", "--name", "a b"]).endswith(
        "Continue with: anibench train scft --name 'a b' --resume"
    )
    assert interrupted_message(["eval", "--protocol", "self-ref"]).endswith("anibench eval --protocol self-ref")


@pytest.mark.parametrize(
    ("reason", "detector", "hint"),
    [
        ("no-face", "animeface", "--detector whole"),
        ("no-face", "boxes:faces.csv", "compare the ids in faces.csv"),
        ("no-rating", "animeface", "--set select.unknown=true"),
        ("too-small", "animeface", "--set crop.min_size=128"),
        ("blank-line", "whole", "replace the file of the line drawing"),
    ],
)
def test_the_hint_for_a_drop_follows_from_its_reason(reason: str, detector: str, hint: str) -> None:
    assert hint in drop_hint(reason, detector, 256)


@pytest.mark.parametrize("reason", ["no-face", "blank-line", "rating", "taken-down"])
def test_no_hint_names_the_detector_that_is_in_use(reason: str) -> None:
    assert "--detector" not in drop_hint(reason, "whole", 256)


@pytest.mark.parametrize("reason", ["no-face", "no-rating", "no-metadata", "too-small"])
def test_the_options_that_a_hint_adds_are_accepted(reason: str) -> None:
    added = re.search(r"add (--.+)$", drop_hint(reason, "animeface", 256))
    assert added is not None
    arguments = ["build-dataset", "drawn:2", "--dry-run", *shlex.split(added[1])]
    result = CliRunner().invoke(anibench.main, arguments)
    assert result.exit_code == 0, result.output
