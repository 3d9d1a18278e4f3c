"""The section "How to read this": sentences on a table, derived from its score cards and paired tests."""

from collections.abc import Iterator, Sequence
from typing import Any

from benchmark.core.markup import in_words
from benchmark.results.feature_modes import FEATURES
from benchmark.results.metrics import METRICS
from benchmark.results.score_table import number
from benchmark.results.scorecard import share_column
from benchmark.results.statistics import LEVEL
from reports.content.alarms import alarms
from reports.content.compare import Verdicts, is_perfect
from reports.content.tables import SUFFIX, headline_metrics
from reports.document import Code, Strong, Text, join, pieces
from reports.read.claims import claimed, comparable, data_differences, training_differences
from reports.read.collect import EvalRun, Group
from reports.read.floors import registered_floors

FEW = 100  # pictures; with fewer, intervals are imprecise


def how_to_read(group: Group, verdicts: Verdicts) -> list[Text]:
    """One or two sentences on each fact that limits the meaning of the numbers."""
    return [
        *_construction(group),
        *_few(group, verdicts),
        *_against_floors(group, verdicts),
        *_ranking(group, verdicts),
        *_set_scores(group),
        *_taken_from_cards(group),
        *alarms(group),
    ]


def about_tables(runs: Sequence[EvalRun]) -> list[Text]:
    """Sentences that apply to every table: the meaning of brackets, and the floors."""
    levels = sorted({score.level for run in runs for score in run.card.images.values()})
    floors = {run.card.method for run in runs if run.card.kind == "floor"}
    found: list[Text] = []
    if levels:
        shown = " or ".join(f"{100 * level:g} %" for level in levels)
        found.append(
            f"Brackets are {shown} intervals. They cover the choice of the test pictures, and in rows over several "
            "seeds also the seed of the training. Where there is one seed, a second training with another seed can "
            "change a number by more."
        )
    known: list[Text] = [
        (Code(name), f" {floor.summary}")
        for name, floor in registered_floors().items()
        if name in floors and floor.summary
    ]
    if known:
        list_ = pieces(join(known, ", "))
        found.append(("Floors need no training. They show what a protocol rewards: ", *list_, "."))
    return found


def about_methods(runs: Sequence[EvalRun]) -> list[Text]:
    """Facts on the methods from score cards and configurations, each fact once."""
    names: dict[str, dict[str, None]] = {}  # fact -> rows that it holds for
    for run in runs:
        off = sorted(switched_off(run.config.method_config))
        lost = [f"trained without {in_words(off)} (weight 0), unlike the published method"] if off else []
        for fact in (*lost, *run.card.notes):
            names.setdefault(fact, {})[run.card.label] = None
    facts: dict[tuple[str, ...], list[str]] = {}
    for fact, labels in names.items():
        facts.setdefault(tuple(labels), []).append(fact)
    return [f"{in_words(labels)}: {'; '.join(found)}." for labels, found in facts.items()]


def against_the_paper(groups: Sequence[Group]) -> list[Text]:
    """The reasons why the numbers of `groups`, all on one dataset, are not comparable with the paper's."""
    runs = [(name, run) for group in groups for name, run in zip(group.names, group.runs, strict=True)]
    shared = dict.fromkeys(reason for group in groups for reason in data_differences(group.card))
    alone = not any(comparable(run.card, run.config) for _, run in runs)
    heading = "Not comparable with the claimed rows:" if alone else "Differences from the claimed rows:"
    sentences: list[Text] = [(Strong(heading), f" {'; '.join(shared)}.")]
    for name, run in runs:
        own = training_differences(run.card, run.config)
        claim = claimed(run.card)
        if own:
            row = f" (the paper's row: {claim.name})" if claim else ""
            sentences.append(f"{name}{row}: {'; '.join(own)}.")
    return list(dict.fromkeys(sentences))


def _construction(group: Group) -> Iterator[Text]:
    """How the protocol favours copies of the reference."""
    if group.protocol.reference == "random":
        yield (
            "A copy of the reference has an FID of 0 by construction: each picture is a reference once, and FID "
            "compares with the same pictures. A low FID does not show that the line was coloured; read it with line F1 "
            "and copy score."
        )
    elif group.protocol.reference == "character":
        yield (
            "The reference is another picture of the same character: it shows the colours of the figure at other "
            "places, and another background. Scores of the whole picture include the background, whose colours are not "
            "known from the reference."
        )
    elif group.protocol.warp:
        yield "The reference is the warped target. The floor copy-reference shows the score of a copy of it."
    else:
        yield (
            "The reference is the target, so a copy of it is perfect by construction. A high score does not show that "
            "colours were transferred from one picture to another."
        )


def _against_floors(group: Group, verdicts: Verdicts) -> Iterator[Text]:
    perfect = [name for name, run in zip(group.names, group.runs, strict=True) if is_perfect(run)]
    if perfect:
        shown = in_words(perfect)
        yield f"All pictures of {shown} equal their targets. No row is marked for not being better than those."
    for name, run in zip(group.names, group.runs, strict=True):
        if run.card.kind == "floor":
            continue
        if name in perfect:
            sentence = f"{name} painted the test pictures themselves"
            yield Strong(sentence), ", up to what cannot be seen: it knew them, or the reference shows them."
        beaten = verdicts.dominated.get(name, ())
        if beaten:
            yield (
                Strong(f"{name} is significantly better than {in_words(beaten)} in no metric"),
                " that has a paired test.",
            )
        found: dict[tuple[tuple[str, ...], bool], list[str]] = {}  # floors, by the test -> metrics
        for (row, metric), floors in verdicts.no_better.items():
            tested = bool(verdicts.tests.get(metric))
            rest = tuple(floor for floor in floors if not (tested and floor in beaten))
            if row == name and rest:
                found.setdefault((rest, tested), []).append(METRICS[metric].title)
        for (floors, tested), metrics in found.items():
            how = "significantly better" if tested else "better"
            why = "by the paired test" if tested else "by the number; there is no paired test"
            yield (Strong(f"{name} is not {how} than {in_words(floors)} in {in_words(metrics)}"), f" ({why}).")


def _few(group: Group, verdicts: Verdicts) -> Iterator[Text]:
    """What the number of lines does to the tests that were made: sign flips have a smallest p, t tests have none."""
    n = group.card.n
    tested = [metric for metric, tests in verdicts.tests.items() if tests]
    blocked = [metric for metric in tested if verdicts.smallest.get(metric, 0.0) > 1 - LEVEL]
    percent = f"{100 * (1 - LEVEL):.0f} %"
    if not tested and len(group.runs) > 1:
        yield f"N = {n:,}: no two rows were tested, since most pairs share a picture. Intervals are rough or missing."
    elif blocked:
        rows = max(len(verdicts.tests[metric]) for metric in blocked)
        where = "" if len(blocked) == len(tested) else f" in {in_words([METRICS[metric].title for metric in blocked])}"
        yield (
            Strong(f"N = {n:,} is too few for significant differences{where}:"),
            f" with {rows} comparisons, no p-value can be below {percent}. Letters and marks have no meaning there, "
            "and intervals are imprecise.",
        )
    elif n < FEW:
        yield f"With N = {n:,} lines, the intervals are imprecise."


def _ranking(group: Group, verdicts: Verdicts) -> Iterator[Text]:
    """The best method and the stability of its rank, if there are two or more methods."""
    rivals = {n: run for n, run in zip(group.names, group.runs, strict=True) if run.card.kind != "floor"}
    for metric in headline_metrics(group):
        ranks = {name: rank for name, rank in verdicts.ranks.get(metric, {}).items() if name in rivals}
        if len(ranks) > 1 and METRICS[metric].headline:
            first = min(ranks, key=lambda name: ranks[name].rank)
            place = ranks[first]
            rows, made = len(verdicts.ranks[metric]), SUFFIX[rivals[first].card.kind]
            places = f"{place.low}" if place.low == place.high else f"{place.low} to {place.high}"
            yield (
                f"{METRICS[metric].title}: {first}{made} is the best method, with rank {place.rank} of {rows} rows "
                f"including floors. Its rank is {places} in 95 % of the resamples of the test pictures."
            )


def _set_scores(group: Group) -> Iterator[Text]:
    cards = [run.card for run in group.runs]
    scores = [(metric, s) for card in cards for metric, s in card.sets.items() if metric in METRICS]
    reasons = {metric: s.reason for metric, s in scores if s.value is None and s.reason}
    means = [(m, s) for card in cards for m, s in card.images.items() if m in METRICS and METRICS[m].on_request]
    reasons |= {metric: s.reason for metric, s in means if s.mean is None and s.reason}
    for reason in sorted(set(reasons.values())):
        metrics = [METRICS[metric].title for metric in METRICS if reasons.get(metric) == reason]
        yield (f"{in_words(metrics)} not computed: {reason}. Then run ", Code("anibench rescore"), ".")
    computed = {(metric, s.mode, s.sha256): (metric, s) for metric, s in scores if s.value is not None}
    for metric, score in computed.values():
        features = _length(score.mode) if METRICS[metric].biased else 0
        bias = f", fewer than the {features:,} features, which biases it upwards" if score.n < features else ""
        yield (
            f"{METRICS[metric].title}: {score.n:,} pictures against {score.n_reference:,}{bias}; mode ",
            Code(score.mode),
            ", features of ", Code(score.extractor), ", SHA-256 ", Code(str(score.sha256)),
            ". Numbers with another N or mode are not comparable.",
        )  # fmt: skip
        if score.floor is not None:
            yield (
                f"{METRICS[metric].title} between two disjoint sets of real pictures ({score.floor_sets}, "
                f"{score.floor_n:,} each) is {number(metric, score.floor)}. A method near this value cannot be "
                "distinguished from real pictures by this metric."
            )
        yield from _interval_of(metric, group)
        if len(score.values) > 1:
            yield (
                f"{METRICS[metric].title} is the mean over {len(score.values)} pairings of lines with references. "
                "± is the standard deviation over the pairings. It does not cover the choice of the test pictures."
            )


def _taken_from_cards(group: Group) -> Iterator[Text]:
    """What a report cannot compute again: rows without pictures, and metrics of sets without shares of the pairs."""
    unsaved = [name for name, run in zip(group.names, group.runs, strict=True) if not run.verified]
    if unsaved:
        yield (
            Strong(f"Unverified: {in_words(unsaved)}."),
            " The scored pictures are not saved beside the scores, so the scores cannot be compared with them.",
        )
    stated = {
        METRICS[metric].title: None
        for run in group.runs
        for metric, score in run.card.sets.items()
        if metric in METRICS and score.value is not None and share_column(metric) not in run.scores
    }
    if stated:
        yield (
            f"{in_words(stated)}: taken from the score cards, since the scores per picture do not determine them; ",
            Code("anibench rescore"),
            " computes them again from the pictures.",
        )


def _interval_of(metric: str, group: Group) -> Iterator[Text]:
    """The meaning of the interval of a Frechet distance, and the rows without one."""
    if METRICS[metric].influences is None:
        return
    scores = {name: run.card.sets.get(metric) for name, run in zip(group.names, group.runs, strict=True)}
    computed = {name: score for name, score in scores.items() if score is not None and score.value is not None}
    without = {name: score.reason for name, score in computed.items() if score.low is None}
    if len(without) < len(computed):
        yield (
            f"The interval of {METRICS[metric].title} covers the choice of the test pictures at this N. It does not "
            "correct the bias at this N."
        )
    if without:
        reasons = sorted({reason or "scored before intervals were computed" for reason in without.values()})
        again = ("; run ", Code("anibench rescore"), ".")
        yield (f"{METRICS[metric].title} of {in_words(list(without))} has no interval: {'; '.join(reasons)}", *again)


def _length(mode: str) -> int:
    """Number of features of a mode; 0 for an unknown mode."""
    return next((features.length for name, features in FEATURES.items() if name == mode), 0)


def switched_off(config: Any, path: str = "") -> set[str]:
    """Dotted keys of the perceptual and style losses with weight 0 in a method's configuration."""
    if not isinstance(config, dict):
        return set()
    found = set()
    for key, value in config.items():
        here = f"{path}.{key}" if path else str(key)
        if isinstance(value, dict):
            found |= switched_off(value, here)
        elif any(word in str(key) for word in ("perceptual", "style")) and value == 0 and not isinstance(value, bool):
            found.add(here)
    return found
