"""Names and files of Prompt-Free Diffusion: published counts, a bijection, diffusers' own converter, strict reading."""

from pathlib import Path
from typing import get_args

import pytest
import torch
from published import publish, published, reduced
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from baselines.prompt_free.config import Config, ControlNetName, DiffuserName, SeeCoderName
from baselines.prompt_free.files import Target, fill, load_controlnet, load_guidance, load_seecoder, load_unet, load_vae
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
from baselines.prompt_free.seecoder import QueryTransformer
from baselines.prompt_free.sizes import SeeCoderSizes
from benchmark.core.errors import AnibenchError
from benchmark.weights.files import WEIGHTS

for library in ("diffusers", "transformers"):
    pytest.importorskip(library)

CPU = Target("cpu", torch.float32)
SOURCES = dict(zip(Networks._fields, (seecoder_source, unet_source, controlnet_source, vae_source), strict=True))
COUNTS = {  # parameters, tensors
    "seecoder": (294_114_996, 616),
    "unet": (859_520_964, 686),
    "controlnet": (361_279_120, 340),
    "vae": (83_653_863, 248),
}


def own(network: nn.Module) -> dict[str, Tensor]:
    state = network.state_dict()
    return {**state, **{name: buffer for name, buffer in network.named_buffers() if name not in state}}


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


def test_a_module_that_the_published_files_do_not_name_is_an_error_with_its_name() -> None:
    with torch.device("meta"):
        network = nn.ModuleDict({"novel": nn.Linear(2, 2)})
    with pytest.raises(AnibenchError, match=r"no tensor for novel\.weight.*anibench\[diffusers\]"):
        fill(network, {}, unet_source, Path("SD-v1-5.safetensors"), CPU)


def test_the_heads_of_decoder_and_query_transformer_are_a_size() -> None:
    sizes = SeeCoderSizes(width=24, heads=3, groups=8)
    layers = QueryTransformer(sizes, positions=False).modules()
    assert {layer.num_heads for layer in layers if isinstance(layer, nn.MultiheadAttention)} == {3}
    assert SeeCoderSizes().heads == 8


def test_the_registry_has_the_files_that_can_be_chosen() -> None:
    choices = [name for kind in (SeeCoderName, DiffuserName, ControlNetName) for name in get_args(kind)]
    rest = ["sd-v2-0-base-autokl", "anime_ug"]
    assert {f"prompt-free/{name}" for name in [*choices, *rest]} == {n for n in WEIGHTS if n.startswith("prompt-free/")}
    whole = {"seecoder": "seecoder-v1-0", "unet": "SD-v1-5", "controlnet": "control_sd15_canny_slimmed"}
    indices = {"seecoder": 24 * 144**2 * 8}  # int64
    for part, name in {**whole, "vae": "sd-v2-0-base-autokl"}.items():
        assert WEIGHTS[f"prompt-free/{name}"].size == 4 * COUNTS[part][0] + indices.get(part, 0)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("published")


@pytest.fixture(scope="module")
def originals(home: Path) -> dict[str, nn.Module]:
    return publish(home, reduced(home, seecoder="seecoder-pa-v1-0"))


def meta(home: Path) -> Networks:
    return build_networks(reduced(home, seecoder="seecoder-pa-v1-0"))


def test_what_is_read_is_what_was_written(home: Path, originals: dict[str, nn.Module], tmp_path: Path) -> None:
    empty = meta(home)
    vae = home / "pfd/vae/sd-v2-0-base-autokl.pth"
    loaded = {
        "seecoder": load_seecoder(empty.seecoder, home / "pfd/seecoder/seecoder-pa-v1-0.safetensors", CPU),
        "unet": load_unet(empty.unet, home / "pfd/diffuser/Deliberate-v2-0.safetensors", CPU),
        "controlnet": load_controlnet(
            empty.controlnet, home / "controlnet/control_sd15_canny_slimmed.safetensors", CPU
        ),
        "vae": load_vae(empty.vae, vae.read_bytes(), vae, CPU),
    }
    for part, network in loaded.items():
        before, after = own(originals[part]), own(network)
        assert before.keys() == after.keys()
        assert all(torch.equal(before[name], after[name]) for name in before), part
        assert not network.training
        assert not any(p.requires_grad for p in network.parameters())


def test_other_prefixes_of_published_files_are_known(
    home: Path, originals: dict[str, nn.Module], tmp_path: Path
) -> None:
    tensors = published(originals["unet"], unet_source)
    other = {k.replace("image.context_blocks", "text.context_blocks"): v for k, v in tensors.items()}
    save_file(other, tmp_path / "unet.safetensors")
    assert sum("text" in name for name in other) == 16 * 26
    load_unet(meta(home).unet, tmp_path / "unet.safetensors", CPU)
    control = {f"control_model.{k}": v for k, v in published(originals["controlnet"], controlnet_source).items()}
    save_file(control, tmp_path / "control.safetensors")
    load_controlnet(meta(home).controlnet, tmp_path / "control.safetensors", CPU)


def test_half_precision_files_become_what_is_asked_for(
    home: Path, originals: dict[str, nn.Module], tmp_path: Path
) -> None:
    tensors = published(originals["seecoder"], seecoder_source)
    save_file({k: v.half() if v.is_floating_point() else v for k, v in tensors.items()}, tmp_path / "half.safetensors")
    network = load_seecoder(meta(home).seecoder, tmp_path / "half.safetensors", CPU)
    assert {tensor.dtype for tensor in own(network).values()} == {torch.float32, torch.int64}


def test_a_file_has_to_hold_exactly_its_parts_tensors(
    home: Path, originals: dict[str, nn.Module], tmp_path: Path
) -> None:
    path = tmp_path / "bad.safetensors"
    good = load_file(home / "controlnet/control_sd15_canny_slimmed.safetensors")
    lacking = {name: tensor for name, tensor in good.items() if name != "zero_convs.3.0.bias"}
    save_file(lacking, path)
    with pytest.raises(AnibenchError, match=r"bad\.safetensors .* missing zero_convs\.3\.0\.bias; unknown none"):
        load_controlnet(meta(home).controlnet, path, CPU)
    save_file({**good, "zz.weight": torch.zeros(1)}, path)
    with pytest.raises(AnibenchError, match=r"missing none; unknown zz\.weight"):
        load_controlnet(meta(home).controlnet, path, CPU)
    save_file({**good, "zero_convs.3.0.bias": torch.zeros(3)}, path)
    with pytest.raises(AnibenchError, match=r"zero_convs\.3\.0\.bias has shape \(3,\), expected \(8,\)"):
        load_controlnet(meta(home).controlnet, path, CPU)
    path.write_bytes(b"no tensors")
    with pytest.raises(AnibenchError, match="cannot be read as safetensors"):
        load_controlnet(meta(home).controlnet, path, CPU)


def test_a_pickle_of_anything_else_is_refused(home: Path, tmp_path: Path) -> None:
    path = tmp_path / "bad.pth"
    torch.save({"hook": print}, path)
    with pytest.raises(AnibenchError, match="is not a plain weight file"):
        load_vae(meta(home).vae, path.read_bytes(), path, CPU)
    torch.save([1, 2], path)
    with pytest.raises(AnibenchError, match="not a state dict"):
        load_vae(meta(home).vae, path.read_bytes(), path, CPU)
    with pytest.raises(AnibenchError, match="is not a plain weight file"):
        load_vae(meta(home).vae, b"", path, CPU)


def test_guidance_is_padded_by_zero_rows(tmp_path: Path) -> None:
    path, rows = tmp_path / "ug.pth", torch.randn(77, 768).half()
    torch.save(rows, path)
    padded = load_guidance(path.read_bytes(), path, (148, 768))
    assert torch.equal(padded[:77], rows.float())
    assert padded.shape == (148, 768)
    assert not padded[77:].any()
    with pytest.raises(AnibenchError, match=r"holds \(77, 768\), not up to 70 rows"):
        load_guidance(path.read_bytes(), path, (70, 768))
