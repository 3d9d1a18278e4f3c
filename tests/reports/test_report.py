"""The report says what the score cards say, keeps apart what must not be compared, and never stumbles."""

import json
import os
import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from evaluating import evaluate
from markdown_it import MarkdownIt

import anibench
from benchmark.core.files import read_json, read_rgb, write_json, write_png
from benchmark.data.dataset import Dataset
from reports.content.diff import changed
from reports.content.grids import CAPTION, GAP, SHOWN, choices, choose_pairs, draw_grid
from reports.content.record import OWN
from reports.read.claims import IMAGES_SEEN, TEST, TRAIN, comparable, data_differences, training_differences
from reports.read.collect import Collection, collect, settings
from reports.write.output import write_report

pytestmark = pytest.mark.usefixtures("no_weights")


def written(runs: Path) -> str:
    out = runs.parent / "report.md"
    write_report(collect(runs), out)
    return out.read_text("utf-8")


@pytest.fixture(scope="module")
def text(files: dict[str, Path]) -> str:
    """The report on `evaluated`."""
    return files["markdown"].read_text("utf-8")


def rows_of(text: str, heading: str) -> dict[str, list[str]]:
    """The table under a heading, parsed by a markdown reader: first cell -> the other cells, as plain text."""
    section = text[text.index(f"\n## {heading}") :]
    tokens = MarkdownIt("gfm-like", {"linkify": False}).parse(section)
    first = next(i for i, token in enumerate(tokens) if token.type == "table_open")
    last = next(i for i, token in enumerate(tokens) if token.type == "table_close")
    rows: list[list[str]] = []
    for token in tokens[first:last]:
        if token.type == "tr_open":
            rows.append([])
        elif token.type == "inline":
            rows[-1].append(re.sub(r"\s*<sup>.*?</sup>", "", "".join(c.content for c in token.children or [])))
    return {row[0]: row[1:] for row in rows}


def test_the_tables_hold_the_numbers_of_the_score_cards(text: str, evaluated: Path) -> None:
    rows = rows_of(text, "self-ref, version 1")
    header = rows["method"]
    assert header[:2] == ["PSNR (dB) ↑", "MS-SSIM ↑"]
    for label, name in (("tint.a", "tint.a"), ("line-only", "line-only (floor)")):
        card = read_json(evaluated / "eval/self-ref-v1" / label / "scorecard.json")
        for column, metric, digits in ((0, "psnr", 2), (1, "ms-ssim", 4)):
            score = card["images"][metric]
            numbers = [float(n) for n in re.findall(r"[\d.]+", rows[name][column])]
            assert numbers == [round(score[key], digits) for key in ("mean", "low", "high")]
    assert rows["copy-reference (floor)"][0] == "all identical"
    assert rows["tint.a"][header.index("images seen")] == "1,234"
    assert rows["tint.a"][header.index("comparable")] == "no"
    assert list(rows)[1] == "tint.a", "methods before floors"


def test_the_papers_rows_stand_beside_ours_as_claims(text: str) -> None:
    rows = rows_of(text, "Beside the paper, on shapes-0")
    assert rows["method"] == ["PSNR (dB) ↑", "MS-SSIM ↑", "FID ↓"]
    assert rows["† AnimeDiffusion 2024, claimed"] == ["25.47", "0.9596", "44.19"]
    assert rows["† SCFT (Lee 2020), claimed"] == ["23.89", "0.9224", "57.19"]
    assert [rows[name][2] for name in rows if "claimed" in name] == ["57.19", "49.33", "46.39", "44.19"]
    assert rows["tint.a"][2] == "not computed"
    assert list(rows)[-1] == "† AnimeDiffusion 2024, claimed", "claims last"


def test_it_says_what_is_not_comparable_and_what_was_not_computed(text: str) -> None:
    for part in (
        "**Not comparable with the claimed rows:** other data: shapes-0, 6 train / 5 test pictures, against 31,696",
        "N = 5 against 579; FID grows as pictures get fewer",
        "works at 64 px inside",
        f"saw 1,234 images in training, 0.013 % of the paper's {IMAGES_SEEN:,}",
        "not computed: pt\\_inception",
        "<https://github.com/mseitzer/pytorch-fid/",
        "perfect by construction",
        "trained on other data",
        "**N = 5 is too few to tell any two rows apart:**",
    ):
        assert part in text
    assert text.count("trained on other data") == 1, "once, however many protocols"


def test_the_record_holds_what_it_takes_to_do_it_again(text: str, evaluated: Path, data: Dataset) -> None:
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


def test_the_record_holds_every_setting_of_every_run_and_repeats_none(text: str, evaluated: Path) -> None:
    found = collect(evaluated)
    record = text[text.index("\n## The record") :]
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


def test_every_figure_is_linked_and_lies_beside_the_report(text: str, files: dict[str, Path]) -> None:
    home = files["markdown"].parent
    links = re.findall(r"\]\((report-figures/[^)]+)\)", text)
    assert len(links) == len(set(links))
    assert {home / link for link in links} == set((home / "report-figures").iterdir())
    assert sum("-random.png" in link for link in links) == 2, "a grid for each protocol"
    loss = next(link for link in links if "/loss-" in link)
    assert read_rgb(home / loss).std() > 5


def test_a_report_without_pictures_shows_curves_alone(runs: Path, tmp_path: Path) -> None:
    out = tmp_path / "shown" / "report.md"
    arguments = ["report", "--runs", str(runs), "--out", str(out), "--no-pictures"]
    assert CliRunner().invoke(anibench.main, arguments).exit_code == 0
    links = re.findall(r"!\[[^]]*]\(([^)]+)\)", out.read_text())
    figures = sorted(path.name for path in (out.parent / "report-figures").iterdir())
    assert sorted(Path(link).name for link in links) == figures
    assert any(name.startswith("loss-") for name in figures)
    assert all(name.startswith("loss-") or "-scores-" in name for name in figures)


@pytest.mark.parametrize(("number", "below"), [(0, CAPTION), (1, CAPTION)])
def test_the_grid_shows_the_pictures_that_were_scored(
    runs: Path, data: Dataset, tmp_path: Path, number: int, below: int
) -> None:
    group = collect(runs).groups[number]  # a score under each picture
    draw_grid(group, choices(group)[0], tmp_path / "grid.png")
    grid = read_rgb(tmp_path / "grid.png")
    pairs = choose_pairs(group)
    assert len(pairs) == 5

    def cell(column: int, row: int) -> np.ndarray:
        top, left = CAPTION + GAP + row * (SHOWN + GAP + below), column * (SHOWN + GAP)
        return grid[top : top + SHOWN, left : left + SHOWN]

    def halved(image: np.ndarray) -> np.ndarray:
        blocks = image.reshape(128, 2, 128, 2, -1).astype(float).mean(axis=(1, 3))
        return np.floor(blocks + 0.5).squeeze()

    for row, pair in enumerate(pairs):
        painted = read_rgb(group.runs[0].folder / "outputs" / f"{pair.sample}.png")
        expected = [data.color(pair.reference), None, painted, None, None, data.color(pair.sample)]
        for column, image in enumerate(expected):
            assert image is None or np.array_equal(cell(column, row), halved(image))
        assert np.array_equal(cell(1, row)[..., 0], halved(data.line(pair.sample)))


def test_the_grid_shows_the_same_pairs_whatever_the_others_are(runs: Path) -> None:
    group = collect(runs).groups[0]
    fewer = replace(group.runs[0], scores=group.runs[0].scores.iloc[::-1].iloc[:4])
    chosen = [pair.sample for pair in choose_pairs(group)]
    left = [name for name in chosen if name in set(fewer.scores["sample"])]
    assert [pair.sample for pair in choose_pairs(replace(group, runs=(fewer,)))] == left


def test_without_the_dataset_the_grid_says_so(runs: Path) -> None:
    for path in runs.glob("eval/*/*/config.json"):
        write_json(path, read_json(path) | {"data": "no/such/folder"})
    text = written(runs)
    assert "The dataset was not found where it was evaluated" in text


def test_other_data_and_other_versions_get_tables_of_their_own(
    runs: Path, make_dataset: Callable[..., Dataset], tmp_path: Path
) -> None:
    other = runs / "second"
    evaluate(make_dataset(tmp_path / "more", seed=7), other, "self-ref")
    newer = runs / "third/eval/self-ref-v2/line-only"
    newer.parent.mkdir(parents=True)
    (runs / "eval/self-ref-v1/line-only").rename(newer)
    for name in ("scorecard.json", "config.json"):
        content = read_json(newer / name)
        (content if name == "scorecard.json" else content["protocol"])["version"] = 2
        write_json(newer / name, content)
    groups = collect(runs).groups
    assert [(g.card.protocol_label, g.card.data.name, len(g.runs)) for g in groups[:3]] == sorted(
        [("self-ref-v1", "shapes-0", 2), ("self-ref-v1", "shapes-7", 2), ("self-ref-v2", "shapes-0", 1)],
        key=lambda row: (row[0], next(g.card.data.fingerprint for g in groups if g.card.data.name == row[1])),
    )


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
    left_out = text[text.index("\n## Left out") : text.index("\n## The record")]
    (line,) = (line for line in left_out.splitlines() if f"`{victims[reason].as_posix()}`" in line)
    assert reason.replace("\\\\", "\\") in line.replace("\\_", "_")
    rows = rows_of(text, "self-ref, version 1")
    assert not any(name.startswith("tint") for name in rows)
    assert "line-only (floor)" in rows


def test_a_picture_lost_after_scoring_leaves_its_run_out(runs: Path) -> None:
    picture = next((runs / "eval/self-ref-v1/tint.a/outputs").iterdir())
    picture.unlink()
    text = written(runs)
    assert "tint.a" not in rows_of(text, "self-ref, version 1")
    assert picture.name in text[text.index("\n## Left out") :]


def test_a_run_whose_pictures_were_not_handed_on_is_shown(runs: Path) -> None:
    shutil.rmtree(runs / "eval/self-ref-v1/tint.a/outputs")
    assert "tint.a" in rows_of(written(runs), "self-ref, version 1")


def test_an_empty_folder_makes_a_report_that_names_the_next_command(tmp_path: Path) -> None:
    assert "anibench eval --protocol self-ref" in written(tmp_path)


def test_names_of_users_stay_text(data: Dataset, tmp_path: Path) -> None:
    name = "<b>x|y</b> *z* [l](http://e.vil) `c`"
    runs = tmp_path / "runs"
    arguments = ["score", data.root / "test/color", "--protocol", "self-ref", "--name", "odd"]
    arguments += ["--data", data.root, "--runs", runs]
    result = CliRunner().invoke(anibench.main, [str(argument) for argument in arguments])
    assert result.exit_code == 0, result.output
    card = runs / "eval/self-ref-v1" / next((runs / "eval/self-ref-v1").iterdir()).name / "scorecard.json"
    for path in (card, card.with_name("config.json")):
        write_json(path, read_json(path) | {"label": name, "method": name})
    text = written(runs)
    assert f"{name} (made elsewhere)" in rows_of(text, "self-ref, version 1")
    html = MarkdownIt("gfm-like", {"linkify": False}).render(text)
    assert "<b>" not in html
    assert "<em>z</em>" not in html
    assert ">l</a>" not in html


def test_the_command_prints_tables_and_answers_in_json(runs: Path, tmp_path: Path) -> None:
    out = tmp_path / "made/report.md"
    result = CliRunner().invoke(anibench.main, ["report", "--runs", str(runs), "--out", str(out)])
    assert result.exit_code == 0, result.output
    assert out.exists()
    assert "tint.a" in result.stdout
    assert "25.47" in result.stdout
    result = CliRunner().invoke(anibench.main, ["report", "--runs", str(runs), "--out", str(out), "--json"])
    answer = json.loads(result.stdout)
    card = read_json(runs / "eval/self-ref-v1/tint.a/scorecard.json")
    assert answer["files"] == [str(out)]
    assert answer["tables"][0]["rows"][0]["card"] == card
    assert answer["tables"][0]["rows"][0]["comparable"] is False
    missing = CliRunner().invoke(anibench.main, ["report", "--runs", str(tmp_path / "none")])
    assert missing.exit_code == 1
    assert "is not a folder of runs" in missing.stderr


def test_only_the_papers_counts_size_and_budget_count_as_comparable(runs: Path) -> None:
    found: Collection = collect(runs)
    run = next(run for run in found.groups[0].runs if run.card.kind == "method")
    assert run.card.training is not None
    data = run.card.data.model_copy(update={"counts": {"train": TRAIN, "test": TEST}})
    training = run.card.training.model_copy(
        update={"images_seen": IMAGES_SEEN, "fingerprint": run.card.data.fingerprint}
    )
    card = run.card.model_copy(update={"data": data, "n": TEST, "training": training})
    config = run.config.model_copy(update={"method_config": {"resolution": 256}})
    assert comparable(card, config)
    assert training_differences(card, config) == []
    assert "cannot be known" in data_differences(card)[0]
    assert not comparable(card, run.config), "64 px inside"
    assert not comparable(card.model_copy(update={"n": 578}), config)
    assert not comparable(card.model_copy(update={"kind": "external", "training": None}), config)
    shorter = training.model_copy(update={"images_seen": IMAGES_SEEN // 2})
    assert not comparable(card.model_copy(update={"training": shorter}), config)


def test_a_figure_of_a_picture_with_a_strange_size_does_not_stop_the_report(runs: Path) -> None:
    victim = next((runs / "eval/self-ref-v1/tint.a/outputs").iterdir())
    write_png(victim, np.zeros((300, 10, 3), np.uint8))
    assert "tint.a" in rows_of(written(runs), "self-ref, version 1")


def test_from_another_folder_the_datasets_pictures_are_found(
    evaluated: Path, data: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs = Path(shutil.copytree(evaluated, tmp_path / "home" / "runs"))
    (tmp_path / "home" / "faces").symlink_to(data.root)
    for path in runs.glob("eval/*/*/config.json"):
        write_json(path, read_json(path) | {"data": "faces"})
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert "The dataset was not found" not in written(runs)


@pytest.mark.parametrize("form", ["markdown", "csv", "json"])
def test_a_report_goes_to_standard_output_and_leaves_no_file(
    evaluated: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(anibench.main, ["report", "--runs", str(evaluated), "--out", "-", "--format", form])
    assert done.exit_code == 0, done.output
    assert "copy-reference" in done.stdout
    assert "Report:" not in done.stdout
    assert "![" not in done.stdout
    assert not list(tmp_path.iterdir())
    device = CliRunner().invoke(anibench.main, ["report", "--runs", str(evaluated), "--out", os.devnull])
    assert device.exit_code == 0, device.output
    assert Path(os.devnull).is_char_device()
    assert not Path(os.devnull).with_name("null-figures").exists()
