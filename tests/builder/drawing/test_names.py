"""Pools of names: no name twice, and every name is a tag of one word."""

import re

import pytest

from builder.drawing import names

POOLS = ("GIVEN", "BOY_GIVEN", "FAMILY", "SERIES", "PEN_NAMES")


@pytest.mark.parametrize("pool", POOLS)
def test_names_are_tags_and_none_is_there_twice(pool: str) -> None:
    found = getattr(names, pool)
    assert len(set(found)) == len(found)
    assert all(re.fullmatch(r"[a-z0-9_]+", name) for name in found)


def test_no_given_name_is_a_family_name() -> None:
    assert not {*names.GIVEN, *names.BOY_GIVEN} & set(names.FAMILY)
