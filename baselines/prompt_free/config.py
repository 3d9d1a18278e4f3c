"""Configuration of Prompt-Free Diffusion. Defaults are those of the authors' app.py."""

from pathlib import Path
from typing import Literal

from pydantic import Field, PositiveInt

from baselines.prompt_free.sizes import Sizes
from benchmark.core.config import Config as BaseConfig

WITHOUT_LINES = ("depth", "normal", "openpose", "seg")  # kinds of ControlNets whose input is not a line drawing

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
    """The settings of Prompt-Free Diffusion, read from a file by `anibench eval prompt-free:FILE.toml`."""

    seecoder: SeeCoderName = Field(default="seecoder-v1-0", description="Encoder of the reference.")
    diffuser: DiffuserName = Field(default="Deliberate-v2-0", description="U-Net; Anything-v4 is for anime.")
    controlnet: ControlNetName = Field(default="control_sd15_canny_slimmed", description="ControlNet of the lines.")
    preprocess: Literal["none", "canny"] = Field(
        default="none", description="canny: replace the drawing by its edges (cv2.Canny, thresholds 100 and 200)."
    )
    polarity: Literal["auto", "inverted", "as-drawn"] = Field(
        default="auto",
        description="inverted: white lines on black; auto: that, if the ControlNet reads lines; as-drawn: as the app.",
    )
    guidance: float = Field(default=2.0, ge=1, description="s in eps_u + s (eps_c - eps_u); 1 skips eps_u.")
    steps: PositiveInt = Field(default=50, le=500, description="DDIM steps, with eta 0.")
    smallest_side: PositiveInt = Field(
        default=512, multiple_of=64, le=1536, description="Smallest side to paint at, in px."
    )
    dtype: Literal["auto", "float16", "float32"] = Field(
        default="auto", description="auto: float16 (as the app) on a CUDA device, float32 otherwise."
    )
    folder: Path | None = Field(
        default=None,
        description="Folder with pfd/, controlnet/ and assets/; none: the folder prompt-free in the weights folder.",
    )
    sizes: Sizes = Field(default=Sizes(), description="Sizes of the networks; the published files have the defaults.")

    @property
    def inverts(self) -> bool:
        """Whether the drawing is inverted to white lines on black for the ControlNet."""
        if self.preprocess == "canny":  # edges are white on black
            return False
        takes_lines = not any(f"_{kind}_" in self.controlnet for kind in WITHOUT_LINES)
        return self.polarity == "inverted" or (self.polarity == "auto" and takes_lines)
