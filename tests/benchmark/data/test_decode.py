"""Every kind of picture file there is in the wild, made here and read back."""

import io
import struct
import zlib
from pathlib import Path

import numpy as np
import PIL.Image
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import ImageCms

import benchmark.data.decode
from benchmark.data.decode import DecodeError, DecodeRecipe, read_picture

H, W = 20, 30


@pytest.fixture(scope="module")
def rgb() -> np.ndarray:
    """A smooth picture with no two corners alike."""
    y, x = np.mgrid[:H, :W]
    return np.stack([x * 8, y * 12, 255 - x * 4 - y * 3], axis=2).astype(np.uint8)


def saved(picture: PIL.Image.Image, form: str, **options: object) -> bytes:
    stream = io.BytesIO()
    picture.save(stream, form, **options)
    return stream.getvalue()


def test_reads_rgb_unchanged_whatever_the_extension(tmp_path: Path, rgb: np.ndarray) -> None:
    path = tmp_path / "ein Bild, 絵.jpg"
    path.write_bytes(saved(PIL.Image.fromarray(rgb), "PNG"))
    assert np.array_equal(read_picture(path), rgb)


@pytest.mark.parametrize("form", ["PNG", "WEBP", "TIFF"])
def test_transparency_is_composited_on_white(rgb: np.ndarray, form: str) -> None:
    alpha = np.full((H, W, 1), 255, np.uint8)
    alpha[:5], alpha[5:10] = 0, 128
    content = saved(PIL.Image.fromarray(np.concatenate([rgb, alpha], 2)), form, lossless=True)
    read = read_picture(content)
    assert (read[:5] == 255).all()
    expected = (rgb[5:10] * (128 / 255) + 255 * (127 / 255)).round()
    assert np.abs(read[5:10] - expected).max() <= 1
    assert np.array_equal(read[10:], rgb[10:])


def test_palette_with_and_without_transparency() -> None:
    indices = np.zeros((H, W), np.uint8)
    indices[:, 10:20], indices[:, 20:] = 1, 2
    picture = PIL.Image.frombytes("P", (W, H), indices.tobytes())
    picture.putpalette([255, 0, 0, 0, 255, 0, 0, 0, 255])
    columns = [(255, 0, 0), (0, 255, 0), (0, 0, 255)]
    for form in ("PNG", "GIF"):
        read = read_picture(saved(picture, form))
        assert [tuple(read[3, x]) for x in (5, 15, 25)] == columns
        read = read_picture(saved(picture, form, transparency=1))
        assert [tuple(read[3, x]) for x in (5, 15, 25)] == [columns[0], (255, 255, 255), columns[2]]


def test_grey_grey_with_alpha_and_one_bit() -> None:
    grey = np.tile(np.arange(W, dtype=np.uint8) * 8, (H, 1))
    assert np.array_equal(read_picture(saved(PIL.Image.fromarray(grey), "PNG")), np.repeat(grey[..., None], 3, 2))
    alpha = np.where(np.arange(W) < 15, 255, 0).astype(np.uint8)
    both = PIL.Image.merge("LA", [PIL.Image.fromarray(grey), PIL.Image.fromarray(np.tile(alpha, (H, 1)))])
    read = read_picture(saved(both, "PNG"))
    assert np.array_equal(read[0, :15, 1], grey[0, :15])
    assert (read[:, 15:] == 255).all()
    read = read_picture(saved(PIL.Image.fromarray(grey > 100), "PNG"))
    assert set(np.unique(read)) == {0, 255}


@pytest.mark.parametrize("form", ["PNG", "TIFF"])
def test_sixteen_bit_grey_is_rounded_not_clipped(form: str) -> None:
    values = np.tile((np.arange(W) * 2000 + 700).astype(np.uint16), (H, 1))
    read = read_picture(saved(PIL.Image.fromarray(values), form))
    assert np.array_equal(read[..., 0], np.rint(values / 257).astype(np.uint8))


def test_sixteen_bit_color_png_keeps_its_high_bytes() -> None:
    values = np.arange(4 * 4 * 3, dtype=np.uint16).reshape(4, 4, 3) * 1300
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in values)

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = struct.pack(">IIBBBBB", 4, 4, 16, 2, 0, 0, 0)
    content = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    assert np.abs(read_picture(content).astype(int) - values / 257).max() <= 1


def test_cmyk_comes_out_in_the_right_colors() -> None:
    red = PIL.Image.new("RGB", (W, H), (220, 30, 40)).convert("CMYK")
    read = read_picture(saved(red, "JPEG", quality=95))
    assert np.abs(read.reshape(-1, 3).mean(0) - [220, 30, 40]).max() < 12


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation_is_applied(rgb: np.ndarray, orientation: int) -> None:
    shown = PIL.Image.fromarray(rgb)
    back = {2: [0], 3: [3], 4: [1], 5: [5], 6: [2], 7: [6], 8: [4]}  # transpositions that undo what a viewer does
    stored = shown
    for step in back.get(orientation, []):
        stored = stored.transpose(PIL.Image.Transpose(step))
    exif = PIL.Image.Exif()
    exif[0x0112] = orientation
    assert np.array_equal(read_picture(saved(stored, "PNG", exif=exif)), rgb)


def test_profile_is_converted_to_srgb_and_a_broken_one_ignored(rgb: np.ndarray) -> None:
    picture = PIL.Image.fromarray(rgb)
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    assert np.array_equal(read_picture(saved(picture, "PNG", icc_profile=srgb)), rgb)
    assert np.array_equal(read_picture(saved(picture, "PNG", icc_profile=b"no profile")), rgb)
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()  # of another colour space: unusable
    assert np.array_equal(read_picture(saved(picture, "PNG", icc_profile=lab)), rgb)


def test_profile_with_swapped_channels_changes_the_numbers(rgb: np.ndarray) -> None:
    swapped = _profile_with_red_and_blue_swapped()
    read = read_picture(saved(PIL.Image.new("RGB", (W, H), (255, 0, 0)), "PNG", icc_profile=swapped))
    assert tuple(read[0, 0] > 200) == (False, False, True)


def _profile_with_red_and_blue_swapped() -> bytes:
    """sRGB whose red and blue primaries have changed places, under another name."""
    content = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    count = struct.unpack(">I", content[128:132])[0]
    places = {bytes(content[132 + 12 * n : 136 + 12 * n]): 132 + 12 * n for n in range(count)}
    red, blue = places[b"rXYZ"], places[b"bXYZ"]
    content[red : red + 4], content[blue : blue + 4] = b"bXYZ", b"rXYZ"
    name = struct.unpack(">I", content[places[b"desc"] + 4 : places[b"desc"] + 8])[0]
    size = struct.unpack(">I", content[places[b"desc"] + 8 : places[b"desc"] + 12])[0]
    block = bytes(content[name : name + size]).replace("sRGB".encode("utf-16-be"), "odd!".encode("utf-16-be"))
    content[name : name + size] = block.replace(b"sRGB", b"odd!")
    return bytes(content)


@pytest.mark.parametrize("name", [b"sRGB", b"odd!"])
def test_a_linear_profile_is_converted_whatever_its_name(name: bytes) -> None:
    grey = PIL.Image.new("RGB", (W, H), (55, 55, 55))
    read = read_picture(saved(grey, "PNG", icc_profile=_linear_profile(name)))
    assert tuple(read[0, 0]) == (128, 128, 128)


@pytest.mark.parametrize("name", [b"sRGB", b"odd!"])
def test_a_profile_with_the_curves_of_srgb_changes_nothing(name: bytes, rgb: np.ndarray) -> None:
    content = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    renamed = content.replace("sRGB".encode("utf-16-be"), name.decode().encode("utf-16-be"))
    assert np.array_equal(read_picture(saved(PIL.Image.fromarray(rgb), "PNG", icc_profile=renamed)), rgb)


def _linear_profile(name: bytes) -> bytes:
    """sRGB's primaries with curves of gamma 1 (`curv` without entries), under a name of four letters."""
    content = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    for number in range(struct.unpack(">I", content[128:132])[0]):
        tag = 132 + 12 * number
        if content[tag : tag + 4] in (b"rTRC", b"gTRC", b"bTRC"):
            start = struct.unpack(">I", content[tag + 4 : tag + 8])[0]
            content[start : start + 12] = b"curv" + bytes(8)
            content[tag + 8 : tag + 12] = struct.pack(">I", 12)
    return bytes(content).replace("sRGB".encode("utf-16-be"), name.decode().encode("utf-16-be"))


@pytest.mark.parametrize("form", ["GIF", "WEBP", "PNG", "TIFF"])
def test_first_frame_of_an_animation(form: str) -> None:
    frames = [PIL.Image.new("RGB", (W, H), color) for color in ("red", "lime", "blue")]
    content = saved(frames[0], form, save_all=True, append_images=frames[1:], lossless=True)
    assert (read_picture(content) == [255, 0, 0]).all()


def test_one_pixel() -> None:
    assert read_picture(saved(PIL.Image.new("RGB", (1, 1), (1, 2, 3)), "PNG")).tolist() == [[[1, 2, 3]]]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty-file"),
        (b"<!DOCTYPE html><html>404</html>", "not-a-picture"),
        (b"hello", "not-a-picture"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "not-a-picture"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 40, "damaged"),
    ],
)
def test_what_is_no_picture_says_so(tmp_path: Path, content: bytes, reason: str) -> None:
    path = tmp_path / "named.jpg"
    path.write_bytes(content)
    with pytest.raises(DecodeError, match=r"named\.jpg") as caught:
        read_picture(path)
    assert caught.value.reason in (reason, "not-a-picture")


@pytest.mark.parametrize("form", ["JPEG", "PNG", "GIF", "WEBP", "BMP"])
def test_truncated_files_are_refused(form: str) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (80, 80, 3), np.uint8)
    content = saved(PIL.Image.fromarray(noise), form)
    with pytest.raises(DecodeError) as caught:
        read_picture(content[: len(content) // 2], name="cut.xyz")
    assert caught.value.reason in ("truncated", "damaged", "not-a-picture")
    assert "cut.xyz" in str(caught.value)


def test_a_bomb_is_refused_by_its_header() -> None:
    stream = io.BytesIO()
    PIL.Image.new("1", (20_000, 20_000)).save(stream, "PNG")
    assert len(stream.getvalue()) < 100_000
    with pytest.raises(DecodeError) as caught:
        read_picture(stream.getvalue())
    assert caught.value.reason == "too-many-pixels"
    with pytest.raises(DecodeError) as caught:  # beyond Pillow's own limit the setting decides: its data are missing
        read_picture(stream.getvalue()[:60], DecodeRecipe(max_pixels=500_000_000))
    assert caught.value.reason == "truncated"
    small = saved(PIL.Image.new("RGB", (100, 100)), "PNG")
    with pytest.raises(DecodeError, match=r"100 x 100.*decode\.max_pixels"):
        read_picture(small, DecodeRecipe(max_pixels=9_999))
    assert read_picture(small, DecodeRecipe(max_pixels=10_000)).shape == (100, 100, 3)


def test_unreadable_and_too_large_files_are_named(tmp_path: Path) -> None:
    with pytest.raises(DecodeError, match="gone") as caught:
        read_picture(tmp_path / "gone.png")
    assert caught.value.reason == "unreadable"
    large = tmp_path / "large.png"
    large.write_bytes(b"x" * 11)
    with pytest.raises(DecodeError, match=r"large\.png") as caught:
        read_picture(large, DecodeRecipe(max_bytes=10))
    assert caught.value.reason == "file-too-large"


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    form=st.sampled_from(["JPEG", "PNG", "GIF", "WEBP", "BMP", "TIFF"]),
    place=st.floats(0, 1),
    byte=st.binary(min_size=1, max_size=4),
)
def test_a_damaged_byte_gives_a_picture_or_a_reason(rgb: np.ndarray, form: str, place: float, byte: bytes) -> None:
    content = bytearray(saved(PIL.Image.fromarray(rgb), form))
    at = int(place * (len(content) - 1))
    content[at : at + len(byte)] = byte
    reason = "none"
    try:
        read = read_picture(bytes(content), DecodeRecipe(max_pixels=10**6))
    except DecodeError as error:
        reason = error.reason
    else:
        assert read.dtype == np.uint8
        assert read.shape[2:] == (3,)
    assert reason in ("none", "not-a-picture", "too-many-pixels", "truncated", "damaged")


JPEGS: list[dict[str, object]] = [
    {"quality": 30, "subsampling": 2}, {"quality": 95, "subsampling": 1}, {"subsampling": 0, "optimize": True},
    {"progressive": True}, {"restart_marker_blocks": 3}, {"comment": b"\xff\xd9"}, {"grey": True},
    {"grey": True, "progressive": True},
]  # fmt: skip


def jpeg(seed: int, grey: bool = False, **options: object) -> bytes:
    noise = np.random.default_rng(seed).integers(0, 256, (5, 6, 3), np.uint8)
    picture = PIL.Image.fromarray(noise).resize((61 + seed % 9, 43), PIL.Image.Resampling.BICUBIC)
    return saved(picture.convert("L") if grey else picture, "JPEG", **options)


@pytest.mark.parametrize("options", JPEGS)
def test_an_ordinary_jpeg_has_the_pixels_pillow_gives_without_its_help(
    options: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    content = jpeg(1, **options)
    expected = np.asarray(PIL.Image.open(io.BytesIO(content)).convert("RGB"))
    monkeypatch.setattr("PIL.JpegImagePlugin.JpegImageFile.load", None)
    assert np.array_equal(read_picture(content), expected)


def test_a_jpeg_is_turned_and_its_profile_converted(rgb: np.ndarray) -> None:
    exif = PIL.Image.Exif()
    exif[0x0112] = 6
    content = saved(PIL.Image.fromarray(rgb), "JPEG", quality=95, exif=exif)
    assert np.abs(read_picture(content).astype(int) - np.rot90(rgb, -1)).mean() < 4
    red = PIL.Image.new("RGB", (W, H), (255, 0, 0))
    read = read_picture(saved(red, "JPEG", icc_profile=_profile_with_red_and_blue_swapped()))
    assert tuple(read[0, 0] > 200) == (False, False, True)


def test_a_jpeg_damaged_behind_its_scan_or_ended_by_hand_is_what_pillow_says() -> None:
    content = jpeg(2)
    tables = content[:-2] + b"\xff\xdb\x00\x09\x07" + b"\0" * 6 + content[-2:]
    with pytest.raises(DecodeError, match="is cut off"):
        read_picture(tables)
    ended = content[: len(content) * 2 // 3] + content[-2:]
    assert np.array_equal(read_picture(ended), np.asarray(PIL.Image.open(io.BytesIO(ended))))


def outcome(content: bytes) -> tuple[str, bytes]:
    try:
        read = read_picture(content, DecodeRecipe(max_pixels=10**6))
    except DecodeError as error:
        return str(error), b""
    return str(read.shape), read.tobytes()


@settings(max_examples=300, deadline=None)
@given(
    seed=st.integers(0, 50),
    options=st.sampled_from(JPEGS),
    changes=st.lists(
        st.tuples(st.floats(0, 1), st.binary(max_size=3) | st.sampled_from([b"\xff\xd9", b"\xff\xdb", b"\xff\xda"]))
    ),
    kept=st.floats(0.05, 1),
    end=st.sampled_from([b"", b"\xff\xd9", b"\xff\xdb\x00\x05abc\xff\xd9"]),
)
def test_a_damaged_jpeg_is_read_or_refused_as_by_pillow_alone(
    seed: int, options: dict[str, object], changes: list[tuple[float, bytes]], kept: float, end: bytes
) -> None:
    content = bytearray(jpeg(seed, **options))
    for place, change in changes:
        at = int(place * (len(content) - 1))
        content[at : at + len(change)] = change
    damaged = bytes(content[: int(kept * len(content))]) + end
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(benchmark.data.decode, "_by_opencv", lambda picture, content: None)
        expected = outcome(damaged)
    assert outcome(damaged) == expected
