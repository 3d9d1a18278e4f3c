"""Names of published tensors: counts, a bijection, and diffusers' own converter."""

from pathlib import Path

import pytest
import torch
from published import COUNTS, own, reduced
from torch import nn

from baselines.prompt_free.config import Config
from baselines.prompt_free.method import PARAMETERS, POSITION_PARAMETERS, parameters
from baselines.prompt_free.names import (
    CONTEXT_BLOCKS,
    DATA_BLOCKS,
    NameSource,
    controlnet_source,
    seecoder_source,
    stable_name,
    unet_source,
    vae_source,
)
from baselines.prompt_free.sampling import Networks, build_networks

for library in ("diffusers", "transformers"):
    pytest.importorskip(library)


SOURCES = dict(zip(Networks._fields, (seecoder_source, unet_source, controlnet_source, vae_source), strict=True))


def sources(network: nn.Module, source: NameSource) -> dict[str, list[tuple[int, ...]]]:
    """Published name -> the thirds, or the one part, that are ours."""
    found: dict[str, list[tuple[int, ...]]] = {}
    for name, tensor in own(network).items():
        taken = source(name, tuple(tensor.shape))
        found.setdefault(taken.name, []).append(taken.shape)
    return found


@pytest.fixture(scope="module")
def full() -> Networks:
    return build_networks(Config())


@pytest.mark.parametrize("part", COUNTS)
def test_the_published_sizes_names_and_no_name_twice(full: Networks, part: str) -> None:
    network = getattr(full, part)
    found = sources(network, SOURCES[part])
    assert (sum(p.numel() for p in network.parameters()), len(found)) == COUNTS[part]
    assert {len(parts) for name, parts in found.items() if ".qkv." in name} <= {3}
    assert {len(parts) for name, parts in found.items() if ".qkv." not in name} == {1}


def test_the_variant_with_positions_has_six_tensors_more() -> None:
    config = Config(seecoder="seecoder-pa-v1-0")
    network = build_networks(config).seecoder
    assert len(sources(network, seecoder_source)) == 622
    more = sum(p.numel() for p in network.parameters()) - COUNTS["seecoder"][0]
    assert more == POSITION_PARAMETERS
    assert sum(count for count, _ in COUNTS.values()) == PARAMETERS == parameters(Config())
    assert parameters(config) == PARAMETERS + more
    assert parameters(reduced(Path())) is None


@pytest.mark.parametrize("part", ["unet", "controlnet", "vae"])
def test_diffusers_own_converter_agrees_on_every_name(full: Networks, part: str) -> None:
    from diffusers.loaders import single_file_utils

    network = getattr(full, part)
    if part == "vae":
        first = {vae_source(name, tuple(t.shape)).name: name for name, t in network.state_dict().items()}
    else:
        first = {stable_name(name): name for name in network.state_dict()}
    prefix = "model.diffusion_model." if part == "unet" else ""
    convert = {
        "unet": single_file_utils.convert_ldm_unet_checkpoint,
        "controlnet": single_file_utils.convert_controlnet_checkpoint,
        "vae": single_file_utils.convert_ldm_vae_checkpoint,
    }[part]
    tensors = {prefix + name: torch.full((1, 1), number) for number, name in enumerate(first)}
    numbered = {name: int(value.flatten()[0]) for name, value in convert(tensors, dict(network.config)).items()}
    assert numbered == {ours: number for number, ours in enumerate(first.values())}


def test_the_two_lists_number_every_module_once() -> None:
    assert (len(set(DATA_BLOCKS)), len(set(CONTEXT_BLOCKS))) == (30, 16)
    expected = {0: "input_blocks.0.0", 3: "input_blocks.3.0", 13: "middle_block.2", 17: "output_blocks.2.1",
                21: "output_blocks.5.2", 25: "output_blocks.8.2", 26: "output_blocks.9.0", 29: "out"}  # fmt: skip
    assert {number: DATA_BLOCKS[number] for number in expected} == expected
    assert [CONTEXT_BLOCKS[i] for i in (0, 5, 6, 7, 15)] == [
        "input_blocks.1.1", "input_blocks.8.1", "middle_block.1", "output_blocks.3.1", "output_blocks.11.1"
    ]  # fmt: skip
    assert unet_source("conv_in.weight", ()).name == "diffuser.image.data_blocks.0.0.weight"
    assert unet_source("conv_out.bias", ()).name == "diffuser.image.data_blocks.29.0.2.bias"
    assert unet_source("time_embedding.linear_2.bias", ()).name == "diffuser.image.time_embed.2.bias"
    for unknown in ("no.such.module", "down_blocks.3.attentions.1.norm.weight"):
        with pytest.raises(KeyError):
            unet_source(unknown, ())
