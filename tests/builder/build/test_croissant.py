"""Croissant metadata of a dataset, read by mlcroissant."""

import pyarrow.parquet as pq
import pytest

from benchmark.data.dataset import Dataset


def test_croissant_is_valid_and_gives_rows_and_pictures(released: Dataset) -> None:
    croissant = pytest.importorskip("mlcroissant")
    dataset = croissant.Dataset(jsonld=str(released.root / "croissant.json"))  # raises for whatever is invalid
    rows = list(dataset.records(record_set="samples"))
    assert sorted(row["samples/id"].decode() for row in rows) == sorted(released.manifest["id"])
    fields = {field.name for field in pq.read_schema(released.root / "manifest.parquet")}
    assert {name.removeprefix("samples/") for name in rows[0]} == fields
    pictures = {row["line-records/id"]: row for row in dataset.records(record_set="line-records")}
    assert {name.decode() for name in pictures} == set(released.manifest["id"])
    assert {row["line-records/image"].size for row in pictures.values()} == {(256, 256)}
