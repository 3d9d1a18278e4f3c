"""Devices and their memory errors."""

import pytest

from benchmark.core.device import check_device_name, device_list, is_out_of_memory, resolve_device
from benchmark.core.errors import AnibenchError


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


@pytest.mark.parametrize("name", ["auto", "cpu", "cuda", "cuda:0", "cuda:12", "mps"])
def test_a_device_has_one_of_these_names(name: str) -> None:
    assert check_device_name(name) == name


@pytest.mark.parametrize("name", ["", "foo", "CPU", "cpu:1", "cuda:", "cuda:-1", "cuda:01", "cuda:0\n", " cpu"])
def test_any_other_name_is_refused_with_the_list(name: str) -> None:
    with pytest.raises(AnibenchError, match="is no device; give auto, cpu, cuda, cuda:N or mps"):
        check_device_name(name)


def test_several_devices_are_separated_by_commas_and_only_cpu_may_be_repeated() -> None:
    assert device_list("cpu,cpu") == ["cpu", "cpu"]
    assert device_list("cuda:0, cuda:1") == ["cuda:0", "cuda:1"]
    for text in ("cuda:0,cuda:0", "cuda,cuda:0", "mps,mps", "auto,auto"):
        with pytest.raises(AnibenchError, match="is named twice"):
            device_list(text)
    for text in ("", "cpu,foo", "cpu,"):
        with pytest.raises(AnibenchError, match="is no device"):
            device_list(text)


def has(monkeypatch: pytest.MonkeyPatch, gpus: int, mps: bool = False) -> None:
    """Let torch see so many GPUs."""
    import torch

    monkeypatch.setattr(torch.cuda, "is_available", lambda: gpus > 0)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: gpus)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: mps)


def test_auto_is_the_fastest_kind_that_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    for gpus, mps, device in ((1, True, "cuda"), (0, True, "mps"), (0, False, "cpu")):
        has(monkeypatch, gpus, mps)
        assert resolve_device("auto") == device


def test_a_named_device_has_to_be_there(monkeypatch: pytest.MonkeyPatch) -> None:
    has(monkeypatch, 2, mps=True)
    assert [resolve_device(name) for name in ("cpu", "mps", "cuda", "cuda:1")] == ["cpu", "mps", "cuda", "cuda:1"]
    with pytest.raises(AnibenchError, match="there is no cuda:2 on this machine; its GPUs are: cuda:0, cuda:1"):
        resolve_device("cuda:2")
    has(monkeypatch, 0)
    for name, kind in (("cuda", "CUDA"), ("cuda:0", "CUDA"), ("mps", "MPS")):
        with pytest.raises(AnibenchError, match=f"no usable {kind} device was found; use --device cpu"):
            resolve_device(name)
