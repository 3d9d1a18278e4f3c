"""A place for stand-ins of packages."""

import sys
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import patch

import pytest
from huggingface_hub import constants

import builder.faces.anime_face_detector
import builder.faces.imgutils_faces  # noqa: F401


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder that packages are imported from, until the test ends; beside it an empty cache of huggingface_hub."""
    monkeypatch.syspath_prepend(tmp_path / "site")
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setenv("ORT_DISABLE_TELEMETRY", "0")
    stand_ins = ("imgutils", "onnxruntime", "anime_face_detector")
    with patch.dict(sys.modules):
        for name in [name for name in sys.modules if name.partition(".")[0] in stand_ins]:
            del sys.modules[name]
        yield tmp_path / "site"
