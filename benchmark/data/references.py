"""The reference of a pair as the method gets it."""

from benchmark.core.files import Image
from benchmark.data.dataset import Dataset
from benchmark.data.protocol import EvalProtocol, Pair
from benchmark.data.warp import draw_warp, warp_image


def reference_image(pair: Pair, data: Dataset, protocol: EvalProtocol) -> Image:
    """uint8 RGB (256, 256, 3): the picture `pair.reference`, warped by the pair's seed if the protocol warps."""
    color = data.color(pair.reference)
    return warp_image(color, draw_warp(pair.seed)) if protocol.warp else color
