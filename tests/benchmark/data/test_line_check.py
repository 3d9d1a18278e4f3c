"""The check of a line drawing: what it mends, what it reports, and what it leaves alone."""

from pathlib import Path

import numpy as np
import PIL.Image
import pytest

from benchmark.core.files import Image, write_png
from benchmark.data.line_check import edge_agreement, ink_faults, is_inverted, line_faults, read_line, whiten_paper
from benchmark.data.xdog import XDoG, extract_lines
from builder.drawing.illustration import draw_portrait

DRAWN = [draw_portrait(seed, 256) for seed in range(4)]
COLOR, LINE = DRAWN[0].color, DRAWN[0].line


def reasons(line: Image, picture: Image | None = None, color: float = 0.0) -> list[str]:
    return [fault.reason for fault in line_faults(line, picture, color)]


def test_a_true_line_has_no_fault() -> None:
    for drawing in DRAWN:
        assert reasons(drawing.line, drawing.color) == []
        assert reasons(extract_lines(drawing.color, XDoG()), drawing.color) == []


def test_each_fault_has_its_reason() -> None:
    grey = np.repeat(COLOR[..., 1:2], 3, axis=2)
    assert reasons(np.full((64, 64), 250, np.uint8)) == ["blank-line"]
    assert reasons(LINE, COLOR, color=40) == ["color-line"]
    assert reasons(255 - LINE) == ["inverted-line"]
    assert reasons(np.where(np.arange(64) < 40, 0, 255).astype(np.uint8)[None].repeat(64, 0)) == ["dense-line"]
    assert reasons((LINE // 255 * 120 + 60).astype(np.uint8), COLOR) == ["grey-paper"]
    assert reasons(LINE, grey) == ["grey-picture"]
    assert reasons(np.ascontiguousarray(LINE[:, ::-1]), COLOR) == ["mirrored-line"]
    striped, below = np.full((256, 256, 3), (200, 120, 90), np.uint8), np.full((256, 256), 255, np.uint8)
    striped[:120:8], below[200:250:10] = 0, 0
    assert reasons(below, striped) == ["other-line"]


@pytest.mark.parametrize(("ink", "told"), [(0.004, True), (0.006, False), (0.24, False), (0.26, True), (0.6, True)])
def test_the_share_of_ink_has_limits(ink: float, told: bool) -> None:
    line = np.full((100, 100), 255, np.uint8)
    line.flat[: round(ink * line.size)] = 0
    assert bool(ink_faults(line)) == told


def test_dark_areas_are_not_white_ink_on_black() -> None:
    """XDoG of a dark picture is black but for its bright areas; inverting such a page would make it worse."""
    page = np.zeros((256, 256), np.uint8)
    page[40:120, 60:150] = 255
    assert not is_inverted(page)
    assert is_inverted(255 - LINE)
    assert not is_inverted(LINE)


def test_white_ink_is_read_as_dark_ink(tmp_path: Path) -> None:
    write_png(tmp_path / "black.png", 255 - LINE)
    white = np.full((256, 256, 4), 255, np.uint8)
    white[..., 3] = 255 - LINE
    PIL.Image.fromarray(white).save(tmp_path / "alpha.png")
    write_png(tmp_path / "plain.png", LINE)
    for name, mend in (("black", "inverted"), ("alpha", "alpha channel"), ("plain", "")):
        read = read_line(tmp_path / f"{name}.png")
        assert np.array_equal(read.line, LINE)
        assert mend in "; ".join(read.mends)
        assert bool(read.mends) == bool(mend)


def test_paper_becomes_white_and_white_paper_stays() -> None:
    pencil = (LINE // 255 * 100 + 90).astype(np.uint8)
    assert (whiten_paper(pencil)[LINE == 255] == 255).all()
    assert whiten_paper(LINE) is LINE


def test_agreement_tells_a_pictures_own_line_from_others() -> None:
    own = [edge_agreement(drawing.line, drawing.color) for drawing in DRAWN]
    other = [edge_agreement(a.line, b.color) for a, b in zip(DRAWN, DRAWN[1:] + DRAWN[:1], strict=True)]
    assert min(own) > max(other)
