"""Animated pictures and videos: order, speed and sound are kept, and flicker is measured."""

from pathlib import Path

import numpy as np
import PIL.Image
import pytest
from drawings import DURATIONS, drawing, frames, run
from toys import Tint, register, write_training_run

from benchmark.colorizing.frames import open_sequence, read_frames
from benchmark.colorizing.sequences import Flicker
from benchmark.core.files import write_png


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


@pytest.mark.parametrize("content", [b"<html>no video</html>", b"#EXTM3U\\n#EXTINF:1,\\nfile:///etc/hostname\\n", b""])
def test_what_is_no_video_is_refused(moving_desk: Path, painter: Tint, content: bytes) -> None:
    pytest.importorskip("imageio_ffmpeg")
    (moving_desk / "clip.mp4").write_bytes(content)
    refused = run(moving_desk, lines="clip.mp4", method="toy/one")
    assert refused.exit_code == 1
    assert "clip.mp4 is not a readable video" in refused.output
