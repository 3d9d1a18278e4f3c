"""The section on a user study: the paragraph on its methods, the figure, tables of means, tests and choices."""

from pathlib import Path

import pandas as pd

from benchmark.core.errors import AnibenchError
from benchmark.results.score_table import Cell
from reports.document import Block, Figure, Heading, Paragraph, Row, Table
from reports.study.analysis import LEVEL, POWER, WANTED, Analysis, analyze, draw_distributions
from reports.study.choices import Choices, analyze_choices
from reports.study.design import CHOICE, PREFERENCE, QUESTIONS
from reports.study.mixed import MixedModel, fit_mixed_model

FIGURE = "study-ratings.png"
INTERVAL = "95 % interval"


def study_blocks(
    ratings: pd.DataFrame, figures: Path, *, keep_failed: bool = False, wanted: float = WANTED, mixed: bool = False
) -> tuple[Block, ...]:
    """Analyze a table of ratings (`reports.study.answers.COLUMNS`), and draw its figure into the folder `figures`.

    Participants who failed an attention check are left out unless `keep_failed`. `wanted` is a difference of means that
    a test should find; `mixed` adds the mixed model. Raises AnibenchError where nobody is left.
    """
    failed = sorted(ratings.loc[ratings["failed_checks"] > 0, "participant"].unique())
    excluded = 0 if keep_failed else len(failed)
    if excluded:
        ratings = ratings[~ratings["participant"].isin(failed)]
    if ratings.empty:
        raise AnibenchError("every participant failed an attention check; --keep-failed keeps them")
    analyses = [analyze(ratings, question, wanted) for question in QUESTIONS]
    models = {question: fit_mixed_model(ratings, question) for question in QUESTIONS} if mixed else {}
    choices = analyze_choices(ratings)
    figure = figures / FIGURE
    draw_distributions(ratings, figure)
    drawings = ratings.loc[ratings["kind"] == "rating", "pair"].nunique()
    blocks: list[Block] = [
        Heading(2, "User study"),
        Paragraph(_methods(analyses[0], drawings, excluded, choices, mixed)),
        Figure(figure, "Ratings: each dot is the mean of a participant, the bar is the mean over participants."),
    ]
    for each in analyses:
        blocks += [Heading(3, f"User study: {each.question}"), Paragraph(QUESTIONS[each.question]), _means(each)]
        blocks += [_differences(each, wanted), Paragraph(_agreement(each))]
        blocks += [_mixed(models[each.question])] if each.question in models else []
    return (*blocks, *(_choices(choices) if choices else ()))


def _methods(first: Analysis, drawings: int, excluded: int, choices: Choices | None, mixed: bool) -> str:
    """The paragraph on methods, ready to paste."""
    left = f" {excluded} more failed an attention check and were excluded." if excluded else ""
    text = (
        f"{first.participants} participants rated {len(first.means)} methods on {drawings} drawings from 1 to 5.{left} "
        "Methods were blinded and assigned to drawings by a Latin square; each participant rated each drawing once and "
        "saw the items in a random order. The unit of analysis is the mean rating of a participant. Methods were "
        f"compared by Friedman's test and by Wilcoxon's signed-rank tests with Holm's correction at {LEVEL:.0%}; "
        "effects are rank-biserial correlations, intervals are t intervals at 95 %."
    )
    if mixed:
        text += (
            " A linear mixed model with methods as fixed effects and random intercepts for participants, drawings, and "
            "both with methods was fitted by restricted maximum likelihood."
        )
    if choices:
        text += (
            f" After the ratings, {choices.participants} participants chose {choices.choices} times between two "
            "methods on one drawing, in balanced places. Choices were compared by Wilcoxon's signed-rank tests over "
            "the participants' shares, with Holm's correction, and modelled by Bradley and Terry's model, with "
            "intervals from a covariance clustered by participant."
        )
    return text


def _means(analysis: Analysis) -> Table:
    rows = sorted(analysis.means.items(), key=lambda each: -each[1][0])
    cells = ((Cell(name), _number(mean), Cell(f"{low:.2f} to {high:.2f}")) for name, (mean, low, high) in rows)
    return Table(("method", "mean", INTERVAL), tuple(map(Row, cells)), "Mean ratings")


def _differences(analysis: Analysis, wanted: float) -> Table:
    header = ("comparison", "difference", "p (Holm)", "effect", f"participants for {wanted:g}")
    rows = [
        (
            Cell(f"{each.first} - {each.second}"), _number(each.mean, "+.2f"), _number(each.p, ".2g"),
            _number(each.effect, "+.2f"), _number(each.needed, ","),
        )
        for each in analysis.differences
    ]  # fmt: skip
    note = f"The last column: participants with whom a difference of {wanted:g} is found with a power of {POWER:.0%}."
    return Table(header, tuple(map(Row, rows)), "Comparisons", notes=(note,))


def _agreement(analysis: Analysis) -> str:
    chi, p = analysis.friedman
    alpha = "" if analysis.alpha is None else f" Krippendorff's alpha {analysis.alpha:.2f} (ordinal)."
    retest = "" if analysis.retest is None else f" Repeated items differ by {analysis.retest:.2f} on average."
    return f"Friedman's test: chi square {chi:.2f}, p {p:.2g}. Kendall's W {analysis.kendall:.2f}.{alpha}{retest}"


def _mixed(model: MixedModel) -> Table:
    rows = [
        (
            Cell(f"{each.first} - {each.second}"), _number(each.difference[0], "+.2f"),
            Cell("{1:+.2f} to {2:+.2f}".format(*each.difference)), _number(each.p, ".2g"),
        )
        for each in model.effects
    ]  # fmt: skip
    spreads = ", ".join(f"{name} {value:.2f}" for name, value in model.deviations.items())
    note = f"Standard deviations: {spreads}. Intervals and p are Wald's."
    return Table(
        ("comparison", "difference", INTERVAL, "p (Holm)"), tuple(map(Row, rows)), "Mixed model", notes=(note,)
    )


def _choices(choices: Choices) -> list[Block]:
    rows = [
        (
            Cell(f"{each.first} over {each.second}"), Cell(f"{each.won} of {each.shown}"),
            _number(100 * each.won / each.shown, ".0f"),
            Cell("" if each.chance is None else "{:.0f} ({:.0f} to {:.0f})".format(*(100 * c for c in each.chance))),
            _number(each.p, ".2g"),
        )
        for each in choices.contests
    ]  # fmt: skip
    header = ("comparison", "chosen", "%", "% by the model", "p (Holm)")
    place = f"Picture 1 was chosen in {choices.first_place:.0%} of the choices."
    return [
        Heading(3, f"User study: {PREFERENCE}"),
        Paragraph(CHOICE[PREFERENCE]),
        Table(header, tuple(map(Row, rows)), "Choices", notes=(place,)),
        _strengths(choices),
    ]


def _strengths(choices: Choices) -> Block:
    if choices.strengths is None:
        return Paragraph(
            "Some methods were never chosen over the others: strengths in Bradley and Terry's model are infinite."
        )
    rows = sorted(choices.strengths.items(), key=lambda each: -each[1][0])
    cells = (
        (Cell(name), _number(value, "+.2f"), Cell(f"{low:+.2f} to {high:+.2f}")) for name, (value, low, high) in rows
    )
    note = "Log odds of a choice against a method of mean strength."
    return Table(("method", "strength", INTERVAL), tuple(map(Row, cells)), "Bradley-Terry strengths", notes=(note,))


def _number(value: float, form: str = ".2f") -> Cell:
    return Cell(format(value, form), value=value)
