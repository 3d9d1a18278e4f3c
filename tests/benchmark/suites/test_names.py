"""Names of runs, and the check of the datasets that a suite is given."""

from pathlib import Path

import pytest
from suites import TOML

from benchmark.core.errors import AnibenchError
from benchmark.data.shapes import write_dataset
from benchmark.suites.names import require_datasets, training_run
from benchmark.suites.suite import load_suite


def test_the_run_of_seed_0_has_the_name_of_the_training() -> None:
    assert [training_run("demo", seed) for seed in (0, 2)] == ["demo", "demo-seed2"]


def test_a_path_has_to_hold_a_dataset_and_the_way_out_is_named(tmp_path: Path) -> None:
    path, home = tmp_path / "mine.toml", tmp_path / "my faces"
    path.write_text(TOML)
    require_datasets(load_suite(str(path)))  # is built
    suite = load_suite(str(path), [f"datasets.faces.path={home}"])
    with pytest.raises(AnibenchError) as caught:
        require_datasets(suite)
    assert f"datasets.faces.path = {home}: this folder holds no finished dataset" in str(caught.value)
    assert f"anibench build-dataset drawn:9 --out '{home}'" in str(caught.value)
    write_dataset(home)
    require_datasets(suite)
