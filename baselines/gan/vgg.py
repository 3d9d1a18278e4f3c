"""VGG-19 (arXiv 1409.1556) as a judge: torchvision's network with ImageNet weights, all levels in one pass.

The published codes feed it pictures in [-1, 1] without ImageNet's normalisation, and so do we.
"""

import io

import torch
from torch import Tensor, nn

from baselines.gan.config import Variant
from benchmark.core.errors import AnibenchError
from benchmark.weights.files import read_weights

WEIGHTS = "vgg19"
# Layers whose outputs count: relu1_2, relu2_2, relu3_4, relu4_4, relu5_4.
LEVELS: dict[Variant, tuple[int, ...]] = {"cao": (3, 8, 17, 26, 35), "sga-repository": (3, 8)}


class Vgg(nn.Module):
    """The first layers of VGG-19, never trained; its outputs at some of them."""

    def __init__(self, layers: nn.Sequential, levels: tuple[int, ...]) -> None:
        super().__init__()
        self.layers, self.levels = layers[: levels[-1] + 1], levels
        self.requires_grad_(False)

    def forward(self, images: Tensor) -> list[Tensor]:
        """(n, 3, H, W) -> features (n, C, h, w) of each level."""
        found = []
        for index, layer in enumerate(self.layers):
            images = layer(images)
            if index in self.levels:
                found.append(images)
        return found


def build_vgg(variant: Variant) -> Vgg:
    """The network without weights of use."""
    from torchvision.models import vgg19  # two seconds to import

    with torch.device("meta"):
        return Vgg(vgg19(weights=None).features, LEVELS[variant])


def load_vgg(variant: Variant, device: torch.device) -> Vgg:
    """The network with its weights from the local file; raises AnibenchError that says how to go on without it."""
    try:
        found = read_weights(WEIGHTS)
    except AnibenchError as error:
        raise AnibenchError(
            f"{error}; or train without VGG-19's losses, which gives other results than published: "
            "--set loss.perceptual=0 --set loss.style=0"
        ) from error
    state = torch.load(io.BytesIO(found.content), map_location="cpu", weights_only=True)
    vgg = build_vgg(variant)
    wanted = vgg.layers.state_dict().keys()
    try:
        vgg.layers.load_state_dict({name: state[f"features.{name}"] for name in wanted}, assign=True)
    except (KeyError, RuntimeError) as error:
        raise AnibenchError(f"{found.path} does not fit VGG-19: {error}") from error
    return vgg.requires_grad_(False).to(device)
