"""The page in a real browser and its addresses: upload, paint, download, bad files, two visitors, phone width."""

import http.client
import json
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import numpy as np
import PIL.Image
import pytest
from asking import Held, ask, chunks_of, fill, huge_png, layers_of
from drawings import drawing, run

from benchmark.app import studio as studio_module
from benchmark.core.files import read_rgb, write_png


def test_a_drawing_is_painted_like_by_the_command(
    desk: Path, port: int, tmp_path: Path, open_page: Callable[..., Any]
) -> None:
    page = open_page(f"http://127.0.0.1:{port}/")
    fill(page, desk)
    page.fill("#seed", "7")
    page.click("#paint")
    page.wait_for_selector("#result:not([hidden])")
    assert page.inner_text("#status").startswith("Painted in ")
    with page.expect_download() as download:
        page.click("#save")
    download.value.save_as(tmp_path / "wide.png")
    assert download.value.suggested_filename == "wide.png"
    with page.expect_download() as layers:
        page.click("#save-layers")
    assert layers.value.suggested_filename == "wide.ora"
    assert run(desk, "--seed", "7", lines="drawings/wide.png", method="toy/one").exit_code == 0
    assert chunks_of(tmp_path / "wide.png") == chunks_of(desk / "out" / "wide.png")
    page.fill("#seed", "8")
    page.click("#paint")
    page.wait_for_selector("#history button:nth-child(2)")
    page.set_viewport_size({"width": 360, "height": 740})
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_a_drawing_is_painted_by_keys_alone(desk: Path, port: int, open_page: Callable[..., Any]) -> None:
    page = open_page(f"http://127.0.0.1:{port}/")
    fill(page, desk)
    page.focus("#seed")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")  # the own lines on top
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_selector("#result:not([hidden])")
    assert page.is_checked("#keep-lines")


def test_erased_lines_are_not_painted(desk: Path, port: int, painter: Held, open_page: Callable[..., Any]) -> None:
    page = open_page(f"http://127.0.0.1:{port}/")
    fill(page, desk)
    page.check("#erase")
    page.locator("#brush").fill("60")
    box = page.locator("#line canvas").bounding_box()
    page.mouse.move(box["x"] + box["width"] * 0.1, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.3, box["y"] + box["height"] / 2, steps=9)
    page.mouse.up()
    page.click("#paint")
    page.wait_for_selector("#result:not([hidden])")
    with page.expect_download() as download:
        page.click("#save")
    download.value.save_as(desk / "erased.png")
    assert run(desk, lines="drawings/wide.png", method="toy/one").exit_code == 0
    erased, whole = read_rgb(desk / "erased.png"), read_rgb(desk / "out" / "wide.png")
    assert erased[150, 70].mean() > whole[150, 70].mean() + 50  # the left end of the ellipse
    page.click("#restore")
    page.click("#paint")
    page.wait_for_selector("#history button:nth-child(2)")
    with page.expect_download() as restored:
        page.click("#save")
    restored.value.save_as(desk / "restored.png")
    assert np.array_equal(read_rgb(desk / "restored.png"), whole)


def test_the_eraser_leaves_the_paper(desk: Path, port: int, painter: Held, open_page: Callable[..., Any]) -> None:
    """Of a transparent page nothing is left, and of a dark page its colour."""
    page = open_page(f"http://127.0.0.1:{port}/")
    ink = np.zeros((80, 80, 4), np.uint8)
    ink[30:50, 30:50, 3] = 255
    dark = np.full((80, 80, 3), (10, 20, 30), np.uint8)
    dark[30:50, 30:50] = 255
    pixel = "[...document.querySelector('#line canvas').getContext('2d').getImageData(40, 40, 1, 1).data]"

    def wait_for(colour: list[int]) -> None:
        for _ in range(500):
            if page.evaluate(pixel) == colour:
                return
            page.wait_for_timeout(20)
        raise AssertionError(page.evaluate(pixel))

    pages = {"ink.png": (ink, [0, 0, 0, 255], [0, 0, 0, 0]), "dark.png": (dark, [255] * 4, [10, 20, 30, 255])}
    for name, (drawn, line, paper) in pages.items():
        PIL.Image.fromarray(drawn).save(desk / name)
        page.set_input_files("#line input[type=file]", str(desk / name))
        wait_for(line)
        page.check("#erase")
        page.click("#line canvas")
        wait_for(paper)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"<!doctype html><script>alert(1)</script>", "it holds markup, such as HTML or SVG"),
        (b"GIF89a<script>alert(1)</script>", "is not a picture"),
        (b"\0\0\0\x18ftypmp42" + b"\xff" * 4000, "is not a picture"),
        (huge_png(), "60000 x 60000, more than 25000000 pixels"),
        (b"", "is empty"),
    ],
)
def test_a_bad_file_is_named_and_not_kept(desk: Path, port: int, content: bytes, told: str) -> None:
    status, body = ask(port, "POST", "/upload", content, X_Anibench="right", X_Name="page.png")
    assert status == 400
    error = json.loads(body)["error"]
    assert "page.png" in error
    assert told in error
    assert list((desk / "private").iterdir()) == []


def test_two_visitors_see_their_place_in_the_queue(desk: Path, port: int, painter: Held) -> None:
    ids = []
    for name in ("drawings/wide.png", "face.png"):
        status, body = ask(port, "POST", "/upload", (desk / name).read_bytes(), X_Anibench="right", X_Name="wide.png")
        assert status == 200
        ids.append(json.loads(body)["id"])
    painter.go.clear()
    request = json.dumps({"line": ids[0], "reference": ids[1], "method": "toy/one"}).encode()
    jobs = [json.loads(ask(port, "POST", "/paint", request, X_Anibench="right")[1])["id"] for _ in range(2)]
    second = json.loads(ask(port, "GET", f"/job/{jobs[1]}")[1])
    assert (second["state"], second["place"]) == ("waiting", 2)
    painter.go.set()
    while json.loads(ask(port, "GET", f"/job/{jobs[1]}")[1])["state"] != "done":
        pass
    pictures = [ask(port, "GET", f"/picture/{job}.png") for job in jobs]
    assert pictures[0] == pictures[1]
    assert pictures[0][0] == 200


@pytest.mark.parametrize(
    ("method", "path", "headers", "status"),
    [
        ("GET", "/", {"Host": "evil.example"}, 403),
        ("GET", "/../../etc/passwd", {}, 404),
        ("GET", "/picture/0.png", {}, 404),
        ("GET", "/picture/..%2f..%2fetc.png", {}, 404),
        ("GET", "/zip/0", {}, 404),
        ("GET", "/report/../../etc/passwd", {}, 404),
        ("GET", "/pair/self-ref-v1/0", {}, 404),
        ("GET", "/pair/..%2f..%2fetc/0/line", {}, 404),
        ("POST", "/upload", {}, 403),
        ("POST", "/upload", {"X_Anibench": "wrong"}, 403),
        ("POST", "/etc", {"X_Anibench": "right"}, 404),
        ("POST", "/paint", {"X_Anibench": "right"}, 400),
    ],
)
def test_nothing_else_is_answered(port: int, method: str, path: str, headers: dict[str, str], status: int) -> None:
    assert ask(port, method, path, **headers)[0] == status


def test_too_many_bytes_and_pixels_are_refused(port: int, desk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=60)) as client:
        token = ask(port, "GET", "/")[1].decode().partition('token" content="')[2][:32]
        client.putrequest("POST", "/upload")
        client.putheader("X-Anibench", token)
        client.putheader("Content-Length", str(2**40))
        client.endheaders()
        assert client.getresponse().status == 413
    monkeypatch.setattr(studio_module, "RECIPE", studio_module.RECIPE.model_copy(update={"max_pixels": 1000}))
    status, body = ask(port, "POST", "/upload", (desk / "face.png").read_bytes(), X_Anibench="right", X_Name="a.png")
    assert status == 400
    assert b"120 x 90, more than 1000 pixels" in body


def test_old_pictures_are_removed(port: int, desk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(studio_module, "MAX_KEPT", 2)
    for _ in range(4):
        ask(port, "POST", "/upload", (desk / "face.png").read_bytes(), X_Anibench="right", X_Name="../../a.png")
    kept = [path for path in (desk / "private").rglob("*") if path.is_file()]
    assert [path.name for path in kept] == ["a.png", "a.png"]


def test_several_drawings_are_painted_and_saved_together(
    desk: Path, port: int, tmp_path: Path, open_page: Callable[..., Any]
) -> None:
    (desk / "page.png").write_text("<!doctype html><script>alert(1)</script>")
    write_png(desk / "more" / "wide.png", drawing(120, 160))
    page = open_page(f"http://127.0.0.1:{port}/#batch", width=360, expected="status of 400")
    page.set_input_files("#reference input[type=file]", str(desk / "face.png"))
    files = ["drawings/wide.png", "page.png", "drawings/tall.png", "more/wide.png"]
    page.set_input_files("#lines input[type=file]", [str(desk / name) for name in files])
    page.focus("#seed")
    page.keyboard.press("Control+a")
    page.keyboard.type("7")
    for _ in range(3):  # the two boxes, then the button
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_selector("#save-all:not([hidden])")
    assert page.inner_text("#status") == "3 of 4 drawings are painted."
    rows = page.locator("#rows li").all_inner_texts()
    assert [row.partition(":")[0] for row in rows] == ["wide.png", "page.png", "tall.png", "wide.png"]
    assert "it holds markup, such as HTML or SVG" in rows[1]
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    with page.expect_download() as download:
        page.click("#save-all")
    with ZipFile(download.value.path()) as archive:
        assert archive.namelist() == ["wide.png", "tall.png", "wide-2.png"]
        archive.extractall(tmp_path / "unpacked")
    assert run(desk, "--seed", "7", method="toy/one").exit_code == 0
    for name in ("wide.png", "tall.png"):
        assert np.array_equal(read_rgb(tmp_path / "unpacked" / name), read_rgb(desk / "out" / name))
    assert not list((desk / "private").rglob("*.zip"))


def test_a_batch_stops_after_the_drawing_that_is_painted(
    desk: Path, port: int, painter: Held, open_page: Callable[..., Any]
) -> None:
    page = open_page(f"http://127.0.0.1:{port}/#batch")
    page.set_input_files("#reference input[type=file]", str(desk / "face.png"))
    page.set_input_files(
        "#lines input[type=file]", [str(desk / "drawings" / f"{name}.png") for name in ("wide", "tall")]
    )
    painter.go.clear()
    page.click("#paint-all")
    page.click("#stop")
    painter.go.set()
    page.wait_for_selector("#save-all:not([hidden])")
    assert "tall.png: not painted yet" in page.inner_text("#rows")


def test_more_pictures_than_are_kept_are_not_archived(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(studio_module, "MAX_KEPT", 2)
    status, body = ask(port, "GET", "/zip/1,2,3")
    assert status == 400
    assert b"3 pictures are asked for, and 2 are kept" in body


def test_the_report_is_shown_apart_from_the_page(desk: Path, port: int, open_page: Callable[..., Any]) -> None:
    page = open_page(f"http://127.0.0.1:{port}/")
    page.click("nav a[href='#report']")
    frame = page.frame_locator("#report-frame")
    assert frame.locator("h1").inner_text() == "a report"
    inside = page.frames[1]
    assert inside.title() == "sorted"  # its script ran
    assert inside.evaluate("self.origin") == "null"  # in a sandbox
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=60)) as client:
        client.request("GET", "/report")
        answer = client.getresponse()
        assert answer.read() == (desk / "report.html").read_bytes()
        assert "sandbox allow-scripts" in str(answer.getheader("Content-Security-Policy"))


def test_two_visitors_paint_at_once_in_browsers(
    desk: Path, port: int, painter: Held, open_page: Callable[..., Any]
) -> None:
    first, second = (open_page(f"http://127.0.0.1:{port}/") for _ in range(2))
    for page in (first, second):
        fill(page, desk)
    painter.go.clear()
    for page in (first, second):
        page.click("#paint")
        page.wait_for_selector("#status:has-text('Painting'), #status:has-text('Waiting')")
    second.wait_for_selector("#status:has-text('place 2 in the queue')")
    painter.go.set()
    for page in (first, second):
        page.wait_for_selector("#result:not([hidden])")
        assert page.locator("#history button").count() == 1


PASTE = """([name, bytes]) => {
  const given = new DataTransfer();
  given.items.add(new File([new Uint8Array(bytes)], name, { type: "image/png" }));
  document.dispatchEvent(new ClipboardEvent("paste", { clipboardData: given }));
}"""
DROP = """([where, name, bytes]) => {
  const given = new DataTransfer();
  given.items.add(new File([new Uint8Array(bytes)], name, { type: "image/png" }));
  document.querySelector(where).dispatchEvent(new DragEvent("drop", { dataTransfer: given, cancelable: true }));
}"""


def test_pictures_are_dropped_and_pasted_and_compared_by_the_slider(
    desk: Path, port: int, tmp_path: Path, open_page: Callable[..., Any]
) -> None:
    page = open_page(f"http://127.0.0.1:{port}/")
    page.evaluate(DROP, ["#line", "wide.png", list((desk / "drawings" / "wide.png").read_bytes())])
    page.wait_for_selector("#line canvas:not([hidden])")
    page.evaluate(PASTE, ["face.png", list((desk / "face.png").read_bytes())])
    page.wait_for_selector("#paint:not([disabled])")
    page.check("#keep-lines")
    page.click("#paint")
    page.wait_for_selector("#result:not([hidden])")
    page.focus("#slider")
    page.keyboard.press("End")
    assert page.evaluate("getComputedStyle(document.getElementById('before')).clipPath") == "inset(0px 0% 0px 0px)"
    with page.expect_download() as layers:
        page.click("#save-layers")
    command = ["--keep-lines", "--layers"]
    assert run(desk, *command, lines="drawings/wide.png", method="toy/one").exit_code == 0
    ours, theirs = (layers_of(path) for path in (layers.value.path(), desk / "out" / "wide.ora"))
    assert ours.keys() == theirs.keys()
    assert all(np.array_equal(ours[name], theirs[name]) for name in ours)
