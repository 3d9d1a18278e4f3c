"""The registered floors and the properties that reports use."""

from functools import cache

from benchmark.methods.interface import Method, get_method, method_names


@cache
def registered_floors() -> dict[str, Method]:
    """Name -> registered floor. Floors that receive the target come last."""
    found = [get_method(name) for name in method_names("floor")]
    return {floor.name: floor for floor in sorted(found, key=lambda each: each.sees_target)}


def returns_reference(method: str) -> bool:
    """Whether `method` is a floor whose outputs are the references unchanged."""
    floor = registered_floors().get(method)
    return floor is not None and floor.returns_reference


def sees_target(method: str) -> bool:
    """Whether `method` is a floor that is given the targets."""
    floor = registered_floors().get(method)
    return floor is not None and floor.sees_target
