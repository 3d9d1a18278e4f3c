"""Damaged and unfinished runs are left out, each with its reason."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from evaluating import evaluate
from reporting import rows_of, written
from toys import Tint, register, write_built_in

from benchmark.core.files import read_json, write_json
from benchmark.data.dataset import Dataset
from reports.read.collect import collect

pytestmark = pytest.mark.usefixtures("no_weights")


def flip_footer(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(content[:-40] + bytes(byte ^ 0xFF for byte in content[-40:-8]) + content[-8:])


DAMAGE: dict[str, Callable[[Path], object]] = {
    "run.json is missing": lambda f: (f / "run.json").unlink(),
    "run.json cannot be read as JSON": lambda f: (f / "run.json").write_text("{"),
    "is not a run record": lambda f: (f / "run.json").write_text("{}"),
    "scorecard.json is missing": lambda f: (f / "scorecard.json").unlink(),
    "is not a score card": lambda f: (f / "scorecard.json").write_text("[]"),
    "scores.parquet cannot be read": lambda f: (f / "scores.parquet").write_bytes(b"no"),
    "config.json is missing": lambda f: (f / "config.json").unlink(),
    "is not a configuration of an evaluation": lambda f: (f / "config.json").write_text("{}"),
    "eval is failed: ValueError: b\\|ad \\[x\\]": lambda f: write_json(
        f / "run.json", read_json(f / "run.json") | {"status": "failed", "error": "ValueError: b|ad [x]"}
    ),
    "scorecard.json cannot be read as JSON: it is nested": lambda f: (f / "scorecard.json").write_text("[" * 99_999),
    "config.json cannot be read as JSON: it is nested": lambda f: (f / "config.json").write_text("[" * 99_999),
    "scores.parquet cannot be read as parquet": lambda f: flip_footer(f / "scores.parquet"),
    "eval is interrupted: its process was killed": lambda f: write_json(
        f / "run.json", read_json(f / "run.json") | {"status": "running"}
    ),
    "its score card names 4 lines": lambda f: write_json(
        f / "scorecard.json", read_json(f / "scorecard.json") | {"n": 4}
    ),
}


@pytest.fixture(scope="module")
def damaged(evaluated: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Path], str]:
    """Reason -> a copy of tint.a that is damaged so, in place of the sound one, and the report on all of it."""
    runs = Path(shutil.copytree(evaluated, tmp_path_factory.mktemp("damaged") / "runs"))
    sound = runs / "eval/self-ref-v1/tint.a"
    victims = {reason: sound.with_name(f"tint.{number}") for number, reason in enumerate(DAMAGE)}
    for reason, victim in victims.items():
        DAMAGE[reason](Path(shutil.copytree(sound, victim)))
    shutil.rmtree(sound)
    return victims, written(runs)


@pytest.mark.parametrize("reason", DAMAGE)
def test_a_damaged_or_unfinished_run_is_left_out_with_its_reason(
    damaged: tuple[dict[str, Path], str], reason: str
) -> None:
    victims, text = damaged
    left_out = text[text.index("\n## Left out") : text.index("\n## Record")]
    (line,) = (line for line in left_out.splitlines() if f"`{victims[reason].as_posix()}`" in line)
    assert reason.replace("\\\\", "\\") in line.replace("\\_", "_")
    rows = rows_of(text, "self-ref, version 1")
    assert not any(name.startswith("tint") for name in rows)
    assert "line-only (floor)" in rows


def test_weights_that_come_with_anibench_are_named_without_their_path(
    data: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    register(monkeypatch, "tint", Tint())
    path = write_built_in(monkeypatch, tmp_path / "package", "tint", "drawn")
    runs = tmp_path / "runs"
    evaluate(data, runs, "self-ref", names=("tint/drawn",))
    config = runs / "eval/self-ref-v1/tint.drawn/config.json"
    recorded = read_json(config)
    assert recorded["checkpoint"] == "tint/drawn (built in)"
    for checkpoint in (recorded["checkpoint"], str(path)):  # as recorded now, and by older versions
        write_json(config, recorded | {"checkpoint": checkpoint})
        text = written(runs)
        assert "| tint/drawn (built in) |" in text
        assert recorded["checkpoint_sha256"] in text
        assert str(path.parent) not in text
    write_json(config, recorded)
    card = config.with_name("scorecard.json")
    write_json(card, read_json(card) | {"training": read_json(card)["training"] | {"images_seen": 1}})
    assert "states images_seen 1 of the training" in collect(runs).left_out[0][1]
