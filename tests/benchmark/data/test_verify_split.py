"""A dataset whose pictures, lines, manifest or pairs were changed after the build is refused by name."""

from pathlib import Path

import cv2
import pandas as pd
import pytest
from evaluating import evaluate

from benchmark.core.errors import AnibenchError
from benchmark.core.files import read_json, write_json
from benchmark.data.dataset import Dataset
from benchmark.data.protocol import dataset_pairs, get_protocol, pairs_path
from benchmark.data.verify_split import verify_split


def test_a_sound_dataset_passes(tiny_dataset: Dataset) -> None:
    verify_split(tiny_dataset, "test")
    verify_split(tiny_dataset, "test")


@pytest.mark.parametrize("what", ["color", "line"])
def test_a_changed_picture_stops_an_evaluation_by_name(tiny_dataset: Dataset, tmp_path: Path, what: str) -> None:
    path = tiny_dataset.root / "test" / what / f"{tiny_dataset.ids('test')[0]}.png"
    image = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    assert image is not None
    image[7, 7] ^= 1
    cv2.imwrite(str(path), image)
    with pytest.raises(AnibenchError, match=rf"1 pictures of the split test were changed.*test/{what}/{path.name}"):
        evaluate(tiny_dataset, tmp_path / "runs", "self-ref")


def test_a_fingerprint_of_other_samples_is_refused(tiny_dataset: Dataset) -> None:
    path = tiny_dataset.root / "dataset.json"
    write_json(path, read_json(path) | {"fingerprint": "0" * 64})
    with pytest.raises(AnibenchError, match="names the fingerprint 0000000000000000"):
        verify_split(Dataset.open(tiny_dataset.root), "test")


def test_numbers_of_samples_that_are_not_those_of_the_manifest_are_refused(tiny_dataset: Dataset) -> None:
    path = tiny_dataset.root / "dataset.json"
    content = read_json(path)
    write_json(path, content | {"counts": content["counts"] | {"test": 579}})
    with pytest.raises(AnibenchError, match="states 579 samples in the split test, and the manifest has 5"):
        verify_split(Dataset.open(tiny_dataset.root), "test")


def test_a_manifest_without_hashes_of_lines_is_refused(tiny_dataset: Dataset) -> None:
    tiny_dataset.manifest.drop(columns="line_sha256").to_parquet(tiny_dataset.root / "manifest.parquet")
    with pytest.raises(AnibenchError, match="lacks the column line_sha256"):
        verify_split(Dataset.open(tiny_dataset.root), "test")


def test_pairs_of_lines_with_themselves_are_refused(tiny_dataset: Dataset) -> None:
    protocol = get_protocol("random-ref")
    path = pairs_path(protocol, tiny_dataset.root)
    table = pd.read_parquet(path)
    table.assign(reference=table["sample"]).to_parquet(path, index=False)
    with pytest.raises(AnibenchError, match="does not hold the pairs that random-ref-v2 gives"):
        dataset_pairs(protocol, tiny_dataset)
