"""Generators and critics against the specification: sizes, names, shapes, and outputs of a second implementation."""

import gan_spec
import pytest
import torch
from gan_toys import CASES, lived_in, pictures, tiny_networks

from baselines.gan.config import Variant
from baselines.gan.generator import Generator
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
