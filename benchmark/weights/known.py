"""Every weight file that anibench can use and does not bring: its name, what for, what pins it, where from, whose.

One entry of `WEIGHTS` per file. Sizes are computed from the shapes of the tensors, since no source states the files'.
"""

from dataclasses import dataclass
from pathlib import Path

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
    """A file by its public name, what pins it, and where its authors offer it."""

    file: str  # its name, or its path in `folder`
    use: str
    size: int  # bytes of its tensors at float32, computed from their shapes: what the file takes, nearly
    sha256: str  # the whole SHA-256, or as many of its first digits as are publicly known, or none
    provenance: str  # where the pinned digits come from
    url: str
    licence: str
    folder: str = ""  # its own folder in the weights folder, where its authors' layout has several

    @property
    def code(self) -> bool:
        """Whether it is TorchScript or a pickle, which is code and has to be pinned; a safetensors file is numbers."""
        return not self.file.endswith(".safetensors")

    @property
    def place(self) -> Path:
        """Its path in the weights folder."""
        return Path(self.folder) / self.file


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
            file=path,
            folder=PROMPT_FREE,
            use=f"method prompt-free, {use}",
            size=size,
            sha256="",
            provenance="not published where we could read it",
            url=url,  # put together from the readme's repository and layout; never fetched by us
            licence="not stated beside the files; U-Nets and ControlNets are third parties' works on their own terms",
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
    "vgg19": WeightFile(
        file="vgg19-dcbb9e9d.pth",
        use="training scft, sga and attention-aware: perceptual and style losses",
        size=574_668_960,
        sha256="dcbb9e9d",
        provenance="the first 8 digits, which the file's own name carries; the rest is not published",
        url="https://download.pytorch.org/models/vgg19-dcbb9e9d.pth",
        licence="not stated beside the file (torchvision is BSD-3-Clause; trained on ImageNet)",
    ),
    "alexnet": WeightFile(
        file="alexnet-owt-7be5be79.pth",
        use="LPIPS: its network",
        size=244_403_360,
        sha256="7be5be79",
        provenance="the first 8 digits, which the file's own name carries; the rest is not published",
        url="https://download.pytorch.org/models/alexnet-owt-7be5be79.pth",
        licence="not stated beside the file (torchvision is BSD-3-Clause; trained on ImageNet)",
    ),
    "lpips-alex": WeightFile(
        file="alex.pth",
        folder="lpips",
        use="LPIPS: the linear weights of its levels, version 0.1",
        size=4_608,
        sha256="df73285e35b22355a2df87cdb6b70b343713b667eddbda73e1977e0c860835c0",
        provenance="as the authors' package lpips 0.1.4 on PyPI lists and holds it",
        url="https://raw.githubusercontent.com/richzhang/PerceptualSimilarity/master/lpips/weights/v0.1/alex.pth",
        licence="BSD-2-Clause (PerceptualSimilarity)",
    ),
    "dinov2-large": WeightFile(
        file="model.safetensors",
        folder="dinov2-large",
        use="FD-DINOv2: ViT-L/14, needs the extra diffusers",
        size=1_217_474_560,
        sha256="",
        provenance="not published where we could read it",
        url="https://huggingface.co/facebook/dinov2-large/resolve/main/model.safetensors",
        licence="Apache-2.0 (DINOv2)",
    ),
    "clip-large": WeightFile(
        file="model.safetensors",
        folder="clip-vit-large-patch14",
        use="CLIP-MMD: the image side of ViT-L/14, needs the extra diffusers",
        size=1_710_466_052,
        sha256="",
        provenance="not published where we could read it",
        url="https://huggingface.co/openai/clip-vit-large-patch14/resolve/main/model.safetensors",
        licence="MIT (CLIP)",
    ),
    **_prompt_free(),
}
