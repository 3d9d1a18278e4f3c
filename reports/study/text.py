"""The text of an analyzed study: tables, and a paragraph on methods ready to paste."""

from collections.abc import Sequence

from reports.study.analysis import LEVEL, POWER, Analysis
from reports.study.design import QUESTIONS


def study_text(analyses: Sequence[Analysis], figure: str, pairs: int, excluded: Sequence[int]) -> str:
    """Markdown of a study. `figure` is the relative path of its figure, `excluded` who failed an attention check."""
    parts = ["# User study", _paragraph(analyses[0], pairs, excluded), f"![The mean ratings of participants]({figure})"]
    for each in analyses:
        chi, p = each.friedman
        parts += [f"## {each.question}", QUESTIONS[each.question], _means(each), _differences(each)]
        retest = "" if each.retest is None else f" Repeated items differ by {each.retest:.2f} on average."
        alpha = "" if each.alpha is None else f" Krippendorff's alpha {each.alpha:.2f} (ordinal)."
        tests = f"Friedman's test: chi square {chi:.2f}, p {p:.2g}. Kendall's W {each.kendall:.2f}."
        parts.append(f"{tests}{alpha}{retest}")
    return "\n\n".join(parts) + "\n"


def _paragraph(first: Analysis, pairs: int, excluded: Sequence[int]) -> str:
    left = f" {len(excluded)} more failed an attention check and were excluded." if excluded else ""
    return (
        f"{first.participants} participants rated {len(first.means)} methods on {pairs} drawings from 1 to 5.{left} "
        "Methods were blinded and assigned to drawings by a Latin square; each participant rated each drawing once and "
        "saw the items in a random order. The unit of analysis is the mean rating of a participant. Methods were "
        f"compared by Friedman's test and by Wilcoxon's signed-rank tests with Holm's correction at {LEVEL:.0%}; "
        "effects are rank-biserial correlations, intervals are t intervals at 95 %."
    )


def _means(analysis: Analysis) -> str:
    rows = sorted(analysis.means.items(), key=lambda each: -each[1][0])
    lines = ["| method | mean | 95 % interval |", "|---|---|---|"]
    return "\n".join(
        [*lines, *(f"| {name} | {mean:.2f} | {low:.2f} to {high:.2f} |" for name, (mean, low, high) in rows)]
    )


def _differences(analysis: Analysis) -> str:
    lines = [
        f"| comparison | difference | p (Holm) | effect | participants for {POWER:.0%} power |",
        "|---|---|---|---|---|",
    ]
    for each in analysis.differences:
        needed = "-" if each.needed is None else f"{each.needed:,}"
        lines.append(
            f"| {each.first} - {each.second} | {each.mean:+.2f} | {each.p:.2g} | {each.effect:+.2f} | {needed} |"
        )
    return "\n".join(lines)
