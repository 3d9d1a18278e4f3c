"""What the two phases minimise, as sums of squared errors; each sample's chance comes from its own seed."""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from animediffusion.config import Phase1Config, Phase2Config
from animediffusion.diffusion import Network, NoiseStream, Schedule, add_noise, ddim_sample, ddim_times, invert
from animediffusion.sampling import conditioned
from benchmark.core.seeds import derive_seed
from benchmark.training.batches import Batch


def phase1_loss(unet: Network, batch: Batch, schedule: Schedule, config: Phase1Config, seeds: Sequence[int]) -> Tensor:
    """Squared error of the predicted noise, summed over the batch, at one uniform step per sample (section 3.3)."""
    device = batch.target.device
    t = torch.tensor([derive_seed(seed, "t") % schedule.steps for seed in seeds], device=device)
    noise = _noise(batch, [derive_seed(seed, "noise") for seed in seeds])()
    line, reference = batch.line, batch.reference
    if config.condition_dropout > 0:
        draws = [derive_seed(seed, "drop") / 2**63 for seed in seeds]
        kept = torch.tensor([draw >= config.condition_dropout for draw in draws], device=device)[:, None, None, None]
        line, reference = line * kept, reference * kept
    predicted = conditioned(unet, line, reference)(add_noise(schedule, batch.target, noise, t), t)
    return F.mse_loss(predicted, noise, reduction="sum")


def phase2_loss(
    unet: Network,
    inverter: Network,
    batch: Batch,
    schedule: Schedule,
    config: Phase2Config,
    seeds: Sequence[int],
) -> Tensor:
    """Squared error of the picture a whole DDIM chain paints, summed; gradients pass every step (section 3.4)."""
    draw = _noise(batch, [derive_seed(seed, "noise") for seed in seeds])
    times = ddim_times(schedule.steps, config.chain, config.grid)
    if config.start_noise == "gaussian":
        start = draw()
    else:
        source = batch.target if config.start_noise == "invert-target" else batch.reference
        with torch.no_grad():
            start = invert(
                conditioned(inverter, batch.line, batch.reference),
                source,
                schedule,
                times,
                first_noise=draw() if config.inversion_start == "noise" else None,
                pass_time=config.inversion_time == "pass",
            )
    painted = ddim_sample(
        conditioned(unet, batch.line, batch.reference),
        start,
        schedule,
        times,
        eta=config.eta,
        draw=draw,
        checkpointed=config.checkpointing,
    )
    return F.mse_loss(painted, batch.target, reduction="sum")


def _noise(batch: Batch, seeds: Sequence[int]) -> NoiseStream:
    device = batch.target.device
    return NoiseStream(seeds, batch.target.shape[1:], device, "cuda" if device.type == "cuda" else "cpu")
