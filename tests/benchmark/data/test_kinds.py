"""The kinds of methods in records of this and earlier versions."""

import pytest
from pydantic import TypeAdapter, ValidationError

from benchmark.data.kinds import MethodKind

KIND: TypeAdapter[MethodKind] = TypeAdapter(MethodKind)


@pytest.mark.parametrize(
    ("recorded", "kind"),
    [("method", "method"), ("floor", "floor"), ("external", "external"), ("outside", "external")],
)
def test_a_recorded_kind_is_read_under_its_current_name(recorded: str, kind: str) -> None:
    assert KIND.validate_python(recorded) == kind


@pytest.mark.parametrize("recorded", ["rival", "", None, 1, ["floor"]])
def test_any_other_kind_is_refused(recorded: object) -> None:
    with pytest.raises(ValidationError):
        KIND.validate_python(recorded)
