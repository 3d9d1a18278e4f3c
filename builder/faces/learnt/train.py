"""Training of the learnt face detector: python -m builder.faces.learnt.train --out DIR."""

from pathlib import Path
from typing import Any

import click
import cv2
import numpy as np
import torch
from torch import Tensor

from benchmark.core.files import atomic_path
from builder.faces.learnt.decode import make_maps
from builder.faces.learnt.network import FaceNetwork
from builder.faces.learnt.pictures import draw_pictures, read_picture
from builder.faces.learnt.samples import SIZE, Picture, make_sample

AVERAGED = 0.998  # weight of the earlier average of the network in each step
EVERY = 100  # steps between saved states
EYE_WEIGHT = 5.0


@click.command()
@click.option(
    "--out", type=click.Path(path_type=Path), required=True, help="Folder of the pictures, state and weights."
)
@click.option("--pictures", default=1600, show_default=True, help="Number of drawn pictures.")
@click.option("--steps", default=2400, show_default=True, help="Steps of the training.")
@click.option("--batch", default=32, show_default=True, help="Samples in a step.")
@click.option("--rate", default=2e-3, show_default=True, help="Largest learning rate.")
@click.option("--seed", default=0, show_default=True, help="Random seed.")
@click.option("--eye-weight", default=EYE_WEIGHT, show_default=True, help="Weight of the eyes in the loss.")
@click.option("--start", type=click.Path(path_type=Path), help="average.pt of an earlier training to begin with.")
def main(
    out: Path, pictures: int, steps: int, batch: int, rate: float, seed: int, eye_weight: float, start: Path | None
) -> None:
    """Train on drawn pictures, and write DIR/average.pt. The same command continues an interrupted training."""
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    draw_pictures(out / "pictures", range(pictures))
    shown = [read_picture(out / "pictures", k) for k in range(pictures)]
    learnt = train(out, shown, steps, batch, rate, seed, start, eye_weight)
    print(f"step {steps}: the mean loss of the last steps is {learnt:.4f}")


def train(
    out: Path,
    pictures: list[Picture],
    steps: int,
    batch: int,
    rate: float,
    seed: int,
    start: Path | None = None,
    eye_weight: float = EYE_WEIGHT,
) -> float:
    """Train for `steps` steps in all, from the state in `out` if there is one; returns a running mean of the loss."""
    torch.manual_seed(seed)
    network = FaceNetwork().to(memory_format=torch.channels_last)
    if start is not None:
        network.load_state_dict(torch.load(start, weights_only=True))
    average = torch.optim.swa_utils.AveragedModel(network, multi_avg_fn=_averaged, use_buffers=True)
    optimizer = torch.optim.AdamW(network.parameters(), rate, weight_decay=1e-3)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, rate, total_steps=steps, pct_start=0.08)
    parts: dict[str, Any] = {"network": network, "average": average, "optimizer": optimizer, "schedule": schedule}
    state, done, mean = out / "state.pt", 0, 0.0
    if state.exists():
        saved = torch.load(state, weights_only=True)
        done, mean = saved["step"], saved["mean"]
        for name, part in parts.items():
            part.load_state_dict(saved[name])
    for step in range(done, steps):
        loss = _step(network, optimizer, pictures, batch, eye_weight, np.random.default_rng([seed, step]))
        schedule.step()
        average.update_parameters(network)
        mean = loss if step == 0 else mean + (loss - mean) * 0.02
        if (step + 1) % EVERY == 0 or step + 1 == steps:
            print(f"step {step + 1}: loss {mean:.4f}", flush=True)
            with atomic_path(state) as temporary:
                dicts = {name: part.state_dict() for name, part in parts.items()}
                torch.save({"step": step + 1, "mean": mean, **dicts}, temporary)
            with atomic_path(out / "average.pt") as temporary:
                torch.save(average.module.state_dict(), temporary)
    return mean


def _averaged(old: Any, new: Any, count: Any) -> None:
    """Move the average of the network, a list of tensors, towards the present values; `count` is part of the call."""
    for average, value in zip(old, new, strict=True):
        if average.is_floating_point():
            average.lerp_(value.to(average.dtype), 1 - AVERAGED)
        else:
            average.copy_(value)


def _step(
    network: FaceNetwork,
    optimizer: torch.optim.Optimizer,
    pictures: list[Picture],
    batch: int,
    eye_weight: float,
    rng: np.random.Generator,
) -> float:
    samples = [make_sample(pictures, rng) for _ in range(batch)]
    rgb = torch.from_numpy(np.stack([sample[0] for sample in samples])).permute(0, 3, 1, 2)
    maps = [make_maps(faces, ignored, SIZE) for _, faces, ignored in samples]
    target, weight, seen = (torch.from_numpy(np.stack(each)) for each in zip(*maps, strict=True))
    with torch.autocast("cpu", torch.bfloat16):
        found = network((rgb.float() - 127.5) / 127.5)
    loss = loss_of(found.float(), target, weight, seen, eye_weight)
    optimizer.zero_grad(set_to_none=True)
    loss.backward()  # type: ignore[no-untyped-call]
    torch.nn.utils.clip_grad_norm_(network.parameters(), 5.0)
    optimizer.step()
    return float(loss.detach())


def loss_of(found: Tensor, target: Tensor, weight: Tensor, seen: Tensor, eye_weight: float = EYE_WEIGHT) -> Tensor:
    """The focal loss of CenterNet on the first map, and the weighted absolute error of the others, which are known
    around the middles of faces. All (N, CHANNELS, h, w), `seen` (N, h, w)."""
    heat, wanted = found[:, 0], target[:, 0]
    log_yes, log_no = torch.nn.functional.logsigmoid(heat), torch.nn.functional.logsigmoid(-heat)
    share = torch.sigmoid(heat)
    middles = wanted == 1
    yes = -((1 - share) ** 2) * log_yes * middles
    no = -((1 - wanted) ** 4) * share**2 * log_no * ~middles
    loss = ((yes + no) * seen).sum() / middles.sum().clamp(min=1)
    values = torch.cat([found[:, 1:11], torch.tanh(found[:, 11:])], 1)
    error = (values - target[:, 1:]).abs() * weight[:, 1:]
    parts = ((1, 5, 3.0), (5, 9, eye_weight), (9, 11, 1.5), (11, 12, 0.3))  # channels: box, eyes, chin, turn
    for first, last, share_of_part in parts:
        known = weight[:, first:last].sum().clamp(min=1)
        loss = loss + share_of_part * error[:, first - 1 : last - 1].sum() / known
    return loss


if __name__ == "__main__":
    main()
