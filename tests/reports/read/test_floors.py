"""The floors that reports know: which of them get the target, and which return the reference."""

import pytest

from benchmark.methods.interface import method_names
from reports.read.floors import registered_floors, returns_reference, sees_target


def test_every_floor_is_known_and_those_with_the_target_come_last() -> None:
    floors = registered_floors()
    assert sorted(floors) == sorted(method_names("floor"))
    seen = [floor.sees_target for floor in floors.values()]
    assert seen == sorted(seen)
    assert any(seen)


@pytest.mark.parametrize(
    ("name", "reference", "target"),
    [
        ("copy-reference", True, False),
        ("oracle", False, True),
        ("line-only", False, False),
        ("animediffusion", False, False),
        ("none", False, False),
    ],
)
def test_properties_of_floors_are_false_for_other_methods(name: str, reference: bool, target: bool) -> None:
    assert (returns_reference(name), sees_target(name)) == (reference, target)
