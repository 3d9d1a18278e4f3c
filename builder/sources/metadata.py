"""What a source knows of a picture, and how it is read from a Danbooru post in every form the posts were published.

2017 to 2020: numbers are strings, tags a list of {id, name, category}. From 2021 on, and the API: numbers, `tag_string`
and `tag_string_<category>`, keys that are missing or null. Ratings: until 2022 s, q, e (s was "safe"), since then
g, s, q, e (s is "sensitive"). The same letter has two meanings, so the words are kept apart: see `rating_word`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any

OLD_RATINGS = {"s": "safe", "q": "questionable", "e": "explicit"}
RATINGS = {"g": "general", "s": "sensitive", "q": "questionable", "e": "explicit"}
RATING_WORDS = ("general", "safe", "sensitive", "questionable", "explicit")
_CATEGORIES = {"0": "tags", "1": "artist", "3": "copyright", "4": "character", "5": "tags"}


@dataclass(frozen=True)
class Metadata:
    """Of one picture; None where nothing is known. Several names are joined by a space: a tag holds none itself."""

    rating: str | None = None  # one of RATING_WORDS
    artist: str | None = None
    character: str | None = None
    copyright: str | None = None
    tags: str | None = None  # general and meta tags
    score: int | None = None
    md5: str | None = None
    created: str | None = None  # as the source writes it
    source_url: str | None = None
    width: int | None = None
    height: int | None = None
    extension: str | None = None  # lower case, without the dot
    bytes: int | None = None
    deleted: bool = False
    banned: bool = False
    pending: bool = False
    licence: str | None = None
    attribution: str | None = None

    def known(self) -> dict[str, Any]:
        """What is known, for JSON: `Metadata(**metadata.known())` is the same again."""
        values = ((name, getattr(self, name)) for name in FIELDS)
        return {name: value for name, value in values if value is not None and value is not False}


FIELDS = tuple(field.name for field in fields(Metadata))


def parse_post(post: Any) -> tuple[int | None, Metadata]:
    """A post, decoded from JSON -> its id, where it has one, and its metadata; the rating is still a letter.

    Raises ValueError that says what is wrong with it.
    """
    if not isinstance(post, Mapping):
        raise ValueError(f"it is a {type(post).__name__}, not an object")
    named = _names(post)
    return _number(post, "id"), Metadata(
        rating=_text(post, "rating"),
        artist=named["artist"],
        character=named["character"],
        copyright=named["copyright"],
        tags=named["tags"],
        score=_number(post, "score"),
        md5=_text(post, "md5"),
        created=_text(post, "created_at"),
        source_url=_text(post, "source"),
        width=_number(post, "image_width"),
        height=_number(post, "image_height"),
        extension=(_text(post, "file_ext") or "").lower() or None,
        bytes=_number(post, "file_size"),
        deleted=_flag(post, "is_deleted"),
        banned=_flag(post, "is_banned"),
        pending=_flag(post, "is_pending"),
    )


def rating_word(rating: str | None, *, old: bool) -> str | None:
    """A rating letter or word -> the word; `old` says that it was given before "general" was split off "safe"."""
    if rating is None:
        return None
    lower = rating.lower()
    return lower if lower in RATING_WORDS else (OLD_RATINGS if old else RATINGS).get(lower)


def is_old_form(post: Any) -> bool:
    """Whether a post has the form of 2017 to 2020."""
    return isinstance(post, Mapping) and isinstance(post.get("tags"), list) and "tag_string" not in post


def _names(post: Mapping[str, Any]) -> dict[str, str | None]:
    """Space-joined tag names by what they are."""
    found: dict[str, list[str]] = {"tags": [], "artist": [], "character": [], "copyright": []}
    tags = post.get("tags")
    if isinstance(tags, list):
        for tag in tags:
            if not isinstance(tag, Mapping) or not isinstance(tag.get("name"), str):
                raise ValueError("its tags are not objects with a name")
            found[_CATEGORIES.get(str(tag.get("category", "0")), "tags")].append(tag["name"])
    else:
        for name in ("artist", "character", "copyright"):
            found[name] = _split(post, f"tag_string_{name}")
        found["tags"] = _split(post, "tag_string_general") + _split(post, "tag_string_meta")
        known = {name for names in found.values() for name in names}
        found["tags"] += [name for name in _split(post, "tag_string") if name not in known]
    return {name: join_names(names) for name, names in found.items()}


def join_names(names: Iterable[str]) -> str | None:
    """Names as one text, spaces within one written as `_`; None when there is none."""
    return _sound(" ".join("_".join(name.split()) for name in names if name.strip())) or None


def _split(post: Mapping[str, Any], key: str) -> list[str]:
    return (_text(post, key) or "").split()


def _text(post: Mapping[str, Any], key: str) -> str | None:
    value = post.get(key)
    if value is None or value == "":
        return None
    if not isinstance(value, str):
        raise ValueError(f"its {key} is a {type(value).__name__}, not a text")
    return _sound(value)


def _sound(text: str) -> str:
    """Without halves of surrogate pairs, which no table can hold."""
    return text.encode("utf-8", "replace").decode()


def _number(post: Mapping[str, Any], key: str) -> int | None:
    value = post.get(key)
    if value is None or value == "":
        return None
    try:
        number = int(value)
    except (TypeError, ValueError, OverflowError):
        raise ValueError(f"its {key} is {str(value)[:40]!r}, not a number") from None
    if abs(number) >= 2**63:
        raise ValueError(f"its {key} is too large")
    return number


def _flag(post: Mapping[str, Any], key: str) -> bool:
    return post.get(key) in (True, "true", "t", "1", 1)
