"""Options and tables of the commands that compute scores."""

import json
from typing import Any

import click
import pytest
from cards import score_card
from click.testing import CliRunner

from benchmark.commands.score_options import (
    ScoringOptions,
    print_resolved,
    protocol_option,
    scoring_options,
    show_cards,
    show_table,
)
from benchmark.data.protocol import get_protocol
from benchmark.results.eval_config import EvalSettings
from benchmark.results.scorecard import MeanScore, ScoreCard


def card(label: str, protocol: str, mean: float) -> ScoreCard:
    score = MeanScore(mean=mean, low=mean - 1, high=mean + 1, level=0.95, n=5, identical=0)
    return score_card(label=label, protocol=protocol, images={"psnr": score, "line-f1": score})


def test_every_protocol_has_its_table_and_only_metrics_of_the_paper_have_intervals(
    capsys: pytest.CaptureFixture[str],
) -> None:
    show_cards([card("a", "self-ref", 20.0), card("b", "random-ref", 30.0), card("c", "self-ref", 40.0)], False)
    text = capsys.readouterr().out
    assert text.count("self-ref-v1") == text.count("random-ref-v1") == 1
    assert text.index("self-ref-v1") < text.index("40.00") < text.index("random-ref-v1") < text.index("30.00")
    assert text.count("20.00 [19.00, 21.00]") == 1
    assert text.count("[") == 3


def test_cards_are_whole_in_json(capsys: pytest.CaptureFixture[str]) -> None:
    cards = [card("a", "self-ref", 20.0)]
    show_cards(cards, True)
    assert [ScoreCard.model_validate(each) for each in json.loads(capsys.readouterr().out)] == cards


def test_markup_in_a_table_is_text(capsys: pytest.CaptureFixture[str]) -> None:
    show_table(["[b]head[/b]"], [["[red]cell[/red]"]], "[i]title[/i]")
    text = capsys.readouterr().out
    assert all(word in text for word in ("[b]head[/b]", "[red]cell[/red]", "[i]title[/i]"))


def test_the_resolved_settings_hold_the_protocol_and_more(capsys: pytest.CaptureFixture[str]) -> None:
    print_resolved(get_protocol("self-ref"), EvalSettings(batch=3), entry="m")
    found = json.loads(capsys.readouterr().out)
    assert (found["protocol"]["name"], found["settings"]["batch"], found["entry"]) == ("self-ref", 3, "m")


@pytest.mark.parametrize(("required", "code"), [(True, 2), (False, 0)])
def test_a_protocol_is_required_only_where_the_command_says_so(required: bool, code: int) -> None:
    @click.command()
    @protocol_option(required=required)
    @scoring_options
    def command(**values: Any) -> None:
        options: ScoringOptions = values.pop("options")
        assert values == {"protocol_name": None}
        assert (str(options.runs), options.settings, options.as_json) == ("runs", (), False)
        assert options.resolve(["batch=3"]) == EvalSettings(batch=3)

    assert CliRunner().invoke(command, []).exit_code == code
