"""The claims of the AnimeDiffusion paper (Tables 1 and 2), and the reasons why a score card is not comparable."""

from typing import NamedTuple

from benchmark.data.dataset import PAPER_TEST, PAPER_TRAIN, SIZE
from benchmark.results.eval_config import EvalConfig
from benchmark.results.scorecard import ScoreCard

EPOCHS = 300 + 1  # phase 1, and phase 2 as in the row of Table 1
IMAGES_SEEN = EPOCHS * PAPER_TRAIN
ENOUGH = 0.95  # smallest share of the paper's training budget that counts as equal


class Claim(NamedTuple):
    """A row of Table 1 or 2: self-reference PSNR in dB and MS-SSIM, random-reference FID; 579 pictures."""

    name: str
    method: str  # its name in anibench
    scores: dict[str, float]


CLAIMS = (
    Claim("SCFT (Lee 2020)", "scft", {"psnr": 23.8901, "ms-ssim": 0.9224, "fid": 57.19}),
    Claim("SGA (Li 2022)", "sga", {"psnr": 18.6347, "ms-ssim": 0.8209, "fid": 49.33}),
    Claim("Cao 2023", "attention-aware", {"psnr": 19.7746, "ms-ssim": 0.8388, "fid": 46.39}),
    Claim("AnimeDiffusion 2024", "animediffusion", {"psnr": 25.4658, "ms-ssim": 0.9596, "fid": 44.19}),
)
NO_TPS, NO_PHASE2, EPOCH, EPOCHS10 = "without TPS", "without phase 2", "phase 2 for 1 epoch", "phase 2 for 10 epochs"
ABLATIONS = (  # Table 2, all of them AnimeDiffusion
    Claim(NO_TPS, "animediffusion", {"psnr": 33.2919, "ms-ssim": 0.9909, "fid": 9.2043}),
    Claim(NO_PHASE2, "animediffusion", {"psnr": 12.4234, "ms-ssim": 0.8079, "fid": 55.1841}),
    Claim(EPOCH, "animediffusion", {"psnr": 25.4658, "ms-ssim": 0.9596, "fid": 44.1876}),
    Claim(EPOCHS10, "animediffusion", {"psnr": 25.8992, "ms-ssim": 0.9600, "fid": 40.4392}),
)


def budget_of(config: EvalConfig) -> int | None:
    """The images to which the training of a method was limited (`budget.images`); None without a limit."""
    images: int | None = (config.method_config.get("budget") or {}).get("images")
    return images


def ablation(card: ScoreCard, config: EvalConfig) -> tuple[str, str] | None:
    """The row of Table 2 for a score card ("" if no row fits), and its variant in words. None for other methods.

    Both are read from the checkpoint's configuration and from the last phase of its training.
    """
    if card.method != "animediffusion" or card.kind != "method" or not config.method_config:
        return None
    settings = config.method_config
    phase2 = settings.get("phase2", {})
    steps = phase2.get("steps")
    if card.training is not None and budget_of(config) is not None:
        steps = card.training.step  # a budget of images replaces the configured length
    if not phase2.get("enabled", True) or (card.training is not None and card.training.phase == "phase1"):
        sampler = str(settings.get("sampling", {}).get("sampler", "ddim")).upper()
        row, words = NO_PHASE2, f"{NO_PHASE2}, {sampler}"
    elif steps:
        row, words = "", f"phase 2 for {steps:,} steps"
    else:
        epochs = phase2.get("epochs", 1)
        row = {1: EPOCH, 10: EPOCHS10}.get(epochs, "")
        words = f"phase 2 for {epochs} epoch{'s' if epochs != 1 else ''}"
    if not settings.get("warp", True):
        return (NO_TPS if row == EPOCH else ""), f"{NO_TPS}, {words}"
    return row, words


def claimed(card: ScoreCard) -> Claim | None:
    """The paper's row of a card's method; None for pictures made elsewhere, whatever name they were given."""
    return next((claim for claim in CLAIMS if claim.method == card.method and card.kind == "method"), None)


def data_differences(card: ScoreCard) -> list[str]:
    """Differences between a card's data and protocol and the paper's. Never empty: the paper's data is unpublished."""
    counts = card.data.counts
    found = []
    if (counts.get("train"), counts.get("test")) != (PAPER_TRAIN, PAPER_TEST):
        ours = f"{counts.get('train', 0):,} train / {counts.get('test', 0):,} test pictures"
        found.append(f"other data: {card.data.name}, {ours}, against {PAPER_TRAIN:,} / {PAPER_TEST:,}")
    else:
        found.append("the same numbers of pictures as the paper; the paper's pictures are not published")
    if card.n != PAPER_TEST:
        found.append(f"N = {card.n:,} against {PAPER_TEST}")
        found += ["FID grows as the number of pictures falls"] if "fid" in card.sets and card.n < PAPER_TEST else []
    if card.protocol == "self-ref-warped":
        found.append("references are warped, as in the authors' code but not in the paper's text")
    if "fid" in card.sets:
        found.append("the paper's FID tool and its pairing of lines and references are not published")
    return found


def training_differences(card: ScoreCard, config: EvalConfig) -> list[str]:
    """Known differences between a card's method and training and the paper's."""
    if card.kind == "floor":
        return []
    if card.training is None:
        return ["its training data and budget are not recorded"]
    found = []
    resolution = config.method_config.get("resolution", SIZE)
    if resolution != SIZE:
        found.append(f"computes at {resolution} px, against {SIZE} px")
    share = card.training.images_seen / IMAGES_SEEN
    if share < ENOUGH:
        found.append(
            f"saw {card.training.images_seen:,} images in training, {_percent(share)} of the paper's {IMAGES_SEEN:,}"
        )
    if card.training.fingerprint != card.data.fingerprint:
        found.append(f"was trained on {card.training.dataset}, another dataset")
    return found


def comparable(card: ScoreCard, config: EvalConfig) -> bool:
    """Whether a card may be compared with the paper's numbers: the counts, the resolution and the budget are equal."""
    counts = (card.data.counts.get("train"), card.data.counts.get("test"))
    same_test = counts == (PAPER_TRAIN, PAPER_TEST) and card.n == PAPER_TEST
    return same_test and card.kind == "method" and not training_differences(card, config)


def _percent(share: float) -> str:
    return f"{100 * share:.2g} %" if share < 0.1 else f"{100 * share:.0f} %"
