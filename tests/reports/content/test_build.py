"""A report without evaluations names the next command."""

from pathlib import Path

import pytest
from reporting import written

pytestmark = pytest.mark.usefixtures("no_weights")


def test_an_empty_folder_makes_a_report_that_names_the_next_command(tmp_path: Path) -> None:
    assert "anibench eval --protocol self-ref" in written(tmp_path)
