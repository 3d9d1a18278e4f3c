"""Reduced, randomly filled copies of Prompt-Free Diffusion's networks, written in the published layout and names."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from baselines.prompt_free.method import Config, files
from baselines.prompt_free.names import NameSource, controlnet_source, seecoder_source, unet_source, vae_source
from baselines.prompt_free.sampling import build_networks
from benchmark.core.files import sha256_file, write_json
from benchmark.weights.files import PINS, WEIGHTS

SIZES = {
    "seecoder": {
        "swin_width": 8,
        "swin_depths": [1, 2, 2, 1],
        "swin_heads": [1, 2, 2, 4],
        "swin_window": 4,
        "width": 16,
        "decoder_layers": 2,
        "decoder_inner": 24,
        "query_layers": 4,
        "query_inner": 24,
        "local_queries": 6,
        "groups": 4,
    },
    "unet": [8, 8, 16, 16],
    "hint": [2, 4, 4, 8],
    "vae": [4, 4, 8, 8],
    "heads": 1,
    "groups": 4,
}


def reduced(home: Path, **settings: Any) -> Config:
    """The smallest configuration there is, its files to be read from `home`."""
    return Config.model_validate({"sizes": SIZES, "steps": 1, "smallest_side": 64, "folder": home, **settings})


def publish(home: Path, config: Config, seed: int = 0) -> dict[str, nn.Module]:
    """Write the files a configuration needs, with pins, to `home`; returns the networks they were made from."""
    torch.manual_seed(seed)
    seecoder, unet, controlnet, vae = (network.to_empty(device="cpu") for network in build_networks(config))
    for network in (seecoder, unet, controlnet, vae):
        scramble(network)
    paths = [home / WEIGHTS[name].file for name in files(config)]
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
    save_file(published(seecoder, seecoder_source), paths[0])
    save_file(published(unet, unet_source), paths[1])
    save_file(published(controlnet, controlnet_source), paths[2])
    torch.save(published(vae, vae_source), paths[3])
    if len(paths) > 4:
        torch.save(torch.randn(7, config.sizes.seecoder.width, dtype=torch.float16), paths[4])
    write_json(home / PINS, {name: sha256_file(path) for name, path in zip(files(config), paths, strict=True)})
    return {"seecoder": seecoder, "unet": unet, "controlnet": controlnet, "vae": vae}


def scramble(network: nn.Module) -> None:
    """Random weights whose effect shows, and the index buffers that `to_empty` left undefined."""
    for name, value in network.named_parameters():
        gain = 1.0 if value.ndim < 2 else 1.4 / max(1, value[0].numel()) ** 0.5
        nn.init.normal_(value, mean=1.0 if name.endswith("weight") and value.ndim == 1 else 0.0, std=0.2 * gain)
        if value.ndim > 1:
            value.data.mul_(5)
    for module in network.modules():
        if hasattr(module, "relative_position_index"):
            module.relative_position_index = swin_index(module.window_size[0]).flatten()


def swin_index(window: int) -> Tensor:
    """Which bias each pair of a window's places has: (row difference, column difference) as one number."""
    place = torch.cartesian_prod(torch.arange(window), torch.arange(window))
    rows, columns = (place[:, None] - place[None] + window - 1).unbind(-1)
    return rows * (2 * window - 1) + columns


def published(network: nn.Module, source: NameSource) -> Mapping[str, Tensor]:
    """A network's tensors as the published files call and shape them."""
    state = network.state_dict()
    own = {**state, **{name: buffer for name, buffer in network.named_buffers() if name not in state}}
    thirds: dict[str, list[Tensor]] = {}
    for name, tensor in own.items():
        found = source(name, tuple(tensor.shape))
        thirds.setdefault(found.name, []).append(tensor if found.third is not None else tensor.reshape(found.shape))
    return {name: torch.cat(parts).contiguous().clone() for name, parts in thirds.items()}


COUNTS = {  # parameters, tensors
    "seecoder": (294_114_996, 616),
    "unet": (859_520_964, 686),
    "controlnet": (361_279_120, 340),
    "vae": (83_653_863, 248),
}


def own(network: nn.Module) -> dict[str, Tensor]:
    state = network.state_dict()
    return {**state, **{name: buffer for name, buffer in network.named_buffers() if name not in state}}
