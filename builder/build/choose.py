"""The choice of samples and splits among the found faces: quality, duplicates, review decisions, groups."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import get_args

import numpy as np

from benchmark.core.errors import AnibenchError
from benchmark.core.hints import drop_hint
from builder.build.contents import Contents, ManifestRow, Reported, sample_sigma
from builder.build.decisions import Decisions, apply_decisions, check_ids_known
from builder.build.imported import report_import
from builder.build.pool import Candidate, Pool
from builder.build.select import refuse_metadata
from builder.build.split import Member, SplitName, group_ids, max_test_group_size, split_samples
from builder.build.staging import Staging
from builder.build.tables import manifest_row
from builder.core.recipe import Recipe, SplitRecipe, Tie
from builder.faces.agreement import report_agreement
from builder.faces.duplicates import IndexPairs, keep_best, near_pairs, same_pairs
from builder.faces.examine import Drop, Face
from builder.faces.quality import refuse_quality
from builder.sources.metadata import Metadata
from builder.sources.source import Source

GIANT = "a group holds more than a tenth of all samples; it stays in one split"


def nothing_left(name: str, recipe: Recipe, staging: Staging) -> str:
    """The message for a source without an accepted face: the counts, the most frequent reason, and its hint."""
    dropped = _dropped(recipe, staging)
    return f"no face of {name} was accepted; {dropped}" if dropped else f"{name} holds no pictures; check its path"


def _dropped(recipe: Recipe, staging: Staging) -> str:
    """The counts of the drops, the most frequent reason, and its hint; empty without a drop."""
    counts = staging.drop_counts()
    if not counts:
        return ""
    main = max(counts, key=counts.__getitem__)
    example = next(drop.detail for drop in staging.drops() if drop.reason == main)
    listed = ", ".join(f"{reason} {count}" for reason, count in counts.items())
    return f"dropped: {listed}. The most frequent reason, {main}: {example}{drop_hint(main, recipe.detect.detector)}"


def choose(
    source: Source, name: str, recipe: Recipe, staging: Staging, decisions: Decisions | None, workers: int
) -> Contents:
    """Choose the samples of a dataset and their splits; raises AnibenchError when none is left or a split fails."""
    pool = Pool(staging, recipe.split)
    for place, face in _wanted_faces(recipe, staging):
        pool.add(place, face)
    if not pool.candidates:
        raise AnibenchError(nothing_left(source.name, recipe, staging))
    kept, drops, groups = _without_duplicates(pool, pool.candidates, recipe)
    if decisions is not None:
        check_ids_known(decisions, pool.sketched)
        decided = [pool.face(one) for one in kept if one.id in decisions.by_id]
        after = apply_decisions(decided, decisions, source, recipe, staging.crops, workers)
        rejected = [result for result in after.values() if isinstance(result, Drop)]
        left = list(_after_decisions(pool, kept, groups, after))
        if not left:
            raise AnibenchError("the decisions reject every crop; the dataset would be empty")
        kept, again, groups = _without_duplicates(pool, left, recipe)
        drops = [replace(drop, kept=_now(drop.kept, after)) for drop in drops] + rejected + again
    for drop in drops:
        staging.decide(drop)
    reported: Reported = _report_giant(kept, groups, recipe.split)
    try:
        sides = _sides(kept, groups, recipe)
    except AnibenchError as error:
        giant = "; ".join(f"{what}: {number:g}" for what, number in reported.get(GIANT, {}).items())
        parts = (str(error), giant and f"{GIANT}: {giant}", _dropped(recipe, staging))
        raise AnibenchError(". ".join(filter(None, parts))) from error
    if recipe.split.mode == "source":
        reported |= report_import(map(pool.face, kept), drops, sides, recipe)
    if recipe.detect.compare is not None:
        reported |= report_agreement(staging.agreements(), recipe.detect.detector, recipe.detect.compare)
    chosen: list[tuple[Candidate, SplitName, str]] = []
    for one, group in sorted(zip(kept, groups, strict=True), key=lambda pair: pair[0].id):
        if sides[one.id] == "surplus":
            text = f"{one.source_id}: exceeds the requested size of the split"
            staging.decide(Drop(one.source_id, "surplus", text, pool.face(one).box))
        else:
            chosen.append((one, sides[one.id], group))
    reviewed = None if decisions is None else decisions.content
    samples = [(one.id, side) for one, side, _ in chosen]
    return Contents(name, source.name, source.licence, recipe, samples, _Rows(pool, chosen, recipe), reported, reviewed)


@dataclass(frozen=True)
class _Rows:
    """The manifest's rows, created during iteration: a million rows in memory would need gigabytes."""

    pool: Pool
    chosen: Sequence[tuple[Candidate, SplitName, str]]  # candidate, split, group; sorted by id
    recipe: Recipe

    def __iter__(self) -> Iterator[ManifestRow]:
        drawn = self.recipe.lines.origin == "xdog"
        for one, side, group in self.chosen:
            lines = self.recipe.lines.xdog(sample_sigma(self.recipe, side, one.id)) if drawn else None
            yield manifest_row(self.pool.face(one), side, group, lines)


def _after_decisions(
    pool: Pool, kept: Sequence[Candidate], groups: Sequence[str], after: Mapping[str, Face | Drop]
) -> Iterator[Candidate]:
    """The candidates that the decisions keep, each tied to its previous group."""
    for one, group in zip(kept, groups, strict=True):
        result = after.get(one.id)
        if result is None:
            yield one.tied(group)
        elif not isinstance(result, Drop):
            yield pool.changed(result).tied(group)


def _now(kept: str | None, after: Mapping[str, Face | Drop]) -> str | None:
    """The id, after the decisions, of the sample kept instead of a duplicate; None if it was rejected."""
    result = after.get(kept or "")
    return kept if result is None else None if isinstance(result, Drop) else result.id


def _report_giant(kept: Sequence[Candidate], groups: Sequence[str], split: SplitRecipe) -> Reported:
    """Report a giant group, which a ratio split puts into train, and the names that tie most of it."""
    name, size = Counter(groups).most_common(1)[0]
    if size <= max_test_group_size(len(groups)) or split.mode == "source":
        return {}
    ties = Counter(
        share
        for one, group in zip(kept, groups, strict=True)
        if group == name
        for share in one.shares
        if share[0] in get_args(Tie)
    )
    tied = {
        f"connected by the {kind} {value} (to divide it: split.no_tie)": count
        for (kind, value), count in ties.most_common(3)
    }
    return {GIANT: {"samples": size, "share of all": round(size / len(groups), 4), **tied}}


def _sides(kept: Sequence[Candidate], groups: Sequence[str], recipe: Recipe) -> dict[str, SplitName]:
    """Sample id -> split; raises AnibenchError when a split or a line that the source must have is missing."""
    lacking = [one for one in kept if not one.has_line]
    if recipe.lines.origin == "source" and lacking:
        raise AnibenchError(
            f"{len(lacking)} crops have no imported line, for example a crop of {lacking[0].source_id}. Only whole, "
            "unmoved pictures of official:PATH or side-by-side:PATH have one; to extract lines, add "
            "--set lines.origin=xdog"
        )
    if recipe.split.mode == "source":
        sides: dict[str, SplitName] = {one.id: "train" if one.side == "train" else "test" for one in kept if one.side}
        if len(sides) < len(kept):
            raise AnibenchError(
                "split.mode=source needs a source with splits, such as official:PATH; use --split ratio"
            )
        return sides
    return split_samples({one.id: group for one, group in zip(kept, groups, strict=True)}, recipe.split, recipe.seed)


def _wanted_faces(recipe: Recipe, staging: Staging) -> Iterator[tuple[int, Face]]:
    """Yield the faces, with their places, that pass the limits on metadata and quality; drop the others."""
    for place, face in staging.faces():
        known = face.metadata != Metadata()
        refused = refuse_metadata(face.source_id, face.metadata, recipe.select) if known else None
        if refused is None:
            refused = refuse_quality(face.source_id, face.quality, recipe.quality)
        if refused is None:
            yield place, face
        else:
            staging.decide(Drop(face.source_id, *refused, face.box))


def _without_duplicates(
    pool: Pool, candidates: Sequence[Candidate], recipe: Recipe
) -> tuple[list[Candidate], list[Drop], list[str]]:
    """The kept candidates, a drop for each other candidate, and the group of each kept candidate.

    Of duplicates the largest crop is kept. A dropped duplicate still ties its picture and artist to those of the kept
    crop. Duplicates are searched among distinct crops, so that many exact copies cost no time.
    """
    order = sorted(
        range(len(candidates)), key=lambda i: (-candidates[i].size, candidates[i].id, candidates[i].source_id)
    )
    best: dict[str, int] = {}
    for index in order:
        best.setdefault(candidates[index].id, index)
    at = np.full(len(pool.sketched), -1, np.int64)  # sketch -> the best candidate with it
    at[[pool.sketched[name] for name in best]] = list(best.values())

    def among(pairs: IndexPairs) -> IndexPairs:
        found = at[pairs]
        return found[(found >= 0).all(axis=1)]

    sketches = pool.sketches()
    same = among(same_pairs(sketches, recipe.duplicates))
    near = np.concatenate([same, among(near_pairs(sketches, recipe.duplicates))])
    dropped = keep_best(list(best.values()), same)
    for index in order:
        first = best[candidates[index].id]
        if index != first:
            dropped[index] = dropped.get(first, first)
    kept = [index for index in range(len(candidates)) if index not in dropped]
    groups = group_ids([Member(one.id, one.shares) for one in candidates], near.tolist())
    names: dict[str, str] = {}  # a group is named by the smallest id of its samples
    for index in kept:
        names[groups[index]] = min(names.get(groups[index], candidates[index].id), candidates[index].id)
    drops = [_duplicate(pool, candidates[index], candidates[other]) for index, other in dropped.items()]
    return [candidates[index] for index in kept], drops, [names[groups[index]] for index in kept]


def _duplicate(pool: Pool, one: Candidate, kept: Candidate) -> Drop:
    exact = one.id == kept.id
    reason, what = ("duplicate", "has the same pixels as") if exact else ("near-duplicate", "is the same picture as")
    detail = f"{one.source_id} {what} {kept.source_id} (sample {kept.id})"
    return Drop(one.source_id, reason, detail, pool.face(one).box, kept.id)
