"""Posts of every published form, and of downloaders."""

from typing import Any

import pytest
from posts import NEW, OLD

from builder.sources.metadata import Metadata, caption_rating, is_old_form, parse_post, rating_word


def test_the_old_form() -> None:
    number, post = parse_post(OLD)
    assert number == 251218
    assert is_old_form(OLD)
    assert post == Metadata(
        rating="s", artist="marupeke", character="aruruw", copyright="utawareru_mono", tags="1girl photoshop_(medium)",
        score=-2, md5="a3", created="2008-05-21 00:41:56 UTC", width=350, height=700, extension="jpg", bytes=73187,
    )  # fmt: skip


def test_the_new_form() -> None:
    number, post = parse_post(NEW)
    assert (number, is_old_form(NEW)) == (6285839, False)
    assert (post.artist, post.character, post.copyright, post.tags) == ("seseren", "herta", None, "1girl hat")
    assert (post.deleted, post.banned, post.source_url) == (True, False, "https://example.org/1")


def test_keys_may_be_missing() -> None:
    assert parse_post({}) == (None, Metadata())
    assert parse_post({"id": "7", "tag_string": "a b"}) == (7, Metadata(tags="a b"))


@pytest.mark.parametrize(
    ("post", "why"),
    [
        ([1], "a list, not an object"),
        ({"id": "x1"}, "its id is 'x1', not a number"),
        ({"score": {}}, "its score"),
        ({"rating": 3}, "its rating is a int"),
        ({"tags": [3]}, "its tags"),
        ({"id": 10**30}, "too large"),
    ],
)
def test_what_is_no_post_says_why(post: Any, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        parse_post(post)


def test_the_letter_s_has_two_meanings() -> None:
    assert rating_word("s", old=True) == "safe"
    assert rating_word("s", old=False) == "sensitive"
    assert rating_word("Q", old=True) == rating_word("q", old=False) == "questionable"
    assert rating_word("general", old=True) == "general"
    assert rating_word("x", old=False) is None
    assert rating_word(None, old=True) is None


@pytest.mark.parametrize(
    "tags",
    [["1girl", "long hair"], "1girl long_hair", "1girl, long hair", "['1girl', 'long hair']", '["1girl", "long_hair"]'],
)
def test_tags_are_a_list_of_names_or_one_text(tags: Any) -> None:
    post = {"rating": "s", "tags": tags, "tags_artist": ["someone"]}
    assert not is_old_form(post)
    assert parse_post(post) == (None, Metadata(rating="s", tags="1girl long_hair", artist="someone"))


def test_numbers_may_be_those_of_a_table_with_gaps() -> None:
    assert parse_post({"id": "7.0", "score": 3.0, "is_deleted": "True"}) == (7, Metadata(score=3, deleted=True))


def test_a_caption_may_name_a_rating() -> None:
    assert caption_rating("1girl, solo, rating:Explicit") == "explicit"
    assert caption_rating("a girl with a high rating") is None
