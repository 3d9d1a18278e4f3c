"""Sizes of the networks that are settings."""

import pytest
from torch import nn

from baselines.prompt_free.seecoder import QueryTransformer
from baselines.prompt_free.sizes import SeeCoderSizes

for library in ("diffusers", "transformers"):
    pytest.importorskip(library)


def test_the_heads_of_decoder_and_query_transformer_are_a_size() -> None:
    sizes = SeeCoderSizes(width=24, heads=3, groups=8)
    layers = QueryTransformer(sizes, positions=False).modules()
    assert {layer.num_heads for layer in layers if isinstance(layer, nn.MultiheadAttention)} == {3}
    assert SeeCoderSizes().heads == 8
