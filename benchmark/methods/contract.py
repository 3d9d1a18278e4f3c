"""What every method has to keep, as rules that can be run: by `anibench methods --check` and by our own tests."""

import os
import shutil
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from benchmark.core.config import Config, load_config
from benchmark.core.errors import AnibenchError
from benchmark.methods.interface import Colorizer, Method

ROUNDING = 1e-3  # share of values that may differ by one grey level between batch sizes
COUNT = 5  # pictures a rule looks at
SIDE = 256

Pictures = tuple[NDArray[np.uint8], NDArray[np.uint8], list[int]]


class BrokenRule(Exception):  # noqa: N818  it is a finding
    """A rule is not kept; says how."""


@dataclass(frozen=True)
class Subject:
    """A method with what it paints with."""

    method: Method
    checkpoint: Path | None = None
    config: Config | None = None  # replaces the checkpoint's own, where the method lets it

    def load(self, checkpoint: Path | None = None) -> Colorizer:
        """The colorizer, anew, on the CPU."""
        return self.method.load_colorizer(checkpoint or self.checkpoint, "cpu", self.config)


class Rule(NamedTuple):
    """One line of the contract."""

    name: str
    check: Callable[[Subject], None]  # raises BrokenRule


class Finding(NamedTuple):
    """What became of one rule; `problem` is None where it is kept."""

    rule: str
    problem: str | None


def examine(subject: Subject) -> list[Finding]:
    """Run every rule; an error of the method is a rule not kept, like any other."""
    findings = []
    for rule in RULES:
        try:
            rule.check(subject)
        except (BrokenRule, AnibenchError) as broken:
            findings.append(Finding(rule.name, str(broken)))
        except Exception as error:
            findings.append(Finding(rule.name, f"{type(error).__name__}: {error}"))
        else:
            findings.append(Finding(rule.name, None))
    return findings


def made_pictures() -> Pictures:
    """Lines (5, 1, 256, 256), references (5, 3, 256, 256) and seeds, one of them twice: noise, the same each time."""
    rng = np.random.default_rng(0)
    lines = np.where(rng.random((COUNT, 1, SIDE, SIDE)) < 0.1, 0, 255).astype(np.uint8)
    return lines, rng.integers(0, 256, (COUNT, 3, SIDE, SIDE), np.uint8), [3, 1, 4, 1, 5]


def check_configuration(subject: Subject) -> None:
    """`Config` is a frozen `benchmark.core.config.Config` that refuses unknown keys, and every preset fills it."""
    model = subject.method.config
    if not issubclass(model, Config):
        raise BrokenRule("Config has to be a benchmark.core.config.Config")
    if not model.model_config.get("frozen") or model.model_config.get("extra") != "forbid":
        raise BrokenRule("Config has to stay frozen and to refuse unknown keys")
    unknown = [name for name in subject.method.settable if name not in model.model_fields]
    if unknown:
        raise BrokenRule(f"SETTABLE names fields that Config has not: {', '.join(unknown)}")
    for path in subject.method.presets().values():
        load_config(model, preset=path)


def check_shape(subject: Subject) -> None:
    """`colorize` returns uint8 of the references' shape."""
    lines, references, seeds = made_pictures()
    _painted(subject.load(), lines, references, seeds)


def check_inputs(subject: Subject) -> None:
    """`colorize` changes nothing of what it is given."""
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
    """The same seeds give the same bytes, twice from one load and from a second one."""
    colorizer = subject.load()
    first = _painted(colorizer, *made_pictures())
    for how, again in (("a second call", colorizer), ("a second load", subject.load())):
        _same(first, _painted(again, *made_pictures()), f"{how} with the same seeds painted other pictures")


def check_neighbours(subject: Subject) -> None:
    """A picture does not depend on what else is in the batch."""
    pictures, colorizer = made_pictures(), subject.load()
    whole = _painted(colorizer, *pictures).astype(int)
    for size in (1, 2):
        parts = [_painted(colorizer, *_cut(pictures, start, start + size)) for start in range(0, COUNT, size)]
        difference = np.abs(np.concatenate(parts).astype(int) - whole)
        if difference.max() > 1 or (difference > 0).mean() > ROUNDING:
            raise BrokenRule(
                f"in batches of {size} and of {COUNT} a picture differs by up to {difference.max()} grey levels, in "
                f"{(difference > 0).mean():.2%} of its values; at most 1 level in {ROUNDING:.1%} is rounding"
            )


def check_surroundings(subject: Subject) -> None:
    """Loading and painting leave the environment variables and numpy's global random state alone."""
    before = _surroundings()
    subject.load().colorize(*made_pictures())
    for name, then, now in zip(("environment variables", "np.random"), before, _surroundings(), strict=True):
        if then != now:
            raise BrokenRule(f"it changed the process's {name}")


def check_checkpoint(subject: Subject) -> None:
    """The checkpoint alone, in another place, paints the same bytes, and says what it is and what it was shown."""
    if not subject.method.has_runs:
        return
    if subject.checkpoint is None:
        raise BrokenRule("there is no checkpoint to load")
    from benchmark.methods.checkpoints import read_info

    info = read_info(subject.checkpoint)
    load_config(subject.method.config, base=info.config)
    if not info.training_ids and subject.method.train is not None:
        raise BrokenRule("its checkpoint does not say which samples it was trained on (training_ids)")
    first = _painted(subject.load(), *made_pictures())
    with tempfile.TemporaryDirectory() as folder:
        moved = Path(folder) / "moved.safetensors"
        shutil.copyfile(subject.checkpoint, moved)
        _same(first, _painted(subject.load(moved), *made_pictures()), "its checkpoint paints otherwise when moved")


RULES = (
    Rule("configuration", check_configuration),
    Rule("shape and type", check_shape),
    Rule("inputs untouched", check_inputs),
    Rule("same seed, same bytes", check_repeats),
    Rule("no matter the batch", check_neighbours),
    Rule("surroundings untouched", check_surroundings),
    Rule("save, load, same bytes", check_checkpoint),
)


def _painted(
    colorizer: Colorizer, lines: NDArray[np.uint8], references: NDArray[np.uint8], seeds: Sequence[int]
) -> NDArray[np.uint8]:
    painted: Any = colorizer.colorize(lines, references, seeds)
    if not isinstance(painted, np.ndarray) or painted.dtype != np.uint8 or painted.shape != references.shape:
        got = f"{painted.dtype} {painted.shape}" if isinstance(painted, np.ndarray) else type(painted).__name__
        raise BrokenRule(f"colorize returned {got}, not uint8 {references.shape}")
    return painted.copy()  # a colorizer may hand out its own buffer


def _cut(pictures: Pictures, start: int, end: int) -> Pictures:
    lines, references, seeds = pictures
    return lines[start:end], references[start:end], seeds[start:end]


def _same(first: NDArray[np.uint8], second: NDArray[np.uint8], problem: str) -> None:
    if not np.array_equal(first, second):
        raise BrokenRule(f"{problem} ({(first != second).mean():.2%} of the values differ)")


def _surroundings() -> tuple[dict[str, str], bytes]:
    state: Any = np.random.get_state()  # noqa: NPY002  the global state is what is looked at
    return dict(os.environ), state[1].tobytes()
