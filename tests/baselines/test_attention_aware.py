"""The settings of the attention-aware model."""

import pytest

from baselines.attention_aware import METHOD, Config


def test_there_is_one_variant_with_cbam() -> None:
    assert METHOD.blocks["cao"].cbam
    with pytest.raises(ValueError, match="variant"):
        Config.model_validate({"variant": "sga-repository"})
