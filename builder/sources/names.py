"""Parsing of picture names: paths, Unicode forms, post URLs, post ids and hashes."""

import re
from unicodedata import normalize

_MD5 = re.compile(r"(?<![0-9a-f])[0-9a-f]{32}(?![0-9a-f])")
_POST_URL = re.compile(r"/posts?/(?:show/)?(\d{1,11})(?!\d)|[?&]id=(\d{1,11})(?!\d)")
_POST_WORD = re.compile(r"(?:(?:post|id)\s*[#:]?\s*|#)?(\d{1,11})", re.IGNORECASE)
_BOARD = "danbooru|gelbooru|safebooru|yandere|konachan|sankaku|e621|rule34|post"
_POST_FILE = re.compile(rf"(?:(?:{_BOARD})[_ -])?([1-9]\d{{0,10}})(?:[_ -]+(?:sample-)?[0-9a-f]{{32}})?")


def normal_path(text: str) -> str:
    """A path in Unicode form C, with forward slashes, without `.` parts and without blanks around its parts."""
    parts = (part.strip() for part in normalize("NFC", text).replace("\\", "/").split("/"))
    return "/".join(part for part in parts if part not in ("", "."))


def path_tails(path: str) -> list[str]:
    """Every trailing part of a path, the whole path first: `a/b/c.png`, `b/c.png`, `c.png`."""
    parts = path.split("/")
    return ["/".join(parts[start:]) for start in range(len(parts))]


def name_stems(name: str) -> list[str]:
    """The file name, without its last suffix, and without all suffixes: `x.y.png`, `x.y`, `x`."""
    return list(dict.fromkeys((name, name.rpartition(".")[0] or name, name.partition(".")[0] or name)))


def without_suffix(path: str) -> str:
    """A path without the last suffix of its file name."""
    folder, slash, name = path.rpartition("/")
    return folder + slash + (name.rpartition(".")[0] or name)


def md5_in(text: str) -> str | None:
    """The first MD5 (32 hex digits) of a text, in lower case; None without any."""
    found = _MD5.search(text.lower())
    return None if found is None else found[0]


def post_in_file_name(name: str) -> int | None:
    """The post id in a downloader's file name, such as `7.png` or `danbooru_7_MD5.png`; None for other names."""
    found = _POST_FILE.fullmatch(name.partition(".")[0].lower())
    return None if found is None else int(found[1])


def post_in_text(text: str) -> int | None:
    """The post id of an entry: `7`, `#7`, `post #7`, or the URL of a post; None for other texts."""
    text = text.strip()
    if "://" in text:
        url = _POST_URL.search(text)
        return None if url is None else int(url[1] or url[2])
    found = _POST_WORD.fullmatch(text)
    return None if found is None else int(found[1])
