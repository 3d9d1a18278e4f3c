"""How to read a table, in plain words made from the facts at hand."""

from benchmark.scorecard import MeanScore
from reports.claims import claimed, comparable, data_differences, training_differences
from reports.collect import EvalRun, Group
from reports.markup import Markdown, code, escape

FEW = 100  # pictures; fewer make for wide intervals


def how_to_read(group: Group) -> list[Markdown]:
    """One sentence or two per fact that changes what the numbers are worth."""
    return [
        *_floors(group),
        *_against_floor(group),
        *_intervals(group),
        *_set_scores(group),
        *_comparability(group),
        *_notes(group),
    ]


def _floors(group: Group) -> list[Markdown]:
    if group.protocol.reference == "random":
        text = (
            "Copying the reference gives an FID of 0 here by construction: each reference is used once, and FID "
            "compares with that same set. FID alone does not say that a line was coloured."
        )
    elif group.protocol.warp:
        text = "The reference is the answer, bent: `copy-reference` shows what handing the bent one back is worth."
    else:
        text = (
            "The reference is the answer itself, so `copy-reference` is perfect by construction. A high score here "
            "does not show that colours were carried from one picture to another."
        )
    return [Markdown(f"{text} `line-only` shows what the lines and white paper score without any colour.")]


def _against_floor(group: Group) -> list[Markdown]:
    floor = next((run for run in group.runs if run.card.label == "line-only"), None)
    if floor is None or "psnr" not in floor.card.images:
        return []
    sentences = []
    for run in group.runs:
        if run.card.kind != "floor":
            verdict = _verdict(run.card.images["psnr"], floor.card.images["psnr"])
            sentences.append(Markdown(f"{escape(run.card.label)} {verdict} `line-only` in PSNR."))
    return sentences


def _verdict(score: MeanScore, floor: MeanScore) -> str:
    if score.mean is None:
        return "equals every target, which says more about the test than about the method, unlike"
    if floor.mean is None or score.low is None or score.high is None or floor.low is None or floor.high is None:
        return "cannot be told apart, on so few pictures, from"
    if score.low > floor.high:
        return "is better than"
    return "is worse than" if score.high < floor.low else "cannot be told apart (the intervals overlap) from"


def _intervals(group: Group) -> list[Markdown]:
    score = next(iter(group.card.images.values()), None)
    if score is None:
        return []
    few = " With so few pictures they are rough themselves." if group.card.n < FEW else ""
    return [
        Markdown(
            f"Brackets hold {100 * score.level:g} % bootstrap intervals of the mean over these pictures; training "
            f"again with another seed can move a number by more.{few}"
        )
    ]


def _set_scores(group: Group) -> list[Markdown]:
    sentences = []
    reasons = {score.reason for run in group.runs for score in run.card.sets.values() if score.value is None}
    sentences += [Markdown(f"FID was not computed: {escape(reason)}. Then run the same `anibench eval` again.")
                  for reason in sorted(filter(None, reasons))]  # fmt: skip
    for score in {s.sha256: s for run in group.runs for s in run.card.sets.values() if s.value is not None}.values():
        bias = ", fewer than the 2,048 features, which biases it upwards" if score.n < 2048 else ""
        sentences.append(
            Markdown(
                f"FID: {score.n:,} pictures against {score.n_reference:,}{bias}; mode {code(score.mode)}, features of "
                f"{code(score.extractor)}, SHA-256 {code(score.sha256)}. Never compare FIDs of different N or mode."
            )
        )
    return sentences


def _comparability(group: Group) -> list[Markdown]:
    shared = "; ".join(data_differences(group.card))
    word = "Not comparable with" if not any(_is_comparable(run) for run in group.runs) else "About comparing with"
    sentences = [Markdown(f"**{word} the claimed rows:** {escape(shared)}.")]
    for run in group.runs:
        own = training_differences(run.card, run.config)
        claim = claimed(run.card)
        if own:
            row = f" (the paper's row: {escape(claim.name)})" if claim else ""
            sentences.append(Markdown(f"{escape(run.card.label)}{row}: {escape('; '.join(own))}."))
    return sentences


def _is_comparable(run: EvalRun) -> bool:
    return comparable(run.card, run.config)


def _notes(group: Group) -> list[Markdown]:
    return [Markdown(f"{escape(run.card.label)}: {escape(note)}.") for run in group.runs for note in run.card.notes]
