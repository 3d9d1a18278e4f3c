"""Training states: resume to the same bits, damaged files, states of other runs, pruning."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any, Literal

import pytest
import torch
from torch import nn

from benchmark.core.errors import AnibenchError
from benchmark.methods.checkpoints import CheckpointInfo, checkpoint_path, save_checkpoint
from benchmark.training.config import OptimizerConfig
from benchmark.training.state import Counters, RunIdentity, check_run, prune, restore_state, save_state
from benchmark.training.steps import make_optimizer, take_step

ALONE: Any = SimpleNamespace(num_processes=1, process_index=0)
IDENTITY = RunIdentity(method="m", config={"a": {"b": 1}, "runtime": {"log_every": 5}}, fingerprint="f")


def trained(steps: int, name: Literal["adam", "muon"] = "adam") -> tuple[nn.Module, torch.optim.Optimizer]:
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(3, 4), nn.Linear(4, 1))
    optimizer = make_optimizer(OptimizerConfig(name=name, learning_rate=0.1), model)
    go_on(model, optimizer, 0, steps)
    return model, optimizer


def go_on(model: nn.Module, optimizer: torch.optim.Optimizer, start: int, stop: int) -> None:
    for step in range(start, stop):
        x = torch.randn(5, 3, generator=torch.Generator().manual_seed(step))
        model(x).square().sum().backward()
        take_step(optimizer, list(model.parameters()), 0.1, None, ALONE)


@pytest.mark.parametrize("name", ["adam", "muon"])
def test_a_state_goes_on_to_the_same_bits(tmp_path: Path, name: Literal["adam", "muon"]) -> None:
    whole, _ = trained(6, name)
    model, optimizer = trained(3, name)
    counters = Counters(step=3, images_seen=15, seconds=2.5)
    save_state(tmp_path, "phase1", counters, IDENTITY, {"net": model}, {"net": optimizer})
    fresh, fresh_optimizer = trained(0, name)
    assert restore_state(tmp_path, "phase1", IDENTITY, {"net": fresh}, {"net": fresh_optimizer}) == counters
    go_on(fresh, fresh_optimizer, 3, 6)
    for key, value in whole.state_dict().items():
        assert torch.equal(value, fresh.state_dict()[key])


@pytest.mark.parametrize("damage", ["cut", "flipped bit"])
def test_a_damaged_state_gives_way_to_the_one_before_with_a_warning(tmp_path: Path, damage: str) -> None:
    model, optimizer = trained(2)
    for step in (1, 2, 3, 4):
        save_state(tmp_path, "phase1", Counters(step=step), IDENTITY, {"net": model}, {"net": optimizer})
    states = sorted(tmp_path.iterdir())
    assert [path.name[-9 - 12 : -12] for path in states] == ["000000003", "000000004"]
    content = bytearray(states[-1].read_bytes())
    content[-20] ^= 4
    states[-1].write_bytes(content[:99] if damage == "cut" else content)
    with pytest.warns(UserWarning, match=r"000000004\.safetensors .*resumes from the previous state"):
        restored = restore_state(tmp_path, "phase1", IDENTITY, {"net": model}, {"net": optimizer})
    assert restored == Counters(step=3)
    assert restore_state(tmp_path, "phase2", IDENTITY, {"net": model}, {"net": optimizer}) is None


def test_a_damaged_state_is_replaced_when_training_reaches_its_step(tmp_path: Path) -> None:
    model, optimizer = trained(2)
    (tmp_path / "phase1-step-000000004.safetensors").write_bytes(b"damaged")
    save_state(tmp_path, "phase1", Counters(step=4), IDENTITY, {"net": model}, {"net": optimizer})
    assert restore_state(tmp_path, "phase1", IDENTITY, {"net": model}, {"net": optimizer}) == Counters(step=4)


def test_a_full_disk_keeps_the_last_good_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model, optimizer = trained(2)
    save_state(tmp_path, "phase1", Counters(step=1), IDENTITY, {"net": model}, {"net": optimizer})

    def full(tensors: Any, path: Path, metadata: Any = None) -> None:
        path.write_bytes(b"half of it")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("safetensors.torch.save_file", full)
    with pytest.raises(AnibenchError, match="No space left"):
        save_state(tmp_path, "phase1", Counters(step=2), IDENTITY, {"net": model}, {"net": optimizer})
    assert len(list(tmp_path.iterdir())) == 1
    assert restore_state(tmp_path, "phase1", IDENTITY, {"net": model}, {"net": optimizer}) == Counters(step=1)


def test_a_state_of_another_run_is_refused_by_what_differs(tmp_path: Path) -> None:
    model, optimizer = trained(1)
    save_state(tmp_path, "phase1", Counters(step=1), IDENTITY, {"net": model}, {"net": optimizer})

    def restore(**changes: Any) -> Counters | None:
        other = IDENTITY.model_copy(update=changes)
        return restore_state(tmp_path, "phase1", other, {"net": model}, {"net": optimizer})

    with pytest.raises(AnibenchError, match="a.b was 1, is 2"):
        restore(config={"a": {"b": 2}, "runtime": {"log_every": 5}})
    with pytest.raises(AnibenchError, match="another method or dataset"):
        restore(fingerprint="g")
    assert restore(config={"a": {"b": 1}, "runtime": {"log_every": 9}}) is not None


@pytest.mark.parametrize(("keep", "left"), [(0, 0), (2, 2), (9, 4)])
def test_pruning_keeps_the_newest(tmp_path: Path, keep: int, left: int) -> None:
    for step in range(4):
        (tmp_path / f"phase1-step-{step:09d}.safetensors").touch()
    (tmp_path / "phase2-step-000000000.safetensors").touch()
    (tmp_path / ".phase1-step-000000009.safetensors.abc.tmp").touch()
    prune(tmp_path, "phase1", keep)
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names[-1] == "phase2-step-000000000.safetensors"
    assert names[:-1] == [f"phase1-step-{step:09d}.safetensors" for step in range(4 - left, 4)]


@pytest.mark.parametrize("kept", [0, 30, 300])
def test_a_cut_older_checkpoint_does_not_stop_a_run_and_the_others_are_still_compared(
    tmp_path: Path, kept: int
) -> None:
    info = CheckpointInfo(
        method="m", config=IDENTITY.config, phase="phase1", step=1, images_seen=1, seconds=0.0, dataset="d",
        fingerprint="f", training_ids=(), anibench_version="0",
    )  # fmt: skip
    older, newer = (checkpoint_path(tmp_path / "checkpoints", "phase1", step) for step in (1, 2))
    for path in (older, newer):
        save_checkpoint(path, {"w": torch.ones(200)}, info)
    older.write_bytes(older.read_bytes()[:kept])
    check_run(tmp_path, IDENTITY)
    other = RunIdentity(method="m", config={"a": {"b": 2}, "runtime": {"log_every": 5}}, fingerprint="f")
    with pytest.raises(AnibenchError, match=rf"{newer.name} was made with other settings .a\.b was 1, is 2"):
        check_run(tmp_path, other)
