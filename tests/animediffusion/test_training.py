"""Both phases on a tiny network: what they leave, what reaches the network, and resuming to the same bits."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest
import torch
from click.testing import CliRunner

import anibench
import animediffusion.training
from animediffusion.training import take_step, train
from animediffusion.unet import UNet
from benchmark.core.errors import AnibenchError
from benchmark.core.files import read_rgb, sha256_file
from benchmark.core.runs import Run, read_record
from benchmark.data.dataset import Dataset
from benchmark.methods.checkpoints import load_tensors, read_header, read_info, save_tensors
from benchmark.training.batches import Batcher
from benchmark.training.loop import Phase
from benchmark.training.records import LABEL_WIDTH


def rows(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]


def losses(folder: Path) -> list[tuple[str, int, float]]:
    return [(row["phase"], row["step"], row["loss"]) for row in rows(folder)]


def same_weights(one: Path, other: Path) -> bool:
    first, second = load_tensors(one), load_tensors(other)
    return first.keys() == second.keys() and all(torch.equal(first[name], second[name]) for name in first)


def test_a_run_leaves_checkpoints_metrics_samples_and_a_loss_picture(
    train_tiny: Any, tmp_path: Path, tiny_dataset: Dataset
) -> None:
    checkpoint = train_tiny("run", **{"runtime.samples_every": 4, "runtime.checkpoint_every": 2})
    folder = tmp_path / "run"
    assert checkpoint == folder / "checkpoints/phase2-step-000000004.safetensors"
    info = read_info(checkpoint)
    assert (info.method, info.phase, info.step, info.images_seen) == ("animediffusion", "phase2", 4, 22)
    assert info.training_ids == tuple(tiny_dataset.ids("train"))
    assert info.fingerprint == tiny_dataset.fingerprint
    assert info.seconds > 0
    assert [(row["phase"], row["step"]) for row in rows(folder)] == [
        *(("phase1", step) for step in range(1, 8)),
        *(("phase2", step) for step in range(1, 5)),
    ]
    assert [row["epoch"] for row in rows(folder)[:7]] == [0, 0, 0, 1, 1, 1, 2]
    assert sorted(path.name for path in (folder / "samples").iterdir()) == [
        "phase1-step-000000004.png", "phase1-step-000000007.png", "phase2-step-000000004.png",
    ]  # fmt: skip
    grid = read_rgb(folder / "samples/phase2-step-000000004.png")
    assert grid.shape == (4 * 16 + 3 * 4, LABEL_WIDTH + 6 * 16 + 5 * 4, 3)
    assert read_rgb(folder / "loss.png").shape[2] == 3
    assert not list((folder / "state").glob("*"))
    phase1 = sorted(path.name for path in (folder / "checkpoints").glob("phase1*"))
    assert phase1 == [f"phase1-step-00000000{step}.safetensors" for step in (2, 4, 6, 7)]


def test_training_learns_the_six_pictures(train_tiny: Any, tmp_path: Path) -> None:
    train_tiny("run", **{"phase1.steps": 80, "phase2.enabled": False, "phase1.optimizer.learning_rate": 4e-3})
    curve = [loss for _, _, loss in losses(tmp_path / "run")]
    assert sum(curve[-20:]) < 0.7 * sum(curve[:20])


CHOICES: list[dict[str, Any]] = [
    {"diffusion.prediction": "v"},
    {"diffusion.prediction": "image", "phase1.weighting": "min-snr"},
    {"augment.mirror": True, "augment.colors": 0.7, "augment.bend": 0.5, "augment.character": 0.5},
]


@pytest.fixture(autouse=True)
def one_character(tiny_dataset: Dataset) -> None:
    """All samples of the dataset show the same character."""
    path = tiny_dataset.root / "manifest.parquet"
    pd.read_parquet(path).assign(character="rin").to_parquet(path)
    tiny_dataset.manifest["character"] = "rin"


@pytest.mark.parametrize(
    ("stop_at", "choice"),
    [(("phase1", 3), {}), (("phase1", 4), {}), (("phase2", 1), {}), *((("phase1", 3), made) for made in CHOICES)],
)
def test_a_stopped_run_goes_on_to_the_same_bits(
    train_tiny: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    stop_at: tuple[str, int],
    choice: dict[str, Any],
) -> None:
    extra = {"ema_decay": 0.9, "unet.dropout": 0.1, **choice}
    whole = train_tiny("whole", **extra)
    leave_traces = Phase.leave_traces

    def interrupt(self: Phase) -> None:
        leave_traces(self)
        if (self.name, self.step) == stop_at:
            os.kill(os.getpid(), signal.SIGINT)  # handled: the next step is finished, then the run stops

    monkeypatch.setattr(Phase, "leave_traces", interrupt)
    with pytest.raises(KeyboardInterrupt):
        train_tiny("parts", **extra)
    with pytest.raises(AnibenchError, match="--resume"):
        train_tiny("parts", **extra)
    monkeypatch.setattr(Phase, "leave_traces", leave_traces)
    assert same_weights(train_tiny("parts", resume=True, **extra), whole)
    assert losses(tmp_path / "parts") == losses(tmp_path / "whole")


KILLED_RUN = """
import json, os, signal, sys
from pathlib import Path
import safetensors.torch
from animediffusion.config import AnimeDiffusionConfig
from animediffusion.method import train
from benchmark.data.dataset import Dataset
from benchmark.core.runs import Run

config, data, folder, write, inside = json.loads(sys.argv[1]), sys.argv[2], sys.argv[3], *map(int, sys.argv[4:])
save_file, writes = safetensors.torch.save_file, 0

def die(tensors, path, metadata=None):
    global writes
    writes += 1
    if writes < write:
        return save_file(tensors, path, metadata)
    if inside:
        save_file(tensors, path, metadata)
        os.truncate(path, os.path.getsize(path) // 2)
    os.kill(os.getpid(), signal.SIGKILL)

safetensors.torch.save_file = die
train(AnimeDiffusionConfig.model_validate(config), Dataset.open(Path(data)), Run(Path(folder), "cpu"))
"""


@pytest.mark.parametrize(("write", "inside"), [(2, 1), (5, 0)])  # in a state of phase 1; before one of phase 2
def test_a_killed_run_goes_on_to_the_same_bits(
    train_tiny: Any, tiny_config: Any, tmp_path: Path, tiny_dataset: Dataset, write: int, inside: int
) -> None:
    whole = train_tiny("whole")
    arguments = [
        tiny_config().model_dump_json(),
        str(tiny_dataset.root),
        str(tmp_path / "parts"),
        str(write),
        str(inside),
    ]
    threads = {"OMP_NUM_THREADS": str(torch.get_num_threads())}
    killed = subprocess.run([sys.executable, "-c", KILLED_RUN, *arguments], check=False, env=os.environ | threads)
    assert killed.returncode == -signal.SIGKILL
    assert same_weights(train_tiny("parts", resume=True), whole)
    assert losses(tmp_path / "parts") == losses(tmp_path / "whole")
    assert not list((tmp_path / "parts").rglob("*.tmp"))


@pytest.mark.slow
def test_two_processes_of_the_command_give_the_losses_of_one(
    train_tiny: Any, tiny_config: Any, tmp_path: Path, tiny_dataset: Dataset
) -> None:
    train_tiny("one")
    settings = tmp_path / "tiny.toml"
    settings.write_text(as_toml(tiny_config().model_dump(mode="json", exclude_none=True)))
    launch = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2", "-m", "anibench"]
    command = ["train", "animediffusion", "--data", str(tiny_dataset.root), "--runs", str(tmp_path / "runs")]
    options = ["--config", str(settings), "--device", "cpu", "--name", "two"]
    shown = subprocess.run(
        [*launch, *command, *options], env=os.environ | {"OMP_NUM_THREADS": "1"}, capture_output=True, text=True
    )
    assert shown.returncode == 0, shown.stderr
    assert shown.stdout.count("Trained animediffusion") == 1
    folder = tmp_path / "runs/train/animediffusion/two"
    assert read_record(folder).status == "done"
    one, two = losses(tmp_path / "one"), losses(folder)
    assert [row[:2] for row in one] == [row[:2] for row in two]
    assert [row[2] for row in one] == pytest.approx([row[2] for row in two], rel=1e-4)


def as_toml(config: dict[str, Any], prefix: str = "") -> str:
    """`{"a": 1, "b": {"c": 2}}` -> lines `a = 1` and, under `[b]`, `c = 2`."""
    lines = [f"{key} = {json.dumps(value)}" for key, value in config.items() if not isinstance(value, dict)]
    for key, value in config.items():
        if isinstance(value, dict):
            lines += [f"[{prefix}{key}]", as_toml(value, f"{prefix}{key}.")]
    return "\n".join(lines)


def test_a_finished_run_is_not_trained_again(train_tiny: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    checkpoint = train_tiny("run")
    monkeypatch.setattr(Phase, "steps", None)
    assert train_tiny("run", resume=True) == checkpoint


def test_resuming_with_other_settings_is_refused_by_name(train_tiny: Any) -> None:
    train_tiny("run", **{"phase2.enabled": False})
    with pytest.raises(AnibenchError, match="phase1.optimizer.learning_rate was 0.001, is 0.5"):
        train_tiny("run", resume=True, **{"phase2.enabled": False, "phase1.optimizer.learning_rate": 0.5})
    train_tiny("run", resume=True, **{"phase2.enabled": False, "runtime.samples_every": 3})  # decides no weight


@pytest.mark.parametrize("choice", [{}, *CHOICES])
def test_gradient_pieces_change_nothing_but_rounding(train_tiny: Any, choice: dict[str, Any]) -> None:
    settings: dict[str, Any] = {"phase1.steps": 2, "phase2.steps": 1, **choice}
    for phase in ("phase1", "phase2"):  # an epsilon that keeps Adam from blowing up rounding in tiny gradients
        settings |= {f"{phase}.optimizer.epsilon": 1.0, f"{phase}.optimizer.learning_rate": 0.01}
    whole = load_tensors(train_tiny("whole", **settings))
    cut = load_tensors(train_tiny("pieces", **settings, **{"phase1.micro_batch": 1, "phase2.micro_batch": 1}))
    assert max((whole[name] - cut[name]).abs().max().item() for name in whole) < 1e-4


def test_bf16_stays_close_to_float32(train_tiny: Any, tmp_path: Path) -> None:
    short: dict[str, Any] = {"phase1.steps": 2, "phase2.steps": 1}
    for name, settings in (("plain", {}), ("bf16", {"runtime.precision": "bf16"})):
        train_tiny(name, **short, **settings)
    plain, bf16 = ([loss for *_, loss in losses(tmp_path / name)] for name in ("plain", "bf16"))
    assert plain != bf16
    assert plain == pytest.approx(bf16, rel=0.02)


def test_batch_mates_do_not_change_a_samples_chance(
    train_tiny: Any, monkeypatch: pytest.MonkeyPatch, tiny_dataset: Dataset
) -> None:
    """The same sample in the same epoch gets the same warp, step and noise in batches of 2 and of 3."""
    seen: dict[str, bytes] = {}
    ids: list[str] = []
    batcher, loss = Batcher.__call__, animediffusion.training.phase1_loss

    def spy_batch(self: Batcher, sample_ids: Any, *settings: Any) -> Any:
        ids[:] = sample_ids
        batch = batcher(self, sample_ids, *settings)
        references.update(zip(sample_ids, batch.reference, strict=True))
        return batch

    def spy_loss(denoise: Any, target: Any, noise: Any, t: Any, *settings: Any) -> torch.Tensor:
        for sample_id, parts in zip(ids, zip(noise, t, strict=True), strict=True):
            seen[sample_id] = b"".join(part.numpy().tobytes() for part in (*parts, references[sample_id]))
        return loss(denoise, target, noise, t, *settings)

    monkeypatch.setattr(Batcher, "__call__", spy_batch)
    monkeypatch.setattr(animediffusion.training, "phase1_loss", spy_loss)
    found = []
    for size in (2, 3):
        seen, references = {}, {}
        train_tiny(f"batch{size}", **{"phase1.batch": size, "phase1.steps": 6 // size, "phase2.enabled": False})
        found.append(seen)
    assert found[0] == found[1]
    assert len(found[0]) == 6


def test_references_of_the_same_character_need_a_dataset_that_names_characters(
    train_tiny: Any, tiny_dataset: Dataset
) -> None:
    tiny_dataset.manifest["character"] = [*"abcdefghijk"][: len(tiny_dataset.manifest)]
    with pytest.raises(AnibenchError, match="names no character that two training samples show"):
        train_tiny("run", **{"augment.character": 0.5})


@pytest.mark.parametrize("choice", CHOICES)
def test_each_choice_changes_what_is_learnt(train_tiny: Any, tmp_path: Path, choice: dict[str, Any]) -> None:
    for number, settings in enumerate(({}, *({name: value} for name, value in choice.items()))):
        train_tiny(f"run{number}", **{"phase2.enabled": False}, **settings)
    first = [losses(tmp_path / f"run{number}") for number in range(1 + len(choice))]
    assert all(other != first[0] for other in first[1:])


def test_a_run_of_an_earlier_version_resumes(train_tiny: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """States written before `diffusion.prediction` was a setting lack it: the network predicted noise."""
    whole = train_tiny("whole")
    monkeypatch.setattr(Phase, "finish", lambda self: pytest.fail("killed"))
    with pytest.raises(pytest.fail.Exception):
        train_tiny("parts")
    monkeypatch.undo()
    for path in (tmp_path / "parts/state").glob("*.safetensors"):
        header, tensors = read_header(path), load_tensors(path)
        del header["identity"]["config"]["diffusion"]["prediction"], header["identity"]["config"]["phase1"]["weighting"]
        save_tensors(path, tensors, header)
    assert same_weights(train_tiny("parts", resume=True), whole)
    with pytest.raises(AnibenchError, match=r"diffusion\.prediction was noise, is v"):
        train_tiny("parts", resume=True, **{"diffusion.prediction": "v"})


@pytest.mark.parametrize("start", ["gaussian", "invert-reference", "invert-target"])
@pytest.mark.parametrize("weights", ["phase1", "current"])
def test_a_time_step_reaches_every_network_call(
    train_tiny: Any, monkeypatch: pytest.MonkeyPatch, start: str, weights: str
) -> None:
    calls: list[torch.Tensor | None] = []
    forward = UNet.forward

    def spy(self: UNet, inputs: torch.Tensor, t: torch.Tensor | None) -> torch.Tensor:
        calls.append(t)
        return forward(self, inputs, t)

    monkeypatch.setattr(UNet, "forward", spy)
    settings: dict[str, Any] = {"phase2.start_noise": start, "phase2.inversion_weights": weights, "phase2.steps": 1}
    settings |= {"phase2.checkpointing": False, "phase1.steps": 1, "sampling.steps": 2}
    train_tiny("run", **settings)
    inversion = 0 if start == "gaussian" else 3  # the network at step 0, then 2 of the 3 updates
    assert len(calls) == 1 + 6 * 2 + inversion + 3 + 6 * 2  # a step, a grid of six; twice
    assert all(t is not None and t.dtype == torch.int64 for t in calls)


def test_omitting_the_time_in_the_inversion_is_a_choice(train_tiny: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    untimed = 0
    forward = UNet.forward

    def spy(self: UNet, inputs: torch.Tensor, t: torch.Tensor | None) -> torch.Tensor:
        nonlocal untimed
        untimed += t is None
        return forward(self, inputs, t)

    monkeypatch.setattr(UNet, "forward", spy)
    settings: dict[str, Any] = {"phase2.start_noise": "invert-target", "phase2.inversion_time": "omit"}
    train_tiny("run", **settings, **{"phase2.inversion_start": "noise", "phase2.steps": 1, "phase1.steps": 1})
    assert untimed == 2


def test_the_checkpoint_holds_the_moving_average(train_tiny: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    raw: list[dict[str, torch.Tensor]] = []
    finish = Phase.finish

    def spy(self: Phase) -> Path:
        raw.append({name: tensor.clone() for name, tensor in self.painter.state_dict().items()})
        return finish(self)

    monkeypatch.setattr(Phase, "finish", spy)
    kept = load_tensors(train_tiny("run", **{"ema_decay": 0.9, "phase2.enabled": False}))
    assert kept.keys() == raw[0].keys()
    assert any(not torch.equal(kept[name], raw[0][name]) for name in kept)


def test_phase1_draws_steps_from_the_whole_schedule(train_tiny: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    ranges: set[int] = set()
    draw = animediffusion.training.draw_steps

    def spy(seeds: Any, steps: int, device: torch.device) -> torch.Tensor:
        ranges.add(steps)
        return draw(seeds, steps, device)

    monkeypatch.setattr(animediffusion.training, "draw_steps", spy)
    train_tiny("run", **{"diffusion.steps": 77, "phase1.steps": 1, "phase2.enabled": False})
    assert ranges == {77}


@pytest.mark.parametrize("start", ["gaussian", "invert-reference", "invert-target"])
def test_phase2_compares_with_the_target_and_starts_where_it_is_told(
    train_tiny: Any, monkeypatch: pytest.MonkeyPatch, start: str
) -> None:
    batches: list[Any] = []
    sources: list[torch.Tensor | None] = []
    compared: list[torch.Tensor] = []
    batcher, begin, loss = Batcher.__call__, animediffusion.training.chain_start, animediffusion.training.phase2_loss

    def spy_batch(self: Batcher, *rest: Any) -> Any:
        batches.append(batcher(self, *rest))
        return batches[-1]

    def spy_start(denoise: Any, source: Any, *rest: Any) -> torch.Tensor:
        sources.append(source)
        return begin(denoise, source, *rest)

    def spy_loss(denoise: Any, noise: Any, target: Any, *rest: Any, **options: Any) -> torch.Tensor:
        compared.append(target)
        assert compared[-1] is batches[-1].target
        expected = {"gaussian": None, "invert-reference": batches[-1].reference, "invert-target": target}[start]
        assert sources[-1] is expected
        assert not torch.equal(target, batches[-1].reference), "the reference is warped"
        return loss(denoise, noise, target, *rest, **options)

    monkeypatch.setattr(Batcher, "__call__", spy_batch)
    monkeypatch.setattr(animediffusion.training, "chain_start", spy_start)
    monkeypatch.setattr(animediffusion.training, "phase2_loss", spy_loss)
    train_tiny("run", **{"phase2.start_noise": start, "phase2.steps": 2, "phase1.steps": 1})
    assert len(compared) == 2


def test_a_lost_loss_stops_the_run_and_names_the_samples(
    train_tiny: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, tiny_dataset: Dataset
) -> None:
    batcher = Batcher.__call__
    victim = tiny_dataset.ids("train")[2]

    def poison(self: Any, ids: Any, *rest: Any) -> Any:
        batch = batcher(self, ids, *rest)
        if victim in ids:
            batch.target[list(ids).index(victim)] = float("nan")
        return batch

    monkeypatch.setattr(Batcher, "__call__", poison)
    with pytest.raises(AnibenchError, match=rf"phase1 step \d is nan; samples: .*{victim}"):
        train_tiny("run")
    for state in (tmp_path / "run/state").glob("*.safetensors"):
        assert all(torch.isfinite(tensor).all() for tensor in load_tensors(state).values())


def test_the_ablation_without_warp_shows_the_target_as_reference(
    train_tiny: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    same: list[bool] = []
    batcher = Batcher.__call__

    def spy(self: Any, *arguments: Any) -> Any:
        batch = batcher(self, *arguments)
        same.append(torch.equal(batch.target, batch.reference))
        return batch

    monkeypatch.setattr(Batcher, "__call__", spy)
    train_tiny("with", **{"phase1.steps": 1, "phase2.enabled": False})
    train_tiny("without", **{"phase1.steps": 1, "phase2.enabled": False, "warp": False})
    assert set(same[: len(same) // 2]) == {False}
    assert set(same[len(same) // 2 :]) == {True}


def test_too_small_a_disk_is_said_before_the_start(
    train_tiny: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda path: SimpleNamespace(free=10))
    with pytest.raises(AnibenchError, match="MiB are free"):
        train_tiny("run")
    assert not (tmp_path / "run/metrics.jsonl").exists()


def test_a_refused_resume_leaves_the_record_of_the_run_alone(
    tiny_config: Any, tmp_path: Path, tiny_dataset: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = tmp_path / "tiny.toml"
    settings.write_text(as_toml(tiny_config().model_dump(mode="json", exclude_none=True)))
    command = ["train", "animediffusion", "--data", str(tiny_dataset.root), "--runs", str(tmp_path), "--device", "cpu"]
    command += ["--config", str(settings), "--name", "run"]
    steps: list[object] = []

    def stop_early(*arguments: Any) -> None:
        steps.append(arguments)
        if len(steps) > 3:
            raise KeyboardInterrupt
        take_step(*arguments)

    monkeypatch.setattr("animediffusion.training.take_step", stop_early)
    assert CliRunner().invoke(anibench.main, command).exit_code != 0
    monkeypatch.undo()
    folder = tmp_path / "train/animediffusion/run"
    assert list((folder / "state").glob("*"))
    before = [(folder / name).read_bytes() for name in ("config.json", "run.json")]
    refused = CliRunner().invoke(anibench.main, [*command, "--resume", "--set", "phase1.optimizer.learning_rate=0.5"])
    assert "phase1.optimizer.learning_rate was 0.001, is 0.5" in refused.output
    assert [(folder / name).read_bytes() for name in ("config.json", "run.json")] == before
    assert CliRunner().invoke(anibench.main, [*command, "--resume"]).exit_code == 0


def test_a_training_starts_from_given_weights_and_its_checkpoint_names_their_samples(
    train_tiny: Any, tmp_path: Path
) -> None:
    """At a rate near 0 the weights stay as given; images seen, samples and SHA-256 enter the record."""
    first = train_tiny("first")
    still = {f"phase{k}.optimizer.{key}": 1e-12 for k in (1, 2) for key in ("learning_rate", "floor")}
    second = train_tiny("second", initial=str(first), **still)
    given, kept = load_tensors(first), load_tensors(second)
    assert all(torch.allclose(given[name], kept[name], atol=1e-9) for name in given)
    before, after = read_info(first), read_info(second)
    assert after.initial == f"{first} (SHA-256 {sha256_file(first)})"
    assert set(before.training_ids) <= set(after.training_ids)
    assert after.images_seen == 2 * before.images_seen
    with pytest.raises(AnibenchError, match=r"--init .*: the network has no tensor|--init .* has the shape"):
        train_tiny("third", initial=str(first), **{"unet.channels": 16})


def test_runs_share_a_first_phase(
    train_tiny: Any, tiny_config: Any, tiny_dataset: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The copy gives the weights of a run that trains both phases; other settings of phase 1 are refused."""
    train_tiny("first", **{"phase2.enabled": False})
    whole = train_tiny("whole")

    def forbidden(session: Any) -> Path:
        raise AssertionError("phase 1 is not trained again")

    monkeypatch.setattr(animediffusion.training, "train_phase1", forbidden)
    run = Run(tmp_path / "shared", "cpu", phase1=tmp_path / "first")
    shared = train(tiny_config(), tiny_dataset, run)
    assert same_weights(shared, whole)
    assert read_info(shared).images_seen == read_info(whole).images_seen
    other = Run(tmp_path / "other", "cpu", phase1=tmp_path / "first")
    with pytest.raises(AnibenchError, match=r"made with other settings \(warp was True, is False\)"):
        train(tiny_config(warp=False), tiny_dataset, other)
    with pytest.raises(AnibenchError, match="the run first has no finished phase 1 of 8 steps"):
        train(tiny_config(**{"phase1.steps": 8}), tiny_dataset, other)
    assert not list((tmp_path / "other").glob("checkpoints/*"))
