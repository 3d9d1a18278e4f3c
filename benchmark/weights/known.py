"""Weight files of metrics and training losses: name, use, size, pinned hash, URL and licence of each.

One entry of `SHARED_WEIGHTS` per file. A method declares its own files by an entry point of the group
`anibench.weights`, a dictionary of the same form; `benchmark.weights.files.WEIGHTS` holds all of them. Sizes are
computed from the shapes of the tensors, since no source states the sizes of the files.
"""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class WeightFile:
    """A weight file: public name, use, size, pinned hash, URL and licence."""

    file: str  # its name, or its path in `folder`
    use: str
    size: int  # bytes of its tensors at float32, computed from their shapes
    sha256: str  # the whole SHA-256, or the first digits that are publicly known, or empty
    provenance: str  # where the pinned digits come from
    url: str
    licence: str
    folder: str = ""  # the subfolder of the weights folder, for a layout of several files
    package: str = ""  # requirement whose installed distribution contains the file; it is never imported

    @property
    def code(self) -> bool:
        """Whether the file is TorchScript or a pickle, which is code and must be pinned; safetensors holds numbers."""
        return not self.file.endswith(".safetensors")

    @property
    def place(self) -> Path:
        """Path of the file in the weights folder."""
        return Path(self.folder) / self.file


SHARED_WEIGHTS = {
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
        provenance="as other public tools pin it; anibench's authors did not compare it with the original",
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
        provenance="as listed and contained in the authors' package lpips 0.1.4 on PyPI",
        url="https://raw.githubusercontent.com/richzhang/PerceptualSimilarity/master/lpips/weights/v0.1/alex.pth",
        licence="BSD-2-Clause (PerceptualSimilarity)",
    ),
    "st-lpips-alex": WeightFile(
        file="alex_shift_tolerant.pth",
        folder="st-lpips",
        use="ST-LPIPS: its network and the linear weights of its levels, needs the extra st-lpips",
        size=9_894_936,
        sha256="b356b382f96010f77d085ee8343ecd9fd322d0a56e8de2b2d0549fafcad8b9ee",
        provenance="as listed and contained in the authors' package stlpips-pytorch 0.0.2 on PyPI",
        url="https://github.com/abhijay9/ShiftTolerant-LPIPS",
        licence="BSD-2-Clause (ShiftTolerant-LPIPS)",
        package="stlpips-pytorch==0.0.2",
    ),
    "dinov2-large": WeightFile(
        file="model.safetensors",
        folder="dinov2-large",
        use="FD-DINOv2: ViT-L/14, needs the extra diffusers",
        size=1_217_474_560,
        sha256="",
        provenance="no published SHA-256 is known",
        url="https://huggingface.co/facebook/dinov2-large/resolve/main/model.safetensors",
        licence="Apache-2.0 (DINOv2)",
    ),
    "clip-large": WeightFile(
        file="model.safetensors",
        folder="clip-vit-large-patch14",
        use="CLIP-MMD: the image side of ViT-L/14, needs the extra diffusers",
        size=1_710_466_052,
        sha256="",
        provenance="no published SHA-256 is known",
        url="https://huggingface.co/openai/clip-vit-large-patch14/resolve/main/model.safetensors",
        licence="MIT (CLIP)",
    ),
}
