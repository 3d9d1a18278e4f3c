"""A dataset made again from its recipe and the source: the same bytes, or a name for what is missing or different."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmark.core.errors import AnibenchError
from benchmark.data.dataset import Dataset
from builder.share.export_recipe import read_recipe


def test_the_recipe_holds_no_picture(exported: tuple[Path, Path, Path]) -> None:
    _, data, file = exported
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    assert len(lines) == 1 + len(Dataset.open(data).manifest)
    assert all(len(str(value)) < 500 for line in lines[1:] for value in line.values())
    assert lines[0]["packages"]["anibench"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"id": "../../../etc/pass"}, "the id is not"),
        ({"split": "../up"}, "unknown split"),
        ({"crop_size": 10**9}, "position or size of the crop is out of range"),
        ({"crop_size": True}, "crop_size is missing or not of type int"),
        ({"source_id": None}, "source_id is missing"),
        ({"evil": 1}, "unknown value evil"),
    ],
)
def test_a_hostile_recipe_is_refused(exported: tuple[Path, Path, Path], change: dict[str, object], said: str) -> None:
    file = exported[2]
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    lines[3] |= change
    file.write_text("\n".join(map(json.dumps, lines)))
    with pytest.raises(AnibenchError, match=f"line 4: .*{said}"):
        read_recipe(file)


def test_a_cut_recipe_or_another_file_is_refused(exported: tuple[Path, Path, Path], tmp_path: Path) -> None:
    file = exported[2]
    content = file.read_text().splitlines(keepends=True)
    (tmp_path / "cut.jsonl").write_text("".join(content[:-1]))
    with pytest.raises(AnibenchError, match="has 6 samples, its header says 7"):
        read_recipe(tmp_path / "cut.jsonl")
    (tmp_path / "other.json").write_text('{"a": 1}')
    with pytest.raises(AnibenchError, match="is not a recipe; anibench export-recipe writes one"):
        read_recipe(tmp_path / "other.json")
    with pytest.raises(AnibenchError, match="cannot be read"):
        read_recipe(tmp_path / "none.jsonl")


@settings(max_examples=60, deadline=None, derandomize=True)
@given(content=st.one_of(st.binary(max_size=60), st.text(max_size=60).map(str.encode)))
def test_any_bytes_are_a_recipe_or_an_error(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.mktemp("fuzz") / "recipe.jsonl"
    path.write_bytes(content)
    with pytest.raises(AnibenchError):
        read_recipe(path)
