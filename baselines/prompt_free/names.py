"""Names of tensors in the published files of Prompt-Free Diffusion, for the networks of diffusers and transformers.

The files use the names of the original Stable Diffusion code, with the U-Net's modules in two lists. Each function maps
a tensor name of our networks to its source in a file.
"""

import re
from collections.abc import Callable
from typing import NamedTuple

Shape = tuple[int, ...]


class TensorSource(NamedTuple):
    """The source of a tensor: its published name and shape, and the third of it to take if it was split in three."""

    name: str
    shape: Shape
    third: int | None = None


NameSource = Callable[[str, Shape], TensorSource]  # our name and shape -> source

# The U-Net's modules by their original names, in the order of the two published lists.
DATA_BLOCKS = (
    *(f"input_blocks.{i}.0" for i in range(12)),
    "middle_block.0",
    "middle_block.2",
    *(f"output_blocks.{i}.0" for i in range(3)),
    "output_blocks.2.1",
    *(f"output_blocks.{i}.0" for i in range(3, 6)),
    "output_blocks.5.2",
    *(f"output_blocks.{i}.0" for i in range(6, 9)),
    "output_blocks.8.2",
    *(f"output_blocks.{i}.0" for i in range(9, 12)),
    "out",
)
CONTEXT_BLOCKS = (
    *(f"input_blocks.{i}.1" for i in (1, 2, 4, 5, 7, 8)),
    "middle_block.1",
    *(f"output_blocks.{i}.1" for i in range(3, 12)),
)
LIST_NAMES = {name: f"data_blocks.{i}.0" for i, name in enumerate(DATA_BLOCKS)} | {
    name: f"context_blocks.{i}.0" for i, name in enumerate(CONTEXT_BLOCKS)
}

RESNET_NAMES = {
    "norm1": "in_layers.0",
    "conv1": "in_layers.2",
    "time_emb_proj": "emb_layers.1",
    "norm2": "out_layers.0",
    "conv2": "out_layers.3",
    "conv_shortcut": "skip_connection",
}
STEMS = {
    "time_embedding.linear_1": "time_embed.0",
    "time_embedding.linear_2": "time_embed.2",
    "conv_in": "input_blocks.0.0",
    "conv_norm_out": "out.0",
    "conv_out": "out.2",
    "mid_block.attentions.0": "middle_block.1",
    "controlnet_cond_embedding.conv_in": "input_hint_block.0",
    "controlnet_cond_embedding.conv_out": "input_hint_block.14",
    "controlnet_mid_block": "middle_block_out.0",
}
VAE_ATTENTION = {"group_norm": "norm", "to_q": "q", "to_k": "k", "to_v": "v", "to_out.0": "proj_out"}
SWIN_NAMES = (
    (r"^swin\.embeddings\.patch_embeddings\.projection\.", "patch_embed.proj."),
    (r"^swin\.embeddings\.norm\.", "patch_embed.norm."),
    (r"^swin\.encoder\.", ""),
    (r"\.attention\.o_proj\.", ".attn.proj."),
    (r"\.attention\.relative_position_bias\.", ".attn."),
    (r"\.layernorm_before\.", ".norm1."),
    (r"\.layernorm_after\.", ".norm2."),
)


def unet_source(name: str, shape: Shape) -> TensorSource:
    """The source `diffuser.image.*` of a tensor of diffusers' UNet2DConditionModel. Raises KeyError for other names."""
    stable = stable_name(name)
    if stable.startswith("time_embed."):
        return TensorSource(f"diffuser.image.{stable}", shape)
    module = next((module for module in LIST_NAMES if stable.startswith(f"{module}.")), None)
    if module is None:
        raise KeyError(name)
    return TensorSource(f"diffuser.image.{LIST_NAMES[module]}{stable.removeprefix(module)}", shape)


def controlnet_source(name: str, shape: Shape) -> TensorSource:
    """The source of a tensor of diffusers' ControlNetModel: its original name, without a prefix."""
    return TensorSource(stable_name(name), shape)


def stable_name(name: str) -> str:
    """The original Stable Diffusion name of a tensor of diffusers' U-Net or ControlNet. Raises KeyError for others."""
    module, leaf = name.rsplit(".", 1)
    if module in STEMS:
        return f"{STEMS[module]}.{leaf}"
    if match := re.fullmatch(r"controlnet_cond_embedding\.blocks\.(\d+)", module):
        return f"input_hint_block.{2 * int(match[1]) + 2}.{leaf}"
    if match := re.fullmatch(r"controlnet_down_blocks\.(\d+)", module):
        return f"zero_convs.{match[1]}.0.{leaf}"
    if match := re.fullmatch(r"mid_block\.(resnets|attentions)\.(\d)\.(.*)", module):
        inner = RESNET_NAMES[match[3]] if match[1] == "resnets" else match[3]
        number = 2 * int(match[2]) if match[1] == "resnets" else 1
        return f"middle_block.{number}.{inner}.{leaf}"
    return f"{_level_name(module)}.{leaf}"


def _level_name(module: str) -> str:
    """Original name of a module in the down or up path; both have three entries per level."""
    match = re.fullmatch(r"(down|up)_blocks\.(\d)\.(resnets|attentions|downsamplers|upsamplers)\.(\d)\.(.*)", module)
    if match is None:
        raise KeyError(module)
    path, level, part, number, inner = match[1], int(match[2]), match[3], int(match[4]), match[5]
    entry = 3 * level + number + (path == "down")
    home = "input_blocks" if path == "down" else "output_blocks"
    if part == "resnets":
        return f"{home}.{entry}.0.{RESNET_NAMES[inner]}"
    if part == "attentions":
        return f"{home}.{entry}.1.{inner}"
    if part == "downsamplers":
        return f"{home}.{3 * level + 3}.0.op"
    return f"{home}.{3 * level + 2}.{1 if level == 0 else 2}.conv"  # level 0 has no attention before the upsampler


def vae_source(name: str, shape: Shape) -> TensorSource:
    """The source of a tensor of diffusers' AutoencoderKL, whose attention was made of 1 x 1 convolutions."""
    module, leaf = name.rsplit(".", 1)
    if match := re.fullmatch(r"(encoder|decoder)\.mid_block\.attentions\.0\.(.*)", module):
        linear = leaf == "weight" and match[2] != "group_norm"
        return TensorSource(
            f"{match[1]}.mid.attn_1.{VAE_ATTENTION[match[2]]}.{leaf}", (*shape, 1, 1) if linear else shape
        )
    module = re.sub(r"\.mid_block\.resnets\.(\d)", lambda m: f".mid.block_{int(m[1]) + 1}", module)
    module = re.sub(r"\.down_blocks\.(\d)\.resnets\.", r".down.\1.block.", module)
    module = re.sub(r"\.up_blocks\.(\d)\.resnets\.", lambda m: f".up.{3 - int(m[1])}.block.", module)
    module = re.sub(r"\.down_blocks\.(\d)\.downsamplers\.0\.", r".down.\1.downsample.", module)
    module = re.sub(r"\.up_blocks\.(\d)\.upsamplers\.0\.", lambda m: f".up.{3 - int(m[1])}.upsample.", module)
    module = module.replace("conv_norm_out", "norm_out").replace("conv_shortcut", "nin_shortcut")
    return TensorSource(f"{module}.{leaf}", shape)


def seecoder_source(name: str, shape: Shape) -> TensorSource:
    """The source `ctx.image.*` of a tensor of SeeCoder; the Swin backbone has the names of transformers."""
    part, inner = name.split(".", 1)
    prefix = f"ctx.image.{part}."
    if part != "imencoder":
        return TensorSource(prefix + inner, shape)
    if match := re.fullmatch(r"hidden_states_norms\.stage(\d)\.(.*)", inner):
        return TensorSource(f"{prefix}norm{int(match[1]) - 1}.{match[2]}", shape)
    third = None
    if match := re.search(r"\.attention\.([qkv])_proj\.", inner):
        third = "qkv".index(match[1])
        inner = inner.replace(match[0], ".attn.qkv.")
        shape = (3 * shape[0], *shape[1:])
    for pattern, replacement in SWIN_NAMES:
        inner = re.sub(pattern, replacement, inner)
    if inner.endswith(".relative_position_index"):  # flat in transformers
        side = round(shape[0] ** 0.5)
        shape = (side, side)
    return TensorSource(prefix + inner, shape, third)
