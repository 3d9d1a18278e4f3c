"""A drawn Danbooru mirror with metadata and defects in the published layout, for tests at scale.

python -m builder.drawing.mirror 20000 --out mirror

Writes `original/BUCKET/ID.EXT`, `512px/BUCKET/ID.jpg` (general and sensitive only) and `metadata/*.json` of either era.
As in a real mirror, some posts are deleted, grey, without people, or copies of other posts, and some files are
truncated, misnamed, missing or no pictures. After a kill the same command continues.
"""

import argparse
import io
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from hashlib import md5
from pathlib import Path
from typing import Any, Literal

import numpy as np
import PIL.Image

from benchmark.core.errors import AnibenchError
from benchmark.core.files import Image, atomic_path, read_json_lines, write_bytes
from benchmark.core.progress import progress
from benchmark.core.seeds import derive_seed
from builder.core.workers import Crash, in_processes
from builder.drawing.illustration import draw_portrait

Era = Literal["2020", "2021"]
CATEGORIES = {"general": 0, "artist": 1, "copyright": 3, "character": 4, "meta": 5}
SHARD = 10_000  # rows of one metadata file
COPY_BACK = 97  # a copy shows the picture of the post that is this many posts earlier
# Defects, and the number of posts per 1,000 that have each; the other posts have none.
DIRT = {
    "copy": 20, "monochrome": 15, "no_humans": 10, "deleted": 10, "banned": 2, "explicit": 15, "truncated": 5,
    "misnamed": 5, "archive": 5, "markup": 2, "no_file": 5, "no_row": 5,
}  # fmt: skip
WITHOUT_FILE = ("deleted", "no_file")
FORMATS = {"jpg": "JPEG", "png": "PNG", "webp": "WEBP", "gif": "GIF"}


@dataclass(frozen=True)
class Post:
    """One post of the mirror."""

    number: int
    size: int  # px, mean side of the portraits

    @property
    def id(self) -> int:
        """The post's id: increases with the number and is spread over all buckets."""
        return 1001 + 7 * self.number

    @property
    def bucket(self) -> str:
        return f"{self.id % 1000:04d}"

    @property
    def dirt(self) -> str | None:
        """The post's defect, chosen by its own seed; None for a post without one."""
        place = derive_seed("dirt", str(self.number)) % 1000
        for name, share in DIRT.items():
            if place < share:
                return None if name == "copy" and self.number < COPY_BACK else name
            place -= share
        return None

    @property
    def extension(self) -> str:
        if self.dirt == "archive":
            return "zip"
        place = derive_seed("extension", str(self.number)) % 100
        return "jpg" if place < 75 else "png" if place < 95 else "webp" if place < 98 else "gif"

    @property
    def portrait(self) -> int:
        """The number of the portrait that the post shows."""
        return self.number - COPY_BACK if self.dirt == "copy" else self.number


def make_post(post: Post, out: Path) -> dict[str, Any] | None:
    """Write a post's files below `out`; return its metadata in the form of 2021, None if the mirror has none."""
    rng = np.random.default_rng(derive_seed("post", str(post.number)))
    side = int(post.size * rng.uniform(0.8, 1.2))
    drawing = draw_portrait(post.portrait, side)
    rgb = _grey(drawing.color) if post.dirt == "monochrome" else drawing.color
    content = _content(post, rgb)
    if post.dirt not in WITHOUT_FILE:
        write_bytes(out / "original" / post.bucket / f"{post.id}.{post.extension}", content)
        if post.dirt not in ("explicit", "archive", "markup"):
            write_bytes(out / "512px" / post.bucket / f"{post.id}.jpg", _thumbnail(post, rgb))
    return None if post.dirt == "no_row" else _row(post, drawing.metadata, content, side)


def old_row(row: dict[str, Any]) -> dict[str, Any]:
    """Convert a row of 2021 to the form of 2017-2020: numbers as strings, tags as objects, three ratings."""
    kept = {key: value for key, value in row.items() if "tag_string" not in key}
    old: dict[str, Any] = {key: value if isinstance(value, bool) else str(value) for key, value in kept.items()}
    old["rating"] = {"g": "s", "s": "s"}.get(row["rating"], row["rating"])
    tags = [(tag, code) for name, code in CATEGORIES.items() for tag in row[f"tag_string_{name}"].split()]
    old["tags"] = [{"id": str(1 + len(tag)), "name": tag, "category": str(code)} for tag, code in tags]
    return old


def draw_mirror(count: int, out: Path, *, size: int, era: Era, workers: int) -> Path:
    """Draw a mirror of `count` posts in `out`, or continue an interrupted one; returns its metadata folder.

    Raises AnibenchError if `out` contains part of a mirror with other settings.
    """
    made = out / "made.jsonl"
    wanted = {"count": count, "size": size, "era": era}
    rows = read_json_lines(made)
    if rows and rows[0] != wanted:
        raise AnibenchError(f"{out} holds a mirror drawn with {rows[0]}, not {wanted}; choose another --out")
    out.mkdir(parents=True, exist_ok=True)
    done = {row["number"]: row["row"] for row in rows[1:]}
    posts = (Post(number, size) for number in range(count) if number not in done)
    with made.open("a", encoding="utf-8") as file, progress("Drawing", count, done=len(done), unit="posts") as advance:
        file.write("" if rows else json.dumps(wanted) + "\n")
        file.write("\n" if rows else "")  # ends a line that a kill truncated
        for post, row in in_processes(partial(make_post, out=out), posts, workers):
            if isinstance(row, Crash):
                raise AnibenchError(
                    f"post {post.id} crashed its worker on every attempt; run the same command with --workers 1"
                )
            done[post.number] = row
            file.write(json.dumps({"number": post.number, "row": row}) + "\n")
            file.flush()
            advance()
    _write_metadata(out / "metadata", [row for _, row in sorted(done.items()) if row is not None], era)
    return out / "metadata"


def _write_metadata(folder: Path, rows: list[dict[str, Any]], era: Era) -> None:
    for start in range(0, len(rows), SHARD):
        shard = rows[start : start + SHARD]
        with atomic_path(folder / f"posts{start // SHARD:012d}.json") as temporary:
            temporary.write_text("".join(_lines(map(old_row, shard) if era == "2020" else shard)), "utf-8")


def _lines(rows: Iterable[dict[str, Any]]) -> Iterator[str]:
    return (json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def _content(post: Post, rgb: Image) -> bytes:
    """The bytes of the original file, with the post's defect."""
    if post.dirt == "archive":
        return b"PK\x03\x04" + bytes(200)
    if post.dirt == "markup":
        return b"<!DOCTYPE html><title>404 Not Found</title>"
    form = FORMATS[post.extension]
    if post.dirt == "misnamed":
        form = "PNG" if form == "JPEG" else "JPEG"
    content = _encode(rgb, form, quality=70 if post.dirt == "copy" else 92)
    return content[: len(content) // 2] if post.dirt == "truncated" else content


def _thumbnail(post: Post, rgb: Image) -> bytes:
    """The copy of the 512px edition: JPEG, at most 512 x 512 px."""
    picture = PIL.Image.fromarray(rgb)
    if max(picture.size) > 512:
        picture.thumbnail((512, 512), PIL.Image.Resampling.LANCZOS)
    content = _encode(np.asarray(picture), "JPEG", quality=90)
    return content[: len(content) // 2] if post.dirt == "truncated" else content


def _encode(rgb: Image, form: str, quality: int) -> bytes:
    stream = io.BytesIO()
    options: dict[str, Any] = {"quality": quality} if form in ("JPEG", "WEBP") else {}
    PIL.Image.fromarray(rgb).save(stream, form, **options)
    return stream.getvalue()


def _grey(rgb: Image) -> Image:
    return np.asarray(PIL.Image.fromarray(rgb).convert("L").convert("RGB"), np.uint8)


def _row(post: Post, known: dict[str, object], content: bytes, side: int) -> dict[str, Any]:
    """The metadata of a post in the form of 2021."""
    rng = np.random.default_rng(derive_seed("row", str(post.number)))
    listed = known["tags"]
    general = [str(tag) for tag in listed] if isinstance(listed, list) else []
    meta = ["commentary_request"] if rng.random() < 0.2 else []
    if post.dirt == "monochrome":
        general += ["greyscale", "monochrome"]
    if post.dirt == "no_humans":
        general = ["no_humans", "scenery"]
    tags = {
        "general": general,
        "artist": [f"{known['artist']}_{post.number // 500}"],  # 80 per 500 posts: 6 posts each, as on the real site
        "copyright": str(known["copyright"]).split(),
        "character": str(known["character"]).split(),
        "meta": meta,
    }
    rating = str(rng.choice(["q", "e"])) if post.dirt == "explicit" else str(rng.choice(["g", "s"], p=[0.8, 0.2]))
    return {
        "id": post.id,
        "created_at": f"{2006 + post.number % 15}-05-0{1 + post.number % 9}T21:40:42.851-05:00",
        "score": int(rng.integers(-2, 60)),
        "source": f"https://drawn.example/{post.id}",
        "md5": md5(content, usedforsecurity=False).hexdigest(),
        "rating": rating,
        "image_width": side,
        "image_height": side,
        "file_ext": post.extension,
        "file_size": len(content),
        "parent_id": None,
        "is_pending": False,
        "is_flagged": False,
        "is_deleted": post.dirt == "deleted",
        "is_banned": post.dirt == "banned",
        **{f"tag_string_{name}": " ".join(names) for name, names in tags.items()},
        "tag_string": " ".join(sorted(tag for names in tags.values() for tag in names)),
    }


def main() -> None:
    """Run the command line that the docstring of this file shows."""
    parser = argparse.ArgumentParser(description="Draw a Danbooru mirror with metadata.")
    parser.add_argument("count", type=int, help="number of posts")
    parser.add_argument("--out", type=Path, required=True, help="folder of the mirror")
    parser.add_argument(
        "--size", type=int, default=256, help="mean side of a portrait in px; sides vary by up to a fifth [256]"
    )
    parser.add_argument(
        "--era", choices=["2020", "2021"], default="2021", help="year whose metadata format is written [2021]"
    )
    parser.add_argument("--workers", type=int, default=2, help="worker processes [2]")
    given = parser.parse_args()
    if given.count < 1 or given.size < 32:
        parser.error("COUNT must be at least 1 and --size at least 32")
    metadata = draw_mirror(given.count, given.out, size=given.size, era=given.era, workers=given.workers)
    print(f"{given.count} posts in {given.out}, metadata in {metadata}")


if __name__ == "__main__":
    main()
