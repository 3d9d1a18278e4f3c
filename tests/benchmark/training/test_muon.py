"""Muon: the published update for matrices and kernels, AdamW for vectors."""

import pytest
import torch
from torch import Tensor, nn

from benchmark.training.config import OptimizerConfig
from benchmark.training.muon import Muon, orthogonal
from benchmark.training.steps import make_optimizer

RATE, DECAY = 0.02, 0.1


def gradients(*shape: int) -> list[Tensor]:
    generator = torch.Generator().manual_seed(3)
    return [torch.randn(shape, generator=generator) for _ in range(5)]


def moved(optimizer: torch.optim.Optimizer, parameter: nn.Parameter, gradients: list[Tensor]) -> Tensor:
    for gradient in gradients:
        parameter.grad = gradient.clone()
        optimizer.step()
    return parameter.detach()


def muon(parameter: nn.Parameter) -> Muon:
    return Muon([parameter], RATE, (0.9, 0.99), 1e-8, DECAY)


@pytest.mark.parametrize("shape", [(8, 30), (30, 8)])
def test_a_matrix_moves_as_by_torch(shape: tuple[int, int]) -> None:
    ours, theirs = nn.Parameter(torch.ones(shape)), nn.Parameter(torch.ones(shape))
    reference = torch.optim.Muon([theirs], RATE, DECAY, 0.9, adjust_lr_fn="match_rms_adamw")
    step = moved(muon(ours), ours, gradients(*shape)) - 1
    expected = moved(reference, theirs, gradients(*shape)) - 1
    assert (step - expected).norm() < 0.02 * expected.norm()  # torch orthogonalises in bfloat16


def test_a_vector_moves_as_by_adamw() -> None:
    ours, theirs = nn.Parameter(torch.ones(7)), nn.Parameter(torch.ones(7))
    reference = torch.optim.AdamW([theirs], RATE, (0.9, 0.99), weight_decay=DECAY)
    torch.testing.assert_close(moved(muon(ours), ours, gradients(7)), moved(reference, theirs, gradients(7)))


@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
def test_a_kernel_moves_as_its_matrix(layout: torch.memory_format) -> None:
    kernel = nn.Parameter(torch.ones(6, 4, 3, 3).to(memory_format=layout))
    matrix = nn.Parameter(torch.ones(6, 36))
    after = moved(muon(kernel), kernel, [g.to(memory_format=layout) for g in gradients(6, 4, 3, 3)])
    expected = moved(muon(matrix), matrix, [gradient.flatten(1) for gradient in gradients(6, 4, 3, 3)])
    torch.testing.assert_close(after.flatten(1), expected)


@pytest.mark.parametrize("shape", [(12, 40), (40, 12)])
def test_singular_values_become_nearly_equal(shape: tuple[int, int]) -> None:
    matrix = gradients(*shape)[0]
    values = torch.linalg.svdvals(orthogonal(matrix))
    assert values.min() > 0.65
    assert values.max() < 1.25
    left, _, right = torch.linalg.svd(matrix, full_matrices=False)
    turned = left.T @ orthogonal(matrix) @ right.T  # diagonal where the singular vectors are the same
    assert (turned - turned.diagonal().diag()).abs().max() < 1e-4


def test_the_settings_name_it() -> None:
    model = nn.Linear(3, 2)
    config = OptimizerConfig(name="muon", learning_rate=RATE, weight_decay=DECAY)
    optimizer = make_optimizer(config, model)
    assert isinstance(optimizer, Muon)
    assert optimizer.param_groups[0]["weight_decay"] == DECAY
    with pytest.raises(ValueError, match="closure"):
        optimizer.step(lambda: 0.0)
