"""The page in a real browser and its addresses: upload, paint, download, bad files, two visitors, phone width."""

import http.client
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from drawings import run, write_desk
from toys import Tint, register, write_training_run

from benchmark.app import studio as studio_module
from benchmark.app.server import make_server
from benchmark.app.studio import Studio
from benchmark.core.files import read_rgb
from benchmark.evaluation.entries import find_entries


class Held(Tint):
    """Waits before each picture until it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.go = threading.Event()
        self.go.set()

    def colorize(self, *arguments: Any) -> Any:
        assert self.go.wait(60)
        return super().colorize(*arguments)


@pytest.fixture
def painter(monkeypatch: pytest.MonkeyPatch) -> Held:
    toy = Held()
    register(monkeypatch, "toy", toy)
    return toy


@pytest.fixture
def desk(tmp_path: Path, painter: Held) -> Path:
    write_training_run(tmp_path / "runs", "toy", "one")
    return write_desk(tmp_path)


@pytest.fixture
def port(desk: Path, tmp_path: Path) -> Iterator[int]:
    (tmp_path / "private").mkdir()
    entries = [entry for entry in find_entries([], None, desk / "runs")[0] if entry.method.kind == "method"]
    studio = Studio(entries, tmp_path / "private", "cpu")
    with make_server(studio, 0) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        assert server.server_address[0] == "127.0.0.1"
        yield server.server_address[1]
        server.shutdown()
        thread.join()
    studio.close()


def ask(port: int, method: str, path: str, body: bytes = b"", **headers: str) -> tuple[int, bytes]:
    """Status and body of a request; `X_Anibench="right"` is replaced by the page's token."""
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=60)) as client:
        named = {key.replace("_", "-"): value for key, value in headers.items()}
        if named.get("X-Anibench") == "right":
            page = ask(port, "GET", "/")[1].decode()
            named["X-Anibench"] = page.partition('token" content="')[2].partition('"')[0]
        client.request(method, path, body, named)
        answer = client.getresponse()
        return answer.status, answer.read()


def fill(page: Any, desk: Path, line: str = "drawings/wide.png") -> None:
    page.set_input_files("#line input[type=file]", str(desk / line))
    page.set_input_files("#reference input[type=file]", str(desk / "face.png"))
    page.wait_for_selector("#paint:not([disabled])")


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
    assert np.array_equal(read_rgb(tmp_path / "wide.png"), read_rgb(desk / "out" / "wide.png"))
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


def test_a_bad_file_is_named_and_the_page_goes_on(desk: Path, port: int, open_page: Callable[..., Any]) -> None:
    (desk / "page.png").write_text("<!doctype html><script>alert(1)</script>")
    status, body = ask(port, "POST", "/upload", (desk / "page.png").read_bytes(), X_Anibench="right", X_Name="page.png")
    assert status == 400
    assert "it holds markup such as HTML" in json.loads(body)["error"]
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
