"""The contact sheet of a dataset: colour beside line, at most 48 samples, the same ones for the same ids."""

from pathlib import Path

import numpy as np

from benchmark.core.files import write_png
from builder.build.publish import SHEET_COLUMNS, SHEET_ROWS, SHEET_TILE, SHEET_TOP, contact_sheet


def write_samples(out: Path, count: int) -> list[tuple[str, str]]:
    """Samples of one colour each, with black lines."""
    samples = [(f"{number:016x}", "train") for number in range(count)]
    for number, (name, split) in enumerate(samples):
        write_png(out / split / "color" / f"{name}.png", np.full((256, 256, 3), 20 + number, np.uint8))
        write_png(out / split / "line" / f"{name}.png", np.zeros((256, 256), np.uint8))
    return samples


def test_colour_and_line_stand_beside_each_other_on_white(tmp_path: Path) -> None:
    whole = contact_sheet(tmp_path, write_samples(tmp_path, 1))
    labels, sheet = whole[:SHEET_TOP], whole[SHEET_TOP:]
    assert all((labels[:, x : x + SHEET_TILE] < 128).any() for x in range(0, sheet.shape[1], SHEET_TILE))
    assert (sheet.dtype, sheet.shape) == (np.uint8, (SHEET_TILE, SHEET_COLUMNS * SHEET_TILE, 3))
    assert (sheet[:, :SHEET_TILE] == 20).all()
    assert (sheet[:, SHEET_TILE : 2 * SHEET_TILE] == 0).all()
    assert (sheet[:, 2 * SHEET_TILE :] == 255).all()
    assert contact_sheet(tmp_path, [])[SHEET_TOP:].min() == 255


def test_many_samples_fill_the_rows_in_an_order_that_the_ids_decide(tmp_path: Path) -> None:
    samples = write_samples(tmp_path, SHEET_COLUMNS * SHEET_ROWS // 2 + 2)
    sheet = contact_sheet(tmp_path, samples)[SHEET_TOP:]
    assert sheet.shape == (SHEET_ROWS * SHEET_TILE, SHEET_COLUMNS * SHEET_TILE, 3)
    assert np.array_equal(sheet, contact_sheet(tmp_path, samples[::-1])[SHEET_TOP:])
    shown = sheet[::SHEET_TILE, :: 2 * SHEET_TILE, 0].ravel()
    assert len(set(shown.tolist())) == SHEET_COLUMNS * SHEET_ROWS // 2
