"""The settings in which paper, authors' code and our corrections differ, as a table for docs/animediffusion.md.

The values are those of the presets `paper`, `official` and `corrected`. `python -m animediffusion.choices` prints it.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import BaseModel

from animediffusion.config import AnimeDiffusionConfig
from benchmark.core.config import load_config
from benchmark.data.xdog import XDoG

PRESETS = ("paper", "official", "corrected")
ALWAYS = frozenset(
    {
        "unet.attention_levels", "diffusion.prediction", "phase1.weighting", "phase1.loss", "phase1.condition_dropout",
        "sampling.guidance_scale", "sampling.sampler", "ema_decay", "diffusion.dtype",
    }
)  # fmt: skip
"""Settings in the table whose values agree: the paper's text is ambiguous, or the code does not use its own setting."""


class Choice(NamedTuple):
    """One row of the table."""

    setting: str
    meaning: str
    paper: str
    official: str
    corrected: str


def choices() -> list[Choice]:
    """The settings in which two presets differ, those of `ALWAYS`, and the choices outside the method."""
    folder = Path(__file__).parent / "presets"
    configs = [load_config(AnimeDiffusionConfig, preset=folder / f"{name}.toml") for name in PRESETS]
    meanings = dict(_fields(configs[0]))
    rows = []
    for setting, (meaning, _) in meanings.items():
        values = [dict(_fields(config))[setting][1] for config in configs]
        if setting in ALWAYS or values.count(values[0]) < len(values):
            rows.append(Choice(f"`{setting}`", _brief(meaning), *(_shown(value) for value in values)))
    return [*rows, *_elsewhere()]


def table() -> str:
    """The choices as a markdown table."""
    header = ("setting", "meaning", *(f"`{name}`" for name in PRESETS))
    lines = [header, ("---",) * len(header), *choices()]
    return "".join(f"| {' | '.join(cell.replace('|', '&#124;') for cell in line)} |\n" for line in lines)


def _elsewhere() -> Iterator[Choice]:
    """Choices of `build-dataset` and `eval`, which no preset of the method holds."""
    fields = XDoG.model_fields
    yield Choice("`lines.p`", "strength of the lines (`build-dataset`)", "`9`", "`10`", _shown(fields["p"].default))
    yield Choice(
        "`lines.form`",
        "formula of the lines (`build-dataset`)",
        _shown("equation-1"),
        _shown("product"),
        _shown(fields["form"].default),
    )
    yield Choice(
        "`--protocol`",
        "self-reference test (`eval`)",
        "`self-ref`",
        "`self-ref-warped`",
        "both",
    )


def _brief(description: str) -> str:
    """The words before the first punctuation mark of a setting's description."""
    first = re.split(r"[.,:;(]", description)[0].strip()
    return first[0].lower() + first[1:] if first[1:2].islower() else first


def _fields(model: BaseModel, prefix: str = "") -> Iterator[tuple[str, tuple[str, Any]]]:
    """The path of each setting, such as `phase1.batch`, with its description and its value."""
    for name, field in type(model).model_fields.items():
        value = getattr(model, name)
        if isinstance(value, BaseModel):
            yield from _fields(value, f"{prefix}{name}.")
        else:
            yield prefix + name, (field.description or "", value)


def _shown(value: object) -> str:
    """A value as TOML, in backticks."""
    if isinstance(value, bool):
        text = str(value).lower()
    elif isinstance(value, float):
        text = f"{value:g}"
    elif isinstance(value, tuple):
        text = str(list(value))
    else:
        text = "none" if value is None else str(value)
    return f"`{text}`"


if __name__ == "__main__":
    print(table(), end="")
