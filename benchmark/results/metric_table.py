"""What each metric of a score card is called, counts in and means. Torch-free: tables and reports read it.

The formulae, in full and with what they cannot tell, are in docs/metrics.md.
"""

from typing import Literal, NamedTuple

Better = Literal["higher", "lower"]
Role = Literal["headline", "set", "diagnostic"]


class MetricFacts(NamedTuple):
    """One metric: `digits` are those shown, `role` says whether it is the paper's or stands beside the paper's."""

    name: str
    title: str
    unit: str
    digits: int
    better: Better
    role: Role
    meaning: str
    source: str


_ROWS = (
    MetricFacts("psnr", "PSNR (dB)", "dB", 2, "higher", "headline",
        "closeness to the target, pixel by pixel", "10 log10(255^2 / MSE), the mean over pictures"),
    MetricFacts("ms-ssim", "MS-SSIM", "", 4, "higher", "headline",
        "closeness of structure to the target, on five scales", "Wang, Simoncelli and Bovik 2003"),
    MetricFacts("fid", "FID", "", 2, "lower", "headline",
        "distance between the sets of outputs and of real pictures; grows as pictures get fewer",
        "Heusel et al. 2017; resize as the mode says"),
    MetricFacts("fid-clean", "FID (clean)", "", 2, "lower", "set",
        "FID with clean-fid's antialiased resize", "Parmar et al. 2022"),
    MetricFacts("fid-infinity", "FID infinity", "", 2, "lower", "set",
        "FID extrapolated to endless pictures; an estimate, which can fall below 0", "Chong and Forsyth 2020"),
    MetricFacts("kid", "KID", "", 5, "lower", "set",
        "distance between the two sets by a polynomial kernel, unbiased in the number of pictures",
        "Binkowski et al. 2018"),
    MetricFacts("fd-dinov2", "FD-DINOv2", "", 1, "lower", "set",
        "FID's distance with DINOv2's features in place of Inception's; grows as pictures get fewer",
        "Stein et al. 2023, ViT-L/14"),
    MetricFacts("clip-mmd", "CLIP-MMD", "", 3, "lower", "set",
        "distance between the two sets of CLIP's embeddings, unbiased in the number of pictures",
        "CMMD of Jayasumana et al. 2024, at 224 px"),
    MetricFacts("lpips", "LPIPS", "", 4, "lower", "diagnostic",
        "distance to the target in AlexNet's features, weighed by people's judgements", "Zhang et al. 2018, v0.1"),
    MetricFacts("line-f1", "line F1", "", 3, "higher", "diagnostic",
        "lines found again in the output against the given line, within 1 px", "F1 of XDoG ink"),
    MetricFacts("palette-distance", "palette distance", "Lab", 2, "lower", "diagnostic",
        "how far colour has to move to give the output the reference's palette", "earth mover's distance in CIELAB"),
    MetricFacts("region-delta-e", "region Delta E", "Delta E", 2, "lower", "diagnostic",
        "colour error of the regions between the lines, by area", "CIEDE2000 of region means"),
    MetricFacts("bleeding", "bleeding", "", 3, "lower", "diagnostic",
        "share of the colour edges that lie away from every line", "CIELAB chroma gradient"),
    MetricFacts("copy", "copy score", "", 3, "lower", "diagnostic",
        "1: the output has the reference's shapes, shifted or not; 0: no more of them than the target has",
        "normalised cross-correlation of gradients"),
)  # fmt: skip

METRICS = {row.name: row for row in _ROWS}  # in the order they are shown
