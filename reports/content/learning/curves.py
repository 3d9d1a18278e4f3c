"""Learning curves: trainings of a table that differ in their budget of images alone, and the fits of their scores."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from benchmark.core.config import validated
from benchmark.core.errors import AnibenchError
from benchmark.core.seeds import derive_seed
from benchmark.methods.interface import get_method
from benchmark.results.learning_curve import SIZES, CurveFit, fit_curve
from benchmark.results.metrics import METRICS
from reports.content.compare import paired_tables, shared_pictures
from reports.content.deviations import shown
from reports.read.claims import IMAGES_SEEN, budget_of
from reports.read.collect import EvalRun, Group
from reports.read.prices import settings_of
from reports.read.seeds import SeedRuns, seed_of

CURVE_METRICS = ("psnr", "ms-ssim", "lpips", "st-lpips")
AHEAD = 10  # times the largest number of images, where the fits are evaluated
Settings = dict[str, Any]
Runs = Mapping[int, EvalRun]  # images seen, ascending -> the row of the table, which can be over several seeds


@dataclass(frozen=True)
class Curve:
    """Trainings of one method and its settings, by the images seen."""

    name: str
    runs: Runs
    fits: Mapping[str, CurveFit]  # metric -> the fit; empty for fewer than 4 trainings
    flops: float | None  # of training, for each image seen; None where the method does not state its cost

    @property
    def metrics(self) -> list[str]:
        """The metrics that every row of the curve has, in the order of tables."""
        rows = self.runs.values()
        return [m for m in METRICS if m in CURVE_METRICS and all(row.value(m) is not None for row in rows)]

    @property
    def targets(self) -> tuple[int, int, int]:
        """The numbers of images at which the fits are evaluated: the largest, ten times as many, and the paper's."""
        return max(self.runs), AHEAD * max(self.runs), IMAGES_SEEN


def learning_curves(group: Group) -> tuple[Curve, ...]:
    """The curves of a table, if one of them has four trainings of different budgets; those with two are added then.

    A checkpoint of an unfinished training is none of them: of the rows with one budget, that with most images counts.
    """
    kinds: dict[str, tuple[Settings, dict[Any, EvalRun]]] = {}
    for run in group.runs:
        training = run.card.training
        if run.card.kind != "method" or training is None:
            continue
        settings = settings_of(run) | {"initial": run.config.method_config.get("initial")}
        key = repr((run.card.method, sorted(settings.items()), training.fingerprint, training.phase))
        budget = budget_of(run.config)
        budgets = kinds.setdefault(key, (settings, {}))[1]
        if budget not in budgets or training.images_seen > _seen(budgets[budget]):
            budgets[budget] = run
    found = [(settings, {_seen(run): run for run in budgets.values()}) for settings, budgets in kinds.values()]
    if max((len(runs) for _, runs in found), default=0) < SIZES:
        return ()
    several = [(settings, dict(sorted(runs.items()))) for settings, runs in found if len(runs) > 1]
    return tuple(
        _fitted(group, Curve(_name(settings, runs, several), runs, {}, training_flops(list(runs.values())[-1])))
        for settings, runs in several
    )


def single_runs(run: EvalRun) -> tuple[EvalRun, ...]:
    """The trainings of a row, one for each seed."""
    return run.members if isinstance(run, SeedRuns) else (run,)


def training_flops(run: EvalRun) -> float | None:
    """FLOPs of a training for each image seen, counted on the method's networks; None where it does not state them."""
    try:
        method = get_method(run.card.method)
        config = validated(method.config, run.config.method_config, f"{run.folder}: settings of {method.name}")
    except AnibenchError:
        return None
    if method.cost is None or run.card.training is None:
        return None
    phases = method.cost(config, run.card.training.pictures).phases.values()
    images = sum(phase.steps * phase.batch for phase in phases)
    return float(sum(phase.steps * phase.flops for phase in phases) / images)


def curve_facts(group: Group, curves: Sequence[Curve]) -> list[dict[str, Any]]:
    """The curves of a table as JSON."""
    shared = {"protocol": group.card.protocol_label, "fingerprint": group.card.data.fingerprint}
    return [
        {
            **shared,
            "curve": curve.name,
            "flops_per_image": curve.flops,
            "points": [_point(curve, seen, run) for seen, run in curve.runs.items()],
            "fits": {metric: _fit_facts(fit, curve.targets) for metric, fit in curve.fits.items()},
        }
        for curve in curves
    ]


def _seen(run: EvalRun) -> int:
    return run.card.training.images_seen if run.card.training else 0


def _name(settings: Settings, runs: Runs, every: Sequence[tuple[Settings, Runs]]) -> str:
    """The method, and the settings in which its curves differ."""
    method = _method(runs)
    others = [other for other, their in every if _method(their) == method]
    keys = [key for key in settings if any(other.get(key) != settings[key] for other in others)]
    return ", ".join([method, *(f"{key.rpartition('.')[2]} {shown(settings[key])}" for key in keys)])


def _method(runs: Runs) -> str:
    return next(iter(runs.values())).card.method


def _fitted(group: Group, curve: Curve) -> Curve:
    """The curve with the fit of each metric, if it has enough trainings."""
    if len(curve.runs) < SIZES:
        return curve
    singles = {seen: single_runs(row) for seen, row in curve.runs.items()}
    named = {f"{seen} {place}": one for seen, each in singles.items() for place, one in enumerate(each)}
    tables, fits = paired_tables(named), {}
    for metric in curve.metrics:
        if metric in tables:
            table, facts = tables[metric], METRICS[metric]
            columns = {seen: [table[f"{seen} {place}"] for place in range(len(each))] for seen, each in singles.items()}
            best = facts.high if facts.better == "higher" else facts.low
            seed = derive_seed(group.protocol.seed, "learning-curve", metric)
            fits[metric] = fit_curve(columns, best, seed, pictures=shared_pictures(table))
    return replace(curve, fits=fits)


def _point(curve: Curve, seen: int, run: EvalRun) -> dict[str, Any]:
    scores = {metric: run.card.images[metric].model_dump(mode="json") for metric in curve.metrics}
    seeds = {str(seed_of(one)): {metric: one.value(metric) for metric in scores} for one in single_runs(run)}
    return {"images_seen": seen, "scores": scores, "seeds": seeds}


def _fit_facts(fit: CurveFit, targets: Sequence[int]) -> dict[str, Any]:
    law = {name: float(getattr(fit.law, name)[0]) for name in ("a", "b", "c")}
    at = [{"images": n, "score": fit.at(n), **fit.interval(n)._asdict()} for n in targets]
    return {**law, "first": fit.law.first, "levels_off": fit.levels_off, "seeded": fit.seeded, "at": at}
