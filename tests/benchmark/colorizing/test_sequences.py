"""Animated pictures and videos: order, speed and sound are kept, and flicker is measured."""

import re
import struct
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import pytest
from drawings import DURATIONS, drawing, frames, run
from numpy.typing import NDArray
from toys import Tint, register, write_training_run

from benchmark.colorizing.colored_files import read_record
from benchmark.colorizing.frames import open_sequence, read_frames
from benchmark.colorizing.sequences import SHARE, Flicker, carried
from benchmark.core.files import read_rgb, write_png


@pytest.fixture
def painter(moving_desk: Path, monkeypatch: pytest.MonkeyPatch) -> Tint:
    toy = Tint()
    register(monkeypatch, "toy", toy)
    write_training_run(moving_desk / "runs", "toy", "one")
    return toy


def test_a_gif_is_painted_frame_by_frame_with_one_noise(moving_desk: Path, painter: Tint) -> None:
    done = run(moving_desk, lines="walk.gif", method="toy/one")
    assert done.exit_code == 0, done.output
    assert "4 frames; flicker 0." in done.output
    result = PIL.Image.open(moving_desk / "out" / "walk.gif")
    shown = []
    for number in range(result.n_frames):
        result.seek(number)
        shown.append((result.info["duration"], np.array(result.convert("L"))))
    assert [duration for duration, _ in shown] == DURATIONS
    assert result.info["loop"] == 0
    for (_, page), line in zip(shown, frames(), strict=True):
        assert page[line == 255].mean() > 120 > page[line == 0].mean()
    assert len({seed for batch in painter.batches for seed in batch}) == 1
    assert b"--method toy/one" in (moving_desk / "out" / "walk.gif").read_bytes()
    again = run(moving_desk, lines="walk.gif", method="toy/one")
    assert again.exit_code == 1
    assert "choose another --out" in again.output


def test_a_blank_frame_is_kept(moving_desk: Path, painter: Tint) -> None:
    pages = [PIL.Image.fromarray(page) for page in [*frames(2), np.full((60, 80), 255, np.uint8)]]
    pages[0].save(moving_desk / "fade.gif", save_all=True, append_images=pages[1:], duration=50)
    done = run(moving_desk, lines="fade.gif", method="toy/one")
    assert "3 frames, 1 unchanged" in done.output
    assert open_sequence(moving_desk / "out" / "fade.gif") is not None


def test_a_folder_is_a_sequence_on_request(moving_desk: Path, painter: Tint) -> None:
    for number, page in zip((2, 9, 10), frames(3), strict=True):
        write_png(moving_desk / "walk" / f"{number}.png", page)
    done = run(moving_desk, "--sequence", lines="walk", method="toy/one")
    assert done.exit_code == 0, done.output
    assert "walk: 3 frames; flicker 0." in done.output
    shown = [read_rgb(moving_desk / "out" / "walk" / f"{number}.png") for number in (2, 9, 10)]
    for page, line in zip(shown, frames(3), strict=True):
        assert page[line == 255].mean() > 120 > page[line == 0].mean()
    assert len({seed for batch in painter.batches for seed in batch}) == 1
    record = read_record(moving_desk / "out" / "walk" / "9.png")
    assert record is not None
    assert record.command.endswith("--sequence")
    again = run(moving_desk, "--sequence", lines="walk", method="toy/one")
    assert again.exit_code == 0
    assert "3 unchanged frames kept" in again.output
    other = run(moving_desk, "--sequence", "--carry", "--seed", "3", lines="walk", method="toy/one")
    assert other.exit_code == 1
    assert "painted with another seed and carry; choose another --out" in other.output
    assert run(moving_desk, lines="walk", method="toy/one").exit_code == 0
    assert len({seed for batch in painter.batches for seed in batch}) == 4, "as single drawings each has its own noise"
    write_png(moving_desk / "walk" / "11.png", drawing(50, 80))
    refused = run(moving_desk, "--sequence", "--out", str(moving_desk / "more"), lines="walk", method="toy/one")
    assert "11.png has another size than the first frame of its folder" in refused.output


def test_frames_of_one_name_are_refused_before_painting(moving_desk: Path, painter: Tint) -> None:
    (moving_desk / "walk").mkdir()
    for name, page in zip(("a.png", "a.webp"), frames(2), strict=True):
        PIL.Image.fromarray(page).save(moving_desk / "walk" / name)
    refused = run(moving_desk, "--sequence", lines="walk", method="toy/one")
    assert refused.exit_code == 1
    assert "would both be written to" in refused.output
    assert painter.batches == []


def test_carried_colours_flicker_less(moving_desk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Restless(Tint):
        def colorize(self, lines: NDArray[np.uint8], *rest: Any) -> NDArray[np.uint8]:
            super().colorize(lines, *rest)
            level = 100 if len(self.batches) % 2 else 140
            return np.full((len(lines), 3, *lines.shape[2:]), level, np.uint8)

    register(monkeypatch, "toy", Restless())
    write_training_run(moving_desk / "runs", "toy", "one")
    levels = []
    for option in ([], ["--carry"]):
        out = moving_desk / f"out{len(option)}"
        done = run(moving_desk, *option, "--out", str(out), lines="walk.gif", method="toy/one")
        levels.append(float(re.findall(r"flicker ([\d.]+)", done.output)[0]))
    assert levels[1] < 0.5 * levels[0]


def test_flicker_is_measured_where_lines_do_not_move() -> None:
    line = drawing(60, 80)
    picture = np.full((60, 80, 3), 100, np.uint8)
    flicker = Flicker()
    flicker.add(line, picture)
    assert flicker.level is None
    moved = line.copy()
    moved[:, 40:] = np.roll(line, 9, axis=1)[:, 40:]
    other = picture.copy()
    other[:, 40:] = 250  # mostly where lines move
    other[:, :30] += 2
    flicker.add(moved, other)
    same = Flicker()
    same.add(line, picture)
    same.add(line, picture + 3)
    assert same.level == pytest.approx(3)
    assert flicker.level is not None


def test_colours_are_kept_where_lines_stay() -> None:
    line = drawing(256, 256)
    moved = line.copy()
    moved[:, 150:] = np.roll(line, 9, axis=0)[:, 150:]
    painted, last = np.full((256, 256, 3), 200, np.uint8), np.full((256, 256, 3), 100, np.uint8)
    same = carried(line, painted, (line, last))
    assert np.unique(same).tolist() == [round(200 - 100 * SHARE)]
    result = carried(moved, painted, (line, last))
    assert (result[:, :80] == same[:, :80]).all(), "far from what moves"
    assert result[(moved != line) & (np.arange(256) > 165)].min() >= 190, "what moves has its own colours"


def test_a_change_of_colour_arrives_within_a_few_frames() -> None:
    line, painted = drawing(256, 256), np.full((256, 256, 3), 200, np.uint8)
    shown = np.full((256, 256, 3), 100, np.uint8)
    for _ in range(12):
        shown = carried(line, painted, (line, shown))
    assert shown.min() >= 196


@pytest.fixture
def video(moving_desk: Path) -> Path:
    """An MP4 of 12 frames per second with sound."""
    ffmpeg = pytest.importorskip("imageio_ffmpeg")
    import subprocess

    folder = moving_desk / "frames"
    for number, page in enumerate(frames(6)):
        write_png(folder / f"{number}.png", page)
    sound = ["-f", "lavfi", "-i", "sine=d=0.5", "-c:a", "aac", "-shortest"]
    pictures = ["-framerate", "12", "-i", str(folder / "%d.png")]
    command = [ffmpeg.get_ffmpeg_exe(), "-y", *pictures, *sound, "-pix_fmt", "yuv420p", str(moving_desk / "walk.mp4")]
    subprocess.run(command, check=True, capture_output=True)
    return moving_desk / "walk.mp4"


def test_a_video_keeps_its_speed_order_and_sound(moving_desk: Path, painter: Tint, video: Path) -> None:
    import imageio_ffmpeg

    done = run(moving_desk, lines=video.name, method="toy/one")
    assert done.exit_code == 0, done.output
    about = next(imageio_ffmpeg.read_frames(str(moving_desk / "out" / "walk.mp4")))
    assert about["fps"] == 12
    assert about["size"] == (80, 60)
    assert about["audio_codec"] == "aac"
    result = open_sequence(moving_desk / "out" / "walk.mp4")
    assert result is not None
    shown = list(read_frames(result))
    assert len(shown) == 6
    for page, line in zip(shown, frames(6), strict=True):
        assert page[line == 255].mean() > page[line == 0].mean() + 40


def test_a_video_that_ends_early_is_told(moving_desk: Path, painter: Tint, video: Path) -> None:
    import subprocess

    import imageio_ffmpeg

    front = moving_desk / "front.mp4"
    remux = ["-i", str(video), "-c", "copy", "-movflags", "+faststart", str(front)]
    subprocess.run([imageio_ffmpeg.get_ffmpeg_exe(), *remux], check=True, capture_output=True)
    whole = front.read_bytes()
    (moving_desk / "cut.mp4").write_bytes(whole[: whole.index(b"mdat") + (len(whole) - whole.index(b"mdat")) // 3])
    done = run(moving_desk, lines="cut.mp4", method="toy/one")
    assert "its header states 6; it may be cut off" in done.output
    assert "cut off" not in run(moving_desk, lines="front.mp4", method="toy/one").output
    (moving_desk / "no-index.mp4").write_bytes(video.read_bytes()[: video.stat().st_size // 2])
    assert "is not a readable video" in run(moving_desk, lines="no-index.mp4", method="toy/one").output


def test_a_video_whose_header_states_a_huge_size_is_refused(moving_desk: Path, painter: Tint, video: Path) -> None:
    import subprocess

    import imageio_ffmpeg

    raw = moving_desk / "raw.avi"
    plain = ["-i", str(video), "-an", "-c:v", "rawvideo", "-pix_fmt", "bgr24", str(raw)]
    subprocess.run([imageio_ffmpeg.get_ffmpeg_exe(), *plain], check=True, capture_output=True)
    content = bytearray(raw.read_bytes())
    place = content.index(b"strf") + 12
    assert struct.unpack("<ii", content[place : place + 8]) in ((80, 60), (80, -60))
    content[place : place + 8] = struct.pack("<ii", 60_000, 60_000)
    raw.write_bytes(content)
    refused = run(moving_desk, lines="raw.avi", method="toy/one")
    assert refused.exit_code == 1
    assert "raw.avi is 60000 x 60000" in refused.output or "raw.avi is not a readable video" in refused.output


@pytest.mark.parametrize("content", [b"<html>no video</html>", b"#EXTM3U\\n#EXTINF:1,\\nfile:///etc/hostname\\n", b""])
def test_what_is_no_video_is_refused(moving_desk: Path, painter: Tint, content: bytes) -> None:
    pytest.importorskip("imageio_ffmpeg")
    (moving_desk / "clip.mp4").write_bytes(content)
    refused = run(moving_desk, lines="clip.mp4", method="toy/one")
    assert refused.exit_code == 1
    assert "clip.mp4 is not a readable video" in refused.output
