"""A dataset made again from its recipe and the source: the same bytes, or a name for what is missing or different."""

import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import PIL.Image
import pytest
from click.testing import CliRunner
from fields import paint_folder
from hypothesis import given, settings
from hypothesis import strategies as st

from anibench import main
from benchmark.core.errors import AnibenchError
from benchmark.data.dataset import Dataset
from builder.build.pipeline import Built, build
from builder.check.verify import verify
from builder.core.recipe import resolve_recipe
from builder.drawing.illustration import draw_portrait
from builder.share.export_recipe import export_recipe, read_recipe
from builder.share.rebuild import rebuild
from builder.sources.folder import Folder

SAME = ("manifest.parquet", "attribution.csv", "sheet.png")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a source, the dataset built from it, and its recipe."""
    home = tmp_path_factory.mktemp("exported")
    root = paint_folder(home / "source", 6)
    (root / "sub").mkdir()
    PIL.Image.fromarray(draw_portrait(1, 300).color).save(root / "sub" / "drawn.png")
    build(Folder(root), home / "data", resolve_recipe(None, [], detector="whole"), workers=1)
    export_recipe(Dataset.open(home / "data"), home / "recipe.jsonl")
    return home


@pytest.fixture
def exported(made: Path, tmp_path: Path) -> tuple[Path, Path, Path]:
    """A copy of the three that a test may change."""
    shutil.copytree(made, tmp_path, dirs_exist_ok=True)
    return tmp_path / "source", tmp_path / "data", tmp_path / "recipe.jsonl"


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


def test_the_recipe_holds_no_picture(exported: tuple[Path, Path, Path]) -> None:
    _, data, file = exported
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    assert len(lines) == 1 + len(Dataset.open(data).manifest)
    assert all(len(str(value)) < 500 for line in lines[1:] for value in line.values())
    assert lines[0]["packages"]["anibench"]


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


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"id": "../../../etc/pass"}, "its id"),
        ({"split": "../up"}, "unknown split"),
        ({"crop_size": 10**9}, "position or size of the crop is out of range"),
        ({"crop_size": True}, "crop_size is missing or not of type int"),
        ({"source_id": None}, "source_id is missing"),
        ({"evil": 1}, "unknown value evil"),
    ],
)
def test_a_hostile_recipe_is_refused(exported: tuple[Path, Path, Path], change: dict[str, object], said: str) -> None:
    file = exported[2]
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    lines[3] |= change
    file.write_text("\n".join(map(json.dumps, lines)))
    with pytest.raises(AnibenchError, match=f"line 4: .*{said}"):
        read_recipe(file)


def test_a_cut_recipe_or_another_file_is_refused(exported: tuple[Path, Path, Path], tmp_path: Path) -> None:
    file = exported[2]
    content = file.read_text().splitlines(keepends=True)
    (tmp_path / "cut.jsonl").write_text("".join(content[:-1]))
    with pytest.raises(AnibenchError, match="has 6 samples, its header says 7"):
        read_recipe(tmp_path / "cut.jsonl")
    (tmp_path / "other.json").write_text('{"a": 1}')
    with pytest.raises(AnibenchError, match="is not a recipe; anibench export-recipe writes one"):
        read_recipe(tmp_path / "other.json")
    with pytest.raises(AnibenchError, match="cannot be read"):
        read_recipe(tmp_path / "none.jsonl")


@settings(max_examples=60, deadline=None, derandomize=True)
@given(content=st.one_of(st.binary(max_size=60), st.text(max_size=60).map(str.encode)))
def test_any_bytes_are_a_recipe_or_an_error(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.mktemp("fuzz") / "recipe.jsonl"
    path.write_bytes(content)
    with pytest.raises(AnibenchError):
        read_recipe(path)


def test_options_that_the_recipe_holds_are_refused(exported: tuple[Path, Path, Path]) -> None:
    run = CliRunner().invoke(main, ["build-dataset", f"recipe:{exported[2]}", "--from", "x", "--detector", "whole"])
    assert run.exit_code == 2
    assert "recipe:FILE contains every setting" in run.output
    run = CliRunner().invoke(main, ["build-dataset", f"recipe:{exported[2]}"])
    assert "needs --from SOURCE" in run.output
