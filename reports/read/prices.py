"""What a setting of AnimeDiffusion changes in PSNR: measured in the runs at hand, in their matrices, or published."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import permutations
from typing import Any, NamedTuple

from benchmark.core.config import flat
from benchmark.evaluation.matrix import PROTOCOL
from reports.read.collect import EvalRun, Group
from reports.read.matrices import Matrix
from reports.read.seeds import SeedRuns

OURS = "animediffusion"  # the method whose settings have prices
METRIC = "psnr"
REFERENCE = PROTOCOL  # the setting: whether the reference is the target or the warped target
SIGMA = "xdog.sigma"
FREE = ("runtime.", "seed", "budget.", "initial")  # settings whose change is no deviation


class Price(NamedTuple):
    """The change of PSNR when a setting changes from one value to another."""

    setting: str
    before: Any
    after: Any
    change: float  # dB
    source: str


PUBLISHED_FOLDER = "reports/published"
_NOISE = "start-noise-faces256/report.md"
_ABLATIONS = "table-2-demo-faces256/report.md"


class Measured(NamedTuple):
    """A published pair of PSNRs; the file contains both numbers."""

    setting: str
    before: Any
    after: Any
    first: float
    second: float
    file: str
    where: str

    @property
    def price(self) -> Price:
        source = f"published, {self.file.partition('/')[0]}, {self.where}"
        return Price(self.setting, self.before, self.after, self.second - self.first, source)


PUBLISHED = (
    Measured(REFERENCE, "self-ref", "self-ref-warped", 16.16, 12.52, _NOISE, "from the inverted reference, eta 0"),
    Measured("sampling.start_noise", "invert-reference", "gaussian", 16.16, 15.38, _NOISE, "self-ref, eta 0"),
    Measured("sampling.eta", 0.0, 1.0, 16.16, 15.65, _NOISE, "self-ref, from the inverted reference"),
    Measured("sampling.steps", 10, 50, 16.16, 13.44, _NOISE, "self-ref, from the inverted reference"),
    Measured("phase2.start_noise", "invert-reference", "gaussian", 15.06, 16.42, _NOISE, "sampled from Gaussian"),
    Measured("phase2.start_noise", "invert-reference", "invert-target", 15.06, 11.12, _NOISE, "sampled from Gaussian"),
    Measured("phase2.epochs", 1, 10, 17.73, 20.19, _ABLATIONS, "self-ref"),
)


def prices(groups: Sequence[Group], matrices: Sequence[Matrix]) -> list[Price]:
    """Every price: first those of the rows at hand, then of their matrices, then the published ones."""
    own = [price for group in groups for price in _of_rows(group)]
    swept = [price for matrix in matrices for price in _of_matrix(matrix)]
    return [*own, *_of_protocols(groups), *swept, *(each.price for each in PUBLISHED)]


def settings_of(run: EvalRun) -> dict[str, Any]:
    """The settings of a method by their dotted keys, without those whose change is no deviation."""
    return deviating(run.config.method_config)


def deviating(config: Mapping[str, Any]) -> dict[str, Any]:
    """A configuration by dotted keys, without `FREE`; the precision is kept."""
    found = flat(config)
    return {key: value for key, value in found.items() if key == "runtime.precision" or not key.startswith(FREE)}


def _of_rows(group: Group) -> Iterator[Price]:
    """Two trained rows that differ in one setting alone."""
    rows = [(name, run) for name, run in zip(group.names, group.runs, strict=True) if is_ours(run)]
    for (first, one), (second, two) in permutations(rows, 2):
        before, after = settings_of(one), settings_of(two)
        changed = [key for key in before.keys() | after.keys() if before.get(key) != after.get(key)]
        values = one.value(METRIC), two.value(METRIC)
        if len(changed) == 1 and values[0] is not None and values[1] is not None:
            key, source = changed[0], f"rows {first} and {second}, {group.card.protocol_label}"
            yield Price(key, before.get(key), after.get(key), values[1] - values[0], source)


def _of_protocols(groups: Sequence[Group]) -> Iterator[Price]:
    """A training under two protocols that differ in the warp of the reference, or in the sigma of the lines."""
    for one, two in permutations(groups, 2):
        change = _changed_protocol(one, two)
        if change is None:
            continue
        second = _trained(two)
        for name, run in _trained(one).items():
            before, after = run.value(METRIC), second[name].value(METRIC) if name in second else None
            if before is not None and after is not None:
                yield Price(*change, after - before, f"row {name}")


def _trained(group: Group) -> dict[str, EvalRun]:
    """Label -> the evaluation of a trained AnimeDiffusion: first the rows, then the seeds of those over several."""
    rows = [run for run in group.runs if is_ours(run)]
    seeds = [single for run in rows if isinstance(run, SeedRuns) for single in run.members]
    return {run.card.label: run for run in (*rows, *seeds)}


def is_ours(run: EvalRun) -> bool:
    """Whether the row is a trained AnimeDiffusion."""
    return run.card.method == OURS and run.card.kind == "method"


def _changed_protocol(one: Group, two: Group) -> tuple[str, str, str] | None:
    """The setting in which two self-reference protocols on one dataset differ, with both values."""
    protocols = one.protocol, two.protocol
    if one.card.data.fingerprint != two.card.data.fingerprint or any(each.reference != "self" for each in protocols):
        return None
    first, second = (each.lines for each in protocols)
    if first == second == "as-built" and protocols[0].warp != protocols[1].warp:
        return REFERENCE, protocols[0].name, protocols[1].name
    if first.startswith("sigma-") and second.startswith("sigma-") and protocols[0].warp == protocols[1].warp:
        return SIGMA, first.removeprefix("sigma-"), second.removeprefix("sigma-")
    return None


def _of_matrix(matrix: Matrix) -> Iterator[Price]:
    for effect in matrix.effects:
        if effect.metric == METRIC and effect.protocol in (None, "self-ref"):
            values = {str(value): value for value in matrix.settings.all_axes[effect.axis]}
            for (before, first), (after, second) in permutations(effect.levels.items(), 2):
                where = "" if effect.protocol is None else f", {effect.protocol}"
                source = f"matrix {matrix.name} of {matrix.entry}{where}, mean over its other settings"
                yield Price(effect.axis, values[before], values[after], second - first, source)
