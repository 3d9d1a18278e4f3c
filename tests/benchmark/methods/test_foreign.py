"""Weight files of other programs: loaded without code, and compared with a network."""

import os
from pathlib import Path

import pytest
import torch
from torch import nn

from benchmark.core.errors import AnibenchError
from benchmark.methods.foreign import as_state, check_fit, read_plain, some

FILE = Path("net.pth")


class Hook:
    """An object whose unpickling would run a command."""

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.system, ("exit 3",)


def test_only_plain_content_is_loaded(tmp_path: Path) -> None:
    path = tmp_path / "net.pth"
    torch.save({"a": torch.ones(2), "epoch": 3}, path)
    assert read_plain(path)["epoch"] == 3
    torch.save({"a": Hook()}, path)
    with pytest.raises(AnibenchError, match=r"net\.pth is not a plain weight file: .*posix.system") as caught:
        read_plain(path)
    assert "weights_only" not in str(caught.value), "torch's advice to run the code is left out"
    with pytest.raises(AnibenchError, match=r"net\.pth is not a plain weight file"):
        read_plain(path, b"")
    with pytest.raises(AnibenchError, match=r"none\.pth cannot be read"):
        read_plain(tmp_path / "none.pth")


@pytest.mark.parametrize("prefix", ["", "module.", "_orig_mod."])
def test_prefixes_of_wrappers_are_removed(prefix: str) -> None:
    state = {f"{prefix}weight": torch.ones(1), f"{prefix}bias": torch.ones(1)}
    assert list(as_state(FILE, state)) == ["weight", "bias"]


def test_a_prefix_of_some_names_stays() -> None:
    assert list(as_state(FILE, {"module.weight": torch.ones(1), "bias": torch.ones(1)})) == ["module.weight", "bias"]


@pytest.mark.parametrize("value", [{}, {"a": 1}, [torch.ones(1)], None])
def test_anything_but_a_state_dict_is_refused(value: object) -> None:
    with pytest.raises(AnibenchError, match="is not a state dict"):
        as_state(FILE, value)


def test_tensors_that_do_not_fit_are_named() -> None:
    network = nn.Linear(2, 3)
    good = {"weight": torch.ones(3, 2, dtype=torch.float64), "bias": torch.ones(3)}
    assert check_fit(FILE, "no layer", good, network)["weight"].dtype == torch.float32
    with pytest.raises(AnibenchError, match=r"net\.pth is no layer: missing bias; unknown gain"):
        check_fit(FILE, "no layer", {"weight": torch.ones(3, 2), "gain": torch.ones(1)}, network)
    with pytest.raises(AnibenchError, match=r"bias has shape \(2,\), expected \(3,\)"):
        check_fit(FILE, "no layer", good | {"bias": torch.ones(2)}, network)


def test_long_lists_of_names_are_cut() -> None:
    assert some([]) == "nothing"
    assert some("fedcba") == "a, b, c, d and 2 more"
