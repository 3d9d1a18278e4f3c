"""Time of the U-Net, of a 10-step DDIM chain, and of that chain's arithmetic alone; run by hand.

python tests/speed/sampling.py [--small | --no-network] [--repeats N] [--device cuda]
"""

import argparse

import torch
from plain import plain_ddim, plain_unet, relative_error
from timing import clock_of, measure, report
from torch import Tensor

from animediffusion.config import AnimeDiffusionConfig
from animediffusion.diffusion import ddim_times
from animediffusion.sampling import build_schedule, build_unet, conditioned, sample


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--small", action="store_true", help="half the width at 64 px: seconds, not minutes")
    parser.add_argument("--no-network", action="store_true", help="only the arithmetic around the network: seconds")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--device", default="cpu")
    options = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(0)

    side, channels = (64, 32) if options.small else (256, 64)
    changes = {"resolution": side, "unet": {"channels": channels}, "sampling": {"start_noise": "gaussian"}}
    config = AnimeDiffusionConfig.model_validate(changes)
    schedule, times, clock = build_schedule(config), ddim_times(1000, 10), clock_of(options.device)
    unet = build_unet(config).to(options.device).eval()
    plain = plain_unet(config, unet).eval()
    line, reference, start = (torch.randn(1, n, side, side, device=options.device).clamp(-1, 1) for n in (1, 3, 3))
    inputs, t = torch.cat([start, line, reference], dim=1), torch.full((1,), 501, device=options.device)
    channels_last = inputs.contiguous(memory_format=torch.channels_last)

    with torch.inference_mode():
        print(f"{side} px, {channels} channels, batch 1, {options.device}, {options.repeats} rounds")

        def ours(network: object, eta: float = 0.0) -> Tensor:
            settings = config.sampling.model_copy(update={"eta": eta})
            return sample(conditioned(network, line, reference), reference, schedule, settings, [0])

        def straight(network: object, eta: float = 0.0) -> Tensor:
            noise = torch.randn(1, 3, side, side, device=options.device)
            return plain_ddim(network, line, reference, noise, schedule, times, eta)[-1]

        if not options.no_network:
            note = f"relative difference {relative_error(unet(channels_last, t), plain(inputs, t)):.1e}"
            forward = {"ours": lambda: unet(channels_last, t), "plain": lambda: plain(inputs, t)}
            report("U-Net forward", measure(forward, 2 * options.repeats, clock=clock), 1.00, note=note)
            chain = {"ours": lambda: ours(unet), "plain": lambda: straight(plain)}
            report("10-step DDIM", measure(chain, options.repeats, warmup=0, clock=clock), 1.00)

        last = start.contiguous(memory_format=torch.channels_last)  # as our network gives it
        for eta in (0.0, 1.0):
            without = {
                "ours": lambda e=eta: ours(lambda *_: last, e),
                "plain": lambda e=eta: straight(lambda *_: start, e),
            }
            report(f"the chain without its network, eta {eta:g}", measure(without, 50, clock=clock), 0.30)


if __name__ == "__main__":
    main()
