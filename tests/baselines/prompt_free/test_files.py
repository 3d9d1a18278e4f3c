"""Names and files of Prompt-Free Diffusion: published counts, a bijection, diffusers' own converter, strict reading."""

from pathlib import Path

import pytest
import torch
from published import own, publish, published, reduced
from safetensors.torch import load_file, save_file
from torch import nn

from baselines.prompt_free.files import Target, fill, load_controlnet, load_guidance, load_seecoder, load_unet, load_vae
from baselines.prompt_free.names import controlnet_source, seecoder_source, unet_source
from baselines.prompt_free.sampling import Networks, build_networks
from benchmark.core.errors import AnibenchError

for library in ("diffusers", "transformers"):
    pytest.importorskip(library)

CPU = Target("cpu", torch.float32)


def test_a_module_that_the_published_files_do_not_name_is_an_error_with_its_name() -> None:
    with torch.device("meta"):
        network = nn.ModuleDict({"novel": nn.Linear(2, 2)})
    with pytest.raises(AnibenchError, match=r"no tensor for novel\.weight.*anibench\[diffusers\]"):
        fill(network, {}, unet_source, Path("SD-v1-5.safetensors"), CPU)


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
    with pytest.raises(AnibenchError, match=r"holds \(77, 768\), expected up to 70 rows"):
        load_guidance(path.read_bytes(), path, (70, 768))
