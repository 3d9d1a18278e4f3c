"""What paper, authors' code and we chose, setting by setting: `python -m animediffusion.choices` prints the table.

The values are those of the presets `paper`, `official` and `corrected`; docs/animediffusion.md holds the table.
"""

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
        "augment.mirror", "augment.colors", "augment.bend",
    }
)  # fmt: skip
"""Settings to name even where the presets agree: the text can be read in two ways, or the code has them and no use."""


class Choice(NamedTuple):
    """One row of the table."""

    setting: str
    meaning: str
    paper: str
    official: str
    corrected: str


def choices() -> list[Choice]:
    """Every setting in which two of the presets differ, those of `ALWAYS`, and what is chosen elsewhere."""
    folder = Path(__file__).parent / "presets"
    configs = [load_config(AnimeDiffusionConfig, preset=folder / f"{name}.toml") for name in PRESETS]
    meanings = dict(_fields(configs[0]))
    rows = []
    for setting, (meaning, _) in meanings.items():
        values = [dict(_fields(config))[setting][1] for config in configs]
        if setting in ALWAYS or values.count(values[0]) < len(values):
            rows.append(Choice(f"`{setting}`", meaning, *(_shown(value) for value in values)))
    return [*rows, *_elsewhere()]


def table() -> str:
    """The choices as a markdown table."""
    header = ("setting", "what it is", *(f"`{name}`" for name in PRESETS))
    lines = [header, ("---",) * len(header), *choices()]
    return "".join(f"| {' | '.join(cell.replace('|', '&#124;') for cell in line)} |\n" for line in lines)


def _elsewhere() -> Iterator[Choice]:
    """Choices that are made when the data are built or a protocol is picked, not in a preset of the method."""
    fields = XDoG.model_fields
    yield Choice(
        "`xdog.p`", "`build-dataset`: strength of the lines (section 3.3).", "`9`", "`10`", _shown(fields["p"].default)
    )
    yield Choice(
        "`xdog.form`",
        "`build-dataset`: whether the difference of Gaussians is multiplied by the picture.",
        _shown("equation-1"),
        _shown("product"),
        _shown(fields["form"].default),
    )
    yield Choice(
        "`--protocol`",
        "`eval`: reference of the self-reference test, as it is or warped (the paper names no warp, the code warps).",
        "`self-ref`",
        "`self-ref-warped`",
        "both, in tables of their own",
    )


def _fields(model: BaseModel, prefix: str = "") -> Iterator[tuple[str, tuple[str, Any]]]:
    """`path.of.setting`, its description and its value, for every setting."""
    for name, field in type(model).model_fields.items():
        value = getattr(model, name)
        if isinstance(value, BaseModel):
            yield from _fields(value, f"{prefix}{name}.")
        else:
            yield prefix + name, (field.description or "", value)


def _shown(value: object) -> str:
    """A value as it is written in TOML, in code marks."""
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
