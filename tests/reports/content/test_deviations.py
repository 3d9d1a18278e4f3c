"""The table of deviations: what differs between text, code and a run, and the price of the most telling change."""

from dataclasses import replace
from pathlib import Path

import pytest
from ablations import as_protocol, row, with_rows

from benchmark.data.dataset import PAPER_TRAIN
from reports.content.deviations import deviation_table, shown
from reports.document import Table
from reports.read.collect import Collection, Group, collect

pytestmark = pytest.mark.usefixtures("no_weights")


@pytest.fixture
def group(evaluated: Path) -> Group:
    return next(group for group in collect(evaluated).groups if group.protocol.reference == "self")


def table_of(*groups: Group) -> tuple[Table, dict[str, list[str]]]:
    table = deviation_table(Collection(groups=list(groups)), groups[0])
    assert table is not None
    return table, {each.cells[0].text: [cell.text for cell in each.cells[1:]] for each in table.rows}


def test_text_code_and_run_stand_beside_each_other(group: Group) -> None:
    _, rows = table_of(with_rows(group, row(group, "mine", 20.0, "phase1.batch=16")))
    assert rows["phase1.batch"][:3] == ["32", "1", "16"]
    assert rows["phase1.optimizer.learning_rate"][:3] == ["1e-05", "0.0001", "1e-05"]
    assert rows["phase2.eta"][:3] == ["0", "1", "0"]
    assert rows["test pictures"][:3] == ["579", "579", "5"]
    assert rows["training pictures"][:2] == [f"{PAPER_TRAIN:,}"] * 2
    assert rows["xdog.form"][:2] == ["equation-1", "product"]
    assert "resolution" not in rows, "text, code and run agree"
    assert not [name for name in rows if name.startswith(("runtime.log", "seed", "budget"))]


def test_settings_that_a_run_lacks_have_their_default_and_epochs_without_effect_are_none(group: Group) -> None:
    mine = row(group, "mine", 20.0, "phase1.steps=50")
    earlier = {key: value for key, value in mine.config.method_config.items() if key != "augment"}
    config = mine.config.model_copy(update={"method_config": earlier})
    _, rows = table_of(with_rows(group, replace(mine, config=config)))
    assert not [name for name in rows if name.startswith("augment")]
    assert rows["phase1.epochs"][:3] == ["300", "200", "none"]
    assert rows["phase1.steps"][:3] == ["none", "none", "50"]
    assert rows["phase2.epochs"][:3] == ["1", "10", "1"]


def test_the_steps_of_a_run_with_a_budget_follow_from_it(group: Group) -> None:
    _, rows = table_of(with_rows(group, row(group, "mine", 20.0, "phase2.steps=50", "budget.images=160")))
    assert rows["phase1.steps"][2] == rows["phase2.steps"][2] == "by budget"
    assert rows["phase2.epochs"][2] == "none"


def test_a_price_of_the_rows_goes_before_a_published_one(group: Group) -> None:
    rows = row(group, "mine", 20.0), row(group, "noisy", 18.0, "sampling.eta=1.0")
    _, found = table_of(with_rows(group, *rows))
    assert found["sampling.eta"][3:] == ["0 to 1", "rows mine and noisy, self-ref-v1", "\N{MINUS SIGN}2.00 dB"]
    _, found = table_of(with_rows(group, rows[0]))
    assert found["sampling.eta"][5] == "\N{MINUS SIGN}0.51 dB"
    assert found["sampling.eta"][4].startswith("published, start-noise-faces256")


def test_the_change_to_the_run_is_priced_first_and_rows_with_a_price_come_first(group: Group) -> None:
    mine = row(group, "mine", 20.0, "phase2.start_noise='gaussian'")
    table, rows = table_of(with_rows(group, mine))
    noise = rows["phase2.start_noise"]
    assert noise[:4] == ["invert-reference", "invert-target", "gaussian", "invert-reference to gaussian"]
    assert noise[5] == "+1.36 dB"
    priced = [each.cells[-1].text != "not measured" for each in table.rows]
    assert priced == sorted(priced, reverse=True)
    assert rows["phase1.batch"][5] == "not measured"


def test_the_warp_of_the_test_is_priced_by_the_row_under_both_protocols(group: Group) -> None:
    warped = as_protocol(group, "self-ref-warped", [row(group, "mine", 17.0)])
    _, rows = table_of(with_rows(group, row(group, "mine", 20.0)), warped)
    assert rows["protocol"][2] == "self-ref, self-ref-warped"
    assert rows["protocol"][3:] == ["self-ref to self-ref-warped", "row mine", "\N{MINUS SIGN}3.00 dB"]


def test_without_the_method_there_is_no_table(group: Group) -> None:
    assert deviation_table(Collection(groups=[group]), group) is None
    floors = replace(group, runs=tuple(run for run in group.runs if run.card.kind == "floor"))
    assert deviation_table(Collection(groups=[floors]), floors) is None


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "none"),
        (True, "true"),
        (9540496, "9,540,496"),
        (1e-5, "1e-05"),
        ([], "none"),
        ([1, 2], "1, 2"),
        ("a", "a"),
    ],
)
def test_values_are_shown_as_text(value: object, text: str) -> None:
    assert shown(value) == text
