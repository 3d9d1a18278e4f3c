"""Prompt-Free Diffusion (CVPR 2024): Stable Diffusion with a line ControlNet and a reference picture as its prompt.

The method's entry point; inference only, with the published files. torch, diffusers and transformers are imported when
the networks are loaded. Defaults are those of the authors' app (github.com/SHI-Labs/Prompt-Free-Diffusion, app.py).
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
POSITION_PARAMETERS = 1_243_392  # of the position encoding of SeeCoder-PA
LIBRARIES = ("diffusers", "transformers")


def files(config: Config) -> tuple[str, ...]:
    """Names of the weight files that a configuration needs, as `anibench weights list` shows them."""
    guidance = ("anime_ug",) if config.seecoder == "seecoder-anime-v1-0" else ()
    stems = (config.seecoder, config.diffuser, config.controlnet, "sd-v2-0-base-autokl", *guidance)
    return tuple(f"prompt-free/{stem}" for stem in stems)


def missing(config: Config) -> str | None:
    """The packages to install or files to fetch before painting, and how; None if all are present."""
    absent = [library for library in LIBRARIES if find_spec(library) is None]
    if absent:
        return f"{' and '.join(absent)} not installed; run: pip install 'anibench[diffusers]'"
    from benchmark.weights.files import missing_weights

    return missing_weights(files(config), home=config.folder)


def weights_sha256(config: Config) -> str:
    """SHA-256 over the hashes of the weight files; other files therefore repaint. Raises AnibenchError as `load`."""
    _require(config)
    from benchmark.core.files import sha256_bytes
    from benchmark.weights.files import find_weights

    return sha256_bytes("\n".join(find_weights(name, home=config.folder).sha256 for name in files(config)).encode())


def parameters(config: Config) -> int | None:
    """Number of values in the four published networks; None for networks of other sizes."""
    if config.sizes != Sizes():
        return None
    return PARAMETERS + (POSITION_PARAMETERS if config.seecoder == "seecoder-pa-v1-0" else 0)


def load(checkpoint: Path | None, device: str, config: Config | None = None) -> "PromptFreeColorizer":
    """The colorizer of a configuration; `checkpoint` must be None.

    Raises AnibenchError for packages that are not installed, for missing files, with their address, and for a file with
    other tensors than its name says.
    """
    config = config or Config()
    if checkpoint is not None:
        raise AnibenchError(f"prompt-free has no checkpoints; {checkpoint} belongs to another method")
    _require(config)
    from baselines.prompt_free.sampling import load_colorizer

    return load_colorizer(config, files(config), device)


def _require(config: Config) -> None:
    lacking = missing(config)
    if lacking is not None:
        raise AnibenchError(f"prompt-free is not ready: {lacking}")
