"""A study from the runs to the report: the bundle tells nothing, and simulated participants rate it in a browser."""

import re
from pathlib import Path

from reporting import call

from reports.study.answers import read_key


def test_nothing_in_the_bundle_tells_the_methods(study: Path) -> None:
    key = read_key(study / "key.json")
    files = sorted((study / "study" / "pictures").iterdir())
    assert len({path.stat().st_size for path in files}) == 1
    assert len({path.stat().st_mtime for path in files}) == 1
    assert all(re.fullmatch(r"[0-9a-f]{16}-(line|reference|painted)\.png", path.name) for path in files)
    page = (study / "study" / "index.html").read_text()
    for word in [*key.methods, *key.pairs, "repeat", "tint"]:
        assert word not in page
    assert "http" not in page
    code, _, err = call(
        "study", "make", "--protocol", "random-ref", "--runs", study, "--out", study / "o", "--key", study / "o" / "k"
    )
    assert code == 1
    assert "the folder for the participants" in err
