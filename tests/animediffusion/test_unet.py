"""The U-Net against the published layout: counts, names, shapes, and blocks recomputed from the specification."""

from typing import Any

import pytest
import torch
import torch.nn.functional as F

from animediffusion.config import UNetConfig
from animediffusion.unet import ReferenceAttention, ResBlock, SelfAttention, UNet, place_waves, time_waves


def tiny(**changes: Any) -> UNet:
    settings = UNetConfig(channels=8, multipliers=(1, 2), blocks=1, heads=2, groups=4).model_dump() | changes
    torch.manual_seed(0)
    return UNet(**settings)


def published(**changes: Any) -> UNet:
    with torch.device("meta"):
        return UNet(**(UNetConfig().model_dump() | changes))


def test_the_published_network_has_the_published_number_of_parameters_and_tensors() -> None:
    state = published().state_dict()
    assert sum(tensor.numel() for tensor in state.values()) == 52_301_251
    assert len(state) == 252


def test_the_published_names_and_shapes_are_kept() -> None:
    shapes = {name: tuple(tensor.shape) for name, tensor in published().state_dict().items()}
    expected = {
        "time_embedding.0.weight": (256, 64), "time_embedding.2.weight": (256, 256), "input.0.weight": (64, 7, 1, 1),
        "output.0.weight": (64,), "output.2.weight": (3, 64, 1, 1), "bottom_block.1.attention.0.weight": (512,),
        "bottom_block.1.attention.1.weight": (1536, 512, 1), "encoder_block.3.skip_connection.weight": (128, 64, 1, 1),
        "decoder_block.2.0.conv1.2.weight": (512, 768, 3, 3), "decoder_block.3.conv1.2.weight": (256, 768, 3, 3),
        "decoder_block.5.0.conv1.0.weight": (384,), "decoder_block.8.0.conv1.2.weight": (128, 192, 3, 3),
        "decoder_block.10.conv1.2.weight": (64, 128, 3, 3), "decoder_block.10.time_emb.1.weight": (64, 256),
        "bottom_block.0.conv2.3.weight": (512, 512, 3, 3),
    }  # fmt: skip
    assert {name: shapes[name] for name in expected} == expected
    blocks = {".".join(name.split(".")[:2]) for name in shapes if name.startswith("encoder_block")}
    assert blocks == {f"encoder_block.{i}" for i in (0, 1, 3, 4, 6, 7, 9, 10)}


def test_cbam_adds_three_tensors_to_each_plain_decoder_block_and_nothing_else() -> None:
    plain, cbam = set(published().state_dict()), published(cbam=True).state_dict()
    added = set(cbam) - plain
    assert len(added) == 3 * 8
    assert tuple(cbam["decoder_block.0.attention.0.channel_attention.fc.0.weight"].shape) == (32, 512)
    assert tuple(cbam["decoder_block.0.attention.0.spatial_attention.conv.weight"].shape) == (1, 2, 7, 7)
    assert not any(".2.0." in name or ".5.0." in name or ".8.0." in name for name in added)


def test_attention_levels_add_attention_to_every_block_of_that_level() -> None:
    added = set(published(attention_levels=(3,)).state_dict()) - set(published().state_dict())
    owners = {name.partition(".self_attention")[0] for name in added}
    expected = {"encoder_block.9", "encoder_block.10", "decoder_block.0", "decoder_block.1", "decoder_block.2.0"}
    assert owners == expected


def test_time_waves_are_cosines_first_with_period_1000() -> None:
    t = torch.tensor([0, 7, 999])
    waves = time_waves(t, 64).double()
    i = torch.arange(32, dtype=torch.float64)
    angles = t.double()[:, None] * 1000.0 ** (-i / 32)
    assert torch.allclose(waves, torch.cat([angles.cos(), angles.sin()], 1), atol=2e-4)
    assert time_waves(t, 5).shape == (3, 5)
    assert torch.equal(time_waves(t, 5)[:, 4], torch.zeros(3))


def test_attention_cuts_query_key_value_before_heads() -> None:
    torch.manual_seed(1)
    module = SelfAttention(8, 2, 4).double()
    x = torch.randn(2, 8, 3, 5, dtype=torch.float64)
    norm, projection = module.attention
    tokens = projection(norm(x.reshape(2, 8, 15)))
    query, key, value = tokens[:, :8], tokens[:, 8:16], tokens[:, 16:]
    expected = torch.empty_like(query)
    for n in range(2):
        for head in range(2):
            part = slice(4 * head, 4 * head + 4)
            scores = query[n, part].T @ key[n, part] / 2  # sqrt(4)
            expected[n, part] = value[n, part] @ scores.softmax(dim=1).T
    assert torch.allclose(module(x), x + expected.reshape(x.shape), atol=1e-12)


def test_a_residual_block_is_the_published_one() -> None:
    torch.manual_seed(2)
    block = ResBlock(4, 8, 16, groups=2, dropout=0.0, cbam=False, attention_heads=0).double()
    x, embedded = torch.randn(2, 4, 6, 6).double(), torch.randn(2, 16).double()
    state = block.state_dict()

    def norm(values: torch.Tensor, name: str) -> torch.Tensor:
        grouped = values.reshape(2, 2, -1)
        mean, var = grouped.mean(2, keepdim=True), grouped.var(2, unbiased=False, keepdim=True)
        whitened = ((grouped - mean) / (var + 1e-5).sqrt()).reshape(values.shape)
        return whitened * state[f"{name}.weight"][:, None, None] + state[f"{name}.bias"][:, None, None]

    def silu(values: torch.Tensor) -> torch.Tensor:
        return values / (1 + torch.exp(-values))

    def conv(values: torch.Tensor, name: str, padding: int) -> torch.Tensor:
        return F.conv2d(values, state[f"{name}.weight"], state[f"{name}.bias"], padding=padding)

    hidden = conv(silu(norm(x, "conv1.0")), "conv1.2", 1)
    timed = hidden + (silu(embedded) @ state["time_emb.1.weight"].T + state["time_emb.1.bias"])[:, :, None, None]
    skip = conv(x, "skip_connection", 0)
    for given, expected in ((embedded, timed), (None, hidden)):
        result = skip + conv(silu(norm(expected, "conv2.0")), "conv2.3", 1)
        assert torch.allclose(block(x, given), result, atol=1e-12)


def test_attention_to_the_reference_keeps_the_published_network_and_starts_as_it() -> None:
    plain, attending = tiny(), tiny(reference_attention=True)
    kept = {name: tensor for name, tensor in attending.state_dict().items() if "reference_attention." not in name}
    assert kept.keys() == plain.state_dict().keys()
    assert all(torch.equal(kept[name], tensor) for name, tensor in plain.state_dict().items())
    inputs, t = torch.randn(2, 7, 8, 8), torch.tensor([5, 900])
    assert torch.equal(attending(inputs, t), plain(inputs, t))


def test_the_bottleneck_attends_to_the_reference() -> None:
    """It gets the bottleneck's features and the channels of the reference, once in a call."""
    unet = tiny(reference_attention=True)
    seen: list[tuple[Any, torch.Tensor]] = []
    assert unet.reference_attention is not None
    unet.reference_attention.register_forward_hook(lambda module, given, result: seen.append((given, result)))
    inputs = torch.randn(1, 7, 8, 12)
    unet(inputs, torch.tensor([500]))
    ((bottom, reference), _), *more = seen
    assert not more
    assert bottom.shape == (1, 16, 4, 6)
    assert torch.equal(reference, inputs[:, 4:])


def test_attention_to_the_reference_is_that_of_its_description() -> None:
    torch.manual_seed(3)
    module = ReferenceAttention([4, 8], 2, 4).double()
    torch.nn.init.normal_(module.output.weight)
    x, reference = torch.randn(2, 8, 3, 5).double(), torch.randn(2, 3, 6, 10).double()
    features = module.encoder(reference)
    assert features.shape == x.shape
    coded = [torch.cat([part, place_waves(3, 5, x.device).double().expand(2, -1, -1, -1)], 1) for part in (x, features)]
    coded[0][:, :8] = module.norm(x)
    query, key, value = (
        F.conv2d(part, own.weight, own.bias).flatten(2)
        for part, own in zip((*coded, features), (module.query, module.key, module.value), strict=True)
    )
    expected = torch.empty_like(query)
    for n in range(2):
        for head in range(2):
            part = slice(4 * head, 4 * head + 4)
            scores = query[n, part].T @ key[n, part] / 2  # sqrt(4)
            expected[n, part] = value[n, part] @ scores.softmax(dim=1).T
    assert torch.allclose(module(x, reference), x + module.output(expected.reshape(x.shape)), atol=1e-12)


def test_a_place_has_a_code_of_its_own_at_any_size() -> None:
    waves = place_waves(32, 48, torch.device("cpu"))
    assert waves.shape == (16, 32, 48)
    assert torch.pdist(waves.flatten(1).T).min() > 0.01
    assert torch.equal(waves[:, ::31, ::47], place_waves(2, 2, torch.device("cpu")))


@pytest.mark.parametrize(
    "changes", [{}, {"cbam": True, "channels": 16}, {"attention_levels": (0, 1)}, {"reference_attention": True}]
)
def test_any_sides_that_the_levels_can_halve_work(changes: dict[str, Any]) -> None:
    unet = tiny(**changes)
    assert unet(torch.randn(2, 7, 6, 10), torch.tensor([0, 999])).shape == (2, 3, 6, 10)
    with pytest.raises(ValueError, match="multiples of 2"):
        unet(torch.randn(1, 7, 5, 8), torch.tensor([0]))


def test_leaving_the_time_out_changes_the_result() -> None:
    unet = tiny()
    x = torch.randn(1, 7, 8, 8)
    assert (unet(x, None) - unet(x, torch.tensor([500]))).abs().max() > 1e-3
