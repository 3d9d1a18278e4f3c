"""A matrix of settings: its presets, its cells, and files that are none."""

from pathlib import Path

import pytest

from benchmark.core.errors import AnibenchError
from benchmark.evaluation.matrix import find_matrix
from benchmark.methods import interface as methods


def test_the_preset_and_files_that_are_no_matrix(tmp_path: Path) -> None:
    preset = find_matrix("animediffusion-sensitivity")
    assert len(preset.cells()) == 16
    method = methods.get_method("animediffusion")
    assert {axis.partition(".")[0] for axis in preset.axes} <= set(method.settable)
    with pytest.raises(AnibenchError, match="one of: animediffusion-sensitivity"):
        find_matrix("nothing")
    file = tmp_path / "m.toml"
    for axes in ('"a" = []', '"a" = [1, 1]', '"protocol" = ["self-ref", "random-ref"]'):
        file.write_text(f'protocols = ["self-ref"]\n[axes]\n{axes}')
        with pytest.raises(AnibenchError, match="one or more values that differ"):
            find_matrix(str(file))
    file.write_text('protocols = ["self-ref"]\n[axes]\n"a" = [1]\n"b" = [1, 2]')
    assert find_matrix(str(file)).cells() == [{"protocol": "self-ref", "a": 1, "b": b} for b in (1, 2)]
