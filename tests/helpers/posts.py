"""Posts of the two published forms, and files of posts."""

import json
from pathlib import Path
from typing import Any

OLD = {
    "id": "251218", "created_at": "2008-05-21 00:41:56 UTC", "score": "-2", "source": "", "md5": "a3", "rating": "s",
    "image_width": "350", "image_height": "700", "file_ext": "JPG", "file_size": "73187", "is_deleted": False,
    "tags": [
        {"id": "1", "name": "1girl", "category": "0"}, {"id": "2", "name": "aruruw", "category": "4"},
        {"id": "3", "name": "marupeke", "category": "1"}, {"id": "4", "name": "photoshop_(medium)", "category": "5"},
        {"id": "5", "name": "utawareru_mono", "category": "3"},
    ],
}  # fmt: skip
NEW = {
    "id": 6285839, "score": 152, "rating": "s", "image_width": 500, "image_height": 700, "file_ext": "png",
    "is_deleted": True, "source": "https://example.org/1", "tag_string": "1girl hat seseren herta",
    "tag_string_general": "1girl hat", "tag_string_artist": "seseren", "tag_string_character": "herta",
    "tag_string_copyright": "", "pixiv_id": None,
}  # fmt: skip


def write_lines(path: Path, *rows: Any) -> Path:
    """Write posts, or bytes as they are, one a line."""
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [row if isinstance(row, bytes) else json.dumps(row).encode() for row in rows]
    path.write_bytes(b"\n".join(lines))
    return path
