"""The review page's files, the order of suspicion, and the server that serves nothing else."""

import http.client
import json
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import numpy as np
import pandas as pd
import PIL.Image
import pytest

from benchmark.core.errors import AnibenchError
from benchmark.data.dataset import Dataset
from builder.build.pipeline import build
from builder.check.review import MARK, PAGE_FILES, write_review
from builder.check.review_server import make_server
from builder.check.suspicion import nearest, suspicions
from builder.core.recipe import resolve_recipe
from builder.drawing.illustration import draw_portrait
from builder.sources.folder import Folder


def page_of(folder: Path) -> dict[str, object]:
    text = (folder / MARK).read_text("utf-8")
    page: dict[str, object] = json.loads(text.removeprefix("window.REVIEW = ").rstrip(";\n"))
    return page


@pytest.fixture(scope="module")
def portraits(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A source of drawn portraits, one with a hostile name, and the dataset built from it."""
    home = tmp_path_factory.mktemp("portraits")
    (home / "source").mkdir()
    for seed in range(4):
        name = "</script><img src=x onerror=alert(1)>.png".replace("/", "\u2215") if seed == 0 else f"{seed}.png"
        PIL.Image.fromarray(draw_portrait(seed, 400).color).save(home / "source" / name)
    build(Folder(home / "source"), home / "data", resolve_recipe(None, ["crop.min_size=100"]), workers=1)
    return home / "source", home / "data"


def test_the_page_shows_every_sample_and_nothing_is_a_tag(portraits: tuple[Path, Path], tmp_path: Path) -> None:
    data = Dataset.open(portraits[1])
    made = write_review(data, tmp_path / "review")
    assert (made.samples, made.wide) == (len(data.manifest), 0)
    assert sorted(path.name for path in made.page.parent.iterdir()) == sorted([*PAGE_FILES, MARK, "pictures"])
    page = page_of(tmp_path / "review")
    samples = page["samples"]
    assert isinstance(samples, list)
    assert sorted(sample["id"] for sample in samples) == sorted(data.manifest["id"])
    assert sorted(path.stem for path in (tmp_path / "review/pictures").iterdir()) == sorted(data.manifest["id"])
    assert "<" not in (tmp_path / "review" / MARK).read_text()
    scores = [sample["score"] for sample in samples]
    assert scores == sorted(scores, reverse=True)


def test_with_the_source_tiles_show_what_lies_around(portraits: tuple[Path, Path], tmp_path: Path) -> None:
    data = Dataset.open(portraits[1])
    made = write_review(data, tmp_path / "review", Folder(portraits[0]), workers=1)
    assert made.wide == made.samples
    name = str(data.manifest["id"][0])
    tile = np.asarray(PIL.Image.open(tmp_path / "review/pictures" / f"{name}.jpg")).astype(int)
    inner = PIL.Image.fromarray(data.color(name)).resize((170, 170), PIL.Image.Resampling.BOX)
    assert np.abs(tile[43:213, 43:213] - np.asarray(inner, int)).mean() < 12  # the crop is the middle two thirds


def test_a_folder_of_other_things_is_not_touched(portraits: tuple[Path, Path], tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("x")
    with pytest.raises(AnibenchError, match="not part of a review"):
        write_review(Dataset.open(portraits[1]), tmp_path)
    assert (tmp_path / "thesis.tex").exists()


def test_the_worst_of_each_figure_comes_first_and_is_named() -> None:
    rng = np.random.default_rng(5)
    count = 100
    manifest = pd.DataFrame(
        {
            "likelihood": rng.uniform(0.9, 1, count), "sharpness": rng.uniform(300, 900, count),
            "saturation": rng.uniform(0.2, 0.6, count), "brightness": rng.uniform(0.4, 0.6, count),
            "crop_size": rng.integers(256, 900, count),
            "phash": [f"{int(value):016x}" for value in rng.integers(0, 2**62, count)],
        }
    )  # fmt: skip
    manifest.loc[7, "likelihood"] = 0.71
    manifest.loc[8, "brightness"] = 0.95
    manifest.loc[9, "phash"] = manifest.loc[10, "phash"]
    found = suspicions(manifest)
    assert found[7].score == found[8].score == found[9].score == found[10].score == 1
    assert found[7].reasons[0] == "unsure face (0.71)"
    assert "bright (0.95)" in found[8].reasons
    assert "like another crop: 0 bits apart" in found[9].reasons
    ordinary = manifest.iloc[20:].mean(numeric_only=True)
    assert ordinary["likelihood"] > 0.71


def test_figures_that_are_all_alike_or_missing_make_nobody_suspicious() -> None:
    alike = pd.DataFrame({"likelihood": [1.0] * 5, "sharpness": [np.nan] * 5, "phash": [None] * 5})
    assert {one.score for one in suspicions(alike)} == {0.0}
    assert all(not one.reasons for one in suspicions(alike))


def test_the_nearest_hash_against_every_other_one() -> None:
    rng = np.random.default_rng(8)
    hashes = [int(value) for value in rng.integers(0, 2**63, 40)]
    hashes += [hashes[0] ^ 0b111, hashes[1] ^ (1 << 40), hashes[1] ^ 0b11]
    expected = [min((a ^ b).bit_count() for j, b in enumerate(hashes) if j != i) for i, a in enumerate(hashes)]
    found = nearest([f"{value:016x}" for value in hashes])
    assert found.tolist() == [bits if bits <= 8 else 65 for bits in expected]


@pytest.fixture
def ask(tmp_path: Path) -> Callable[..., tuple[int, bytes]]:
    """`ask(path, host)`: status and body from a server of a folder beside which a secret lies."""
    root = tmp_path / "review"
    (root / "pictures").mkdir(parents=True)
    (root / "index.html").write_text("page")
    (tmp_path / "secret.txt").write_text("secret")
    (root / "link.txt").symlink_to(tmp_path / "secret.txt")

    def get(path: str, host: str = "127.0.0.1") -> tuple[int, bytes]:
        server = make_server(root, 0)
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            assert server.server_address[0] == "127.0.0.1"
            with closing(http.client.HTTPConnection("127.0.0.1", server.server_address[1], timeout=60)) as client:
                client.putrequest("GET", path, skip_host=True)
                client.putheader("Host", host)
                client.endheaders()
                answer = client.getresponse()
                return answer.status, answer.read()
        finally:
            server.shutdown()
            server.server_close()
            thread.join()

    return get


def test_the_server_serves_its_folder(ask: Callable[..., tuple[int, bytes]]) -> None:
    assert ask("/") == (200, b"page")
    assert ask("/index.html", "localhost:8765") == (200, b"page")


@pytest.mark.parametrize(
    "path",
    [
        "/../secret.txt",
        "/%2e%2e/secret.txt",
        "/link.txt",
        "/pictures/",
        "/none",
        "//etc/passwd",
        "/%00",
        "/" + "a" * 5000,
    ],
)
def test_and_nothing_else(ask: Callable[..., tuple[int, bytes]], path: str) -> None:
    status, body = ask(path)
    assert status == 404
    assert b"secret" not in body


def test_another_name_for_this_machine_is_refused(ask: Callable[..., tuple[int, bytes]]) -> None:
    assert ask("/", "evil.example:8765")[0] == 403


def test_a_port_in_use_is_said(tmp_path: Path) -> None:
    with make_server(tmp_path, 0) as first, pytest.raises(AnibenchError, match="--port"):
        make_server(tmp_path, first.server_address[1])
