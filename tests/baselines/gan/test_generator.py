"""Generators and critics against the specification: sizes, names, shapes, and outputs of a second implementation."""

from typing import Any

import gan_spec
import pytest
import torch
from gan_toys import CASES, tiny_networks
from torch import Tensor, nn

from baselines.gan.attention import StopGradientAttention, attention_map
from baselines.gan.config import Variant
from baselines.gan.discriminator import build_discriminator
from baselines.gan.generator import Generator
from benchmark.core.config import load_config
from benchmark.methods.interface import get_method

PUBLISHED = [(82_913_907, 166), (82_926_195, 274), (83_906_899, 278), (83_915_219, 286), (83_952_507, 338)]
SHAPES: dict[tuple[str, Variant], dict[str, tuple[int, ...]]] = {
    ("scft", "cao"): {
        "encoder_sketch.conv_1.0.weight": (16, 1, 3, 3),
        "encoder_reference.conv_10.0.bias": (256,),
        "scft.w_q.weight": (992, 992),
        "res_block.block_4.3.weight": (992, 992, 3, 3),
        "res_block.block_1.1.running_mean": (992,),
        "unet_decoder.dec_5_2.0.weight": (256, 1984, 3, 3),
        "unet_decoder.dec_5_1.0.weight": (256, 512, 3, 3),
        "unet_decoder.dec_4_2.0.weight": (128, 384, 3, 3),
        "unet_decoder.dec_1_1.1.running_var": (16,),
        "unet_decoder.fc.weight": (3, 16, 1, 1),
    },
    ("scft", "sga-repository"): {
        "encoder_reference.layer1.main.0.weight": (16, 3, 3, 3),
        "encoder_sketch.layer10.main.1.num_batches_tracked": (),
        "scft.w_v.bias": (992,),
        "res_model.main.3.main.3.bias": (992,),
        "res_model.main.0.main.4.weight": (992,),
        "decoder.layer10.main.0.weight": (256, 1984, 3, 3),
        "decoder.layer1.main.1.bias": (16,),
        "decoder.last_conv.weight": (3, 16, 3, 3),
    },
    ("sga", "cao"): {
        "encoder_sketch.conv_1.1.running_mean": (16,),
        "gnn.gcn_cross.src_fc.weight": (992, 992),
        "gnn.gcn_self.msg_fc.bias": (992,),
        "gnn.gcn_self.bn.running_var": (992,),
    },
    ("sga", "sga-repository"): {"gnn.gcn3.msg_fc.weight": (992, 992), "gnn.gcn4.bn.weight": (992,)},
    ("attention-aware", "cao"): {
        "encoder_reference.conv_1.1.channel_attention.fc.0.weight": (1, 16),
        "encoder_reference.conv_9.1.channel_attention.fc.2.weight": (256, 16),
        "encoder_sketch.conv_5.1.spatial_attention.conv.weight": (1, 2, 7, 7),
        "encoder_sketch.conv_5.2.weight": (64,),
    },
}


@pytest.mark.parametrize(("case", "published"), list(zip(CASES, PUBLISHED, strict=True)))
def test_the_published_generators_have_their_sizes_names_and_shapes(
    case: tuple[str, Variant], published: tuple[int, int]
) -> None:
    method, variant = case
    with torch.device("meta"):
        generator = Generator(get_method(method).module.METHOD.blocks[variant], variant, 16)
        painted, _ = generator(torch.zeros(1, 1, 256, 256), torch.zeros(1, 3, 256, 256))
    state = generator.state_dict()
    assert (sum(p.numel() for p in generator.parameters()), len(state)) == published
    assert {name: tuple(state[name].shape) for name in SHAPES[case]} == SHAPES[case]
    assert painted.shape == (1, 3, 256, 256)


@pytest.mark.parametrize(
    ("variant", "parameters", "tensors", "side", "shapes"),
    [
        ("cao", 175_584, 33, 13, {
            "layer_1.0.weight_orig": (16, 4, 4, 4), "layer_4.0.weight_v": (1024,), "layer_2.1.running_var": (32,),
            "layer_5.0.weight": (1, 128, 4, 4),
        }),
        ("sga-repository", 100_501, 38, 16, {
            "main.0.main.0.module.weight_bar": (16, 4, 3, 3), "main.3.main.0.module.weight_u": (128,),
            "main.1.main.0.module.bias": (32,), "main.4.weight": (1, 128, 3, 3), "main.4.bias": (1,),
        }),
    ],
)  # fmt: skip
def test_the_published_critics_have_their_sizes_names_and_shapes(
    variant: Variant, parameters: int, tensors: int, side: int, shapes: dict[str, tuple[int, ...]]
) -> None:
    with torch.device("meta"):
        critic = build_discriminator(variant, 16)
        scores = critic(torch.zeros(2, 3, 256, 256), torch.zeros(2, 1, 256, 256))
    state = critic.state_dict()
    assert (sum(p.numel() for p in critic.parameters()), len(state)) == (parameters, tensors)
    assert {name: tuple(state[name].shape) for name in shapes} == shapes
    assert scores.shape == (2, 1, side, side)


def lived_in(network: nn.Module) -> None:
    """Batch norms as training leaves them, so that evaluation differs from an identity."""
    torch.manual_seed(2)
    for module in network.modules():
        if isinstance(module, (nn.BatchNorm1d, nn.BatchNorm2d)):
            nn.init.uniform_(module.weight, 0.5, 1.5)
            nn.init.uniform_(module.bias, -0.3, 0.3)
            assert module.running_mean is not None
            assert module.running_var is not None
            module.running_mean.uniform_(-0.2, 0.2)
            module.running_var.uniform_(0.5, 1.5)


def pictures(side: int = 64, n: int = 2) -> tuple[Tensor, Tensor]:
    torch.manual_seed(3)
    return torch.rand(n, 1, side, side) * 2 - 1, torch.rand(n, 3, side, side) * 2 - 1


@pytest.mark.parametrize(("method", "variant"), CASES)
@pytest.mark.parametrize("training", [False, True])
def test_a_generator_paints_what_the_specification_paints(method: str, variant: Variant, training: bool) -> None:
    generator, _ = tiny_networks(method, variant)
    lived_in(generator)
    expected = gan_spec.Generator(method, generator.state_dict(), variant)
    expected.training = training
    line, reference = pictures()
    if training:  # batch statistics of barely differing features blow up float32's rounding
        generator, line, reference = generator.double(), line.double(), reference.double()
    with torch.no_grad():
        painted, matched = generator.train(training)(line, reference)
        wanted, tokens = expected(line.double(), reference.double())
    assert (painted - wanted).abs().max() < 1e-5
    assert (matched is None) == (tokens is None) == (method != "scft")
    if matched:
        assert all(torch.allclose(a.double(), b, atol=1e-5) for a, b in zip(matched, tokens, strict=True))


@pytest.mark.parametrize("variant", ["cao", "sga-repository"])
def test_a_critic_judges_as_the_specification_does(variant: Variant) -> None:
    _, critic = tiny_networks("sga", variant)
    lived_in(critic)
    expected = gan_spec.Critic(critic.state_dict(), variant)
    line, picture = pictures()
    for training in (True, True, False):  # each call moves u and v, in `cao` only those in training
        expected.training = training
        with torch.no_grad():
            scores, wanted = critic.train(training)(picture, line), expected(picture.double(), line.double())
        assert (scores - wanted).abs().max() < 1e-5


def test_the_repositorys_critic_never_judges_twice_alike_and_caos_does_in_evaluation() -> None:
    line, picture = pictures()
    changed = {}
    for variant in ("cao", "sga-repository"):
        critic = tiny_networks("sga", variant)[1].eval()
        with torch.no_grad():
            changed[variant] = not torch.equal(critic(picture, line), critic(picture, line))
    assert changed == {"cao": False, "sga-repository": True}


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


@pytest.mark.parametrize("method", ["scft", "sga", "attention-aware"])
def test_presets_are_the_methods_own_and_paper_is_the_default(method: str) -> None:
    found: Any = get_method(method)
    assert {"demo", "paper"} <= found.presets().keys()
    assert all(path.parent.name == method for path in found.presets().values())
    published = found.config()
    paper = load_config(found.config, preset=found.preset("paper"))
    same = {"steps": None, "runtime": published.runtime, "loss": published.loss}  # written out in the preset
    assert paper.model_copy(update=same) == published
    assert (paper.steps, paper.batch, paper.width, paper.resolution) == (600_000, 16, 16, 256)
    assert (paper.generator.learning_rate, paper.discriminator.learning_rate) == (1e-4, 2e-4)
    assert paper.generator.betas == paper.discriminator.betas == (0.5, 0.999)
    shared = (paper.loss.adversarial, paper.loss.l1, paper.loss.perceptual, paper.loss.style)
    assert shared == (1.0, 30.0, 0.01, 50.0)
    demo = load_config(found.config, preset=found.preset("demo"))
    assert demo.budget.images == 11_200
    assert not demo.loss.uses_vgg
