"""Import of checkpoints of the published codes. Only tensors are loaded; their names show the variant.

Cao's `ckpt_N.pth` holds gen, optim_g, dis, optim_d and iter_num. SGA's repository writes `{epoch}-G.pth` and
`{epoch}-D.pth`, each with model and optimizer. A state dict of a generator alone is accepted too. Optimisers are
ignored.
"""

from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor

from baselines.gan.config import CRITIC, Blocks, GanConfig, Variant
from baselines.gan.discriminator import build_discriminator
from baselines.gan.generator import NAMES, Generator
from benchmark.core.errors import AnibenchError
from benchmark.methods.foreign import as_state, check_fit, read_plain

GENERATOR_FILE, CRITIC_FILE = "-G.pth", "-D.pth"


def read_official(
    path: Path, config: GanConfig, blocks: Mapping[Variant, Blocks]
) -> tuple[dict[str, Tensor], GanConfig]:
    """Tensors of generator and critic of a published checkpoint, and `config` with its variant and width.

    The critic is in the same file or, for `5-G.pth`, in `5-D.pth` beside it; it may be absent. Raises AnibenchError
    that names missing and unknown tensors and wrong shapes.
    """
    generator_state, critic_state = _parts(path)
    variant, width = _infer(path, generator_state, blocks)
    with torch.device("meta"):
        generator, critic = Generator(blocks[variant], variant, width), build_discriminator(variant, width)
    tensors = check_fit(path, "not a generator of this method", generator_state, generator)
    if critic_state is not None:
        checked = check_fit(path, "not a checkpoint of this method (its critic does not match)", critic_state, critic)
        tensors |= {f"{CRITIC}{name}": tensor for name, tensor in checked.items()}
    return tensors, config.model_copy(update={"variant": variant, "width": width})


def _parts(path: Path) -> tuple[dict[str, Tensor], dict[str, Tensor] | None]:
    """State dicts of the generator and of the critic, if there is one."""
    loaded = read_plain(path)
    if isinstance(loaded, Mapping) and "gen" in loaded:
        return as_state(path, loaded["gen"]), as_state(path, loaded["dis"]) if "dis" in loaded else None
    if isinstance(loaded, Mapping) and "model" in loaded:
        beside = path.with_name(path.name.removesuffix(GENERATOR_FILE) + CRITIC_FILE)
        generator = as_state(path, loaded["model"])
        if not path.name.endswith(GENERATOR_FILE) or not beside.exists():
            return generator, None
        critic = read_plain(beside)
        return generator, as_state(beside, critic.get("model") if isinstance(critic, Mapping) else None)
    return as_state(path, loaded), None


def _infer(path: Path, state: Mapping[str, Tensor], blocks: Mapping[Variant, Blocks]) -> tuple[Variant, int]:
    """The variant, from the names of the encoder's layers, and the width, from its first layer."""
    firsts: dict[Variant, str] = {"cao": ".0.weight", "sga-repository": ".main.0.weight"}
    for variant in blocks:
        name = f"encoder_sketch.{NAMES[variant].encoder.format(1)}{firsts[variant]}"
        if name in state and state[name].ndim == 4:
            return variant, state[name].shape[0]
    raise AnibenchError(f"{path} is not a generator of this method: the first layer of the encoder is missing")
