"""One picture, spelled by people, spreadsheets and downloaders."""

import pytest

from builder.sources.names import (
    md5_in,
    name_stems,
    normal_path,
    path_tails,
    post_in_file_name,
    post_in_text,
    without_suffix,
)

MD5 = "9bfa382be6e6db4569eb5bec458b0d17"


SPELLINGS = ("d/{}.png", "./d/{}.png", "d\\{}.png", " d / {}.png ", "d/{}.png\n")


@pytest.mark.parametrize("accent", ["\u00e9", "e\u0301"])
@pytest.mark.parametrize("text", SPELLINGS)
def test_every_spelling_becomes_one_path(text: str, accent: str) -> None:
    assert normal_path(text.format(accent)) == "d/\u00e9.png"


def test_parts_of_a_path() -> None:
    assert path_tails("a/b/c.png") == ["a/b/c.png", "b/c.png", "c.png"]
    assert name_stems("x.y.png") == ["x.y.png", "x.y", "x"]
    assert without_suffix("a.b/x.y.png") == "a.b/x.y"
    assert without_suffix("a.b/x") == "a.b/x"


@pytest.mark.parametrize(
    ("name", "post"),
    [("7.png", 7), (f"danbooru_7_{MD5}.png", 7), (f"7_{MD5}.jpg", 7), ("img_7.png", None), ("0007.png", None)],
)
def test_the_post_of_a_file_name(name: str, post: int | None) -> None:
    assert post_in_file_name(name) == post


@pytest.mark.parametrize(
    "text", ["7", "#7", "post #7", "Post 7", "id:7", "https://danbooru.donmai.us/posts/7?q=hat", "http://x.y/?id=7"]
)
def test_the_post_that_a_person_names(text: str) -> None:
    assert post_in_text(text) == 7


def test_what_names_no_post() -> None:
    assert post_in_text("7.png") is None
    assert post_in_text("# 7 pictures") is None
    assert post_in_text("https://example.org/7") is None
    assert md5_in(f"https://cdn.donmai.us/original/9b/fa/{MD5.upper()}.png") == MD5
    assert md5_in(MD5 + "0") is None
