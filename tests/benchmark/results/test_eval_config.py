"""Settings and configuration of an evaluation: what is refused, what repaints, what gives the same result."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from benchmark.core.errors import AnibenchError
from benchmark.data.protocol import Pair, get_protocol
from benchmark.results.eval_config import EvalConfig, EvalSettings, hash_pairs, read_eval_config, recorded_place
from benchmark.results.scorecard import DataFacts


def config(**update: object) -> EvalConfig:
    data = DataFacts(name="d", fingerprint="f", counts={"test": 5}, source="drawn")
    return EvalConfig(
        label="m", method="m", kind="method", protocol=get_protocol("self-ref"), pairs="p", data="data/d", dataset=data,
        checkpoint="runs/m.pt", checkpoint_sha256="0", method_config={"steps": 2}, source=None, settings=EvalSettings(),
    ).model_copy(update=update)  # fmt: skip


def test_metrics_on_request_are_named_and_others_refused() -> None:
    assert EvalSettings(extras=("lpips",)).extras == ("lpips",)
    with pytest.raises(ValidationError, match="psnr is not a metric on request; choose from: .*lpips"):
        EvalSettings(extras=("psnr",))


@pytest.mark.parametrize(
    ("update", "key"),
    [
        ({"pairs": "q"}, "pairs"),
        ({"dataset": DataFacts(name="d", fingerprint="g", counts={"test": 5}, source="drawn")}, "dataset"),
        ({"protocol": get_protocol("self-ref-warped")}, "protocol"),
        ({"method": "n"}, "method"),
        ({"checkpoint_sha256": "1"}, "checkpoint"),
        ({"method_config": {"steps": 3}}, "method's configuration"),
    ],
)
def test_a_changed_input_changes_its_entry_of_the_identity_alone(update: dict[str, object], key: str) -> None:
    before, after = (each.identity("cuda:0", "1.0") for each in (config(), config(**update)))
    assert [name for name in before if before[name] != after[name]] == [key]


def test_the_number_of_the_device_is_no_part_of_the_identity() -> None:
    assert config().identity("cuda:0", "1.0") == config().identity("cuda:1", "1.0")
    assert config().identity("cuda:0", "1.0") != config().identity("cpu", "1.0")


def test_pictures_of_another_version_are_painted_again() -> None:
    before, after = config().identity("cpu", "1.0"), config().identity("cpu", "1.1")
    assert [name for name in before if before[name] != after[name]] == ["anibench version"]


def test_paths_batch_size_and_description_do_not_change_the_result() -> None:
    described = config().protocol.model_copy(update={"description": "in other words"})
    moved = config(data="elsewhere", checkpoint="other.pt", settings=EvalSettings(batch=2), protocol=described)
    assert config().same_result(moved)
    assert not config().same_result(config(settings=EvalSettings(resamples=100)))


def test_a_recorded_relative_path_is_found_from_a_folder_above_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "home/data/d").mkdir(parents=True)
    (tmp_path / "home/data/d/dataset.json").touch()
    monkeypatch.chdir(tmp_path)
    assert recorded_place("data/d", tmp_path / "home/runs/eval/x") == tmp_path.resolve() / "home/data/d"
    assert recorded_place("data/none", tmp_path / "home/runs") == Path("data/none")


def test_a_file_that_is_not_a_configuration_is_named(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(AnibenchError, match=r"config\.json is not a configuration of an evaluation"):
        read_eval_config(tmp_path)


def test_the_hash_of_pairs_depends_on_their_order() -> None:
    pairs = [Pair("a", "b", 1), Pair("b", "a", 2)]
    assert hash_pairs(pairs) == hash_pairs(list(pairs))
    assert hash_pairs(pairs) != hash_pairs(pairs[::-1])


@pytest.mark.parametrize("other", [Pair("c", "b", 1), Pair("a", "c", 1), Pair("a", "b", 3)])
def test_the_hash_of_pairs_covers_sample_reference_and_seed(other: Pair) -> None:
    last = Pair("b", "a", 2)
    assert hash_pairs([other, last]) != hash_pairs([Pair("a", "b", 1), last])
