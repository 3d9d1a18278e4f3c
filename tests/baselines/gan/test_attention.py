"""Attention maps: normalised columns, float32, and no gradient through them."""

import pytest
import torch
from torch import Tensor

from baselines.gan.attention import ScftAttention, StopGradientAttention, attention_map


def test_columns_of_an_attention_map_sum_to_one_and_rows_do_not() -> None:
    torch.manual_seed(0)
    weights = attention_map(torch.randn(2, 9, 5), torch.randn(2, 7, 5))
    assert weights.shape == (2, 9, 7)
    assert torch.allclose(weights.sum(1), torch.ones(2, 7))
    assert not torch.allclose(weights.sum(2), torch.ones(2, 9), atol=0.1)
    assert attention_map(torch.randn(1, 4, 3).bfloat16(), torch.randn(1, 4, 3).bfloat16()).dtype == torch.float32


def test_an_attention_map_is_made_in_float32_under_autocast() -> None:
    torch.manual_seed(0)
    x, y = torch.randn(1, 9, 32) * 3, torch.randn(1, 7, 32) * 3
    with torch.autocast("cpu", torch.bfloat16):
        half = attention_map(x, y)
    assert torch.equal(half, attention_map(x, y))


def test_no_gradient_passes_through_an_attention_map(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the maps held fixed as constants, the gradients are the same to the bit."""
    from baselines.gan import attention

    torch.manual_seed(0)
    block = StopGradientAttention(6, "gcn_cross", "gcn_self").eval()
    sketch, reference = (torch.randn(2, 9, 6, requires_grad=True) for _ in range(2))
    maps: list[Tensor] = []

    def noted(x: Tensor, y: Tensor) -> Tensor:
        maps.append(attention_map(x, y))
        return maps[-1]

    monkeypatch.setattr(attention, "attention_map", noted)
    first = torch.autograd.grad(block(sketch, reference)[0].square().sum(), [sketch, reference])
    constants = iter([weights.clone() for weights in maps])
    monkeypatch.setattr(attention, "attention_map", lambda x, y: next(constants))
    second = torch.autograd.grad(block(sketch, reference)[0].square().sum(), [sketch, reference])
    assert all(torch.equal(a, b) for a, b in zip(first, second, strict=True))
    assert not any(weights.requires_grad for weights in maps)


def test_scft_attends_by_products_over_the_root_of_the_channels() -> None:
    torch.manual_seed(0)
    block = ScftAttention(6).double()
    sketch, reference = (torch.randn(2, positions, 6, dtype=torch.float64) for positions in (5, 9))
    attended, (q, k, v) = block(sketch, reference)
    for n, i in ((0, 0), (1, 4)):
        weights = torch.stack([q[n, i] @ k[n, j] / 6**0.5 for j in range(9)]).exp()
        expected = sketch[n, i] + (weights[:, None] * v[n]).sum(0) / weights.sum()
        assert torch.allclose(attended[n, i], expected, rtol=1e-12)
