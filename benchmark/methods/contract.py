"""The contract of methods: rules that `anibench methods --check` and the tests run on a method."""

import os
import shutil
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from textwrap import shorten
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from benchmark.core.config import Config, load_config
from benchmark.core.errors import AnibenchError
from benchmark.methods.interface import Colorizer, Method

ROUNDING = 1e-3  # share of values that may differ by one grey level between batch sizes
COUNT = 5  # pictures per rule
SIDE = 256
LONGEST = 300  # characters of a method's own error

Pictures = tuple[NDArray[np.uint8], NDArray[np.uint8], list[int]]


class BrokenRule(Exception):  # noqa: N818  a result of the check, not a failure of it
    """The method breaks a rule; the message says how."""


@dataclass(frozen=True)
class Subject:
    """The method under test, with its checkpoint and configuration."""

    method: Method
    checkpoint: Path | None = None
    config: Config | None = None  # replaces the checkpoint's configuration where the method allows that

    def load(self, checkpoint: Path | None = None) -> Colorizer:
        """Load the colorizer again, on the CPU."""
        return self.method.load_colorizer(checkpoint or self.checkpoint, "cpu", self.config)


class Rule(NamedTuple):
    """One rule of the contract."""

    name: str
    check: Callable[[Subject], None]  # raises BrokenRule


class RuleResult(NamedTuple):
    """The result of one rule; `problem` is None when the method keeps it."""

    rule: str
    problem: str | None


def examine(subject: Subject) -> list[RuleResult]:
    """Run every rule. Any exception of the method breaks the rule that raised it."""
    findings = []
    for rule in RULES:
        try:
            rule.check(subject)
        except (BrokenRule, AnibenchError) as broken:
            findings.append(RuleResult(rule.name, str(broken)))
        except Exception as error:
            text = shorten(f"{type(error).__name__}: {error}", LONGEST, placeholder=" ...")
            findings.append(RuleResult(rule.name, text))
        else:
            findings.append(RuleResult(rule.name, None))
    return findings


def made_pictures() -> Pictures:
    """Fixed noise, uint8: lines (5, 1, 256, 256), references (5, 3, 256, 256), and 5 seeds, one of them twice."""
    rng = np.random.default_rng(0)
    lines = np.where(rng.random((COUNT, 1, SIDE, SIDE)) < 0.1, 0, 255).astype(np.uint8)
    return lines, rng.integers(0, 256, (COUNT, 3, SIDE, SIDE), np.uint8), [3, 1, 4, 1, 5]


def check_configuration(subject: Subject) -> None:
    """`Config` is a frozen `benchmark.core.config.Config` that refuses unknown keys, and every preset is valid."""
    model = subject.method.config
    if not issubclass(model, Config):
        raise BrokenRule("Config must be a subclass of benchmark.core.config.Config")
    if not model.model_config.get("frozen") or model.model_config.get("extra") != "forbid":
        raise BrokenRule('Config must be frozen and have extra="forbid"')
    unknown = [name for name in subject.method.settable if name not in model.model_fields]
    if unknown:
        raise BrokenRule(f"SETTABLE names fields that Config does not have: {', '.join(unknown)}")
    for path in subject.method.presets().values():
        load_config(model, preset=path)


def check_shape(subject: Subject) -> None:
    """`colorize` returns uint8 in the shape of the references."""
    lines, references, seeds = made_pictures()
    _painted(subject.load(), lines, references, seeds)


def check_inputs(subject: Subject) -> None:
    """`colorize` does not change its arguments."""
    lines, references, seeds = made_pictures()
    subject.load().colorize(lines, references, seeds)
    before = made_pictures()
    same = {
        "lines": np.array_equal(lines, before[0]),
        "references": np.array_equal(references, before[1]),
        "seeds": seeds == before[2],
    }
    changed = [name for name, untouched in same.items() if not untouched]
    if changed:
        raise BrokenRule(f"colorize changed its {' and '.join(changed)}; work on a copy")


def check_repeats(subject: Subject) -> None:
    """The same seeds give the same bytes in two calls of one colorizer and in a second colorizer."""
    colorizer = subject.load()
    first = _painted(colorizer, *made_pictures())
    for how, again in (("a second call", colorizer), ("a second load", subject.load())):
        _same(first, _painted(again, *made_pictures()), f"{how} with the same seeds painted other pictures")


def check_neighbours(subject: Subject) -> None:
    """A picture does not depend on the other pictures of its batch, except for rounding."""
    pictures, colorizer = made_pictures(), subject.load()
    whole = _painted(colorizer, *pictures).astype(int)
    for size in (1, 2):
        parts = [_painted(colorizer, *_cut(pictures, start, start + size)) for start in range(0, COUNT, size)]
        difference = np.abs(np.concatenate(parts).astype(int) - whole)
        if difference.max() > 1 or (difference > 0).mean() > ROUNDING:
            raise BrokenRule(
                f"between batches of {size} and of {COUNT}, {(difference > 0).mean():.2%} of the values differ, by up "
                f"to {difference.max()} grey levels; the limit is 1 level in {ROUNDING:.1%} of the values"
            )


def check_surroundings(subject: Subject) -> None:
    """Loading and painting do not change the environment variables or numpy's global random state."""
    before = _surroundings()
    subject.load().colorize(*made_pictures())
    for name, then, now in zip(("environment variables", "np.random"), before, _surroundings(), strict=True):
        if then != now:
            raise BrokenRule(f"the method changed {name}")


def check_checkpoint(subject: Subject) -> None:
    """A copy of the checkpoint alone paints the same bytes, and it names its method and training samples."""
    if not subject.method.has_runs:
        return
    if subject.checkpoint is None:
        raise BrokenRule("there is no checkpoint to load")
    from benchmark.methods.checkpoints import read_info

    info = read_info(subject.checkpoint)
    load_config(subject.method.config, base=info.config)
    if not info.training_ids and subject.method.train is not None:
        raise BrokenRule("the checkpoint does not list the samples it was trained on (training_ids)")
    first = _painted(subject.load(), *made_pictures())
    with tempfile.TemporaryDirectory() as folder:
        moved = Path(folder) / "moved.safetensors"
        shutil.copyfile(subject.checkpoint, moved)
        _same(first, _painted(subject.load(moved), *made_pictures()), "a copy of the checkpoint painted other pictures")


RULES = (
    Rule("configuration", check_configuration),
    Rule("shape and type", check_shape),
    Rule("inputs unchanged", check_inputs),
    Rule("same seed, same bytes", check_repeats),
    Rule("independent of the batch", check_neighbours),
    Rule("environment unchanged", check_surroundings),
    Rule("save, load, same bytes", check_checkpoint),
)


def _painted(
    colorizer: Colorizer, lines: NDArray[np.uint8], references: NDArray[np.uint8], seeds: Sequence[int]
) -> NDArray[np.uint8]:
    painted: Any = colorizer.colorize(lines, references, seeds)
    if not isinstance(painted, np.ndarray) or painted.dtype != np.uint8 or painted.shape != references.shape:
        got = f"{painted.dtype} {painted.shape}" if isinstance(painted, np.ndarray) else type(painted).__name__
        raise BrokenRule(f"colorize returned {got}, not uint8 {references.shape}")
    return painted.copy()  # a colorizer may return its own buffer


def _cut(pictures: Pictures, start: int, end: int) -> Pictures:
    lines, references, seeds = pictures
    return lines[start:end], references[start:end], seeds[start:end]


def _same(first: NDArray[np.uint8], second: NDArray[np.uint8], problem: str) -> None:
    if not np.array_equal(first, second):
        raise BrokenRule(f"{problem} ({(first != second).mean():.2%} of the values differ)")


def _surroundings() -> tuple[dict[str, str], str]:
    state = np.random.get_state(legacy=False)  # noqa: NPY002  the rule is about the global state
    return dict(os.environ), repr(state)
