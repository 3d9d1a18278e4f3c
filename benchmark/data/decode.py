"""Any picture file -> uint8 RGB, or the reason why it cannot be decoded.

Pillow recognizes the format by content, never by name. Transparency is composited on white, an ICC profile is converted
to sRGB, EXIF rotation is applied, of an animation the first frame is taken, 16 bits are rounded to 8. A file that is
cut off is refused. OpenCV decodes an ordinary JPEG: the same library as Pillow's gives the same pixels there, with
fewer copies.
"""

import errno
import io
import re
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import numpy as np
import PIL.Image
from PIL import ImageCms, ImageOps, UnidentifiedImageError
from pydantic import Field

from benchmark.core.config import Config, load_config
from benchmark.core.errors import AnibenchError
from benchmark.core.files import Image

# By content alone; formats that run programs (EPS, WMF) or have no signature (TGA) are left out.
FORMATS = ("JPEG", "MPO", "PNG", "GIF", "WEBP", "BMP", "DIB", "TIFF", "AVIF", "JPEG2000", "PPM", "ICO", "QOI")
_UNUSABLE = (ImageCms.PyCMSError, OSError, ValueError, TypeError)  # what ImageCms raises on a profile
_ORIENTATION = 0x0112  # of EXIF; 1 is upright
# RGB uint8 (4, 256, 3): all levels of grey, red, green and blue, by which a profile is compared with sRGB.
_RAMPS = np.stack([np.outer(np.arange(256), on) for on in ((1, 1, 1), (1, 0, 0), (0, 1, 0), (0, 0, 1))]).astype(
    np.uint8
)
_MARKER = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")  # of a JPEG, but for those that stand within a scan
_PROGRESSIVE, _END, _SCAN = 0xC2, 0xD9, 0xDA
_SEGMENTS = frozenset([0xC0, 0xC1, _PROGRESSIVE, 0xC4, *range(_SCAN, 0xF0), 0xFE])  # of 8 bits with Huffman codes


class DecodeRecipe(Config):
    """Limits for opening pictures."""

    max_pixels: int = Field(
        default=100_000_000, gt=0, description="a picture with more pixels by its header is refused before decoding"
    )
    max_bytes: int = Field(default=512 * 2**20, gt=0, description="a larger file is refused before reading")


def take_decode_settings(settings: Sequence[str]) -> tuple[DecodeRecipe, list[str]]:
    """The recipe of the settings `decode.KEY=VALUE`, and the other settings; raises AnibenchError for a bad one."""
    own = [setting for setting in settings if setting.startswith("decode.")]
    recipe = load_config(DecodeRecipe, settings=[setting.removeprefix("decode.") for setting in own])
    return recipe, [setting for setting in settings if setting not in own]


class DecodeError(AnibenchError):
    """A picture that cannot be decoded: `reason` is a short code for counting, the text names the file and says why."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason

    def __reduce__(self) -> tuple[type["DecodeError"], tuple[str, str]]:
        return DecodeError, (self.reason, str(self))


def read_picture(
    source: Path | bytes,
    recipe: DecodeRecipe | None = None,
    name: str | None = None,
    background: Literal["white", "black"] = "white",
) -> Image:
    """Decode a file or its bytes to RGB uint8 (H, W, 3), transparency composited on `background`.

    Raises DecodeError that names `name` (default: the path), with the reason `unreadable`, `file-too-large`,
    `empty-file`, `not-a-picture`, `too-many-pixels`, `truncated` or `damaged`.
    """
    picture, content, name = _opened(source, recipe, name)
    with _decoding(name):
        rgb = _by_opencv(picture, content)
        if rgb is None:
            picture.load()
            rgb = np.ascontiguousarray(_to_rgb(_upright(picture), background), dtype=np.uint8)
        return rgb


def read_alpha(source: Path | bytes, recipe: DecodeRecipe | None = None, name: str | None = None) -> Image | None:
    """The opacity of a picture, uint8 (H, W), 0 clear to 255 opaque; None where every pixel is opaque.

    Raises DecodeError as `read_picture` does.
    """
    picture, _, name = _opened(source, recipe, name)
    if not picture.has_transparency_data:
        return None
    with _decoding(name):
        picture.load()
        alpha = np.asarray(_upright(picture).convert("RGBA").getchannel("A"), np.uint8)
        return None if alpha.min() == 255 else alpha


def open_picture(source: Path | bytes, recipe: DecodeRecipe | None = None, name: str | None = None) -> PIL.Image.Image:
    """A picture with its header read and its size checked, not yet decoded. Raises DecodeError as `read_picture`."""
    return _opened(source, recipe, name)[0]


def _opened(source: Path | bytes, recipe: DecodeRecipe | None, name: str | None) -> tuple[PIL.Image.Image, bytes, str]:
    """The picture with its header read, its bytes, and the name for messages."""
    recipe = recipe or DecodeRecipe()
    name = name or (str(source) if isinstance(source, Path) else "the picture")
    content = read_content(source, recipe, name) if isinstance(source, Path) else source
    if not content:
        raise DecodeError("empty-file", f"{name} is empty")
    return _open(content, recipe, name), content, name


@contextmanager
def _decoding(name: str) -> Iterator[None]:
    """Turn what a decoder raises into DecodeError `truncated` or `damaged`."""
    try:
        yield
    except Exception as error:  # parsers of a dozen formats raise nearly anything on a damaged file
        cut = isinstance(error, EOFError) or "truncated" in str(error) or "broken data stream" in str(error)
        reason, what = ("truncated", "is cut off") if cut else ("damaged", "is damaged")
        raise DecodeError(reason, f"{name} {what}: {error or type(error).__name__}") from error


def read_content(path: Path, recipe: DecodeRecipe, name: str) -> bytes:
    """The bytes of a file; raises DecodeError `unreadable` or `file-too-large`."""
    try:
        with path.open("rb") as file:
            content = file.read(recipe.max_bytes + 1)
    except OSError as error:
        if error.errno in (errno.EMFILE, errno.ENFILE, errno.ENOMEM):
            raise  # a fault of the machine, not of the file
        raise DecodeError("unreadable", f"{name} cannot be read: {error.strerror}") from error
    if len(content) > recipe.max_bytes:
        raise DecodeError("file-too-large", f"{name} has more than {recipe.max_bytes} bytes (decode.max_bytes)")
    return content


def _open(content: bytes, recipe: DecodeRecipe, name: str) -> PIL.Image.Image:
    """Read only the header, and refuse a picture with too many pixels."""
    PIL.Image.init()
    PIL.Image.MAX_IMAGE_PIXELS = None  # Pillow's own limit; `decode.max_pixels` replaces it, smaller or larger
    known = [form for form in FORMATS if form in PIL.Image.OPEN]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            picture = PIL.Image.open(io.BytesIO(content), formats=known)
    except UnidentifiedImageError:
        raise DecodeError("not-a-picture", f"{name} is not a picture: {_looks_like(content)}") from None
    except Exception as error:
        raise DecodeError("damaged", f"{name} has a damaged header: {error or type(error).__name__}") from error
    width, height = picture.size
    if width * height > recipe.max_pixels:
        raise DecodeError(
            "too-many-pixels", f"{name} is {width} x {height}, more than {recipe.max_pixels} pixels (decode.max_pixels)"
        )
    return picture


def _looks_like(content: bytes) -> str:
    start = content[:512].lstrip().lower()
    if start.startswith((b"<!doctype", b"<html", b"<?xml", b"<svg")):
        return "it holds markup, such as HTML or SVG; export a drawing as PNG"
    return f"it starts with {content[:8].hex(' ')}"


def _by_opencv(picture: PIL.Image.Image, content: bytes) -> Image | None:
    """The pixels of a whole, upright JPEG in RGB or grey, as Pillow would give them; None leaves it to Pillow."""
    plain = picture.format == "JPEG" and picture.mode in ("RGB", "L") and _orientation(picture) == 1
    if not plain or _foreign_profile(picture) is not None or not _is_whole_jpeg(content):
        return None
    import cv2

    decode: Callable[..., Any] = cv2.imdecode
    pixels = decode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR_RGB | cv2.IMREAD_IGNORE_ORIENTATION)
    return None if pixels is None or pixels.shape[1::-1] != picture.size else np.asarray(pixels, np.uint8)


def _is_whole_jpeg(content: bytes) -> bool:
    """Whether the segments lead to the end marker, none of a rare kind, and none after the scan of a baseline JPEG.

    Pillow refuses a file that stops before that marker or is damaged behind the scan; OpenCV fills the missing part
    without an error.
    """
    at, allowed, progressive = 2, _SEGMENTS, False
    while marker := _MARKER.search(content, at):
        code, start = content[marker.end() - 1], marker.end()
        length = int.from_bytes(content[start : start + 2])
        if code not in allowed or length < 2:
            return code == _END
        progressive = progressive or code == _PROGRESSIVE
        if code == _SCAN and not progressive:
            allowed = frozenset()
        at = start + length
    return False


def _orientation(picture: PIL.Image.Image) -> int:
    """The EXIF orientation; 1 (upright) where there is none or it is damaged."""
    try:
        return int(picture.getexif().get(_ORIENTATION, 1))
    except Exception:
        return 1


def _upright(picture: PIL.Image.Image) -> PIL.Image.Image:
    """Apply the EXIF orientation, where one can be read."""
    if _orientation(picture) == 1:
        return picture
    try:
        return ImageOps.exif_transpose(picture)
    except Exception:
        return picture


def _to_rgb(picture: PIL.Image.Image, background: str) -> PIL.Image.Image:
    """Any mode -> RGB: profile to sRGB first, then transparency onto the background."""
    profile = _foreign_profile(picture)
    if picture.mode in ("I", "F") or picture.mode.startswith("I;16"):
        picture = _eight_bits(picture)
    alpha: PIL.Image.Image | None = None
    if picture.has_transparency_data:
        rgba = picture.convert("RGBA")
        alpha = rgba.getchannel("A")
        picture = rgba.convert("RGB") if picture.mode not in ("LA", "La") else rgba.getchannel("R")
    elif picture.mode not in ("RGB", "L", "CMYK"):
        picture = picture.convert("RGB")
    color = picture if profile is None else _to_srgb(picture, profile)
    if color.mode != "RGB":
        color = color.convert("RGB")
    if alpha is None:
        return color
    page = PIL.Image.new("RGB", color.size, background)
    page.paste(color, mask=alpha)
    return page


def _eight_bits(picture: PIL.Image.Image) -> PIL.Image.Image:
    """16- and 32-bit grey -> 8 bits: 65535 becomes 255, rounded. Floats are taken as 0..1 where none is above 1."""
    values = np.asarray(picture).astype(np.float64)
    top = 65535.0 if picture.mode != "F" else (1.0 if values.max(initial=0) <= 1 else 255.0)
    scaled = np.rint(np.nan_to_num(values) * (255.0 / top))
    return PIL.Image.fromarray(np.clip(scaled, 0, 255).astype(np.uint8))


def _foreign_profile(picture: PIL.Image.Image) -> ImageCms.ImageCmsProfile | None:
    """An embedded profile that can be read and is not sRGB."""
    content = picture.info.get("icc_profile")
    if not isinstance(content, bytes) or _is_srgb(content):
        return None
    return ImageCms.ImageCmsProfile(io.BytesIO(content))


@lru_cache(maxsize=64)
def _is_srgb(content: bytes) -> bool:
    """Whether a profile leaves sRGB values as they are, by its curves and primaries; a broken profile counts as sRGB.

    Profiles that are sRGB move no value by more than 1 level. A linear profile moves 55 to 128, whatever its name.
    """
    try:
        profile = ImageCms.ImageCmsProfile(io.BytesIO(content))
        # The space is of the profile: "RGB " for a picture in grey with an RGB profile, which cannot be used either.
        if profile.profile.xcolor_space.strip() != "RGB":
            return "srgb" in ImageCms.getProfileDescription(profile).lower()
        probe = PIL.Image.fromarray(_RAMPS)
        converted = ImageCms.profileToProfile(probe, profile, ImageCms.createProfile("sRGB"), outputMode="RGB")
        assert converted is not None
        return bool(np.abs(np.asarray(converted, np.int16) - _RAMPS).max() <= 1)
    except _UNUSABLE:
        return True


def _to_srgb(picture: PIL.Image.Image, profile: ImageCms.ImageCmsProfile) -> PIL.Image.Image:
    """Convert by a profile; one that cannot be used leaves the numbers as they are."""
    try:
        converted = ImageCms.profileToProfile(picture, profile, ImageCms.createProfile("sRGB"), outputMode="RGB")
    except _UNUSABLE:
        converted = None
    return converted or picture
