"""What the AnimeDiffusion paper claims (Table 1), and what keeps a score card from being set against it."""

from typing import NamedTuple

from benchmark.dataset import SIZE
from benchmark.eval_config import EvalConfig
from benchmark.scorecard import ScoreCard

TRAIN, TEST = 31_696, 579  # pictures (section 4.1)
EPOCHS = 300 + 1  # phase 1, and phase 2 as in the row of Table 1
IMAGES_SEEN = EPOCHS * TRAIN
ENOUGH = 0.95  # of the paper's training counts as the same budget


class Claim(NamedTuple):
    """A row of Table 1: self-reference PSNR in dB and MS-SSIM, random-reference FID; 579 pictures."""

    name: str
    method: str  # what anibench calls it
    scores: dict[str, float]


CLAIMS = (
    Claim("SCFT (Lee 2020)", "scft", {"psnr": 23.8901, "ms-ssim": 0.9224, "fid": 57.19}),
    Claim("SGA (Li 2022)", "sga", {"psnr": 18.6347, "ms-ssim": 0.8209, "fid": 49.33}),
    Claim("Cao 2023", "attention-aware", {"psnr": 19.7746, "ms-ssim": 0.8388, "fid": 46.39}),
    Claim("AnimeDiffusion 2024", "animediffusion", {"psnr": 25.4658, "ms-ssim": 0.9596, "fid": 44.19}),
)


def claimed(card: ScoreCard) -> Claim | None:
    """The paper's row of a card's method."""
    return next((claim for claim in CLAIMS if claim.method == card.method), None)


def data_differences(card: ScoreCard) -> list[str]:
    """How a card's data and protocol differ from the paper's; never empty, since that data was not published."""
    counts = card.data.counts
    found = []
    if (counts.get("train"), counts.get("test")) != (TRAIN, TEST):
        ours = f"{counts.get('train', 0):,} train / {counts.get('test', 0):,} test pictures"
        found.append(f"other data: {card.data.name}, {ours}, against {TRAIN:,} / {TEST:,}")
    else:
        found.append("as many pictures as the paper has; whether they are the same cannot be known")
    if card.n != TEST:
        smaller = "a smaller set biases FID upwards" if "fid" in card.sets else "means of other sizes scatter otherwise"
        found.append(f"N = {card.n:,} against {TEST}: {smaller}")
    if card.protocol == "self-ref-warped":
        found.append("references are warped, as in the authors' code; the paper's text does not say so")
    if "fid" in card.sets:
        found.append("the paper names neither its FID tool nor its pairing of lines and references")
    return found


def training_differences(card: ScoreCard, config: EvalConfig) -> list[str]:
    """How a card's method and its training differ from the paper's; empty where nothing is known to."""
    if card.kind == "floor":
        return []
    if card.training is None:
        return ["training not known"]
    found = []
    resolution = config.method_config.get("resolution", SIZE)
    if resolution != SIZE:
        found.append(f"works at {resolution} px inside, against {SIZE} px")
    share = card.training.images_seen / IMAGES_SEEN
    if share < ENOUGH:
        found.append(
            f"saw {card.training.images_seen:,} images in training, {_percent(share)} of the paper's {IMAGES_SEEN:,}"
        )
    if card.training.fingerprint != card.data.fingerprint:
        found.append(f"was trained on {card.training.dataset}, another dataset")
    return found


def comparable(card: ScoreCard, config: EvalConfig) -> bool:
    """Whether a card may be set against the paper's numbers, as far as can be known: same counts, size and budget."""
    counts = (card.data.counts.get("train"), card.data.counts.get("test"))
    same_test = counts == (TRAIN, TEST) and card.n == TEST
    return same_test and card.kind == "method" and not training_differences(card, config)


def _percent(share: float) -> str:
    return f"{100 * share:.2g} %" if share < 0.1 else f"{100 * share:.0f} %"
