"""The survey of a source changes with its records, and only then."""

import os
from collections.abc import Callable
from pathlib import Path

from builder.sources.folder import Folder
from builder.sources.source import survey


def test_survey_changes_with_the_source_and_only_then(make_folder: Callable[..., Path]) -> None:
    root = make_folder(3)
    first = survey(Folder(root))
    assert first == survey(Folder(root))
    os.utime(root / "001.png", ns=(1, 1))
    touched = survey(Folder(root))
    (root / "001.png").rename(root / "renamed.png")
    assert len({first, touched, survey(Folder(root))}) == 3
