"""Weight files that anibench uses and does not bring: where they are looked for, and what they must hash to.

Nothing here fetches anything. A file is read once, its hash is compared with the pinned one, and only then are those
same bytes handed on: TorchScript and pickles are code.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmark.disk import user_cache
from benchmark.errors import AnibenchError
from benchmark.files import sha256_bytes

PROMPT_FREE = "prompt-free"  # the folder, among the weights, of Prompt-Free Diffusion's published layout
PROMPT_FREE_PARTS = {  # folder -> what it holds, bytes at float32, files without their suffix
    "pfd/seecoder": ("reference encoder", 1_180_441_296, ("seecoder-v1-0", "seecoder-pa-v1-0", "seecoder-anime-v1-0")),
    "pfd/diffuser": (
        "U-Net",
        3_438_083_856,
        (
            "SD-v1-5",
            "OpenJouney-v4",
            "Deliberate-v2-0",
            "RealisticVision-v2-0",
            "Anything-v4",
            "AbyssOrangeMix-v2",
            "AbyssOrangeMix-v3",
        ),
    ),
    "controlnet": (
        "ControlNet",
        1_445_116_480,
        (
            *(
                f"control_sd15_{kind}_slimmed"
                for kind in ("canny", "depth", "hed", "mlsd", "normal", "openpose", "scribble", "seg")
            ),
            *(f"control_v11p_sd15_{kind}_slimmed" for kind in ("canny", "lineart", "mlsd", "openpose", "softedge")),
            "control_v11p_sd15s2_lineart_anime_slimmed",
        ),
    ),
}


@dataclass(frozen=True)
class WeightFile:
    """A file by its public name, what pins it, and where its authors offer it.

    A safetensors file holds numbers and nothing else. Anything else (TorchScript, pickles) is code: it is not opened
    before its hash has been compared with a pin, the public one here or one the user has recorded.
    """

    file: str  # its path in the weights folder
    use: str
    size: int  # bytes of its tensors at float32, computed from their shapes: what the file takes, nearly
    sha256: str  # the whole SHA-256, or as many of its first digits as are publicly known, or none
    provenance: str  # where the pinned digits come from
    url: str
    licence: str

    @property
    def code(self) -> bool:
        """Whether opening the file could run something, so that it has to be pinned."""
        return not self.file.endswith(".safetensors")


def _prompt_free() -> dict[str, WeightFile]:
    """Prompt-Free Diffusion (arXiv 2305.16223), in the layout of its readme: name -> file."""
    home = "https://huggingface.co/shi-labs/prompt-free-diffusion/resolve/main"
    parts = [
        (f"{folder}/{stem}.safetensors", f"its {part}", size, f"{home}/{folder}/{stem}.safetensors")
        for folder, (part, size, stems) in PROMPT_FREE_PARTS.items()
        for stem in stems
    ]
    vae = "pfd/vae/sd-v2-0-base-autokl.pth"
    guidance = "assets/anime_ug.pth"
    source = "https://raw.githubusercontent.com/SHI-Labs/Prompt-Free-Diffusion/main"
    parts += [
        (vae, "its autoencoder", 334_615_452, f"{home}/{vae}"),
        (guidance, "its unconditional context for seecoder-anime-v1-0", 236_544, f"{source}/{guidance}"),
    ]
    return {
        f"{PROMPT_FREE}/{Path(path).stem}": WeightFile(
            file=f"{PROMPT_FREE}/{path}",
            use=f"method prompt-free, {use}",
            size=size,
            sha256="",
            provenance="not published where we could read it",
            url=url,  # put together from the readme's repository and layout; never fetched by us
            licence="not stated beside the files; U-Nets and ControlNets are third parties' works with terms of their own",
        )
        for path, use, size, url in parts
    }


WEIGHTS = {
    "inception-pytorch": WeightFile(
        file="pt_inception-2015-12-05-6726825d.pth",
        use="FID, mode legacy_pytorch (the default)",
        size=95_542_320,
        sha256="6726825d",
        provenance="the first 8 digits, which the file's own name carries; the rest is not published",
        url="https://github.com/mseitzer/pytorch-fid/releases/download/fid_weights/pt_inception-2015-12-05-6726825d.pth",
        licence="Apache-2.0 (pytorch-fid; converted from TensorFlow's Inception of 2015)",
    ),
    "inception-torchscript": WeightFile(
        file="inception-2015-12-05.pt",
        use="FID, mode clean",
        size=95_542_320,
        sha256="f58cb9b6ec323ed63459aa4fb441fe750cfe39fafad6da5cb504a16f19e958f4",
        provenance="as other public tools pin it; not compared with the original by us",
        url="https://nvlabs-fi-cdn.nvidia.com/stylegan2-ada-pytorch/pretrained/metrics/inception-2015-12-05.pt",
        licence="not stated beside the file (converted from TensorFlow's Inception of 2015, Apache-2.0)",
    ),
    **_prompt_free(),
}


@dataclass(frozen=True)
class Weights:
    """A weight file that has passed its check: its bytes, and the SHA-256 of all of them."""

    path: Path
    sha256: str
    content: bytes


def search_folders() -> list[Path]:
    """Where weights are looked for, in order: $ANIBENCH_WEIGHTS, then the user's cache."""
    named = os.environ.get("ANIBENCH_WEIGHTS")
    return [*([Path(named)] if named else []), user_cache() / "weights"]


def read_weights(name: str, *, pin: str | None = None, folders: Sequence[Path] | None = None) -> Weights:
    """Read and check a weight file; `pin` replaces the SHA-256 (or its first digits) that `WEIGHTS` has for it.

    Raises AnibenchError when it is missing or is another file, saying which file to put where, and from whom.
    """
    known = WEIGHTS[name]
    places = search_folders() if folders is None else list(folders)
    path = next((folder / known.file for folder in places if (folder / known.file).is_file()), None)
    if path is None:
        raise AnibenchError(f"{known.file} was not found; {_way_out(known, places)}")
    try:
        content = path.read_bytes()
    except OSError as error:
        raise AnibenchError(f"{path} cannot be read: {error.strerror}") from error
    digest = sha256_bytes(content)
    wanted = known.sha256 if pin is None else pin
    if not wanted or not digest.startswith(wanted):
        raise AnibenchError(
            f"{path} is not the file it is named after: its SHA-256 starts with {digest[: max(len(wanted), 8)]}, not "
            f"{wanted} ({known.provenance}); remove it, then {_way_out(known, places)}"
        )
    return Weights(path, digest, content)


def find_weights(name: str) -> Path:
    """Where a weight file lies, once it has passed its check; raises AnibenchError as `read_weights` does."""
    return read_weights(name).path


def has_weights(name: str) -> bool:
    """Whether a weight file of that name lies where it is looked for, checked or not."""
    return any((folder / WEIGHTS[name].file).is_file() for folder in search_folders())


def _way_out(known: WeightFile, places: Sequence[Path]) -> str:
    target = f"{_shown(places[-1])} (or a folder that ANIBENCH_WEIGHTS names)" if places else "ANIBENCH_WEIGHTS"
    return f"get {known.url} and put it into {target}"


def _shown(path: Path) -> str:
    """A path without the name of the user: it may end up in a published report."""
    return f"~/{path.relative_to(Path.home())}" if path.is_relative_to(Path.home()) else str(path)
