"""What goes with a dataset: read by the tools it is written for."""

import csv
import shutil
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from fields import paint_folder
from huggingface_hub import DatasetCard as HubCard

from benchmark.core.files import read_rgb, sha256_file
from benchmark.data.dataset import Dataset
from builder.build.pipeline import build
from builder.build.release import human_card, write_attribution
from builder.check.verify import verify
from builder.core.recipe import resolve_recipe
from builder.sources.drawn import Drawn
from builder.sources.folder import Folder


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    """A dataset to read, of five pictures and a file that was dropped."""
    home = tmp_path_factory.mktemp("release")
    root = paint_folder(home / "source", 5)
    (root / "a.txt").write_text("no picture")
    build(Folder(root), home / "data", resolve_recipe(None, [], detector="whole"), workers=1)
    return Dataset.open(home / "data")


def test_the_hub_reads_the_card(data: Dataset) -> None:
    known = HubCard((data.root / "README.md").read_text("utf-8")).data.to_dict()
    assert known["license"] == "other"
    assert known["task_categories"] == ["image-to-image"]
    assert known["size_categories"] == ["n<1K"]
    assert [files["split"] for files in known["configs"][0]["data_files"]] == ["train", "test"]
    assert "Do not distribute this folder" in (data.root / "README.md").read_text("utf-8")


def test_own_pictures_are_free_and_a_hostile_name_is_no_markup(data: Dataset) -> None:
    card = data.card.model_copy(
        update={"licence": Drawn(1).licence, "name": 'a"\n---\n# <b>x</b>', "source": "![x](y)"}
    )
    text = human_card(card)
    known = HubCard(text).data.to_dict()
    assert known["license"] == "apache-2.0"
    assert known["pretty_name"] == 'a"\n---\n# <b>x</b>'
    assert "<b>" not in text.partition("---\n\n")[2]
    assert "![x](y)" not in text


def test_croissant_is_valid_and_gives_rows_and_pictures(data: Dataset) -> None:
    croissant = pytest.importorskip("mlcroissant")
    dataset = croissant.Dataset(jsonld=str(data.root / "croissant.json"))  # raises for whatever is invalid
    rows = list(dataset.records(record_set="samples"))
    assert sorted(row["samples/id"].decode() for row in rows) == sorted(data.manifest["id"])
    fields = {field.name for field in pq.read_schema(data.root / "manifest.parquet")}
    assert {name.removeprefix("samples/") for name in rows[0]} == fields
    pictures = {row["line-records/id"]: row for row in dataset.records(record_set="line-records")}
    assert {name.decode() for name in pictures} == set(data.manifest["id"])
    assert {row["line-records/image"].size for row in pictures.values()} == {(256, 256)}


def test_attribution_names_each_source_and_runs_no_formula(data: Dataset, tmp_path: Path) -> None:
    rows = list(csv.DictReader((data.root / "attribution.csv").open()))
    assert [row["id"] for row in rows] == list(data.manifest["id"])
    assert [row["source_id"] for row in rows] == list(data.manifest["source_id"])
    hostile = {"id": "0" * 16, "source_id": "=cmd|' /C calc'!A0", "artist": 'a"b\n,c', "attribution": None}
    write_attribution(tmp_path / "a.csv", [hostile])
    (row,) = csv.DictReader((tmp_path / "a.csv").open(newline=""))
    assert row["source_id"] == "'=cmd|' /C calc'!A0"
    assert (row["artist"], row["attribution"]) == ('a"b\n,c', "")


def test_the_drops_are_drawn(data: Dataset) -> None:
    picture = read_rgb(data.root / "drops.png")
    assert picture.shape[1] == 880
    assert (picture.reshape(-1, 3) == (0xB0, 0x4A, 0x3A)).all(1).sum() > 500  # the bar of what was dropped
    assert (picture.reshape(-1, 3) == (0x2A, 0x8F, 0x6F)).all(1).sum() > 500


def test_verify_knows_these_files(data: Dataset, tmp_path: Path) -> None:
    root = Path(shutil.copytree(data.root, tmp_path / "data"))
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
