"""Prompt-Free Diffusion (CVPR 2024): Stable Diffusion led by a line ControlNet and by a reference instead of a text.

Inference only, from the published files; the method's entry point. torch, diffusers and transformers are imported when
something is loaded. Defaults are those of the authors' app (github.com/SHI-Labs/Prompt-Free-Diffusion, app.py).
"""

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from pydantic import Field, PositiveInt

from baselines.prompt_free.sizes import Sizes
from benchmark.config import Config as BaseConfig
from benchmark.errors import AnibenchError

if TYPE_CHECKING:
    from baselines.prompt_free.sampling import PromptFreeColorizer

NEEDS = "the extra diffusers, and four or five files, 6 GB: anibench weights list prompt-free"
PARAMETERS = 294_114_996 + 859_520_964 + 361_279_120 + 83_653_863  # SeeCoder, U-Net, ControlNet, autoencoder
POSITION_PARAMETERS = 1_243_392  # more in SeeCoder-PA
LIBRARIES = ("diffusers", "transformers")
WITHOUT_LINES = ("depth", "normal", "openpose", "seg")  # ControlNets that expect no lines at all

SeeCoderName = Literal["seecoder-v1-0", "seecoder-pa-v1-0", "seecoder-anime-v1-0"]
DiffuserName = Literal[
    "SD-v1-5",
    "OpenJouney-v4",
    "Deliberate-v2-0",
    "RealisticVision-v2-0",
    "Anything-v4",
    "AbyssOrangeMix-v2",
    "AbyssOrangeMix-v3",
]
ControlNetName = Literal[
    "control_sd15_canny_slimmed",
    "control_sd15_depth_slimmed",
    "control_sd15_hed_slimmed",
    "control_sd15_mlsd_slimmed",
    "control_sd15_normal_slimmed",
    "control_sd15_openpose_slimmed",
    "control_sd15_scribble_slimmed",
    "control_sd15_seg_slimmed",
    "control_v11p_sd15_canny_slimmed",
    "control_v11p_sd15_lineart_slimmed",
    "control_v11p_sd15_mlsd_slimmed",
    "control_v11p_sd15_openpose_slimmed",
    "control_v11p_sd15_softedge_slimmed",
    "control_v11p_sd15s2_lineart_anime_slimmed",
]


class Config(BaseConfig):
    """How it paints. A file of these settings is used by `anibench eval prompt-free:FILE.toml`."""

    seecoder: SeeCoderName = Field(default="seecoder-v1-0", description="What reads the reference.")
    diffuser: DiffuserName = Field(default="Deliberate-v2-0", description="The U-Net; Anything-v4 is for anime.")
    controlnet: ControlNetName = Field(default="control_sd15_canny_slimmed", description="What follows the lines.")
    preprocess: Literal["none", "canny"] = Field(
        default="none", description="canny: edges of the drawing (cv2.Canny, thresholds 100 and 200) in its place."
    )
    polarity: Literal["auto", "inverted", "as-drawn"] = Field(
        default="auto",
        description="inverted: white lines on black. auto: that, for every ControlNet of lines; the app never inverts.",
    )
    guidance: float = Field(default=2.0, ge=1, description="s of eps_u + s (eps_c - eps_u); 1 leaves out eps_u.")
    steps: PositiveInt = Field(default=50, le=500, description="DDIM steps, eta 0.")
    smallest_side: PositiveInt = Field(
        default=512, multiple_of=64, le=1536, description="Sides shorter than this are painted at it."
    )
    dtype: Literal["auto", "float16", "float32"] = Field(
        default="auto", description="auto: float16 (the app's) on a CUDA device, float32 elsewhere."
    )
    folder: Path | None = Field(
        default=None,
        description="The folder of pfd/, controlnet/ and assets/; by default prompt-free in the weights folder.",
    )
    sizes: Sizes = Field(default=Sizes(), description="Of the networks; the published files have the defaults.")

    @property
    def inverts(self) -> bool:
        """Whether the drawing's ink becomes white before the ControlNet sees it."""
        if self.preprocess == "canny":  # its edges are white on black already
            return False
        takes_lines = not any(f"_{kind}_" in self.controlnet for kind in WITHOUT_LINES)
        return self.polarity == "inverted" or (self.polarity == "auto" and takes_lines)


def files(config: Config) -> tuple[str, ...]:
    """The names, in `benchmark.weights.WEIGHTS`, of the files this configuration needs."""
    guidance = ("anime_ug",) if config.seecoder == "seecoder-anime-v1-0" else ()
    stems = (config.seecoder, config.diffuser, config.controlnet, "sd-v2-0-base-autokl", *guidance)
    return tuple(f"prompt-free/{stem}" for stem in stems)


def missing(config: Config) -> str | None:
    """What has to be installed or put in place before this configuration paints; None when all is there."""
    absent = [library for library in LIBRARIES if find_spec(library) is None]
    if absent:
        return f"{' and '.join(absent)} not installed; run: pip install 'anibench[diffusers]'"
    from benchmark.weights import missing_weights

    return missing_weights(files(config), home=config.folder)


def weights_sha256(config: Config) -> str:
    """SHA-256 over the hashes of the files, so that pictures of other files are never taken for these.

    Raises AnibenchError as `load` does.
    """
    _require(config)
    from benchmark.files import sha256_bytes
    from benchmark.weights import find_weights

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
