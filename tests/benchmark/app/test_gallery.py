"""The tab of evaluations: what it shows of the runs, in the browser and by its addresses."""

import io
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import pytest
from asking import ask
from evaluating import evaluate

from benchmark.app.gallery import Gallery
from benchmark.core.files import Image, read_json, read_rgb, write_json
from benchmark.data.dataset import Dataset
from benchmark.results.scorecard import read_card


@pytest.fixture(scope="module")
def evaluated(tmp_path_factory: pytest.TempPathFactory, make_dataset: Callable[..., Dataset]) -> Path:
    folder = tmp_path_factory.mktemp("gallery")
    evaluate(make_dataset(folder / "faces", test=3), folder / "runs", "self-ref", "random-ref")
    return folder


@pytest.fixture
def runs(evaluated: Path, desk: Path) -> Path:
    """The evaluations, as the runs of the page."""
    shutil.copytree(evaluated / "runs" / "eval", desk / "runs" / "eval")
    return desk / "runs"


def pixels(content: bytes) -> Image:
    return np.asarray(PIL.Image.open(io.BytesIO(content)))


def test_a_pair_has_its_pictures_and_scores(evaluated: Path) -> None:
    gallery = Gallery(evaluated / "runs")
    first, second = gallery.tables()
    assert (first["title"], first["methods"], first["pairs"]) == (
        "random-ref-v2 on shapes-0", ["copy-reference", "line-only"], 6,
    )  # fmt: skip
    assert (second["title"], second["pairs"]) == ("self-ref-v1 on shapes-0", 3)
    data, folder = Dataset.open(evaluated / "faces"), evaluated / "runs" / "eval" / "self-ref-v1" / "line-only"
    found = gallery.pair(second["id"], 1)
    assert found["sample"] == found["reference"]
    assert np.array_equal(pixels(gallery.picture(second["id"], 1, "target")), data.color(found["sample"]))
    assert np.array_equal(pixels(gallery.picture(second["id"], 1, "line")), data.line(found["sample"]))
    painted = pixels(gallery.picture(second["id"], 1, "of-line-only"))
    assert np.array_equal(painted, read_rgb(folder / "outputs" / f"{found['sample']}.png"))
    shown = [float(gallery.pair(second["id"], number)["scores"]["line-only"]["PSNR (dB) ↑"]) for number in range(3)]
    assert np.mean(shown) == pytest.approx(read_card(folder).images["psnr"].mean, abs=0.01)
    for table, number, which in ((second["id"], 3, "line"), ("x", 0, "line"), (second["id"], 0, "of-x")):
        with pytest.raises(KeyError):
            gallery.picture(table, number, which)


def test_another_fid_mode_is_another_table(runs: Path) -> None:
    """As in reports: docs/reports.md, which rows share a table."""
    path = runs / "eval" / "random-ref-v2" / "line-only" / "scorecard.json"
    card = read_json(path)
    for name in ("fid", "fid-infinity", "kid"):
        card["sets"][name]["mode"] = "clean"
    write_json(path, card)
    tables = Gallery(runs).tables()
    assert [table["methods"] for table in tables[:2]] == [["copy-reference"], ["line-only"]]
    assert len({table["id"] for table in tables}) == 3


def test_damaged_runs_are_left_out_and_a_missing_dataset_leaves_pictures(runs: Path, evaluated: Path) -> None:
    (runs / "eval" / "self-ref-v1" / "line-only" / "scores.parquet").write_bytes(b"no table")
    config = runs / "eval" / "self-ref-v1" / "copy-reference" / "config.json"
    write_json(config, json.loads(config.read_text()) | {"data": str(evaluated / "gone")})
    gallery = Gallery(runs)
    table = gallery.tables()[1]
    assert table["methods"] == ["copy-reference"]
    assert gallery.pair(table["id"], 0)["data"] is False
    assert gallery.picture(table["id"], 0, "of-copy-reference").startswith(b"\x89PNG")
    with pytest.raises(KeyError):
        gallery.picture(table["id"], 0, "line")


def test_no_other_file_is_shown(runs: Path, port: int, tmp_path: Path) -> None:
    shutil.copy(tmp_path / "face.png", runs / "secret.png")
    tables = json.loads(ask(port, "GET", "/tables")[1])
    address = f"/pair/{tables[1]['id']}/0"
    assert ask(port, "GET", f"{address}/of-line-only")[0] == 200
    for wrong in ("of-..%2f..%2f..%2fsecret", "of-line-only/..", "..%2fline", "-1", "of-"):
        assert ask(port, "GET", f"{address}/{wrong}")[0] == 404
    assert ask(port, "GET", f"/pair/{tables[1]['id']}/-1/line")[0] == 404
    assert ask(port, "GET", f"/pair/{tables[1]['id']}")[0] == 404


def test_evaluations_are_looked_through_by_keys_and_on_a_phone(
    runs: Path, port: int, open_page: Callable[..., Any]
) -> None:
    page = open_page(f"http://127.0.0.1:{port}/", width=360)
    page.focus("nav a[href='#runs']")
    page.keyboard.press("Enter")
    page.wait_for_selector("#pictures figure")
    assert page.locator("#table option").all_inner_texts() == ["random-ref-v2 on shapes-0", "self-ref-v1 on shapes-0"]
    names = [*("line", "reference", "target"), *("copy-reference", "line-only")]
    assert page.locator("#pictures b").all_inner_texts() == names
    assert "line F1" in page.inner_text("#pictures figure:last-child")
    page.focus("#following")
    page.keyboard.press("Enter")
    page.wait_for_selector("#pictures img[src*='/1/line']")
    assert page.input_value("#place") == "2"
    for image in page.locator("#pictures img").all():
        image.scroll_into_view_if_needed()
        assert image.evaluate("image => image.decode().then(() => image.naturalWidth)") == 256
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.select_option("#table", label="self-ref-v1 on shapes-0")
    page.wait_for_selector("#of:has-text('of 3')")


def test_without_evaluations_the_tab_says_how_to_make_one(port: int, open_page: Callable[..., Any]) -> None:
    page = open_page(f"http://127.0.0.1:{port}/#runs")
    page.wait_for_selector("#no-runs:not([hidden])")
    assert "anibench eval" in page.inner_text("#no-runs")
