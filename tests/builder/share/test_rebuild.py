"""A dataset rebuilt from its recipe and its source: the same bytes, or a name for each difference."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import PIL.Image
import pytest
from click.testing import CliRunner

from anibench import main
from benchmark.core.errors import AnibenchError
from benchmark.data.dataset import Dataset
from builder.build.pipeline import Built
from builder.check.verify import verify
from builder.share.export_recipe import read_recipe
from builder.share.rebuild import rebuild
from builder.sources.folder import Folder

SAME = ("manifest.parquet", "attribution.csv", "sheet.png")


def again(file: Path, root: Path, out: Path, partly: bool = False) -> Built:
    return rebuild(file, read_recipe(file), Folder(root), out, workers=1, partly=partly)


def test_elsewhere_it_is_the_same_dataset(exported: tuple[Path, Path, Path], tmp_path: Path) -> None:
    root, data, file = exported
    moved = root.rename(tmp_path / "elsewhere")
    run = CliRunner().invoke(
        main, ["build-dataset", f"recipe:{file}", "--from", str(moved), "--out", str(tmp_path / "again"), "--json"]
    )
    assert run.exit_code == 0, run.output
    answer = json.loads(run.stdout)
    assert answer["fingerprint"] == Dataset.open(data).fingerprint
    for name in SAME:
        assert (tmp_path / "again" / name).read_bytes() == (data / name).read_bytes(), name
    for path in data.glob("t*/*/*.png"):
        assert (tmp_path / "again" / path.relative_to(data)).read_bytes() == path.read_bytes()
    assert verify(tmp_path / "again") == []
    assert again(file, moved, tmp_path / "again").was_finished
    assert not (tmp_path / "again/.staging").exists()


def test_what_is_missing_or_different_is_named(exported: tuple[Path, Path, Path], tmp_path: Path) -> None:
    root, _, file = exported
    kept = (root / "002.png").read_bytes()
    (root / "002.png").unlink()
    PIL.Image.fromarray(np.zeros((256, 256, 3), np.uint8)).save(root / "003.png")
    (root / "004.png").write_bytes(b"")
    with pytest.raises(AnibenchError, match=r"3 of 7 samples.*002.png is not in source.*--partial") as raised:
        again(file, root, tmp_path / "out")
    assert "003.png has the SHA-256" in str(raised.value)
    assert "004.png is empty" in str(raised.value)
    assert not (tmp_path / "out/dataset.json").exists()
    problems = pd.read_csv(tmp_path / "out/problems.csv")
    assert sorted(problems["reason"]) == ["changed-source", "empty-file", "missing-source"]
    part = again(file, root, tmp_path / "part", partly=True)
    assert part.card.name == "source (partial)"
    assert sum(part.card.counts.values()) == 4
    assert part.card.dropped == {"changed-source": 1, "empty-file": 1, "missing-source": 1}
    assert verify(tmp_path / "part") == []
    (root / "002.png").write_bytes(kept)
    with pytest.raises(AnibenchError, match="2 of 7 samples"):  # goes on with what it has
        again(file, root, tmp_path / "out")


def test_a_source_that_is_laid_out_otherwise_is_found_by_file_names(
    exported: tuple[Path, Path, Path], tmp_path: Path
) -> None:
    root, data, file = exported
    for path in list(root.glob("*.png")):
        place = root / "buckets" / path.stem[-1]
        place.mkdir(parents=True)
        path.rename(place / path.name)
    assert again(file, root, tmp_path / "out").card.fingerprint == Dataset.open(data).fingerprint


def test_other_line_parameters_or_hashes_are_no_proof(exported: tuple[Path, Path, Path], tmp_path: Path) -> None:
    root, _, file = exported
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    lines[1]["line_sha256"] = "0" * 64
    lines[0]["fingerprint"] = "1" * 64
    file.write_text("\n".join(map(json.dumps, lines)))
    with pytest.raises(AnibenchError, match=f"fingerprint.*{lines[1]['id']}"):
        again(file, root, tmp_path / "out")
    assert not (tmp_path / "out/dataset.json").exists()
    lines[2]["color_sha256"] = lines[2]["id"] + "0" * 48
    file.write_text("\n".join(map(json.dumps, lines)))
    with pytest.raises(AnibenchError, match=r"the crop has the hash .*, the recipe requires"):
        again(file, root, tmp_path / "other")
