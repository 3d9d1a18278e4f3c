"""VGG-19 (arXiv 1409.1556) with ImageNet weights, whose features the perceptual and the style loss compare.

As in the published codes, its inputs are pictures in [-1, 1] without ImageNet's normalisation.
"""

import io

import torch
from torch import Tensor, nn

from baselines.gan.config import Variant
from benchmark.core.errors import AnibenchError
from benchmark.weights.files import read_weights

WEIGHTS = "vgg19"
# Layers whose outputs are compared: relu1_2, relu2_2, relu3_4, relu4_4, relu5_4.
LEVELS: dict[Variant, tuple[int, ...]] = {"cao": (3, 8, 17, 26, 35), "sga-repository": (3, 8)}


class Vgg(nn.Module):
    """The layers of VGG-19 up to the last level, with frozen weights."""

    def __init__(self, layers: nn.Sequential, levels: tuple[int, ...]) -> None:
        super().__init__()
        self.layers, self.levels = layers[: levels[-1] + 1], levels
        self.requires_grad_(False)

    def forward(self, images: Tensor) -> list[Tensor]:
        """Pictures (n, 3, H, W) -> features (n, C, h, w) of each level."""
        found = []
        for index, layer in enumerate(self.layers):
            images = layer(images)
            if index in self.levels:
                found.append(images)
        return found


def build_vgg(variant: Variant) -> Vgg:
    """The network of a variant on the meta device, without weights."""
    from torchvision.models import vgg19  # two seconds to import

    with torch.device("meta"):
        return Vgg(vgg19(weights=None).features, LEVELS[variant])


def load_vgg(variant: Variant, device: torch.device) -> Vgg:
    """The network with the weights of the local file.

    Raises AnibenchError for a missing or unsuitable file, with the settings that train without VGG-19.
    """
    try:
        found = read_weights(WEIGHTS)
    except AnibenchError as error:
        raise AnibenchError(
            f"{error}. Or train without the losses of VGG-19, unlike the published training: "
            "--set loss.perceptual=0 --set loss.style=0"
        ) from error
    state = torch.load(io.BytesIO(found.content), map_location="cpu", weights_only=True)
    vgg = build_vgg(variant)
    wanted = vgg.layers.state_dict().keys()
    try:
        vgg.layers.load_state_dict({name: state[f"features.{name}"] for name in wanted}, assign=True)
    except (KeyError, RuntimeError) as error:
        raise AnibenchError(f"{found.path} does not match VGG-19: {error}") from error
    return vgg.requires_grad_(False).to(device)
