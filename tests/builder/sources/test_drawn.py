"""Drawn illustrations as a source."""

import pickle

import pytest

from benchmark.data.decode import DecodeRecipe
from builder.core.recipe import resolve_recipe
from builder.drawing.crowd.crop import draw_crop
from builder.drawing.illustration import draw_face
from builder.drawing.version import VERSION
from builder.sources.drawn import Drawn, DrawnRecord
from builder.sources.open import import_settings, open_source
from builder.sources.source import survey


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
    assert (low.name, high.name) == (f"drawn-3-v{VERSION}", f"drawn-3-5-v{VERSION}")
    assert list(open_source("drawn:0-2").records()) == list(low.records())


def test_drawn_faces_are_crops_of_the_dataset_size() -> None:
    source = open_source("drawn:faces:7-8")
    records = list(source.records())
    assert (source.name, records[0].id) == (f"drawn-face-7-8-v{VERSION}", "drawn-face/0000007")
    first, second = (record.load(DecodeRecipe()).rgb for record in records)
    assert first.shape == second.shape == (256, 256, 3)
    assert (first != second).any()


def test_varied_pictures_are_faces_and_crops_in_turn() -> None:
    assert import_settings("drawn:varied:9") == ("detect.detector=whole",)
    source = open_source("drawn:varied:10-11")
    face, crop = (record.load(DecodeRecipe()) for record in source.records())
    assert (source.name, face.rgb.shape, crop.rgb.shape) == (f"drawn-varied-10-11-v{VERSION}", *[(256, 256, 3)] * 2)
    assert (face.rgb == draw_face(10).color).all()
    assert (crop.rgb == draw_crop(11).color).all()
    assert face.metadata.character
    assert crop.metadata.character is None


def test_pairs_are_two_views_of_each_character_and_name_it() -> None:
    source = open_source("drawn:pairs:4-5")
    records = list(source.records())
    ids = ["drawn-pair/0000004-0", "drawn-pair/0000004-1", "drawn-pair/0000005-0", "drawn-pair/0000005-1"]
    assert (source.name, [record.id for record in records]) == (f"drawn-pair-4-5-v{VERSION}", ids)
    pictures = [record.load(DecodeRecipe()) for record in records]
    names = [picture.metadata.character for picture in pictures]
    assert names[0] == names[1] != names[2] == names[3]
    for picture in pictures:
        assert picture.parts is not None
        assert picture.parts.shape == picture.rgb.shape[:2] == (256, 256)


def test_pairs_bring_the_settings_that_keep_a_character_in_one_split() -> None:
    recipe = resolve_recipe(None, [], imported=import_settings("drawn:pairs:9"))
    assert (recipe.detect.detector, recipe.split.disjoint) == ("whole", ("character",))
    assert import_settings("drawn:9") == ()
    assert import_settings("drawn:faces:9") == ("detect.detector=whole",)


def test_figures_are_high_and_are_fitted_into_squares_not_cut() -> None:
    recipe = resolve_recipe(None, [], imported=import_settings("drawn:figures:9"))
    assert (recipe.detect.detector, recipe.crop.fit, recipe.duplicates.near_hash) == ("whole", True, -1)
    first, second = (record.load(DecodeRecipe()).rgb for record in open_source("drawn:figures:2").records())
    assert all(1.4 * picture.shape[1] < picture.shape[0] for picture in (first, second))
    assert first.shape != second.shape
    assert (first[0] == 255).all(), "white paper above the head"
    assert (first[-1] != 255).any(), "clothes reach the lower edge"


def test_another_version_of_the_drawing_code_is_another_source(monkeypatch: pytest.MonkeyPatch) -> None:
    now = Drawn(2)
    name, digest = now.name, survey(now).digest
    monkeypatch.setattr("builder.sources.drawn.VERSION", VERSION + 1)
    assert now.name != name
    assert survey(now).digest != digest
