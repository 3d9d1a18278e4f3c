"""Stand-ins for the weights of the extra metrics: random, tiny where that can be, under the published names."""

import hashlib
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from benchmark.results.feature_modes import FEATURES, FeatureMode
from benchmark.scoring.features.inception import fid_inception
from benchmark.scoring.features.vision_transformers import ARCHITECTURES
from benchmark.scoring.lpips import WEIGHTS as LPIPS_WEIGHTS
from benchmark.weights.files import WEIGHTS

State = dict[str, torch.Tensor]

TRUNK, LINEAR = (WEIGHTS[name].place for name in LPIPS_WEIGHTS)
# AlexNet's convolutions: place in torchvision's Sequential, channels in and out, kernel, stride, padding, pool before.
CONVOLUTIONS = ((0, 3, 64, 11, 4, 2, False), (3, 64, 192, 5, 1, 2, True), (6, 192, 384, 3, 1, 1, True),
                (8, 384, 256, 3, 1, 1, False), (10, 256, 256, 3, 1, 1, False))  # fmt: skip


def lpips_states() -> tuple[State, State]:
    """Both files' tensors, random; linear weights as the published ones are: none below 0."""
    rng = torch.Generator().manual_seed(0)
    trunk, linear = {}, {}
    for level, (place, inside, outside, kernel, *_) in enumerate(CONVOLUTIONS):
        shape = (outside, inside, kernel, kernel)
        trunk[f"features.{place}.weight"] = torch.randn(shape, generator=rng) * (2 / (inside * kernel**2)) ** 0.5
        trunk[f"features.{place}.bias"] = 0.1 * torch.randn(outside, generator=rng)
        linear[f"lin{level}.model.1.weight"] = torch.rand((1, outside, 1, 1), generator=rng)
    return trunk | {"classifier.6.bias": torch.zeros(1000)}, linear


def put_lpips(folder: Path, trunk: object, linear: object) -> list[str]:
    """Save both files; returns their SHA-256."""
    for place, content in ((TRUNK, trunk), (LINEAR, linear)):
        (folder / place).parent.mkdir(parents=True, exist_ok=True)
        torch.save(content, folder / place)
    return [hashlib.sha256((folder / place).read_bytes()).hexdigest() for place in (TRUNK, LINEAR)]


def inception_state() -> State:
    """Untrained weights of FID's Inception whose batch norms do something and whose features do not vanish."""
    torch.manual_seed(0)
    network = fid_inception()
    for module in network.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight)
        if isinstance(module, nn.BatchNorm2d):
            nn.init.uniform_(module.weight, 0.8, 1.2)
            nn.init.normal_(module.bias, std=0.1)
            nn.init.normal_(module.running_mean, std=0.1)  # type: ignore[arg-type]
            nn.init.uniform_(module.running_var, 0.8, 1.2)  # type: ignore[arg-type]
    return network.state_dict()


def put_inception(folder: Path, state: State) -> str:
    """Save the weights under their published name; returns their SHA-256."""
    path = folder / WEIGHTS["inception-pytorch"].file
    torch.save(state, path)
    return hashlib.sha256(path.read_bytes()).hexdigest()


def published_inception(monkeypatch: pytest.MonkeyPatch, state: State) -> nn.Module:
    """clean-fid's own network with these weights: pictures (n, 3, 299, 299) in 0..1 -> [(n, 2048, 1, 1)]."""
    from cleanfid import inception_pytorch

    monkeypatch.setattr(inception_pytorch, "load_state_dict_from_url", lambda *_, **__: state)
    network: nn.Module = inception_pytorch.InceptionV3(output_blocks=[3], resize_input=False).eval()
    return network


TINY = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "patch_size": 56}
SIZES: dict[FeatureMode, dict[str, int]] = {
    "dinov2-224": TINY | {"image_size": 280},
    "clip-224": TINY | {"image_size": 224, "intermediate_size": 32, "projection_dim": 12},
}
PUBLISHED = {
    "q_proj": "attention.query",
    "k_proj": "attention.key",
    "v_proj": "attention.value",
    "o_proj": "output.dense",
}


def make_tiny(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have anibench expect networks of the tiny sizes."""
    for mode, sizes in SIZES.items():
        monkeypatch.setitem(ARCHITECTURES, mode, ARCHITECTURES[mode]._replace(sizes=sizes))


def tiny_transformer(mode: FeatureMode) -> tuple[torch.nn.Module, State]:
    """A random network, and its tensors by the names that the published file has."""
    import transformers

    torch.manual_seed(0)
    if mode == "dinov2-224":
        model = transformers.Dinov2Model(transformers.Dinov2Config(**SIZES[mode])).eval()
        state = model.state_dict()
        for ours, theirs in PUBLISHED.items():
            state = {name.replace(f"attention.{ours}", f"attention.{theirs}"): value for name, value in state.items()}
        return model, state
    model = transformers.CLIPVisionModelWithProjection(transformers.CLIPVisionConfig(**SIZES[mode])).eval()
    beside = {"text_model.final_layer_norm.bias": torch.zeros(3), "logit_scale": torch.ones(())}
    positions = {"vision_model.embeddings.position_ids": torch.arange(17)[None]}
    return model, model.state_dict() | beside | positions


def put_transformer(folder: Path, mode: FeatureMode, state: State) -> Path:
    path = folder / WEIGHTS[FEATURES[mode].weights].place
    path.parent.mkdir(exist_ok=True)
    save_file({name: value.contiguous() for name, value in state.items()}, path)
    return path
