"""Estimates: counted FLOPs and activations, and the models of memory, disk and time."""

import torch
from torch import nn

from benchmark.training.config import RuntimeConfig
from benchmark.training.estimate import PROGRAM, WORKING, PhaseCost, cost_rows, folder_bytes, pass_cost, step_memory


def test_a_pass_is_counted_on_the_network() -> None:
    with torch.device("meta"):
        network, x = nn.Sequential(nn.Linear(8, 4, bias=False), nn.Tanh()), torch.zeros(3, 8)
    cost = pass_cost([network], lambda: network(x))
    assert cost.parameters == 32
    assert cost.forward == 2 * 3 * 8 * 4
    assert cost.both == 2 * cost.forward, "the input needs no gradient"
    assert cost.kept == 4 * (3 * 8 + 3 * 4), "the input of Linear and the output of Tanh, in float32"


def test_memory_is_the_program_copies_and_activations() -> None:
    assert step_memory(10, 4, 100) == PROGRAM + 4 * 4 * 10 + WORKING * 100


def test_the_folder_is_largest_while_a_state_is_written() -> None:
    plain = folder_bytes(10, averaged=False, phases=1, runtime=RuntimeConfig())
    assert plain == 4 * 10 * (3 * 3 + 1), "two states and a third being written; the last checkpoint"
    more = RuntimeConfig(checkpoint_every=5, keep_checkpoints=2)
    assert folder_bytes(10, averaged=True, phases=2, runtime=more) == 4 * 10 * (3 * 4 + 2 * 3)


def test_rows_name_each_phase_and_device() -> None:
    rows = dict(cost_rows({"phase 1": PhaseCost(1000, 4, 10**12, 2.0 * 2**30)}, 2**30, 1000, 64))
    assert rows["phase 1"] == "1,000 steps of 4 images, 1 TFLOP each"
    assert rows["phase 1, memory"].startswith("about 2 GiB")
    assert rows["disk, run folder"] == "1 GiB"
    (cpu,) = (value for name, value in rows.items() if "two CPU cores" in name)
    assert cpu == "phase 1 2 h 46 min", "10,000 s"
