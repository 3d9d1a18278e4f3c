"""Prompt-Free Diffusion (CVPR 2024): Stable Diffusion led by a line ControlNet and by a reference instead of a text.

Inference only, from the published files; the method's entry point. torch, diffusers and transformers are imported when
something is loaded. Defaults are those of the authors' app (github.com/SHI-Labs/Prompt-Free-Diffusion, app.py).
"""

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from baselines.prompt_free.config import Config
from baselines.prompt_free.sizes import Sizes
from benchmark.core.errors import AnibenchError

if TYPE_CHECKING:
    from baselines.prompt_free.sampling import PromptFreeColorizer

NEEDS = "the extra diffusers, and four or five files, 6 GB: anibench weights list prompt-free"
PARAMETERS = 294_114_996 + 859_520_964 + 361_279_120 + 83_653_863  # SeeCoder, U-Net, ControlNet, autoencoder
POSITION_PARAMETERS = 1_243_392  # more in SeeCoder-PA
LIBRARIES = ("diffusers", "transformers")


def files(config: Config) -> tuple[str, ...]:
    """The names, in `benchmark.weights.files.WEIGHTS`, of the files this configuration needs."""
    guidance = ("anime_ug",) if config.seecoder == "seecoder-anime-v1-0" else ()
    stems = (config.seecoder, config.diffuser, config.controlnet, "sd-v2-0-base-autokl", *guidance)
    return tuple(f"prompt-free/{stem}" for stem in stems)


def missing(config: Config) -> str | None:
    """What has to be installed or put in place before this configuration paints; None when all is there."""
    absent = [library for library in LIBRARIES if find_spec(library) is None]
    if absent:
        return f"{' and '.join(absent)} not installed; run: pip install 'anibench[diffusers]'"
    from benchmark.weights.files import missing_weights

    return missing_weights(files(config), home=config.folder)


def weights_sha256(config: Config) -> str:
    """SHA-256 over the hashes of the files, so that pictures of other files are never taken for these.

    Raises AnibenchError as `load` does.
    """
    _require(config)
    from benchmark.core.files import sha256_bytes
    from benchmark.weights.files import find_weights

    return sha256_bytes("\n".join(find_weights(name, home=config.folder).sha256 for name in files(config)).encode())


def parameters(config: Config) -> int | None:
    """Values in the four published networks, without a look at them; None for networks of other sizes."""
    if config.sizes != Sizes():
        return None
    return PARAMETERS + (POSITION_PARAMETERS if config.seecoder == "seecoder-pa-v1-0" else 0)


def load(checkpoint: Path | None, device: str, config: Config | None = None) -> "PromptFreeColorizer":
    """The colorizer of a configuration; there is no checkpoint.

    Raises AnibenchError that names what is not installed, the files that are missing and where to get them, and the
    first tensor by which a file is not the one it is named after.
    """
    config = config or Config()
    if checkpoint is not None:
        raise AnibenchError(f"prompt-free is not trained here and has no checkpoint; {checkpoint} is of another method")
    _require(config)
    from baselines.prompt_free.sampling import load_colorizer

    return load_colorizer(config, files(config), device)


def _require(config: Config) -> None:
    lacking = missing(config)
    if lacking is not None:
        raise AnibenchError(f"prompt-free cannot paint yet: {lacking}")
