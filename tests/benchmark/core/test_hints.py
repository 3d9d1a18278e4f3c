"""The commands that messages name."""

import pytest

from benchmark.core.hints import command_line, continue_command, drop_hint, finish_hint, interrupted_message


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


def test_a_command_of_several_processes_is_named_with_its_launcher(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WORLD_SIZE", raising=False)
    assert command_line(["train", "a b"]) == "anibench train 'a b'"
    monkeypatch.setenv("WORLD_SIZE", "2")
    assert command_line(["train"]) == "torchrun --nproc-per-node 2 -m anibench train"
    assert command_line(["train"], 1) == "anibench train"


@pytest.mark.parametrize(
    ("status", "kind", "hint"),
    [
        ("running", "train", "wait until it ends"),
        ("failed", "train", "finish it with: anibench x --resume"),
        ("interrupted", "eval", "finish it with: anibench x"),
        ("interrupted", "import-checkpoint", "finish it with: anibench x"),
    ],
)
def test_an_unfinished_run_is_waited_for_while_it_works(status: str, kind: str, hint: str) -> None:
    assert finish_hint(status, "anibench x", kind) == hint


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
        ("blank-line", "whole", "replace the file of the line drawing"),
    ],
)
def test_the_hint_for_a_drop_follows_from_its_reason(reason: str, detector: str, hint: str) -> None:
    assert hint in drop_hint(reason, detector)


@pytest.mark.parametrize("reason", ["no-rating", "no-metadata", "too-small", "taken-down"])
def test_a_drop_that_names_its_setting_needs_no_hint(reason: str) -> None:
    assert drop_hint(reason, "animeface") == ""


@pytest.mark.parametrize("reason", ["no-face", "blank-line"])
def test_no_hint_names_the_detector_that_is_in_use(reason: str) -> None:
    assert "--detector" not in drop_hint(reason, "whole")
