"""Inception features for FID, in clean-fid's two modes, from local weights whose hash was checked.

`legacy_pytorch` is the mode of pytorch-fid: bilinear resize to 299 px without antialiasing, and the ported TensorFlow
network. `clean` is clean-fid's recommendation (Parmar et al. 2022): antialiased bicubic resize, and the TorchScript
network. Resizers and network blocks are clean-fid's own. Its loaders are not used, because they download files.
"""

import io
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import torch
from torch import Tensor, nn

from benchmark.core.errors import AnibenchError
from benchmark.results.feature_modes import FEATURES, FidMode
from benchmark.scoring.features.extractor import Extractor
from benchmark.weights.files import Weights, read_weights


def load_extractor(
    mode: FidMode, device: str, *, pin: str | None = None, folders: Sequence[Path] | None = None
) -> Extractor:
    """The extractor of a mode; `pin` and `folders` as in `benchmark.weights.files`.

    Raises AnibenchError if the weights are missing, have another hash, or do not fit the network.
    """
    from cleanfid.resize import build_resizer

    name, length = FEATURES[mode]
    weights = read_weights(name, pin=pin, folders=folders)
    build = _pytorch_inception if mode == "legacy_pytorch" else _torchscript_inception
    try:
        network = build(weights, device)
    except (RuntimeError, ValueError, KeyError, AttributeError, UnpicklingError) as error:
        raise AnibenchError(f"{weights.path} does not contain the expected network: {error}") from error
    with warnings.catch_warnings():  # build_resizer turns off all warnings of the process
        resize = build_resizer(mode)
    return Extractor(name, mode, weights.sha256, device, resize, network, length)


def _torchscript_inception(weights: Weights, device: str) -> Callable[[Tensor], Tensor]:
    load: Callable[..., Any] = torch.jit.load
    with warnings.catch_warnings():  # torch deprecates TorchScript, the format of the published file
        warnings.simplefilter("ignore")
        layers: Callable[[Tensor], Tensor] = load(io.BytesIO(weights.content), map_location=device).eval().layers
    return lambda images: layers((images - 128) / 128)


def _pytorch_inception(weights: Weights, device: str) -> Callable[[Tensor], Tensor]:
    network = fid_inception()
    state = torch.load(io.BytesIO(weights.content), map_location="cpu", weights_only=True)
    network.load_state_dict(state)
    network.fc = nn.Identity()
    network.eval().requires_grad_(False)
    _fold_batch_norms(network)
    network.to(device).to(memory_format=torch.channels_last)
    forward: Callable[[Tensor], Tensor] = network
    return lambda images: forward(images / 255 * 2 - 1)


def fid_inception() -> nn.Module:
    """FID's Inception with untrained weights: torchvision's network with the blocks of pytorch-fid from clean-fid."""
    from cleanfid import inception_pytorch as blocks
    from torchvision.models import inception_v3

    network: nn.Module = inception_v3(weights=None, num_classes=1008, aux_logits=False, init_weights=False)
    network.Mixed_5b = blocks.FIDInceptionA(192, pool_features=32)
    network.Mixed_5c = blocks.FIDInceptionA(256, pool_features=64)
    network.Mixed_5d = blocks.FIDInceptionA(288, pool_features=64)
    network.Mixed_6b = blocks.FIDInceptionC(768, channels_7x7=128)
    network.Mixed_6c = blocks.FIDInceptionC(768, channels_7x7=160)
    network.Mixed_6d = blocks.FIDInceptionC(768, channels_7x7=160)
    network.Mixed_6e = blocks.FIDInceptionC(768, channels_7x7=192)
    network.Mixed_7b = blocks.FIDInceptionE_1(1280)
    network.Mixed_7c = blocks.FIDInceptionE_2(2048)
    return network


def _fold_batch_norms(network: nn.Module) -> None:
    """Fold each batch norm into the convolution before it. The function stays the same and takes half the time."""
    from torch.nn.utils.fusion import fuse_conv_bn_eval

    for module in list(network.modules()):
        convolution, norm = getattr(module, "conv", None), getattr(module, "bn", None)
        if isinstance(convolution, nn.Conv2d) and isinstance(norm, nn.BatchNorm2d):
            module.conv = fuse_conv_bn_eval(convolution, norm)
            module.bn = nn.Identity()
