"""The configuration of Prompt-Free Diffusion. Defaults are those of the authors' app (app.py of their repository)."""

from pathlib import Path
from typing import Literal

from pydantic import Field, PositiveInt

from baselines.prompt_free.sizes import Sizes
from benchmark.core.config import Config as BaseConfig

WITHOUT_LINES = ("depth", "normal", "openpose", "seg")  # ControlNets that are not conditioned on lines

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
