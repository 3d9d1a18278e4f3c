"""Score cards as the words and numbers that people read, the same in a terminal and in a report."""

from benchmark.scorecard import MeanScore, ScoreCard, SetScore

TITLES = {"psnr": "PSNR (dB)", "ms-ssim": "MS-SSIM", "fid": "FID"}
DIGITS = {"psnr": 2, "ms-ssim": 4, "fid": 2}


def score_text(metric: str, card: ScoreCard) -> str:
    """`21.40 [20.92, 21.87]`; `not computed` and the like where there is no number, `-` where none was asked for."""
    if metric in card.images:
        return _mean_text(metric, card.images[metric])
    if metric in card.sets:
        return _set_text(metric, card.sets[metric])
    return "-"


def metrics_of(cards: list[ScoreCard]) -> list[str]:
    """The metrics that any of `cards` has, in the order they are shown."""
    present = {metric for card in cards for metric in (*card.images, *card.sets)}
    return [metric for metric in TITLES if metric in present]


def _mean_text(metric: str, score: MeanScore) -> str:
    if score.mean is None:
        return "all identical" if score.reason == "identical" else f"none: {score.reason}"
    digits = DIGITS[metric]
    text = f"{score.mean:.{digits}f}"
    if score.low is not None and score.high is not None:
        text += f" [{score.low:.{digits}f}, {score.high:.{digits}f}]"
    return f"{text} (n = {score.n})" if metric == "psnr" and score.identical else text


def _set_text(metric: str, score: SetScore) -> str:
    return "not computed" if score.value is None else f"{score.value:.{DIGITS[metric]}f}"
