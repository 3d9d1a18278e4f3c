"""The sentences on comparability and on metrics that were not computed."""

import pytest

from reports.read.claims import IMAGES_SEEN

pytestmark = pytest.mark.usefixtures("no_weights")


def test_it_says_what_is_not_comparable_and_what_was_not_computed(text: str) -> None:
    for part in (
        "**Not comparable with the claimed rows:** other data: shapes-0, 6 train / 5 test pictures, against 31,696",
        "N = 5 against 579; FID grows as the number of pictures falls",
        "computes at 64 px",
        f"saw 1,234 images in training, 0.013 % of the paper's {IMAGES_SEEN:,}",
        "not computed: pt\\_inception",
        "<https://github.com/mseitzer/pytorch-fid/",
        "perfect by construction",
        "trained on other data",
        "**N = 5 is too few for significant differences:**",
    ):
        assert part in text
    assert text.count("trained on other data") == 1, "once, however many protocols"
