"""What a suite costs: the paper's tables against numbers computed by hand, and what a measured speed changes."""

from pathlib import Path

import pytest
from suites import TOML

from benchmark.data.shapes import write_dataset
from benchmark.suites.estimate import (
    CORE_SPEED,
    DRAWING,
    SAMPLE,
    Counts,
    Speeds,
    StepCost,
    assumed_speed,
    sample_counts,
    step_cost,
    suite_costs,
    total,
)
from benchmark.suites.expand import suite_steps
from benchmark.suites.suite import load_suite

PAPER = Counts(31_696, 579)


GAN = {  # of the code of Cao et al.; the paper names no settings of its baselines
    "resolution": 256, "batch": 16, "steps": 600_000, "generator.learning_rate": 1e-4,
    "discriminator.learning_rate": 2e-4, "loss.adversarial": 1.0, "loss.l1": 30.0, "loss.perceptual": 0.01,
    "loss.style": 50.0, "warp": True, "budget.images": None, "seed": 0,
}  # fmt: skip
TABLE_1 = {  # the paper's settings, by the sections named in animediffusion/presets/paper.toml
    "animediffusion": {
        "resolution": 256, "warp": True, "ema_decay": 0.0, "seed": 0, "budget.images": None,
        "unet.channels": 64, "unet.multipliers": [1, 2, 4, 8], "diffusion.steps": 1000,
        "diffusion.prediction": "noise", "phase1.epochs": 300, "phase1.steps": None, "phase1.batch": 32,
        "phase1.loss": "sum", "phase1.optimizer.name": "adam", "phase1.optimizer.learning_rate": 1e-5,
        "phase1.optimizer.schedule": "constant", "phase1.optimizer.warmup": 0.0, "phase2.enabled": True,
        "phase2.epochs": 1, "phase2.steps": None, "phase2.batch": 4, "phase2.chain": 10, "phase2.eta": 0.0,
        "phase2.start_noise": "invert-reference", "phase2.inversion_weights": "phase1",
        "phase2.optimizer.name": "adam", "phase2.optimizer.learning_rate": 1e-5,
        "phase2.optimizer.schedule": "constant", "sampling.sampler": "ddim", "sampling.steps": 10,
        "sampling.eta": 0.0, "sampling.start_noise": "invert-reference", "runtime.precision": "float32",
    },
    "scft": GAN | {"loss.triplet": 1.0, "loss.margin": 12.0},
    "sga": GAN,
    "attention-aware": GAN,
}  # fmt: skip


def test_the_plan_of_table_1_has_the_papers_settings_line_by_line(tmp_path: Path) -> None:
    steps, _ = suite_steps(load_suite("table-1"), tmp_path)
    planned = {step.part: step.settings for step in steps if step.command == "train"}
    assert planned.keys() == TABLE_1.keys()
    wrong = {
        f"{name}: {key}": planned[name].get(key, "not there")
        for name, wanted in TABLE_1.items()
        for key, value in wanted.items()
        if planned[name].get(key, "not there") != value
    }
    assert wrong == {}
    tested = {
        (step.settings["protocol.name"], step.settings["protocol.warp"]) for step in steps if step.command == "eval"
    }
    assert tested == {("self-ref", False), ("random-ref", False)}


def test_the_costs_of_table_1_and_their_total_are_those_computed_by_hand(tmp_path: Path) -> None:
    """AnimeDiffusion as in table-2; a GAN: 600,000 iterations of 16 images of 310 GFLOP. A picture of AnimeDiffusion
    takes 20 network calls, with the inversion. Scoring: 579 lines, 3 pairings of random-ref, 5 floors."""
    suite = load_suite("table-1")
    steps, _ = suite_steps(suite, tmp_path)
    costs, _ = suite_costs(steps, suite, tmp_path, "cuda")
    ours = (297_000 * 32 * 820e9 + 7_924 * 4 * (10 * 820e9 + 20 * 273.4e9)) / 54e12
    gan = 600_000 * 16 * 310e9 / 54e12
    assert costs["train.animediffusion"].seconds == pytest.approx(ours, rel=0.02)
    for name in ("scft", "sga", "attention-aware"):
        assert costs[f"train.{name}"].seconds == pytest.approx(gan, rel=0.03)
    painting = 579 * 4 * 20 * 273.4e9 / 54e12  # that of the GANs takes less than 0.002 s a picture
    scoring = 579 * 4 * 0.25 * (4 + 5)
    found = total(costs[step.name] for step in steps)
    assert found.seconds == pytest.approx(ours + 3 * gan + painting + scoring, rel=0.02)
    assert found.seconds == pytest.approx(89.8 * 3600, rel=0.02)
    pictures = 579 * 4 * 9 * 80_000
    assert found.disk == pytest.approx(2.143 * 2**30 + 3 * 4.06 * 2**30 + pictures, rel=0.02)
    assert found.memory == costs["train.animediffusion"].memory == pytest.approx(40.4 * 2**30, rel=0.03)


@pytest.fixture(scope="module")
def table_2(tmp_path_factory: pytest.TempPathFactory) -> dict[str, StepCost]:
    """Step -> cost of table-2 with the paper's data on a GPU whose speeds are assumed."""
    suite, folder = load_suite("table-2"), tmp_path_factory.mktemp("table-2")
    steps, _ = suite_steps(suite, folder)
    costs, sources = suite_costs(steps, suite, folder, "cuda")
    assert "31,696 train, 579 test" in sources["faces"]
    return costs


def test_the_papers_phases_cost_what_was_computed_by_hand(table_2: dict[str, StepCost]) -> None:
    """Phase 1: 297,000 steps of 32 images of 820 GFLOP. Phase 2: 7,924 steps of 4 images, 10 calls with gradient,
    10 calls again and 10 of the inversion."""
    phase1 = 297_000 * 32 * 820e9 / 54e12
    phase2 = 7_924 * 4 * (10 * 820e9 + 20 * 273.4e9) / 54e12
    assert table_2["train.phase1"].seconds == pytest.approx(phase1, rel=0.02)
    assert table_2["train.epoch-1"].seconds == pytest.approx(phase2, rel=0.02), "its first phase is shared"
    assert table_2["train.epochs-10"].seconds == pytest.approx(10 * phase2, rel=0.02)
    assert table_2["train.no-tps"].seconds == pytest.approx(phase1 + phase2, rel=0.02)


def test_a_picture_costs_its_network_calls(table_2: dict[str, StepCost]) -> None:
    without = table_2["eval.no-phase2.self-ref.phase1"].seconds
    after = table_2["eval.paper.self-ref.epoch-1"].seconds
    assert without is not None
    assert after is not None
    assert without - after == pytest.approx(579 * (1000 - 20) * 273.4e9 / 54e12, rel=0.02), "DDPM, and DDIM inverted"


def test_a_measured_speed_replaces_the_assumed_one(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(TOML)
    suite = load_suite(str(path))
    (step,) = (each for each in suite_steps(suite, tmp_path)[0] if each.command == "train")
    slow = step_cost(step, PAPER, "cpu", None)
    speed = assumed_speed("cpu", step.config)  # type: ignore[arg-type]
    fast = step_cost(
        step, PAPER, "cpu", Speeds(device="x", trainings={"tiny": {"phase1": 2 * speed, "phase2": 2 * speed}})
    )
    assert slow.seconds is not None
    assert fast.seconds == pytest.approx(slow.seconds / 2)
    assert (slow.measured, fast.measured) == (False, True)
    assert not step_cost(step, PAPER, "cpu", Speeds(device="x", trainings={"tiny": {"phase1": speed}})).measured


def test_the_speed_depends_on_device_and_precision() -> None:
    config = load_suite("table-2")
    assert assumed_speed("cuda:1", config) == 54e12
    assert assumed_speed("cpu", config) % CORE_SPEED == 0


def test_the_samples_of_a_dataset_are_read_or_follow_from_its_source(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(TOML)
    suite = load_suite(str(path))
    assert sample_counts(suite, "faces", tmp_path) == (Counts(9, 4), "drawn:9")
    write_dataset(tmp_path / "faces")
    assert sample_counts(suite, "faces", tmp_path)[0] == Counts(6, 5)
    build = suite_steps(suite, tmp_path)[0][0]
    assert step_cost(build, Counts(5, 4), "cpu", None).seconds == 9 * DRAWING


@pytest.mark.parametrize(
    ("source", "total"),
    [
        ("12", 17), ("400", 580), ("100-111", 17),  # builds of these had 17, 579 and 17 faces
        ("faces:9", 9), ("varied:9", 9), ("figures:9", 9), ("faces:100-119", 20), ("pairs:9", 18),
    ],
)  # fmt: skip
def test_the_number_of_drawn_pictures_follows_from_their_kind(tmp_path: Path, source: str, total: int) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(TOML.replace("drawn:9", f"drawn:{source}"))
    counts, _ = sample_counts(load_suite(str(path)), "faces", tmp_path)
    assert counts == Counts(total - 4, 4)


def test_a_path_without_a_dataset_is_not_planned_with_the_source_that_it_replaces(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(TOML)
    suite = load_suite(str(path), [f"datasets.faces.path={tmp_path / 'nowhere'}"])
    counts, note = sample_counts(suite, "faces", tmp_path)
    assert counts == PAPER
    assert note == f"the paper's numbers; {tmp_path / 'nowhere'} holds no dataset yet"


@pytest.mark.parametrize("test", [13, 40])
def test_a_test_split_that_takes_all_is_said_and_leaves_nothing_to_train_on(tmp_path: Path, test: int) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(TOML)
    suite = load_suite(str(path), [f"datasets.faces.test={test}", "trainings.tiny.preset=paper"])
    costs, sources = suite_costs(suite_steps(suite, tmp_path)[0], suite, tmp_path, "cpu")
    assert sources["faces"].startswith("0 train, 13 test (drawn:9; the test split takes all")
    assert costs["dataset.faces"].disk == 13 * SAMPLE


def test_the_total_adds_time_and_disk_and_takes_the_largest_memory() -> None:
    found = total([StepCost(2.0, 5.0, 1.0, True), StepCost(), StepCost(3.0, 4.0, 1.0, False)])
    assert found == StepCost(5.0, 5.0, 2.0, False)


def test_a_total_without_times_is_not_measured() -> None:
    assert not total([]).measured
    assert not total([StepCost(measured=True)]).measured
    assert total([StepCost(1.0, measured=True), StepCost()]).measured
