"""The critics against the specification: sizes, names, shapes and scores."""

import gan_spec
import pytest
import torch
from gan_toys import lived_in, pictures, tiny_networks

from baselines.gan.config import Variant
from baselines.gan.discriminator import build_discriminator


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
