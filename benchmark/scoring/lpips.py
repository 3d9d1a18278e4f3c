"""LPIPS and ST-LPIPS: perceptual distances between output and target, computed by networks in `features/`."""

from benchmark.results.metric import Metric, MetricNetwork, with_known_target

WEIGHTS = ("alexnet", "lpips-alex")  # the network, and the linear weights of its layers
ST_WEIGHTS = ("st-lpips-alex",)  # both in one file


def load(device: str) -> MetricNetwork:
    """Load the network on `device`; raises AnibenchError if a weight file is missing or has another hash."""
    from benchmark.scoring.features.lpips_network import load_lpips  # imports torch

    return load_lpips(device, WEIGHTS)


def load_st(device: str) -> MetricNetwork:
    """Load the network of ST-LPIPS on `device`; raises AnibenchError as `load`."""
    from benchmark.scoring.features.st_lpips_network import load_st_lpips  # imports torch

    return load_st_lpips(device, ST_WEIGHTS)


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
    applies=with_known_target,
    on_request=True,
    floors="all",
    meaning="distance to the target in AlexNet's features, with weights fitted to human judgements",
    formula="weighted squared differences of AlexNet's unit-length features, linear weights of version 0.1; "
    "not under random-ref",
    source="Zhang et al. 2018, arXiv:1801.03924",
    blind_to="features of drawings: it was fitted to photographs",
)

ST_METRIC = Metric(
    name="st-lpips",
    title="ST-LPIPS",
    better="lower",
    digits=4,
    low=0,
    order=95,
    per="picture",
    load=load_st,
    needs=("target",),
    weights=ST_WEIGHTS,
    applies=with_known_target,
    on_request=True,
    floors="all",
    meaning="distance to the target in the features of a network that tolerates shifts of a few pixels",
    formula="as LPIPS, with the shift-tolerant AlexNet and its linear weights, version ST0.0; not under random-ref",
    source="Ghildyal and Liu 2022, arXiv:2207.13686",
    blind_to="shifts of a few pixels; features of drawings: it was fitted to photographs",
)
