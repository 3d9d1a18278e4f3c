"""Prompt-Free Diffusion from files to pictures, on reduced networks with random weights in the published layout."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import torch
from click.testing import CliRunner
from PIL import Image as Pillow
from published import publish, reduced
from torch import Tensor

import anibench
from baselines.prompt_free.method import Config, load, weights_sha256
from baselines.prompt_free.sampling import control_image, make_scheduler, painting_size, start_noise
from benchmark.core.config import load_config
from benchmark.core.errors import AnibenchError
from benchmark.data.dataset import Dataset
from benchmark.evaluation.entries import find_entries

for library in ("diffusers", "transformers"):
    pytest.importorskip(library)

SIDE = 64


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The published layout, with the files of the defaults and of the anime variant."""
    folder = tmp_path_factory.mktemp("prompt-free")
    publish(folder, reduced(folder))
    pins = (folder / "pins.json").read_text()
    publish(folder, reduced(folder, seecoder="seecoder-anime-v1-0"))
    both = json.loads(pins) | json.loads((folder / "pins.json").read_text())
    (folder / "pins.json").write_text(json.dumps(both))
    return folder


@pytest.fixture(scope="module")
def drawings() -> tuple[np.ndarray, np.ndarray, list[int]]:
    """Three lines (3, 1, 64, 64), references (3, 3, 64, 64) and seeds."""
    rng = np.random.default_rng(0)
    lines = np.where(rng.random((3, 1, SIDE, SIDE)) < 0.1, 0, 255).astype(np.uint8)
    return lines, rng.integers(0, 256, (3, 3, SIDE, SIDE), np.uint8), [3, 1, 3]


def test_a_256_px_drawing_is_painted_at_512_and_comes_back(home: Path) -> None:
    rng = np.random.default_rng(1)
    line = np.where(rng.random((1, 1, 256, 256)) < 0.1, 0, 255).astype(np.uint8)
    reference = rng.integers(0, 256, (1, 3, 256, 256), np.uint8)
    colorizer = load(None, "cpu", reduced(home, smallest_side=512, guidance=1))
    seen: list[tuple[int, ...]] = []
    colorizer.networks.controlnet.register_forward_pre_hook(
        lambda _, inputs: seen.extend(tuple(x.shape) for x in inputs)
    )
    painted = colorizer.colorize(line, reference, [5])
    assert (painted.shape, painted.dtype) == ((1, 3, 256, 256), np.uint8)
    assert painted.std() > 1
    assert (1, 4, 64, 64) in seen
    assert (1, 3, 512, 512) in seen


def test_each_picture_hangs_on_its_own_line_reference_and_seed(home: Path, drawings: Any) -> None:
    lines, references, seeds = drawings
    colorizer = load(None, "cpu", reduced(home))
    painted = colorizer.colorize(*drawings)
    again = load(None, "cpu", reduced(home)).colorize(lines[1:2], references[1:2], seeds[1:2])
    assert np.array_equal(painted[1:2], again), "whatever the batch"
    for other in (
        (255 - lines[:1], references[:1], seeds[:1]),
        (lines[:1], 255 - references[:1], seeds[:1]),
        (lines[:1], references[:1], [9]),
    ):
        assert not np.array_equal(colorizer.colorize(*other), painted[:1])


def test_sampling_is_guided_ddim_written_out(home: Path, drawings: Any) -> None:
    """Three steps by the formula: x0 = (x - sqrt(1-a) e) / sqrt(a), next = sqrt(a') x0 + sqrt(1-a') e, in float64."""
    config = reduced(home, seecoder="seecoder-anime-v1-0", guidance=1.5, steps=3)
    colorizer = load(None, "cpu", config)
    lines, references, _ = drawings
    alphas = (1 - torch.linspace(0.00085**0.5, 0.012**0.5, 1000, dtype=torch.float64) ** 2).cumprod(0)
    networks, control = colorizer.networks, colorizer._floats(control_image(lines[0, 0], config))
    with torch.inference_mode():
        context = networks.seecoder(colorizer._floats(references[0].transpose(1, 2, 0)))
        x = start_noise(7, SIDE // 8, SIDE // 8).double()
        for t in (667, 334, 1):

            def noise(words: Tensor, t: int = t, x: Tensor = x) -> Tensor:
                down, middle = networks.controlnet(x.float(), t, words, control, return_dict=False)
                extra = {"down_block_additional_residuals": down, "mid_block_additional_residual": middle}
                return networks.unet(x.float(), t, words, **extra, return_dict=False)[0].double()

            without = noise(colorizer.unconditional)
            e = without + 1.5 * (noise(context) - without)
            now, after = alphas[t], alphas[max(t - 333, 0)]
            x = after.sqrt() * (x - (1 - now).sqrt() * e) / now.sqrt() + (1 - after).sqrt() * e
        picture = ((networks.vae.decode(x.float() / 0.18215).sample[0] + 1) / 2).clamp(0, 1)
    expected = (picture * 255).round().to(torch.uint8).permute(1, 2, 0).numpy()
    painted = colorizer.paint(lines[0, 0], references[0].transpose(1, 2, 0), 7)
    assert np.abs(painted.astype(int) - expected).max() <= 1


def test_guidance_of_one_leaves_out_the_other_half(home: Path, drawings: Any) -> None:
    sizes = []
    for guidance in (1, 2):
        colorizer = load(None, "cpu", reduced(home, guidance=guidance))
        colorizer.networks.unet.register_forward_pre_hook(lambda _, inputs: sizes.append(inputs[0].shape[0]))
        colorizer.colorize(*(part[:1] for part in drawings))
    assert sizes == [1, 2]


def test_no_reference_is_zeros_or_the_anime_files_rows(home: Path) -> None:
    assert not load(None, "cpu", reduced(home)).unconditional.any()
    rows = load(None, "cpu", reduced(home, seecoder="seecoder-anime-v1-0")).unconditional
    kept = torch.load(home / "assets/anime_ug.pth", weights_only=True).float()
    assert torch.equal(rows[0, : len(kept)], kept)
    assert not rows[0, len(kept) :].any()


def test_the_schedule() -> None:
    scheduler = make_scheduler(50)
    assert scheduler.timesteps.tolist() == list(range(981, 0, -20))
    betas = np.linspace(0.00085**0.5, 0.012**0.5, 1000) ** 2
    assert np.allclose(scheduler.alphas_cumprod, np.cumprod(1 - betas), rtol=1e-4)
    assert scheduler.final_alpha_cumprod == scheduler.alphas_cumprod[0]
    x, e = torch.randn(2, 4), torch.randn(2, 4)
    alpha, first = scheduler.alphas_cumprod[1], scheduler.alphas_cumprod[0]
    last = first.sqrt() * (x - (1 - alpha).sqrt() * e) / alpha.sqrt() + (1 - first).sqrt() * e
    torch.testing.assert_close(scheduler.step(e, 1, x, eta=0.0).prev_sample, last)


def test_noise_is_of_the_seed_alone() -> None:
    assert torch.equal(start_noise(4, 8, 8), start_noise(4, 8, 8))
    assert not torch.equal(start_noise(4, 8, 8), start_noise(5, 8, 8))
    many = torch.cat([start_noise(i, 32, 32) for i in range(20)])
    assert abs(float(many.mean())) < 0.01
    assert abs(float(many.std()) - 1) < 0.01


@pytest.mark.parametrize(
    ("drawn", "painted"), [((256, 256), (512, 512)), ((639, 576), (576, 576)), ((2000, 800), (1536, 768))]
)
def test_the_size_rule(drawn: tuple[int, int], painted: tuple[int, int]) -> None:
    assert painting_size(*drawn, Config().smallest_side) == painted


def test_the_control_picture() -> None:
    line = np.full((256, 256), 255, np.uint8)
    cv2.circle(line, (128, 128), 60, 0, 2)
    resized = np.asarray(
        Pillow.fromarray(np.repeat(line[..., None], 3, 2)).resize((512, 512), Pillow.Resampling.BICUBIC)
    )
    assert np.array_equal(control_image(line, Config()), 255 - resized), "white on black"
    assert np.array_equal(control_image(line, Config(polarity="as-drawn")), resized)
    assert np.array_equal(control_image(line, Config(controlnet="control_sd15_depth_slimmed")), resized)
    edges = control_image(line, Config(preprocess="canny"))
    assert np.array_equal(edges[..., 0], cv2.Canny(resized, 100, 200))
    assert set(np.unique(edges)) == {0, 255}


def test_notes_name_every_file_by_its_hash_and_other_files_are_another_thing(home: Path, tmp_path: Path) -> None:
    config = reduced(home)
    notes = load(None, "cpu", config).notes
    assert notes[0] == "guidance 2, 1 DDIM steps, lines white on black, float32"
    assert [note.split()[0] for note in notes[1:]] == [
        "seecoder-v1-0.safetensors",
        "Deliberate-v2-0.safetensors",
        "control_sd15_canny_slimmed.safetensors",
        "sd-v2-0-base-autokl.pth",
    ]
    publish(tmp_path, reduced(tmp_path), seed=1)
    assert weights_sha256(reduced(tmp_path)) != weights_sha256(config)


def test_colours_that_are_not_finite_are_refused(home: Path, drawings: Any) -> None:
    colorizer = load(None, "cpu", reduced(home))
    broken = replace(colorizer, unconditional=torch.full_like(colorizer.unconditional, torch.nan))
    with pytest.raises(AnibenchError, match="painted NaN or infinity in torch.float32; set dtype to float32"):
        broken.colorize(*(part[:1] for part in drawings))


def test_a_pickle_without_a_pin_is_not_opened(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    publish(tmp_path, reduced(tmp_path))
    (tmp_path / "pins.json").unlink()
    monkeypatch.setenv("ANIBENCH_WEIGHTS", str(tmp_path / "none"))
    with pytest.raises(AnibenchError, match=r"sd-v2-0-base-autokl --sha256 HASH"):
        load(None, "cpu", reduced(tmp_path))


def test_an_evaluation_without_names_takes_it_when_its_files_are_here(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANIBENCH_WEIGHTS", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    entries, skipped = find_entries([], None, tmp_path)
    assert "prompt-free" not in [entry.label for entry in entries]
    assert not [text for text in skipped if "prompt-free" in text]
    (tmp_path / "prompt-free").symlink_to(home)
    (tmp_path / "pins.json").write_text((home / "pins.json").read_text())
    entries, skipped = find_entries([], None, tmp_path)
    assert "prompt-free" in [entry.label for entry in entries]
    assert not any("prompt-free" in text for text in skipped)


def test_eval_by_a_file_of_settings(
    home: Path, tmp_path: Path, make_dataset: Callable[..., Dataset], monkeypatch: pytest.MonkeyPatch
) -> None:
    from published import SIZES

    monkeypatch.setenv("ANIBENCH_WEIGHTS", str(tmp_path / "none"))
    data = make_dataset(tmp_path / "faces", train=1, test=2)
    seecoder = json.dumps(SIZES["seecoder"]).replace(":", "=").replace('"', "")
    rest = "\n".join(f"{key} = {json.dumps(value)}" for key, value in SIZES.items() if key != "seecoder")
    text = f'steps = 1\nguidance = 1\nsmallest_side = 64\nfolder = "{home}"\n[sizes]\nseecoder = {seecoder}\n{rest}\n'
    (tmp_path / "small.toml").write_text(text)
    assert load_config(Config, file=tmp_path / "small.toml") == reduced(home, guidance=1)
    arguments = ["eval", f"prompt-free:{tmp_path / 'small.toml'}", "--protocol", "random-ref", "--data", str(data.root)]
    result = CliRunner().invoke(anibench.main, [*arguments, "--runs", str(tmp_path / "runs"), "--device", "cpu"])
    assert result.exit_code == 0, result.output
    (card,) = (tmp_path / "runs/eval").rglob("scorecard.json")
    told = json.loads(card.read_text())
    assert told["checkpoint"] == weights_sha256(reduced(home))
    assert any("SHA-256" in note for note in told["notes"])
    assert len(list(card.parent.glob("outputs/*.png"))) == 2
