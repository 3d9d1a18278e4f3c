"""The metadata of a picture, and their formats in posts.

2017 to 2020: numbers are strings, tags a list of {id, name, category}. From 2021 on, and the API: numbers, `tag_string`
and `tag_string_<category>`, keys that are missing or null. Downloaders: `tags` and `tags_<category>` as lists of names
or as one text. Ratings: until 2022 s, q, e (s was "safe"), since then g, s, q, e (s is "sensitive"). The letter s has
two meanings; `rating_word` gives a word for each.
"""

import ast
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any

OLD_RATINGS = {"s": "safe", "q": "questionable", "e": "explicit"}
RATINGS = {"g": "general", "s": "sensitive", "q": "questionable", "e": "explicit"}
RATING_WORDS = ("general", "safe", "sensitive", "questionable", "explicit")
CAPTION_RATING = re.compile(r"\brating[:_ ]+(general|safe|sensitive|questionable|explicit)\b", re.IGNORECASE)
_CATEGORIES = {"0": "tags", "1": "artist", "3": "copyright", "4": "character", "5": "tags"}


@dataclass(frozen=True)
class Metadata:
    """The metadata of one picture; unknown values are None. Names are joined by spaces; a tag contains no space."""

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
        """The known values, for JSON; `Metadata(**metadata.known())` equals the metadata."""
        values = ((name, getattr(self, name)) for name in FIELDS)
        return {name: value for name, value in values if value is not None and value is not False}


FIELDS = tuple(field.name for field in fields(Metadata))


def parse_post(post: Any) -> tuple[int | None, Metadata]:
    """The id (or None) and the metadata of a post decoded from JSON; the rating is still a letter.

    Raises ValueError that names the error in the post.
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
    tags = post.get("tags") if isinstance(post, Mapping) else None
    return isinstance(tags, list) and "tag_string" not in post and all(isinstance(tag, Mapping) for tag in tags)


def caption_rating(text: str) -> str | None:
    """The rating in a caption, such as `rating:explicit`; None without one."""
    found = CAPTION_RATING.search(text)
    return None if found is None else found[1].lower()


def _names(post: Mapping[str, Any]) -> dict[str, str | None]:
    """Space-joined tag names by category."""
    found: dict[str, list[str]] = {"tags": [], "artist": [], "character": [], "copyright": []}
    if is_old_form(post):
        for tag in post["tags"]:
            if not isinstance(tag.get("name"), str):
                raise ValueError("its tags are not objects with a name")
            found[_CATEGORIES.get(str(tag.get("category", "0")), "tags")].append(tag["name"])
    else:
        for name in ("artist", "character", "copyright"):
            found[name] = _tags_of(post, name)
        found["tags"] = _tags_of(post, "general") + _tags_of(post, "meta")
        known = {name for names in found.values() for name in names}
        both = _tags(post, "tag_string") or _tags(post, "tags")
        found["tags"] += [name for name in both if name not in known]
    return {name: join_names(names) for name, names in found.items()}


def _tags_of(post: Mapping[str, Any], category: str) -> list[str]:
    """The tag names of one category, in the format of Danbooru or of a downloader."""
    return _tags(post, f"tag_string_{category}") or _tags(post, f"tags_{category}")


def _tags(post: Mapping[str, Any], key: str) -> list[str]:
    """The tag names of a list, of a text separated by blanks or commas, or of a list written as text."""
    value = post.get(key)
    if isinstance(value, str) and value.startswith("["):
        value = _written_list(value)
    if isinstance(value, list):
        if not all(isinstance(name, str) for name in value):
            raise ValueError(f"its {key} are not names")
        return ["_".join(name.split()) for name in value if name.strip()]
    text = _text(post, key) or ""
    if ", " in text:
        return ["_".join(name.split()) for name in text.split(",") if name.strip()]
    return text.split()


def _written_list(text: str) -> Any:
    """The list in a text such as `['1girl', 'solo']`; other texts are returned unchanged."""
    try:
        value = ast.literal_eval(text)
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        return text
    return value if isinstance(value, list) else text


def join_names(names: Iterable[str]) -> str | None:
    """Names as one text, with `_` for the spaces inside a name; None without names."""
    return _sound(" ".join("_".join(name.split()) for name in names if name.strip())) or None


def _text(post: Mapping[str, Any], key: str) -> str | None:
    value = post.get(key)
    if value is None or value == "":
        return None
    if not isinstance(value, str):
        raise ValueError(f"its {key} is a {type(value).__name__}, not a text")
    return _sound(value)


def _sound(text: str) -> str:
    """Remove lone surrogates, which cannot be stored in a table."""
    return text.encode("utf-8", "replace").decode()


def _number(post: Mapping[str, Any], key: str) -> int | None:
    value = post.get(key)
    if value is None or value == "":
        return None
    try:
        number = _whole(value)
    except (TypeError, ValueError, OverflowError):
        raise ValueError(f"its {key} is {str(value)[:40]!r}, not a number") from None
    if abs(number) >= 2**63:
        raise ValueError(f"its {key} is too large")
    return number


def _whole(value: Any) -> int:
    """The int of a number or of its digits; tables with missing values write ids as floats, such as `7.0`."""
    if isinstance(value, str) and value.endswith(".0"):
        value = value.removesuffix(".0")
    return int(value)


def _flag(post: Mapping[str, Any], key: str) -> bool:
    return post.get(key) in (True, "true", "True", "t", "1", 1)
