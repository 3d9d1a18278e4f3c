"""The colorizer of a trained generator, and loading it from a checkpoint."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from baselines.gan.config import CRITIC, MULTIPLE, Blocks, GanConfig
from baselines.gan.generator import Generator
from benchmark.core.errors import AnibenchError
from benchmark.methods.built_in import load_weights
from benchmark.methods.resizing import PUBLISHED_SIDE, batch_shape, enlarge, inner_size, shrunk
from benchmark.training.batches import normalised, to_uint8


class GanColorizer:
    """Paints one picture at a time, because the peaked attention maps would amplify a batch's rounding errors."""

    def __init__(self, generator: Generator, config: GanConfig, device: str, notes: tuple[str, ...]) -> None:
        self.generator = generator.to(device).to(memory_format=torch.channels_last).eval()
        self.config, self.device, self.notes = config, device, notes

    @torch.inference_mode()
    def colorize(
        self, lines: NDArray[np.uint8], references: NDArray[np.uint8], seeds: Sequence[int]
    ) -> NDArray[np.uint8]:
        """Lines (n, 1, H, W), references (n, 3, H, W), n seeds, uint8 -> uint8 (n, 3, H, W); seeds are ignored."""
        n, height, width = batch_shape(lines, references, seeds)
        size = inner_size(height, width, self.config.resolution, MULTIPLE)
        painted = np.empty((n, 3, height, width), np.uint8)
        for index in range(n):
            full, color = (
                torch.from_numpy(np.ascontiguousarray(part[index : index + 1])).to(self.device).float()
                for part in (lines, references)
            )
            line = normalised(shrunk(full, size))
            picture, _ = self.generator(line, normalised(shrunk(color, size)))
            if size != (height, width):
                picture = enlarge(picture, line, normalised(full), self.config.upsampling)
            painted[index] = to_uint8(picture)[0].cpu().numpy()
        return painted


def load(config: GanConfig, blocks: Blocks, checkpoint: Path, device: str, *, imported: bool) -> GanColorizer:
    """The colorizer of a checkpoint. Raises AnibenchError when the tensors do not match the configuration."""
    with torch.device("meta"):
        generator = Generator(blocks, config.variant, config.width)
    tensors = {name: value for name, value in load_weights(checkpoint).items() if not name.startswith(CRITIC)}
    try:
        generator.load_state_dict(tensors, assign=True)
    except RuntimeError as error:
        raise AnibenchError(f"{checkpoint} does not match its own configuration: {error}") from error
    return GanColorizer(generator, config, device, () if imported else notes(config))


def notes(config: GanConfig) -> tuple[str, ...]:
    """Notes for the score card on differences from the published model."""
    found = []
    if config.variant != "cao":
        found.append(f"variant {config.variant}")
    lacking = [name for name in ("perceptual", "style") if getattr(config.loss, name) == 0]
    if lacking:
        found.append(f"trained without the {' and '.join(lacking)} loss of VGG-19")
    if (config.resolution, config.width) != (PUBLISHED_SIDE, 16):
        found.append(f"resolution {config.resolution} px, width {config.width}; published: {PUBLISHED_SIDE} and 16")
    return tuple(found)
