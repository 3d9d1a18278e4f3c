"""Detectors that few have installed: what is missing is named with the command that installs it."""

from importlib.metadata import version
from pathlib import Path

import pytest
from detector_packages import lend_anime_face_detector, lend_imgutils, made
from huggingface_hub import constants

from benchmark.core.errors import AbsentError


@pytest.mark.parametrize("detector", ["imgutils", "anime-face-detector"])
def test_what_is_missing_is_said_with_the_way_out(site: Path, detector: str, monkeypatch: pytest.MonkeyPatch) -> None:
    lend_imgutils(site)
    lend_anime_face_detector(site)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(site))
    with pytest.raises(AbsentError, match=r"is not in the cache of huggingface_hub; run: hf download \w+/anime"):
        made(detector)
    monkeypatch.setattr("builder.faces.optional.version", lambda package: version("a package of no such name"))
    with pytest.raises(AbsentError, match="is not installed; .*pip install"):
        made(detector)
