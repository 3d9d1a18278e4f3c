"""The registered weight files of Prompt-Free Diffusion."""

from typing import get_args

import pytest
from published import COUNTS

from baselines.prompt_free.config import ControlNetName, DiffuserName, SeeCoderName
from benchmark.weights.files import WEIGHTS

for library in ("diffusers", "transformers"):
    pytest.importorskip(library)


def test_the_registry_has_the_files_that_can_be_chosen() -> None:
    choices = [name for kind in (SeeCoderName, DiffuserName, ControlNetName) for name in get_args(kind)]
    rest = ["sd-v2-0-base-autokl", "anime_ug"]
    assert {f"prompt-free/{name}" for name in [*choices, *rest]} == {n for n in WEIGHTS if n.startswith("prompt-free/")}
    whole = {"seecoder": "seecoder-v1-0", "unet": "SD-v1-5", "controlnet": "control_sd15_canny_slimmed"}
    indices = {"seecoder": 24 * 144**2 * 8}  # int64
    for part, name in {**whole, "vae": "sd-v2-0-base-autokl"}.items():
        assert WEIGHTS[f"prompt-free/{name}"].size == 4 * COUNTS[part][0] + indices.get(part, 0)
