"""A method that is no better than a floor is marked, one that is better is not, and perfect floors mark nobody."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from reporting import disguise

import reports.content.compare
from benchmark.core.files import read_json, write_json
from benchmark.core.markup import DASH
from benchmark.results.metrics import METRICS
from benchmark.results.scorecard import share_column
from reports.content.compare import Verdicts, compare, image_tests, paired_tables, per_line, set_tests
from reports.content.reading import how_to_read
from reports.content.summary import summary_table
from reports.document import plain
from reports.read.collect import EvalRun, collect
from reports.write.output import write_report

pytestmark = pytest.mark.usefixtures("no_weights")


def test_a_floor_in_disguise_is_marked_in_the_table(runs: Path, tmp_path: Path) -> None:
    disguise(runs, "line-only", "twin")
    disguise(runs, "copy-reference", "perfect")
    group = collect(runs).groups[0]
    verdicts = compare(group)
    assert verdicts.no_better["twin", "psnr"] == ("line-only",)
    assert verdicts.no_better["twin", "ms-ssim"] == ("line-only",)
    assert verdicts.dominated["twin"] == ("line-only",)
    assert verdicts.no_better["perfect", "psnr"] == ("line-only",), "five lines show no difference"
    assert not any("copy-reference" in floors for floors in verdicts.no_better.values()), "perfect by construction"
    write_report(collect(runs), tmp_path / "report.md", pictures="none")
    text = (tmp_path / "report.md").read_text("utf-8")
    row = next(line for line in text.splitlines() if line.startswith("| twin"))
    assert "‡" in row
    assert "§" in text
    assert "twin is significantly better than line-only in no metric" in text


def test_letters_join_what_cannot_be_told_apart(runs: Path) -> None:
    disguise(runs, "line-only", "twin")
    letters = compare(collect(runs).groups[0]).letters["psnr"]
    assert letters["twin"] == letters["line-only"]


def test_lines_that_share_references_are_compared_pair_by_pair(evaluated: Path) -> None:
    group = next(g for g in collect(evaluated).groups if g.protocol.reference == "random")
    run = group.runs[0]
    assert len(run.scores) == 3 * run.card.n
    assert len(per_line(run, "line-f1")) == run.card.n
    tables = paired_tables(dict(zip(group.names, group.runs, strict=True)))
    assert {len(table) for table in tables.values()} == {3 * run.card.n}
    assert image_tests(tables["line-f1"], 0) == [], "of five pictures, nearly all pairs share one"
    verdicts = compare(group)
    assert "line-f1" not in verdicts.letters
    assert not verdicts.dominated, "nothing was tested"


def test_frechet_distances_are_compared_by_what_each_pair_adds(evaluated: Path) -> None:
    group = next(g for g in collect(evaluated).groups if g.protocol.reference == "random")
    rng = np.random.default_rng(1)
    ids = [f"{i:03d}" for i in range(60)]
    pairs = pd.DataFrame(
        [(ids[i], ids[(i + step) % 60], step) for step in (1, 2, 3) for i in range(60)],
        columns=["sample", "reference", "pairing"],
    )
    easy = rng.normal(0, 9, 180)  # what all methods share
    shares = {"near": 40 + easy, "alike": 40.2 + easy + rng.normal(size=180), "far": 50 + easy + rng.normal(size=180)}
    named = {
        name: replace(
            group.runs[0], scores=pairs.assign(**{share_column("fid"): column}).sample(frac=1, random_state=k)
        )
        for k, (name, column) in enumerate(shares.items())
    }
    found = {(test.first, test.second): test for test in set_tests(named)["fid"]}
    assert found["near", "far"].difference == pytest.approx(shares["near"].mean() - shares["far"].mean())
    assert found["near", "far"].high < -8 < 0
    assert found["near", "far"].adjusted < 0.001
    assert found["near", "alike"].low < 0 < found["near", "alike"].high
    assert found["near", "alike"].high - found["near", "alike"].low < 0.5, "what they share does not count"
    assert set_tests({"near": named["near"], "old": group.runs[0]}) == {}, "a card from before is not compared"


@pytest.mark.parametrize("better", ["lower", "higher"])
def test_the_better_of_two_untested_sets_follows_from_the_metric(
    evaluated: Path, monkeypatch: pytest.MonkeyPatch, better: str
) -> None:
    monkeypatch.setattr(reports.content.compare, "METRICS", {"fid": replace(METRICS["fid"], better=better)})
    group = next(g for g in collect(evaluated).groups if g.protocol.reference == "random")
    values = {"tint.a": 9.0, "line-only": 5.0}

    def with_fid(name: str, run: EvalRun) -> EvalRun:
        score = run.card.sets["fid"].model_copy(update={"value": values.get(name)})
        return replace(run, card=run.card.model_copy(update={"sets": {"fid": score}}))

    runs = tuple(with_fid(name, run) for name, run in zip(group.names, group.runs, strict=True))
    assert set(values) <= set(group.names)
    assert (("tint.a", "fid") in compare(replace(group, runs=runs)).no_better) == (better == "lower")


def test_rows_equal_to_their_targets_are_tested_in_every_metric(evaluated: Path) -> None:
    group = collect(evaluated).groups[0]
    tables = paired_tables(dict(zip(group.names, group.runs, strict=True)))
    assert "copy-reference" in tables["psnr"]
    assert "copy-reference" in tables["ms-ssim"]


def test_untested_is_never_ahead_of_a_floor(evaluated: Path) -> None:
    groups = collect(evaluated).groups
    untested = {group.name: replace(compare(group), tests={}, no_better={}) for group in groups}
    rows = summary_table(groups, untested).rows
    answers = [row.cells[4].text for row in rows if row.cells[0].text == "self-ref-v1"]
    assert answers
    assert all(answer.startswith("not tested: ") for answer in answers)


def test_pictures_equal_to_their_targets_are_counted_beside_the_best_method(runs: Path) -> None:
    group = next(g for g in collect(runs).groups if g.protocol.reference == "self")
    scores = next(run.scores for run in group.runs if run.card.method == "tint")
    scores.loc[:1, "identical"] = True
    text = summary_table([group], {group.name: compare(group)}).rows[0].cells[2].text
    assert text == "tint.a (2 of 5 pictures equal their targets)"


def test_pictures_that_differ_from_their_targets_by_nothing_visible_count_as_equal(runs: Path) -> None:
    group = next(g for g in collect(runs).groups if g.protocol.reference == "self")
    run = next(run for run in group.runs if run.card.method == "tint")
    run.scores["psnr"] = 49.9
    row = summary_table([group], {group.name: compare(group)}).rows[0]
    assert row.cells[2].text == "\N{EN DASH}", "no method is best"
    text = "".join(map(plain, how_to_read(group, compare(group))))
    assert "tint.a painted the test pictures themselves" in text


def test_the_sentence_on_few_lines_follows_from_the_test_that_was_made(evaluated: Path) -> None:
    for group in collect(evaluated).groups:
        verdicts = compare(group)
        text = "\n".join(plain(each) for each in how_to_read(group, verdicts))
        assert ("too few for significant differences" in text) == (group.protocol.reference == "self")
        t_tests = replace(verdicts, tests=compare(group).tests or {}, smallest=dict.fromkeys(verdicts.tests, 0.0))
        assert "too few for" not in "\n".join(plain(each) for each in how_to_read(group, t_tests))


def test_a_copy_is_named_where_there_is_no_interval(evaluated: Path) -> None:
    group = next(g for g in collect(evaluated).groups if g.protocol.reference == "random")
    run = next(run for run in group.runs if run.card.method == "tint")
    score = run.card.images["copy"].model_copy(update={"mean": 0.9, "low": None, "high": None})
    card = run.card.model_copy(update={"images": run.card.images | {"copy": score}})
    one = replace(group, runs=(replace(run, card=card),))
    text = "\n".join(plain(each) for each in how_to_read(one, Verdicts()))
    assert "tint.a copies: its copy score is 0.900 (too few pictures for an interval)" in text


def test_pictures_made_elsewhere_under_a_papers_name_have_no_claim(runs: Path) -> None:
    for folder in (runs / "eval/self-ref-v1/tint.a",):
        for file, more in (("scorecard.json", {"training": None}), ("config.json", {})):
            changed = {"label": "animediffusion", "method": "animediffusion", "kind": "external"} | more
            write_json(folder / file, read_json(folder / file) | changed)
    group = next(g for g in collect(runs).groups if g.protocol.reference == "self")
    row = summary_table([group], {group.name: compare(group)}).rows[0]
    assert row.cells[2].text == "animediffusion (external)"
    assert row.cells[-1].text == DASH


def test_25_rows_3_db_apart_have_25_letters(evaluated: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """300 comparisons: no share of random flips can reach Holm's first level."""
    monkeypatch.setattr(reports.content.compare, "RESAMPLES", 99)
    group = next(g for g in collect(evaluated).groups if g.protocol.reference == "self")
    noise = np.random.default_rng(0).normal(0, 0.5, (25, 40))
    lines = [f"line{number}" for number in range(40)]
    runs = []
    for number in range(25):
        columns = {"sample": lines, "reference": lines, "pairing": 1, "identical": False}
        scores = pd.DataFrame(columns).assign(psnr=10 + 3 * number + noise[number])
        card = group.card.model_copy(update={"label": f"m{number}", "kind": "method", "sets": {}})
        runs.append(replace(group.runs[0], card=card, scores=scores))
    verdicts = compare(replace(group, runs=tuple(runs)))
    assert len(set(verdicts.letters["psnr"].values())) == 25
    assert verdicts.letters["psnr"]["m24"] == "a"
