"""The oracle: the floor that is given the target."""

from pathlib import Path

import pytest

from benchmark.data.dataset import Dataset
from benchmark.data.protocol import get_protocol
from benchmark.evaluation.entries import find_entries
from benchmark.evaluation.evaluate import Evaluation, evaluate_entry
from benchmark.methods.interface import get_method, method_names
from benchmark.results.eval_config import EvalSettings
from benchmark.results.scorecard import read_scores


def test_floors_have_nothing_to_set_and_nothing_to_train() -> None:
    names = ["copy-reference", "line-only", "mean-colour", "nearest-region", "oracle", "palette-transfer"]
    assert method_names("floor") == names
    for name in method_names("floor"):
        method = get_method(name)
        assert method.train is None
        assert not method.config().model_dump()
        assert method.sees_target == (name == "oracle")


@pytest.mark.usefixtures("no_weights")
@pytest.mark.parametrize("protocol", ["self-ref", "self-ref-warped", "random-ref"])
def test_the_oracle_is_perfect_by_every_protocol_and_copying_by_one(
    tiny_dataset: Dataset, tmp_path: Path, protocol: str
) -> None:
    settings = EvalSettings.model_validate({"resamples": 99})
    evaluation = Evaluation.open(get_protocol(protocol), tiny_dataset, tmp_path / "runs", settings, "cpu")
    identical = {}
    for name in ("oracle", "copy-reference"):
        (entry,), _ = find_entries([name], None, evaluation.runs)
        evaluate_entry(evaluation, entry)
        identical[name] = read_scores(evaluation.folder(name))["identical"].mean()
    assert identical == {"oracle": 1.0, "copy-reference": float(protocol == "self-ref")}
