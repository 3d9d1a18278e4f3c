"""Verification names a changed or missing file beside the samples."""

import shutil
from pathlib import Path

from benchmark.core.files import sha256_file
from benchmark.data.dataset import Dataset
from builder.check.verify import verify


def test_verify_knows_these_files(released: Dataset, tmp_path: Path) -> None:
    root = Path(shutil.copytree(released.root, tmp_path / "data"))
    assert verify(root) == []
    rows = (root / "attribution.csv").read_text().splitlines()
    (root / "attribution.csv").write_text("\n".join(rows[:-1]))
    (root / "decisions.csv").write_text("id,decision,dx,dy,scale\n")
    croissant = (root / "croissant.json").read_text()
    digest = sha256_file(root / "manifest.parquet")
    (root / "croissant.json").write_text(croissant.replace(digest, "0" * 64))
    assert [problem.file for problem in verify(root)] == ["attribution.csv", "croissant.json", "decisions.csv"]
    (root / "attribution.csv").unlink()
    assert "is missing" in {problem.what for problem in verify(root)}
