"""The tables of a report in a terminal: numbers, claims, and names that contain markup or control characters."""

from dataclasses import replace
from pathlib import Path

import pytest

from reports.content.build import Report
from reports.content.compare import Verdicts
from reports.read.collect import Collection, Group, collect
from reports.write.terminal import print_tables


def printed(found: Collection, capsys: pytest.CaptureFixture[str]) -> str:
    print_tables(Report(found, {group.name: Verdicts() for group in found.groups}, {}, ()))
    return capsys.readouterr().out


def test_the_tables_hold_the_numbers_and_the_claims(evaluated: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = collect(evaluated)
    text = printed(found, capsys)
    for group in found.groups:
        assert f"{group.card.protocol_label} on shapes-0" in text
    score = next(run.card.images["psnr"] for run in found.groups[0].runs if run.card.label == "tint.a")
    assert f"{score.mean:.2f}" in text
    assert any(line.lstrip("│ ").startswith("† AnimeDiffusion 2024") and "25.47" in line for line in text.splitlines())


def test_names_are_printed_literally(evaluated: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first = collect(evaluated).groups[0]
    bad = replace(first.runs[0], card=first.runs[0].card.model_copy(update={"label": "[red]x[/red]\x1b[31m"}))
    text = printed(Collection(groups=[Group(first.protocol, (bad,))]), capsys)
    assert "[red]x[/red]\\x1b[31m" in text
    assert "\x1b" not in text
