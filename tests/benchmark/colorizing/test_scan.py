"""Scans of drawings: the shade of the paper and specks are removed."""

from drawings import drawing, shaded

from benchmark.colorizing.scan import clean_scan, is_scan
from benchmark.data.line_check import find_ink


def test_a_scan_has_its_ink_on_white_paper_without_specks() -> None:
    line = drawing(240, 320)
    page = shaded(line)
    page[20, 30] = 60  # a speck
    assert is_scan(page)
    assert not is_scan(line)
    clean = clean_scan(page)
    assert (clean[line == 255] > 230).mean() > 0.995
    assert (clean[line == 0] < 100).mean() > 0.95
    assert clean[20, 30] == 255
    assert abs(find_ink(clean).mean() - (line < 128).mean()) < 0.01
