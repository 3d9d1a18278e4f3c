"""Every registered method keeps the contract of `benchmark.methods.contract`; a new method adds its smallest settings.

Methods that were broken on purpose show that each rule can fail.
"""

import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from pydantic import ConfigDict

from benchmark.core.config import Config
from benchmark.core.runs import Run
from benchmark.data.dataset import Dataset
from benchmark.methods import contract
from benchmark.methods.contract import RULES, BrokenRule, Rule, Subject
from benchmark.methods.interface import Method, get_method, method_names

TINY_GAN = {"resolution": 64, "width": 4, "batch": 2, "steps": 2, "loss": {"perceptual": 0, "style": 0}}
# Settings that make a method that can learn do so in a second.
SMALLEST: dict[str, dict[str, Any]] = {
    "attention-aware": TINY_GAN,
    "scft": TINY_GAN,
    "sga": TINY_GAN,
    "animediffusion": {
        "resolution": 32,
        "unet": {"channels": 8, "multipliers": [1, 2], "blocks": 1, "heads": 2, "groups": 4},
        "phase1": {"steps": 2, "batch": 2},
        "phase2": {"steps": 1, "batch": 2, "chain": 2, "start_noise": "gaussian"},
        "sampling": {"steps": 2, "start_noise": "gaussian", "eta": 1.0},
    },
}

# An external program: copies each reference.
COPY = "import shutil, sys; shutil.copy(sys.argv[1], sys.argv[2])"


def external(home: Path) -> Config:
    command = [sys.executable, "-c", COPY, "{reference}", "{out}"]
    return get_method("external").config.model_validate({"command": command, "mode": "image", "folder": home})


def prompt_free(home: Path) -> Config:
    """Reduced networks with random weights in the published layout."""
    for library in ("diffusers", "transformers"):
        pytest.importorskip(library)
    from published import publish, reduced

    config = reduced(home, guidance=1)
    publish(home, config)
    return config


# What a method that needs no training, but more than nothing, paints with: its configuration, made in a folder.
PREPARED: dict[str, Callable[[Path], Config]] = {"external": external, "prompt-free": prompt_free}


@pytest.fixture(scope="module", params=method_names())
def subject(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, make_dataset: Callable[..., Dataset]
) -> Subject:
    """A method, trained first if it can learn."""
    method, home = get_method(request.param), tmp_path_factory.mktemp("contract")
    if method.train is not None:
        config = method.config.model_validate(SMALLEST[method.name])
        return Subject(method, method.train(config, make_dataset(home / "faces", train=4, test=2), Run(home, "cpu")))
    return Subject(method, config=PREPARED[method.name](home) if method.name in PREPARED else None)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_every_method_keeps(subject: Subject, rule: Rule) -> None:
    rule.check(subject)


class Bad:
    """Paints the references; each way of going wrong is a subclass."""

    def colorize(self, lines: Any, references: Any, seeds: Any) -> Any:
        return references.copy()


class Floats(Bad):
    def colorize(self, lines: Any, references: Any, seeds: Any) -> Any:
        return references / 255


class Smaller(Bad):
    def colorize(self, lines: Any, references: Any, seeds: Any) -> Any:
        return references[:, :, ::2, ::2]


class Scribbler(Bad):
    def colorize(self, lines: Any, references: Any, seeds: Any) -> Any:
        lines[:] = 0
        return references


class Moody(Bad):
    def colorize(self, lines: Any, references: Any, seeds: Any) -> Any:
        return np.random.default_rng().integers(0, 256, references.shape, np.uint8)


class Sociable(Bad):
    def colorize(self, lines: Any, references: Any, seeds: Any) -> Any:
        return np.repeat(references.mean(axis=0, keepdims=True), len(references), axis=0).astype(np.uint8)


class Careless(Bad):
    def colorize(self, lines: Any, references: Any, seeds: Any) -> Any:
        np.random.seed(int(seeds[0]))  # noqa: NPY002  what it is caught for
        return references.copy()


class Crash(Bad):
    def colorize(self, lines: Any, references: Any, seeds: Any) -> Any:
        raise ZeroDivisionError("no paint")


class Thawed(Config):
    model_config = ConfigDict(frozen=False)


def method_of(colorizer: type[Bad], config: type[Config] = Config) -> Method:
    module = SimpleNamespace(Config=config, load=lambda *_: colorizer(), __file__=__file__)
    return Method("bad", "method", module)


@pytest.mark.parametrize(
    ("colorizer", "rule", "problem"),
    [
        (Floats, "shape and type", "returned float64"),
        (Smaller, "shape and type", r"uint8 \(5, 3, 128, 128\), not"),
        (Scribbler, "inputs unchanged", "changed its lines"),
        (Moody, "same seed, same bytes", "a second call with the same seeds"),
        (Sociable, "independent of the batch", "between batches of 1 and of 5"),
        (Careless, "environment unchanged", "np.random"),
    ],
)
def test_a_broken_rule_is_found(colorizer: type[Bad], rule: str, problem: str) -> None:
    (check,) = [each.check for each in RULES if each.name == rule]
    check(Subject(method_of(Bad)))
    with pytest.raises(BrokenRule, match=problem):
        check(Subject(method_of(colorizer)))


def test_a_configuration_that_thaws_is_found_and_a_crash_is_a_finding() -> None:
    findings = {finding.rule: finding.problem for finding in contract.examine(Subject(method_of(Crash, Thawed)))}
    assert findings["configuration"] == 'Config must be frozen and have extra="forbid"'
    assert findings["shape and type"] == "ZeroDivisionError: no paint"
    assert list(findings) == [rule.name for rule in RULES]


def test_a_checkpoint_that_leans_on_its_folder_is_found(tmp_path: Path) -> None:
    from toys import write_training_run

    checkpoint = write_training_run(tmp_path, "bad", "a")

    class Leaning(Bad):
        def __init__(self, path: Path) -> None:
            self.shift = len(str(path)) % 256

        def colorize(self, lines: Any, references: Any, seeds: Any) -> Any:
            return references + np.uint8(self.shift)

    class Shown(Config):
        resolution: int = 64

    module = SimpleNamespace(Config=Shown, load=lambda path, _: Leaning(path), train=print, __file__=__file__)
    with pytest.raises(BrokenRule, match="a copy of the checkpoint painted other pictures"):
        contract.check_checkpoint(Subject(Method("bad", "method", module), checkpoint))
    with pytest.raises(BrokenRule, match="no checkpoint"):
        contract.check_checkpoint(Subject(Method("bad", "method", module)))
