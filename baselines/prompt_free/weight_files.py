"""The published weight files of Prompt-Free Diffusion (arXiv 2305.16223), in the folders that its readme names."""

from pathlib import Path

from benchmark.weights.known import WeightFile

FOLDER = "prompt-free"  # subfolder of the weights folder
PARTS = {  # folder -> network, bytes in float32, file names without suffix
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


def _weight_files() -> dict[str, WeightFile]:
    """Name of each weight file -> its description."""
    home = "https://huggingface.co/shi-labs/prompt-free-diffusion/resolve/main"
    parts = [
        (f"{folder}/{stem}.safetensors", f"its {part}", size, f"{home}/{folder}/{stem}.safetensors")
        for folder, (part, size, stems) in PARTS.items()
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
        f"{FOLDER}/{Path(path).stem}": WeightFile(
            file=path,
            folder=FOLDER,
            use=f"method prompt-free, {use}",
            size=size,
            sha256="",
            provenance="no published SHA-256 is known",
            url=url,  # composed from the readme's repository and folders; we have never fetched it
            licence="not stated beside the files; U-Nets and ControlNets are third parties' works on their own terms",
        )
        for path, use, size, url in parts
    }


WEIGHT_FILES = _weight_files()
