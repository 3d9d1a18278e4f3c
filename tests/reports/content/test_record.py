"""The record lists commands, hashes and every setting."""

import json
from pathlib import Path

import pytest

from benchmark.core.files import read_json
from benchmark.data.dataset import Dataset
from reports.content.diff import changed
from reports.content.record import OWN
from reports.read.collect import collect, settings

pytestmark = pytest.mark.usefixtures("no_weights")


def test_the_record_lists_what_reproduces_every_number(text: str, evaluated: Path, data: Dataset) -> None:
    config = read_json(evaluated / "eval/self-ref-v1/tint.a/config.json")
    for part in (
        data.fingerprint,
        config["checkpoint_sha256"],
        f"\n{read_json(evaluated / 'eval/self-ref-v1/tint.a/run.json')['command']}",
        "| 20240 |",
        "torch 2",
        "settings.resamples = 99",
    ):
        assert part in text


def test_the_record_lists_every_setting_of_every_run_once(text: str, evaluated: Path) -> None:
    found = collect(evaluated)
    record = text[text.index("\n## Record") :]
    for run in (*found.evaluations, *found.trainings):
        assert f"| {run.folder.as_posix()} |" in record.replace("\\_", "_")
        for change in changed({}, settings(run)):
            if change.key not in OWN and change.after != {}:  # a floor's method has no settings
                line = f"\n{change.key.removeprefix('method_config.')} = {json.dumps(change.after)}\n"
                assert record.count(line) >= 1, line
            elif change.after:
                assert str(change.after) in record.replace("\\_", "_")
    assert record.count("\nprotocol.name = ") == 2
    assert record.count("\nresolution = 64\n") == 1, "of the training and of its two evaluations"
