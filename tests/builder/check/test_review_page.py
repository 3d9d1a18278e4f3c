"""The review page in a real browser: 500 crops, every key, undo, a saved file, and the build that applies it."""

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
from click.testing import CliRunner

from anibench import main
from benchmark.data.dataset import Dataset
from builder.build.decisions import read_decisions
from builder.check.review import write_review
from builder.check.verify import verify

COUNT = 500


def build(source: Path, out: Path, work: Path, *more: str) -> Dataset:
    """By the command, as a person would."""
    arguments = ["build-dataset", str(source), "--detector", "whole", "--workers", "2", "--work", str(work)]
    arguments += ["--set", "quality.max_blocks=1000"]  # a random field scaled to 256 px has steps everywhere
    run = CliRunner().invoke(main, [*arguments, "--out", str(out), *more])
    assert run.exit_code == 0, run.output
    return Dataset.open(out)


def press(page: Any, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def current(page: Any) -> str:
    """The id of the crop under the cursor."""
    name = page.locator("figure.current img").get_attribute("alt")
    assert isinstance(name, str)
    return name


def test_500_crops_reviewed_and_built_again(
    tmp_path: Path, make_folder: Callable[..., Path], open_page: Callable[[str], Any]
) -> None:
    source, work = make_folder(COUNT, size=320), tmp_path / "work"
    data = build(source, tmp_path / "data", work)
    samples = sum(data.card.counts.values())
    write_review(data, tmp_path / "review")
    page = open_page((tmp_path / "review/index.html").as_uri())
    assert page.locator("figure").count() == 200  # a page of the grid, not all of them
    first = current(page)
    press(page, "x")
    second = current(page)
    assert second != first
    press(page, "a", "ArrowRight", "ArrowDown", "ArrowUp")
    moved = current(page)
    press(page, "Shift+ArrowRight", "Shift+ArrowRight", "Shift+ArrowDown", "-")
    press(page, "End")
    last = current(page)
    assert "page 3 of 3" in page.inner_text("#page")
    press(page, "x", "u")  # taken back
    assert page.locator("figure.reject").count() == 0
    page.once("dialog", lambda dialog: dialog.accept(first[:10]))
    press(page, "g")
    assert current(page) == first
    page.once("dialog", lambda dialog: dialog.accept("250"))
    press(page, "g")
    clicked = current(page)
    page.locator("figure.current").click()
    assert f"{samples} crops: 2 rejected, 1 moved, 1 accepted, {samples - 4} undecided" in page.inner_text("#counts")
    page.reload()  # the browser has kept it
    assert "2 rejected, 1 moved, 1 accepted" in page.inner_text("#counts")
    press(page, "u", "u", "u")
    assert "1 rejected, 1 moved, 1 accepted" in page.inner_text("#counts")
    press(page, "Shift+ArrowDown", "-")
    page.select_option("#filter", "adjust")
    assert page.locator("figure").count() == 1
    page.select_option("#filter", "all")
    page.once("dialog", lambda dialog: dialog.accept(clicked))
    press(page, "g", "Delete")
    with page.expect_download() as download:
        press(page, "s")
    file = tmp_path / "decisions.csv"
    download.value.save_as(file)
    found = {row["id"]: row for row in csv.DictReader(file.open())}
    assert {name: row["decision"] for name, row in found.items()} == {
        first: "reject", second: "accept", moved: "adjust", clicked: "reject"
    }  # fmt: skip
    assert (float(found[moved]["dx"]), float(found[moved]["dy"])) == (0.0625, 0.03125)
    assert last not in found

    again = build(source, tmp_path / "again", work, "--decisions", str(file))
    assert verify(tmp_path / "again") == []
    ids = set(again.manifest["id"])
    assert not ids & {first, clicked, moved}
    assert set(data.manifest["id"]) - {first, clicked, moved} <= ids
    assert len(ids) == samples - 2
    assert again.card.config["review"]["decisions"] == read_decisions(file).sha256
    assert (tmp_path / "again/decisions.csv").read_bytes() == file.read_bytes()
    dropped = pd.read_parquet(tmp_path / "again/dropped.parquet")
    rejected = dropped[dropped["reason"] == "rejected-by-human"]
    sources = data.manifest.set_index("id")["source_id"]
    assert sorted(rejected["source_id"]) == sorted(sources[[first, clicked]])
    (row,) = again.manifest[again.manifest["source_id"] == sources[moved]].to_dict("records")
    before = data.manifest.set_index("id").loc[moved]
    assert moved in row["review"]
    assert row["crop_size"] == round(before["crop_size"] / 1.05)
    reviewed = again.manifest.set_index("id")["review"]
    assert '"accept"' in reviewed[second]

    page.set_input_files("#load", str(file))  # and back into the page, on another machine
    page.wait_for_function("document.querySelector('#status').textContent.includes('4 decisions loaded')")


def test_the_page_is_served_on_loopback_alone(
    tmp_path: Path, make_folder: Callable[..., Path], open_page: Callable[[str], Any]
) -> None:
    import threading

    from builder.check.review_server import make_server

    data = build(make_folder(3), tmp_path / "data", tmp_path / "work")
    write_review(data, tmp_path / "review")
    with make_server(tmp_path / "review", 0) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            page = open_page(f"http://127.0.0.1:{server.server_address[1]}/")
            page.wait_for_function("document.querySelector('figure img').naturalWidth > 0")
            press(page, "x")
            assert "1 rejected" in page.inner_text("#counts")
            with page.expect_download() as download:
                press(page, "s")
            assert len(Path(download.value.path()).read_text().splitlines()) == 2
        finally:
            server.shutdown()
            thread.join()
