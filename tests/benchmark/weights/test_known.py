"""Known weight files: their places differ, pinned digits are hexadecimal, and code is always pinned."""

import re

import pytest

from benchmark.results.feature_modes import FEATURES
from benchmark.weights.known import SHARED_WEIGHTS


def test_no_two_files_share_a_place() -> None:
    places = [known.place for known in SHARED_WEIGHTS.values()]
    assert len(set(places)) == len(places)


@pytest.mark.parametrize("name", SHARED_WEIGHTS)
def test_code_is_pinned_and_the_digits_of_the_name_agree(name: str) -> None:
    known = SHARED_WEIGHTS[name]
    assert re.fullmatch(r"([0-9a-f]{8}|[0-9a-f]{64})?", known.sha256)
    assert known.code is not known.file.endswith(".safetensors")
    assert known.sha256 or not known.code
    digits = re.search(r"-([0-9a-f]{8})\.pth$", known.file)
    assert digits is None or known.sha256.startswith(digits[1])
    assert known.url.startswith("https://")
    assert known.url.endswith(known.file) or known.package


def test_every_feature_mode_has_a_weight_file() -> None:
    assert {features.weights for features in FEATURES.values()} <= set(SHARED_WEIGHTS)
