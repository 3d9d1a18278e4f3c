"""Loading the published files of Prompt-Free Diffusion into networks, with every name and shape checked."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TypeVar

import torch
from torch import Tensor, nn

from baselines.prompt_free.names import (
    NameSource,
    TensorSource,
    controlnet_source,
    seecoder_source,
    unet_source,
    vae_source,
)
from baselines.prompt_free.seecoder import SeeCoder
from baselines.prompt_free.sizes import Sizes
from benchmark.core.errors import AnibenchError
from benchmark.methods.foreign import as_state, read_plain

if TYPE_CHECKING:
    from diffusers import AutoencoderKL, ControlNetModel, UNet2DConditionModel

M = TypeVar("M", bound=nn.Module)


class Target(NamedTuple):
    """The device and dtype of loaded weights."""

    device: str
    dtype: torch.dtype


def build_unet(sizes: Sizes, context: int) -> "UNet2DConditionModel":
    """The U-Net of Stable Diffusion 1.5; `context` is the width of the cross-attended context."""
    from diffusers import UNet2DConditionModel

    return UNet2DConditionModel(
        block_out_channels=sizes.unet,
        cross_attention_dim=context,
        attention_head_dim=sizes.heads,  # despite its name the number of heads
        norm_num_groups=sizes.groups,
    )


def build_controlnet(sizes: Sizes, context: int) -> "ControlNetModel":
    """A ControlNet: the encoder of the U-Net and an encoder of the control image (arXiv 2302.05543)."""
    from diffusers import ControlNetModel

    return ControlNetModel(
        block_out_channels=sizes.unet,
        cross_attention_dim=context,
        attention_head_dim=sizes.heads,
        conditioning_embedding_out_channels=sizes.hint,
        norm_num_groups=sizes.groups,
    )


def build_vae(sizes: Sizes) -> "AutoencoderKL":
    """The autoencoder of Stable Diffusion: (n, 3, H, W) <-> latent (n, 4, H / 8, W / 8) (arXiv 2112.10752)."""
    from diffusers import AutoencoderKL

    levels = len(sizes.vae)
    return AutoencoderKL(
        block_out_channels=sizes.vae,
        down_block_types=("DownEncoderBlock2D",) * levels,
        up_block_types=("UpDecoderBlock2D",) * levels,
        layers_per_block=2,
        norm_num_groups=sizes.groups,
    )


def load_unet(unet: "UNet2DConditionModel", path: Path, target: Target) -> "UNet2DConditionModel":
    """Load the weights of a U-Net on the meta device. Some files name its attention blocks `diffuser.text`."""
    tensors = {
        name.replace("diffuser.text.context_blocks.", "diffuser.image.context_blocks."): tensor
        for name, tensor in read_safetensors(path).items()
    }
    return fill(unet, tensors, unet_source, path, target)


def load_controlnet(controlnet: "ControlNetModel", path: Path, target: Target) -> "ControlNetModel":
    """Load the weights of a ControlNet on the meta device."""
    tensors = {name.removeprefix("control_model."): tensor for name, tensor in read_safetensors(path).items()}
    return fill(controlnet, tensors, controlnet_source, path, target)


def load_seecoder(seecoder: SeeCoder, path: Path, target: Target) -> SeeCoder:
    """Load the weights of a SeeCoder on the meta device."""
    return fill(seecoder, read_safetensors(path), seecoder_source, path, target)


def load_vae(vae: "AutoencoderKL", content: bytes, path: Path, target: Target) -> "AutoencoderKL":
    """Load the weights of an autoencoder on the meta device from the content of its `.pth` file."""
    return fill(vae, as_state(path, read_plain(path, content)), vae_source, path, target)


def load_guidance(content: bytes, path: Path, shape: tuple[int, int]) -> Tensor:
    """The unconditional context, float32 of shape `shape` (queries, width): the rows of the file, then zeros."""
    rows = read_plain(path, content)
    if not isinstance(rows, Tensor) or rows.ndim != 2 or rows.shape[0] > shape[0] or rows.shape[1] != shape[1]:
        found = tuple(rows.shape) if isinstance(rows, Tensor) else type(rows).__name__
        raise AnibenchError(f"{path} holds {found}, expected up to {shape[0]} rows of {shape[1]} values")
    padded = torch.zeros(shape)
    padded[: rows.shape[0]] = rows.float()
    return padded


def read_safetensors(path: Path) -> dict[str, Tensor]:
    """All tensors of a safetensors file, memory-mapped. Raises AnibenchError that names the file."""
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        return load_file(path)
    except (OSError, SafetensorError) as error:
        raise AnibenchError(f"{path} cannot be read as safetensors: {error}; download it again") from error


def fill(network: M, tensors: Mapping[str, Tensor], source: NameSource, path: Path, target: Target) -> M:
    """Load `tensors` into `network`, which is on the meta device, with the device and dtype of `target`.

    `source` maps the network's names to the names in the file. Raises AnibenchError that names the first tensor that is
    missing, unknown or of another shape, or that has no name in the published files.
    """
    state = network.state_dict()
    buffers = {name: b for name, b in network.named_buffers() if name not in state}  # not in state dicts
    sources = {name: _source(source, name, own) for name, own in {**state, **buffers}.items()}
    check(sources.values(), tensors, path)
    filled = {
        name: _taken(tensors[found.name], found, tuple(own.shape), target)
        for (name, found), own in zip(sources.items(), [*state.values(), *buffers.values()], strict=True)
    }
    network.load_state_dict({name: filled[name] for name in state}, assign=True)
    for name in buffers:
        module, _, leaf = name.rpartition(".")
        setattr(network.get_submodule(module), leaf, filled[name])
    return network.eval().requires_grad_(False)


def _source(source: NameSource, name: str, own: Tensor) -> TensorSource:
    try:
        return source(name, tuple(own.shape))
    except KeyError:
        raise AnibenchError(
            f"the published files have no tensor for {name} of the installed diffusers or transformers; "
            "install the supported versions: pip install 'anibench[diffusers]'"
        ) from None


def check(sources: Iterable[TensorSource], tensors: Mapping[str, Tensor], path: Path) -> None:
    """Raise AnibenchError unless `tensors` have exactly the names and shapes of `sources`."""
    expected = {source.name: source.shape for source in sources}
    missing = [name for name in expected if name not in tensors]
    extra = [name for name in tensors if name not in expected]
    if missing or extra:
        raise AnibenchError(
            f"{path} does not hold the {len(expected)} expected tensors: missing {_first(missing)}; "
            f"unknown {_first(extra)}"
        )
    for name, shape in expected.items():
        if tuple(tensors[name].shape) != shape:
            raise AnibenchError(f"{path}: {name} has shape {tuple(tensors[name].shape)}, expected {shape}")


def _taken(tensor: Tensor, source: TensorSource, shape: tuple[int, ...], target: Target) -> Tensor:
    if source.third is not None:
        tensor = tensor.chunk(3)[source.third]
    tensor = tensor.reshape(shape)
    return tensor.to(target.device, target.dtype if tensor.is_floating_point() else tensor.dtype, copy=True)


def _first(names: list[str]) -> str:
    return f"{names[0]} and {len(names) - 1} more" if len(names) > 1 else names[0] if names else "none"
