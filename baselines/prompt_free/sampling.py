"""Sampling of Prompt-Free Diffusion: encode the reference, run DDIM with guidance, decode the latent.

Differences from the authors' app.py:
- Lines are inverted to white on black for ControlNets trained on such lines (`polarity`).
- The output is resized to the drawing's size, and rounded to 8 bits; the app truncates.
- Start noise is drawn on the CPU from each sample's seed; the app seeds torch and numpy globally.
- The latent stays in float32 between steps; the app keeps it in float16.
- A CPU works too, in float32; the app's sampler needs CUDA.
- Pictures are painted one at a time, because the encoder attends across the references of a batch.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image as Pillow
from torch import Tensor

from baselines.prompt_free.config import Config
from baselines.prompt_free.files import (
    Target,
    build_controlnet,
    build_unet,
    build_vae,
    load_controlnet,
    load_guidance,
    load_seecoder,
    load_unet,
    load_vae,
)
from baselines.prompt_free.seecoder import SeeCoder
from benchmark.core.errors import AnibenchError
from benchmark.core.files import Image
from benchmark.core.seeds import derive_seed
from benchmark.weights.files import find_weights, read_weights

if TYPE_CHECKING:
    from diffusers import AutoencoderKL, ControlNetModel, DDIMScheduler, UNet2DConditionModel

LARGEST, MULTIPLE = 1536, 64  # px, of the sides to paint at
LATENT_CHANNELS, LATENT_STRIDE, LATENT_SCALE = 4, 8, 0.18215
CANNY = (100, 200)  # thresholds


class Networks(NamedTuple):
    """The four networks."""

    seecoder: SeeCoder
    unet: "UNet2DConditionModel"
    controlnet: "ControlNetModel"
    vae: "AutoencoderKL"


def build_networks(config: Config) -> Networks:
    """The networks of a configuration on the meta device, without weights."""
    sizes = config.sizes
    context = sizes.seecoder.width
    with torch.device("meta"):
        return Networks(
            SeeCoder(sizes.seecoder, positions=config.seecoder == "seecoder-pa-v1-0"),
            build_unet(sizes, context),
            build_controlnet(sizes, context),
            build_vae(sizes),
        )


def load_colorizer(config: Config, names: Sequence[str], device: str) -> "PromptFreeColorizer":
    """Load the weight files `names` (see `baselines.prompt_free.method.files`) and return the colorizer."""
    dtype = torch.float16 if config.dtype == "float16" else torch.float32
    if config.dtype == "auto" and device.startswith("cuda"):
        dtype = torch.float16
    target = Target(device, dtype)
    seecoder, unet, controlnet, vae = build_networks(config)
    found = [find_weights(name, home=config.folder) for name in names[:3]]
    pickles = [read_weights(name, home=config.folder) for name in names[3:]]
    networks = Networks(
        load_seecoder(seecoder, found[0].path, target),
        load_unet(unet, found[1].path, target),
        load_controlnet(controlnet, found[2].path, target),
        load_vae(vae, pickles[0].content, pickles[0].path, target),
    )
    shape = (config.sizes.seecoder.global_queries + config.sizes.seecoder.local_queries, config.sizes.seecoder.width)
    unconditional = torch.zeros(shape)
    if len(pickles) > 1:
        unconditional = load_guidance(pickles[1].content, pickles[1].path, shape)
    hashes = tuple(f"{weights.path.name} SHA-256 {weights.sha256}" for weights in (*found, *pickles))
    return PromptFreeColorizer(config, networks, unconditional[None].to(device, dtype), target, hashes)


@dataclass(frozen=True)
class PromptFreeColorizer:
    """The colorizer of Prompt-Free Diffusion; it paints one picture at a time."""

    config: Config
    networks: Networks
    unconditional: Tensor  # (1, queries, width)
    target: Target
    hashes: tuple[str, ...]

    @property
    def notes(self) -> tuple[str, ...]:
        """Notes for the score card: settings and hashes of the weight files."""
        c = self.config
        lines = "canny edges" if c.preprocess == "canny" else "lines white on black" if c.inverts else "lines as drawn"
        dtype = str(self.target.dtype).removeprefix("torch.")
        return (f"guidance {c.guidance:g}, {c.steps} DDIM steps, {lines}, {dtype}", *self.hashes)

    def colorize(
        self, lines: NDArray[np.uint8], references: NDArray[np.uint8], seeds: Sequence[int]
    ) -> NDArray[np.uint8]:
        """Lines (n, 1, H, W), references (n, 3, h, w), n seeds, uint8 -> uint8 (n, 3, H, W)."""
        painted = [
            self.paint(line[0], reference.transpose(1, 2, 0), seed)
            for line, reference, seed in zip(lines, references, seeds, strict=True)
        ]
        return np.stack(painted).transpose(0, 3, 1, 2)

    @torch.inference_mode()
    def paint(self, line: Image, reference: Image, seed: int) -> Image:
        """Paint one picture (H, W, 3) from a drawing (H, W) and a reference (h, w, 3) of any size; all uint8.

        Raises AnibenchError when the decoded picture is not finite.
        """
        context = self.networks.seecoder(self._floats(reference))
        control = control_image(line, self.config)
        latent = self._denoise(self._floats(control), context, seed)
        decoded = self.networks.vae.decode((latent / LATENT_SCALE).to(self.target.dtype)).sample[0].float()
        if not decoded.isfinite().all():
            raise AnibenchError(f"prompt-free painted NaN or infinity in {self.target.dtype}; set dtype to float32")
        colors = ((decoded + 1) / 2).clamp(0, 1).permute(1, 2, 0).cpu().numpy()
        height, width = line.shape
        resized = cv2.resize(colors, (width, height), interpolation=cv2.INTER_AREA)
        return np.asarray((resized * 255).round(), np.uint8)

    def _denoise(self, control: Tensor, context: Tensor, seed: int) -> Tensor:
        """DDIM with classifier-free guidance, from noise of the sample's seed: latent (1, 4, H/8, W/8), float32."""
        scheduler = make_scheduler(self.config.steps)
        height, width = (side // LATENT_STRIDE for side in control.shape[-2:])
        latent = start_noise(seed, height, width).to(self.target.device)
        guided = self.config.guidance != 1
        contexts = torch.cat([self.unconditional, context]) if guided else context
        controls = control.expand(len(contexts), -1, -1, -1)
        for t in scheduler.timesteps:
            noise = self._predict(latent.expand(len(contexts), -1, -1, -1), t, contexts, controls)
            if guided:
                without, with_reference = noise.chunk(2)
                noise = without + self.config.guidance * (with_reference - without)
            latent = scheduler.step(noise, t, latent, eta=0.0).prev_sample
        return latent

    def _predict(self, latent: Tensor, t: Tensor, contexts: Tensor, controls: Tensor) -> Tensor:
        """The predicted noise of `latent` (n, 4, h, w), float32."""
        latent = latent.to(self.target.dtype)
        down, middle = self.networks.controlnet(latent, t, contexts, controls, return_dict=False)
        residuals = {"down_block_additional_residuals": down, "mid_block_additional_residual": middle}
        noise: Tensor = self.networks.unet(latent, t, contexts, **residuals, return_dict=False)[0]
        return noise.float()

    def _floats(self, image: Image) -> Tensor:
        """uint8 (H, W, 3) -> (1, 3, H, W) in [0, 1]."""
        values = torch.from_numpy(np.ascontiguousarray(image.transpose(2, 0, 1)))[None]
        return (values.to(self.target.device).float() / 255).to(self.target.dtype)


def make_scheduler(steps: int) -> "DDIMScheduler":
    """Stable Diffusion's DDIM schedule, from t = 1 + (steps - 1) (1000 // steps) to 1; the last step ends at t = 0."""
    from diffusers import DDIMScheduler

    scheduler = DDIMScheduler(
        num_train_timesteps=1000,
        beta_start=0.00085,
        beta_end=0.012,
        beta_schedule="scaled_linear",
        clip_sample=False,
        set_alpha_to_one=False,
        steps_offset=1,
        timestep_spacing="leading",
    )
    scheduler.set_timesteps(steps)
    return scheduler


def start_noise(seed: int, height: int, width: int) -> Tensor:
    """The start noise of a sample, (1, 4, height, width), drawn on the CPU and so equal on every device."""
    generator = torch.Generator().manual_seed(derive_seed(seed, "prompt-free", "latent"))
    return torch.randn(1, LATENT_CHANNELS, height, width, generator=generator)


def painting_size(height: int, width: int, smallest: int) -> tuple[int, int]:
    """The size to paint at: sides rounded down to multiples of 64 and clamped to `smallest`..1536."""
    sides = [min(max(side // MULTIPLE * MULTIPLE, smallest), LARGEST) for side in (height, width)]
    return sides[0], sides[1]


def control_image(line: Image, config: Config) -> Image:
    """A drawing (H, W), 0 ink / 255 paper -> the ControlNet's input, uint8 RGB at the size to paint at."""
    height, width = painting_size(line.shape[0], line.shape[1], config.smallest_side)
    resized = Pillow.fromarray(line).resize((width, height), Pillow.Resampling.BICUBIC)
    shown = np.asarray(resized, np.uint8)
    if config.preprocess == "canny":
        shown = np.asarray(cv2.Canny(shown, *CANNY), np.uint8)
    if config.inverts:
        shown = 255 - shown
    return np.repeat(shown[..., None], 3, axis=2)
