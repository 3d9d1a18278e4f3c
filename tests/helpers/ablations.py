"""Rows of AnimeDiffusion with any settings and PSNR, made of the evaluation of a toy."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from benchmark.core.config import load_config
from benchmark.data.protocol import get_protocol
from benchmark.methods.interface import get_method
from reports.read.collect import EvalRun, Group

METHOD = "animediffusion"


def row(group: Group, label: str, psnr: float, *settings: str, preset: str = "paper") -> EvalRun:
    """The toy's evaluation as that of AnimeDiffusion with a preset, changed by `settings`."""
    toy = next(run for run in group.runs if run.card.kind == "method")
    method = get_method(METHOD)
    config = load_config(method.config, preset=method.preset(preset), settings=settings).model_dump(mode="json")
    own: dict[str, Any] = {"method": METHOD, "label": label}
    score = toy.card.images["psnr"].model_copy(update={"mean": psnr}) if "psnr" in toy.card.images else None
    images = toy.card.images | ({} if score is None else {"psnr": score})
    training = toy.card.training and toy.card.training.model_copy(update={"phase": "phase2"})
    card = toy.card.model_copy(update={**own, "images": images, "training": training})
    return replace(toy, card=card, config=toy.config.model_copy(update={**own, "method_config": config}))


def with_rows(group: Group, *rows: EvalRun) -> Group:
    """The group with these rows before its floors."""
    floors = [run for run in group.runs if run.card.kind == "floor"]
    return replace(group, runs=(*rows, *floors))


def as_protocol(group: Group, name: str, rows: Sequence[EvalRun]) -> Group:
    """A group of these rows under another self-reference protocol."""
    protocol = get_protocol(name)
    changed = []
    for run in rows:
        card = run.card.model_copy(update={"protocol": name, "version": protocol.version})
        changed.append(replace(run, card=card, config=run.config.model_copy(update={"protocol": protocol})))
    return replace(group, protocol=protocol, runs=tuple(changed))
