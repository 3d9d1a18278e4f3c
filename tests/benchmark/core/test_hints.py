"""The commands that messages name."""

import pytest

from benchmark.core.hints import continue_command, interrupted_message


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
