"""The blocks of SGA."""

from baselines.sga import METHOD, Config


def test_both_variants_stop_the_gradient_of_attention_and_have_no_triplet_loss() -> None:
    for variant in ("cao", "sga-repository"):
        assert (METHOD.blocks[variant].attention, METHOD.blocks[variant].norm) == ("stop-gradient", True)
        assert Config.model_validate({"variant": variant}).loss_weights.get("triplet", 0) == 0
