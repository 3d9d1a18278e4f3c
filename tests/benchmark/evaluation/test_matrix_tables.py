"""The tables of a matrix."""

from pathlib import Path

import pandas as pd
from cards import score_card

from benchmark.evaluation.effects import Effect
from benchmark.evaluation.matrix import CellRecord, SettingsMatrix
from benchmark.evaluation.matrix_tables import cell_header, cell_notes, cell_rows, effect_rows, facts, write_tables


def test_tables_hold_no_markup_of_others(tmp_path: Path) -> None:
    matrix = SettingsMatrix(name="a|b <i>", protocols=("self-ref",), axes={"mood": ("=x|y", "`z`")})
    cells = [CellRecord(place=place, problem="broke\n| here") for place in matrix.cells()]
    write_tables(tmp_path, matrix, cells, [pd.DataFrame()] * len(cells))
    text = (tmp_path / "matrix.md").read_text()
    assert "=x\\|y" in text
    assert text.count("\n| --- | --- |") == 2, "two tables with a rule that makes them tables"
    assert "<i>" not in text
    assert "broke \\| here" in text
    assert "'=x|y" in (tmp_path / "matrix.csv").read_text()
    assert [cell.text for cell in next(iter(cell_rows(cells, ["psnr"])))] == ["self-ref", "=x|y", "refused"]


def test_an_effect_is_a_row_with_its_interval_and_values_for_sorting() -> None:
    effect = Effect("psnr", None, "sampling.eta", {"0": 20.0, "1": 18.5}, 1.5, 1.0, 2.0, 3.0, agree=1, groups=2, n=5)
    (row,) = effect_rows([effect, effect._replace(metric="fid")], ["psnr"])
    assert list(map(str, row)) == [
        "PSNR (dB)",
        "all",
        "eta",
        "0: 20.00, 1: 18.50",
        "1.50 [1.00, 2.00]",
        "3.00",
        "1 of 2",
    ]
    assert [cell.value for cell in row[4:]] == [1.5, 3.0, 0.5]


def test_every_axis_has_a_column_and_each_reason_stands_once() -> None:
    cells = [CellRecord(place={"protocol": "self-ref", "sampling.eta": eta}, problem="broke") for eta in (0, 1)]
    assert cell_header(cells, ["psnr"]) == ("protocol", "eta", "PSNR (dB) ↑")
    assert cell_notes(cells) == ("not evaluated: broke",)


def test_the_facts_name_data_protocols_weights_and_commits() -> None:
    cards = [score_card(protocol=protocol, checkpoint="ab" * 32) for protocol in ("self-ref", "random-ref")]
    cells = [CellRecord(place={}, card=card, commit="c0ffee") for card in cards] + [CellRecord(place={}, problem="no")]
    text = facts(cells)
    for words in (
        "protocols self-ref-v1, random-ref-v1",
        f"checkpoint {'ab' * 8};",
        "at commit c0ffee.",
        "95 % intervals",
    ):
        assert words in text
