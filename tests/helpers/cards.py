"""A score card without scores, for tests that add their own."""

from typing import Any

from benchmark.results.scorecard import FORMAT, DataFacts, ScoreCard

CARD = ScoreCard(
    format=FORMAT, label="m", method="m", kind="method", checkpoint=None,
    data=DataFacts(name="d", fingerprint="f", counts={"test": 5}, source="drawn"), protocol="self-ref", version=1, n=5,
    pairs="p", outputs="o", images={}, sets={}, cost=None, training=None, notes=(),
)  # fmt: skip


def score_card(**update: Any) -> ScoreCard:
    """A score card of 5 pictures by self-ref-v1, with `update` in place of its fields."""
    return CARD.model_copy(update=update)
