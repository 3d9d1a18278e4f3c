"""The kinds of methods, which name the kind of a row in score cards and tables."""

from typing import Annotated, Literal

from pydantic import BeforeValidator

EARLIER = {"outside": "external"}  # kinds in records of earlier versions


def current_kind(kind: object) -> object:
    """The current name of a kind that a record holds."""
    return EARLIER.get(kind, kind) if isinstance(kind, str) else kind


MethodKind = Annotated[Literal["method", "floor", "external"], BeforeValidator(current_kind)]
