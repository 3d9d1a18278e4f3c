"""LPIPS: perceptual distance between output and target, computed by the network in `features/lpips_network.py`."""

from benchmark.results.metric import Metric, Network, under_self_reference

WEIGHTS = ("alexnet", "lpips-alex")  # the network, and the linear weights of its layers


def load(device: str) -> Network:
    """Load the network on `device`; raises AnibenchError if a weight file is missing or has another hash."""
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
    applies=under_self_reference,
    on_request=True,
    floors="all",
    meaning="distance to the target in AlexNet's features, with weights fitted to human judgements",
    formula="weighted squared differences of AlexNet's unit-length features, linear weights of version 0.1; "
    "self-reference only",
    source="Zhang et al. 2018, arXiv:1801.03924",
    blind_to="features of drawings: it was fitted to photographs",
)
