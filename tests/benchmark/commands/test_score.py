"""`anibench score`: the scores of a folder, the resolved settings, and what is refused."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result
from evaluating import open_evaluation, pictures, run_entry
from toys import Tint

import anibench
from benchmark.core.errors import AnibenchError
from benchmark.core.files import read_json, write_png
from benchmark.data.dataset import Dataset
from benchmark.evaluation.evaluate import score_folder

pytestmark = pytest.mark.usefixtures("no_weights")


def run(folder: Path, *arguments: str) -> Result:
    return CliRunner().invoke(anibench.main, ["score", str(folder), "--protocol", "self-ref", *arguments])


def test_a_dry_run_prints_protocol_and_settings_and_writes_nothing(tmp_path: Path) -> None:
    result = run(tmp_path, "--name", "x", "--set", "resamples=99", "--runs", str(tmp_path / "runs"), "--dry-run")
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert (found["protocol"]["name"], found["settings"]["resamples"]) == ("self-ref", 99)
    assert not list(tmp_path.iterdir())


def test_a_name_and_an_existing_folder_are_required(tmp_path: Path) -> None:
    assert run(tmp_path).exit_code == 2
    assert run(tmp_path / "missing", "--name", "x").exit_code == 2


def test_scoring_a_folder_gives_what_evaluating_gave(tiny_dataset: Dataset, runs: Path, tint: Tint) -> None:
    evaluation = open_evaluation(tiny_dataset, runs)
    painted = run_entry(evaluation, "tint")
    card = score_folder(evaluation, evaluation.folder("tint.a") / "outputs", "other-tool-v1")
    assert (card.label, card.method, card.kind) == ("other-tool-v1", "other-tool-v1", "external")
    assert card.images == painted.images
    assert card.outputs == painted.outputs
    assert card.cost is None
    assert pictures(evaluation, "other-tool-v1") == pictures(evaluation, "tint.a")
    config = read_json(evaluation.folder("other-tool-v1") / "config.json")
    assert config["source"] == str(evaluation.folder("tint.a") / "outputs")


def test_a_folder_that_is_not_complete_is_refused_with_names(tiny_dataset: Dataset, runs: Path, tmp_path: Path) -> None:
    evaluation = open_evaluation(tiny_dataset, runs)
    ids, source = tiny_dataset.ids("test"), tmp_path / "made"
    for name in [*ids[1:], "stranger"]:
        write_png(source / f"{name}.png", tiny_dataset.color(ids[1]))
    (source / "notes.txt").write_text("not a picture")
    with pytest.raises(AnibenchError, match=rf"1 missing: {ids[0]}.png; 1 not in this split: stranger.png"):
        score_folder(evaluation, source, "made")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda image: image[..., 0], "is grey, 8 bit"),
        (lambda image: np.dstack([image, image[..., :1]]), "is 4 channels, 8 bit"),
        (lambda image: image.astype(np.uint16) * 257, "is 3 channels, 16 bit"),
        (lambda image: image[:128], "is 256 x 128, not 256 x 256"),
        (lambda image: None, "not a picture"),
    ],
)
def test_pictures_of_another_mode_or_size_are_refused(
    tiny_dataset: Dataset, runs: Path, tmp_path: Path, change: Callable[..., np.ndarray | None], message: str
) -> None:
    import cv2

    ids, source = tiny_dataset.ids("test"), tmp_path / "made"
    source.mkdir()
    for name in ids:
        write_png(source / f"{name}.png", tiny_dataset.color(name))
    changed = change(tiny_dataset.color(ids[2]))
    content = b"<html>" if changed is None else cv2.imencode(".png", changed)[1].tobytes()
    (source / f"{ids[2]}.png").write_bytes(content)
    with pytest.raises(AnibenchError, match=rf"{ids[2]}.png .*{message}|{ids[2]}.png {message}"):
        score_folder(open_evaluation(tiny_dataset, runs), source, "made")


@pytest.mark.parametrize("name", ["m:1", "m/1", "..", ".", "", "../../esc", "a" * 151, "con", "NUL.v2"])
def test_a_name_that_cannot_name_a_folder_is_refused(tiny_dataset: Dataset, tmp_path: Path, name: str) -> None:
    (tmp_path / "pictures").mkdir()
    common = ["--data", str(tiny_dataset.root), "--runs", str(tmp_path / "runs"), "--name", name]
    for command in (["score", str(tmp_path / "pictures"), "--protocol", "self-ref"], ["train", "scft"]):
        result = CliRunner().invoke(anibench.main, [*command, *common])
        assert result.exit_code == 1
        assert f"--name {name!r} cannot name a folder" in result.output
    assert not (tmp_path / "runs").exists()


def test_a_name_that_would_share_its_folder_is_refused(tiny_dataset: Dataset, runs: Path, tmp_path: Path) -> None:
    with pytest.raises(AnibenchError, match=r"--name 'my tool' would share the folder my-tool .*such as my-tool"):
        score_folder(open_evaluation(tiny_dataset, runs), tmp_path, "my tool")


def test_pictures_of_another_folder_never_replace_scores(tiny_dataset: Dataset, tmp_path: Path) -> None:
    for name, level in (("one", 10), ("two", 200)):
        for sample in tiny_dataset.ids("test"):
            write_png(tmp_path / name / f"{sample}.png", np.full((256, 256, 3), level, np.uint8))
    common = ["--data", str(tiny_dataset.root), "--runs", str(tmp_path / "runs"), "--protocol", "self-ref"]
    common += ["--name", "m", "--set", "resamples=99"]
    for folder, code in (("one", 0), ("one", 0), ("two", 1)):
        result = CliRunner().invoke(anibench.main, ["score", str(tmp_path / folder), *common])
        assert result.exit_code == code, result.output
    assert "holds the scores of the pictures in" in result.output
