"""README, attribution and chart of drops of a dataset, read by the tools they are written for."""

import csv
from pathlib import Path

from huggingface_hub import DatasetCard as HubCard

from benchmark.core.files import read_rgb
from benchmark.data.dataset import Dataset
from builder.build.release import human_card, write_attribution
from builder.sources.drawn import Drawn


def test_the_hub_reads_the_card(released: Dataset) -> None:
    known = HubCard((released.root / "README.md").read_text("utf-8")).data.to_dict()
    assert known["license"] == "other"
    assert known["task_categories"] == ["image-to-image"]
    assert known["size_categories"] == ["n<1K"]
    assert [files["split"] for files in known["configs"][0]["data_files"]] == ["train", "test"]
    assert "Do not distribute this folder" in (released.root / "README.md").read_text("utf-8")


def test_own_pictures_are_free_and_a_hostile_name_is_no_markup(released: Dataset) -> None:
    card = released.card.model_copy(
        update={"licence": Drawn(1).licence, "name": 'a"\n---\n# <b>x</b>', "source": "![x](y)"}
    )
    text = human_card(card)
    known = HubCard(text).data.to_dict()
    assert known["license"] == "apache-2.0"
    assert known["pretty_name"] == 'a"\n---\n# <b>x</b>'
    assert "<b>" not in text.partition("---\n\n")[2]
    assert "![x](y)" not in text


def test_attribution_names_each_source_and_runs_no_formula(released: Dataset, tmp_path: Path) -> None:
    rows = list(csv.DictReader((released.root / "attribution.csv").open()))
    assert [row["id"] for row in rows] == list(released.manifest["id"])
    assert [row["source_id"] for row in rows] == list(released.manifest["source_id"])
    hostile = {"id": "0" * 16, "source_id": "=cmd|' /C calc'!A0", "artist": 'a"b\n,c', "attribution": None}
    write_attribution(tmp_path / "a.csv", [hostile])
    (row,) = csv.DictReader((tmp_path / "a.csv").open(newline=""))
    assert row["source_id"] == "'=cmd|' /C calc'!A0"
    assert (row["artist"], row["attribution"]) == ('a"b\n,c', "")


def test_the_drops_are_drawn(released: Dataset) -> None:
    picture = read_rgb(released.root / "drops.png")
    assert picture.shape[1] == 880
    assert (picture.reshape(-1, 3) == (0xB0, 0x4A, 0x3A)).all(1).sum() > 500  # the bar of what was dropped
    assert (picture.reshape(-1, 3) == (0x2A, 0x8F, 0x6F)).all(1).sum() > 500
