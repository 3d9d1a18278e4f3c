"""The staging of a build: outcomes survive, changed records are worked on again, damaged rows are named."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from benchmark.core.errors import AnibenchError
from builder.build.staging import Staging, stage_key
from builder.core.recipe import resolve_recipe
from builder.faces.examine import Drop, Outcome


def dropped(name: str, reason: str, stamp: str = "1") -> Outcome:
    return Outcome(name, stamp, (), (Drop(name, reason, f"{name}: {reason}", (1.0, 2.0, 3.0, 4.0)),))


def test_an_outcome_is_found_again_for_the_same_stamp_alone(tmp_path: Path) -> None:
    with closing(Staging(tmp_path)) as staging:
        staging.add(dropped("a", "no-face"))
        staging.add(dropped("b", "unreadable"))
    with closing(Staging(tmp_path)) as staging:
        assert staging.count() == 2
        assert staging.list("a", "1")
        assert not staging.list("b", "1"), "an unreadable picture is tried again"
        assert next(staging.drops()) == dropped("a", "no-face").drops[0]
    with closing(Staging(tmp_path)) as staging:
        assert not staging.list("a", "2")


def test_only_listed_records_and_decided_drops_count(tmp_path: Path) -> None:
    with closing(Staging(tmp_path)) as staging:
        for name in ("a", "b"):
            staging.add(dropped(name, "no-face"))
        staging.list("a", "1")
        staging.decide(Drop("c", "rating", "c is rated explicit"))
        assert staging.drop_counts() == {"no-face": 1, "rating": 1}
        with pytest.raises(AnibenchError, match="lists a twice"):
            staging.list("a", "1")


def test_a_damaged_row_names_the_folder_to_remove(tmp_path: Path) -> None:
    with closing(Staging(tmp_path)) as staging:
        staging.add(dropped("a", "no-face"))
    with closing(sqlite3.connect(tmp_path / "outcomes.sqlite")) as db, db:
        db.execute("UPDATE drops SET row = '{'")
    with closing(Staging(tmp_path)) as staging:
        staging.list("a", "1")
        with pytest.raises(AnibenchError, match=f"{tmp_path}: the unfinished work is damaged; remove that folder"):
            list(staging.drops())


def test_the_key_changes_with_the_settings_up_to_the_crop_alone() -> None:
    def key(*settings: str) -> str:
        return stage_key(resolve_recipe(None, settings), [])

    assert key() == key("split.mode=paper", "lines.k=2", "duplicates.same_hash=1")
    assert len({key(), key("crop.margin=0.4"), key("detect.longest=400"), key("decode.max_pixels=1000")}) == 4
