"""Drawn illustrations as a source."""

import pickle

from benchmark.data.decode import DecodeRecipe
from builder.sources.drawn import Drawn, DrawnRecord
from builder.sources.open import open_source


def test_drawn_records_travel_and_know_their_artist() -> None:
    records = list(Drawn(3).records())
    assert [record.id for record in records] == ["drawn/0000000", "drawn/0000001", "drawn/0000002"]
    record = pickle.loads(pickle.dumps(records[1]))
    assert record == DrawnRecord(1)
    picture = record.load(DecodeRecipe())
    assert picture.rgb.shape[2] == 3
    assert picture.metadata.artist
    assert picture.metadata.licence == "Apache-2.0"


def test_a_range_of_seeds_is_disjoint_from_others_and_named() -> None:
    low, high = open_source("drawn:3"), open_source("drawn:3-5")
    assert [record.id for record in high.records()] == ["drawn/0000003", "drawn/0000004", "drawn/0000005"]
    assert (low.name, high.name) == ("drawn-3", "drawn-3-5")
    assert list(open_source("drawn:0-2").records()) == list(low.records())


def test_drawn_faces_are_crops_of_the_dataset_size() -> None:
    source = open_source("drawn:faces:7-8")
    records = list(source.records())
    assert (source.name, records[0].id) == ("drawn-face-7-8", "drawn-face/0000007")
    first, second = (record.load(DecodeRecipe()).rgb for record in records)
    assert first.shape == second.shape == (256, 256, 3)
    assert (first != second).any()
