"""Features of the vision transformers DINOv2 and CLIP, computed by the package transformers from safetensors files.

DINOv2 (arXiv:2304.07193) as used by Stein et al. 2023 (arXiv:2306.04675): ViT-L/14, pictures at 224 px, the class token
after the last norm. Its position embeddings are those of 518 px; transformers interpolates them. CLIP
(arXiv:2103.00020): ViT-L/14 at 224 px, the projected image embedding. The CMMD paper uses the network of 336 px, for
which pictures of 256 px would be enlarged. Both resize with Pillow's bicubic filter, which is antialiased.
"""

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image as Pillow
from torch import Tensor

from benchmark.core.errors import AnibenchError
from benchmark.core.files import Image
from benchmark.results.feature_modes import FEATURES, FeatureMode
from benchmark.scoring.features.extractor import Extractor
from benchmark.weights.files import find_weights

Channels = tuple[float, float, float]
SIDE = 224  # px


class Architecture(NamedTuple):
    """One network of the package transformers."""

    config: str  # name of the configuration class
    model: str  # name of the model class
    sizes: dict[str, int]  # arguments of the configuration
    length: str  # attribute of the configuration with the number of features
    output: str  # attribute of the model's output with the features
    tensors: tuple[str, ...]  # prefixes of the network's tensor names in the file
    mean: Channels  # of the training pictures, 0..1
    std: Channels


LARGE = {"hidden_size": 1024, "num_hidden_layers": 24, "num_attention_heads": 16, "patch_size": 14}
ARCHITECTURES: dict[FeatureMode, Architecture] = {
    "dinov2-224": Architecture(
        config="Dinov2Config",
        model="Dinov2Model",
        sizes=LARGE | {"image_size": 518},
        length="hidden_size",
        output="pooler_output",
        tensors=("",),
        mean=(0.485, 0.456, 0.406),
        std=(0.229, 0.224, 0.225),
    ),
    "clip-224": Architecture(
        config="CLIPVisionConfig",
        model="CLIPVisionModelWithProjection",
        sizes=LARGE | {"image_size": 224, "intermediate_size": 4096, "projection_dim": 768},
        length="projection_dim",
        output="image_embeds",
        tensors=("vision_model.", "visual_projection."),  # the file also contains the text encoder
        mean=(0.48145466, 0.4578275, 0.40821073),
        std=(0.26862954, 0.26130258, 0.27577711),
    ),
}


def load_vision_transformer(mode: FeatureMode, device: str, *, folders: Sequence[Path] | None = None) -> Extractor:
    """The extractor of a mode; `folders` as in `benchmark.weights.files`.

    Raises AnibenchError if the weights are missing, have another hash, or do not fit the network, and if transformers
    is not installed.
    """
    architecture = ARCHITECTURES[mode]
    found = find_weights(FEATURES[mode].weights, folders=folders)
    if find_spec("transformers") is None:
        raise AnibenchError("transformers is not installed; run: pip install 'anibench[diffusers]'")
    model = _load_model(architecture, found.path).to(device)
    mean, std = (torch.tensor(each, device=device)[:, None, None] for each in (architecture.mean, architecture.std))

    def network(images: Tensor) -> Tensor:
        """(n, 3, 224, 224), 0..255 -> (n, length)."""
        output = model(pixel_values=(images / 255 - mean) / std)
        features: Tensor = getattr(output, architecture.output)
        return features

    length = getattr(model.config, architecture.length)
    return Extractor(FEATURES[mode].weights, mode, found.sha256, device, _resize, network, length)


def _resize(image: Image) -> NDArray[np.float32]:
    """uint8 (H, W, 3) -> float (224, 224, 3), 0..255."""
    return np.asarray(Pillow.fromarray(image).resize((SIDE, SIDE), Pillow.Resampling.BICUBIC), np.float32)


def _load_model(architecture: Architecture, path: Path) -> Any:
    """The network in float32 with the file's tensors; raises AnibenchError if a tensor is missing or unexpected."""
    import transformers
    from safetensors import SafetensorError, safe_open

    transformers.utils.logging.set_verbosity_error()  # mismatches are reported below, in one line
    transformers.utils.logging.disable_progress_bar()
    config = getattr(transformers, architecture.config)(**architecture.sizes)
    try:
        with safe_open(path, "pt") as file:
            names = [name for name in file.keys() if name.startswith(architecture.tensors)]  # noqa: SIM118
            state = {name: file.get_tensor(name) for name in names if not name.endswith("position_ids")}
        # from_pretrained maps published tensor names to current ones. Without a model name it downloads nothing.
        model, report = getattr(transformers, architecture.model).from_pretrained(
            None, config=config, state_dict=state, dtype=torch.float32, output_loading_info=True
        )
    except (SafetensorError, OSError, RuntimeError, ValueError) as error:
        raise AnibenchError(f"{path} does not contain the expected network: {error}") from error
    wrong = sorted({*report["missing_keys"], *report["unexpected_keys"]})
    if wrong:
        raise AnibenchError(f"{path} does not contain the expected network: {wrong[0]} is missing or unexpected")
    return model.eval().requires_grad_(False)
