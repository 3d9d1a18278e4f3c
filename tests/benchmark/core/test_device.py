"""Devices and their memory errors."""

import pytest

from benchmark.core.device import is_out_of_memory, resolve_device


class OutOfMemoryError(RuntimeError):
    """By the name of torch's error."""


@pytest.mark.parametrize(
    ("error", "expected"),
    [(MemoryError(), True), (OutOfMemoryError("CUDA out of memory"), True), (RuntimeError("shape"), False)],
)
def test_memory_errors_are_told_from_others(error: BaseException, expected: bool) -> None:
    assert is_out_of_memory(error) == expected


def test_torchs_own_error_is_one() -> None:
    import torch

    assert is_out_of_memory(torch.OutOfMemoryError("CUDA out of memory"))


def test_a_named_device_is_kept() -> None:
    assert resolve_device("cuda:1") == "cuda:1"
