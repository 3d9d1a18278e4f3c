"""The published files of Prompt-Free Diffusion as networks: every name and shape checked, nothing left over."""

import io
from collections.abc import Iterable, Mapping
from pathlib import Path
from pickle import UnpicklingError
from typing import TYPE_CHECKING, NamedTuple, TypeVar

import torch
from torch import Tensor, nn

from baselines.prompt_free.names import NameSource, Source, controlnet_source, seecoder_source, unet_source, vae_source
from baselines.prompt_free.seecoder import SeeCoder
from baselines.prompt_free.sizes import Sizes
from benchmark.core.errors import AnibenchError
from benchmark.methods.foreign import as_state

if TYPE_CHECKING:
    from diffusers import AutoencoderKL, ControlNetModel, UNet2DConditionModel

M = TypeVar("M", bound=nn.Module)


class Target(NamedTuple):
    """What loaded weights become."""

    device: str
    dtype: torch.dtype


def build_unet(sizes: Sizes, context: int) -> "UNet2DConditionModel":
    """Stable Diffusion 1.5's U-Net: two residual blocks a level, attention to the context at the first three."""
    from diffusers import UNet2DConditionModel

    return UNet2DConditionModel(
        block_out_channels=sizes.unet,
        cross_attention_dim=context,
        attention_head_dim=sizes.heads,  # by its name the width of a head, in truth how many there are
        norm_num_groups=sizes.groups,
    )


def build_controlnet(sizes: Sizes, context: int) -> "ControlNetModel":
    """The U-Net's first half beside an encoder of the control picture (arXiv 2302.05543)."""
    from diffusers import ControlNetModel

    return ControlNetModel(
        block_out_channels=sizes.unet,
        cross_attention_dim=context,
        attention_head_dim=sizes.heads,
        conditioning_embedding_out_channels=sizes.hint,
        norm_num_groups=sizes.groups,
    )


def build_vae(sizes: Sizes) -> "AutoencoderKL":
    """Stable Diffusion's autoencoder: 8 pixels a side to one of 4 latent channels (arXiv 2112.10752)."""
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
    """Fill a U-Net made on the meta device. Some files call its attention blocks a text diffuser's."""
    tensors = {
        name.replace("diffuser.text.context_blocks.", "diffuser.image.context_blocks."): tensor
        for name, tensor in read_safetensors(path).items()
    }
    return fill(unet, tensors, unet_source, path, target)


def load_controlnet(controlnet: "ControlNetModel", path: Path, target: Target) -> "ControlNetModel":
    """Fill a ControlNet made on the meta device."""
    tensors = {name.removeprefix("control_model."): tensor for name, tensor in read_safetensors(path).items()}
    return fill(controlnet, tensors, controlnet_source, path, target)


def load_seecoder(seecoder: SeeCoder, path: Path, target: Target) -> SeeCoder:
    """Fill an encoder made on the meta device."""
    return fill(seecoder, read_safetensors(path), seecoder_source, path, target)


def load_vae(vae: "AutoencoderKL", content: bytes, path: Path, target: Target) -> "AutoencoderKL":
    """Fill an autoencoder made on the meta device from the bytes, checked by their hash, of its pickle."""
    return fill(vae, as_state(path, read_pickle(content, path)), vae_source, path, target)


def load_guidance(content: bytes, path: Path, shape: tuple[int, int]) -> Tensor:
    """The context that stands for no reference, (queries, width) float32: the file's rows, then zeros."""
    rows = read_pickle(content, path)
    if not isinstance(rows, Tensor) or rows.ndim != 2 or rows.shape[0] > shape[0] or rows.shape[1] != shape[1]:
        held = tuple(rows.shape) if isinstance(rows, Tensor) else type(rows).__name__
        raise AnibenchError(f"{path} holds {held}, not up to {shape[0]} rows of {shape[1]} values")
    padded = torch.zeros(shape)
    padded[: rows.shape[0]] = rows.float()
    return padded


def read_safetensors(path: Path) -> dict[str, Tensor]:
    """All tensors of a file, mapped and not read yet; raises AnibenchError that names it."""
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        return load_file(path)
    except (OSError, SafetensorError) as error:
        raise AnibenchError(f"{path} cannot be read as safetensors: {error}; get it again") from error


def read_pickle(content: bytes, path: Path) -> object:
    """What a pickle of plain tensors holds; raises AnibenchError that names it."""
    try:
        held: object = torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)
    except (RuntimeError, UnpicklingError, EOFError, ValueError, KeyError) as error:
        raise AnibenchError(f"{path} holds no plain tensors, and nothing else is loaded from it: {error}") from error
    return held


def fill(network: M, tensors: Mapping[str, Tensor], source: NameSource, path: Path, target: Target) -> M:
    """Give `network`, made on the meta device, the weights in `tensors`, on the target's device and in its type.

    Raises AnibenchError that names the first tensor that is missing, left over or of another shape, or that the
    published files have no name for.
    """
    state = network.state_dict()
    buffers = {name: b for name, b in network.named_buffers() if name not in state}  # which state dicts leave out
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


def _source(source: NameSource, name: str, own: Tensor) -> Source:
    try:
        return source(name, tuple(own.shape))
    except KeyError:
        raise AnibenchError(
            f"the published files have no tensor for {name}, which the installed diffusers or transformers makes; "
            "install the versions of: pip install 'anibench[diffusers]'"
        ) from None


def check(sources: Iterable[Source], tensors: Mapping[str, Tensor], path: Path) -> None:
    """Raise AnibenchError unless `tensors` are exactly those of `sources`."""
    expected = {source.name: source.shape for source in sources}
    missing = [name for name in expected if name not in tensors]
    extra = [name for name in tensors if name not in expected]
    if missing or extra:
        raise AnibenchError(
            f"{path} does not hold the {len(expected)} tensors that it should: missing {_first(missing)}; "
            f"not known {_first(extra)}"
        )
    for name, shape in expected.items():
        if tuple(tensors[name].shape) != shape:
            raise AnibenchError(f"{path}: {name} has the shape {tuple(tensors[name].shape)}, not {shape}")


def _taken(tensor: Tensor, source: Source, shape: tuple[int, ...], target: Target) -> Tensor:
    if source.third is not None:
        tensor = tensor.chunk(3)[source.third]
    tensor = tensor.reshape(shape)
    return tensor.to(target.device, target.dtype if tensor.is_floating_point() else tensor.dtype, copy=True)


def _first(names: list[str]) -> str:
    return f"{names[0]} and {len(names) - 1} more" if len(names) > 1 else names[0] if names else "none"
