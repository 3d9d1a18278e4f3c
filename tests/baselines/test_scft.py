"""The settings of SCFT's triplet loss."""

from baselines.scft import Config, ScftLossConfig


def test_the_weight_of_the_triplet_loss_depends_on_the_variant_unless_it_is_set() -> None:
    assert Config().triplet == (1.0, "cao", 12.0)
    assert Config(variant="sga-repository").triplet.weight == 0
    assert Config(variant="sga-repository", loss=ScftLossConfig(triplet=0.5)).triplet.weight == 0.5
    assert Config(loss=ScftLossConfig(triplet=0)).loss_weights["triplet"] == 0
