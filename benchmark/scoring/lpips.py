"""LPIPS: perceptual distance of the output from its target, by the network in `features/lpips_network.py`."""

from benchmark.results.metric import Metric, Network, where_target_is_answer

WEIGHTS = ("alexnet", "lpips-alex")  # the network, and the linear weights of its levels


def load(device: str) -> Network:
    """Make the network on `device`; raises AnibenchError when a weight file is missing or another file."""
    from benchmark.scoring.features.lpips_network import load_lpips  # imports torch

    return load_lpips(device, WEIGHTS)


METRIC = Metric(
    name="lpips",
    title="LPIPS",
    better="lower",
    digits=4,
    low=0,
    order=90,
    per="picture",
    load=load,
    needs=("target",),
    weights=WEIGHTS,
    applies=where_target_is_answer,
    on_request=True,
    floors="all",
    meaning="distance to the target in AlexNet's features, weighted by people's judgements",
    formula="squared differences of AlexNet's unit features, linear weights 0.1; self-reference only",
    source="Zhang et al. 2018, arXiv:1801.03924, version 0.1",
    blind_to="drawings: it was fitted to photographs",
)
