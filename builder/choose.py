"""Which of the faces that were found become samples, and of which split: quality, duplicates, decisions, groups."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from benchmark.errors import AnibenchError
from builder.agreement import report_agreement
from builder.decisions import Decisions, apply_decisions
from builder.duplicates import Sketches, keep_best, near_pairs, same_pairs
from builder.metadata import Metadata
from builder.official import report_import
from builder.picture import Drop, Face
from builder.publish import Contents, Reported, sample_sigma
from builder.quality import refuse_quality
from builder.recipe import Recipe, SplitRecipe
from builder.select import refuse_metadata
from builder.sources import Source
from builder.split import Member, Side, group_ids, most_of_no_giant, split_samples
from builder.staging import Staging
from builder.tables import manifest_row

GIANT = "one group is more than a tenth of all; it is on one side as a whole"


def choose(
    source: Source, name: str, recipe: Recipe, staging: Staging, decisions: Decisions | None, workers: int
) -> Contents:
    """Which faces become samples, and of which split."""
    faces = list(_wanted_faces(recipe, staging))
    if not faces:
        counts = ", ".join(f"{reason} {count}" for reason, count in staging.drop_counts().items())
        raise AnibenchError(
            f"no face was found in {source.name}; dropped: {counts}. For pictures that are face crops already "
            "add --detector whole; small faces are let in with --set crop.min_size=128"
        )
    kept, duplicates, groups = _without_duplicates(faces, recipe)
    if decisions is not None:
        known = {face.id for face in faces}
        left = apply_decisions(kept, groups, known, decisions, source, recipe, staging.crops, workers)
        if not left.faces:
            raise AnibenchError("the decisions reject every crop; nothing is left for a dataset")
        kept, again, groups = _without_duplicates(left.faces, recipe, left.groups)
        duplicates = [replace(drop, kept=left.now.get(drop.kept or "")) for drop in duplicates]
        duplicates += [*left.drops, *again]
    for drop in duplicates:
        staging.decide(drop)
    reported: Reported = _report_giant(kept, groups, recipe.split)
    try:
        sides = _sides(kept, groups, recipe)
    except AnibenchError as error:
        giant = "; ".join(f"{what}: {number:g}" for what, number in reported.get(GIANT, {}).items())
        raise AnibenchError(f"{error}. {GIANT}: {giant}" if giant else str(error)) from error
    if recipe.split.mode == "source":
        reported |= report_import(kept, duplicates, [sides[face.id] for face in kept], recipe)
    if recipe.detect.compare is not None:
        reported |= report_agreement(staging.agreements(), recipe.detect.detector, recipe.detect.compare)
    rows = []
    for face, group in sorted(zip(kept, groups, strict=True), key=lambda one: one[0].id):
        side = sides[face.id]
        if side == "surplus":
            text = f"{face.source_id}: the split has no room for it"
            staging.decide(Drop(face.source_id, "surplus", text, face.box))
        else:
            drawn = recipe.lines.xdog(sample_sigma(recipe, side, face.id)) if recipe.lines.origin == "xdog" else None
            rows.append(manifest_row(face, side, group, drawn))
    reviewed = None if decisions is None else decisions.content
    return Contents(name, source.name, source.licence, recipe, rows, reported, reviewed)


def _report_giant(faces: Sequence[Face], groups: Sequence[str], split: SplitRecipe) -> Reported:
    """A giant group, which a ratio split keeps in train, and the names that tie most of it."""
    name, size = Counter(groups).most_common(1)[0]
    if size <= most_of_no_giant(len(groups)) or split.mode == "source":
        return {}
    ties = Counter(
        tie for face, group in zip(faces, groups, strict=True) if group == name for tie in _ties(face, split)
    )
    tied = {
        f"tied by the {kind} {value} (split.no_tie unties it)": count for (kind, value), count in ties.most_common(3)
    }
    return {GIANT: {"samples": size, "share of all": round(size / len(groups), 4), **tied}}


def _ties(face: Face, split: SplitRecipe) -> list[tuple[str, str]]:
    known = face.metadata
    return split.ties({"artist": known.artist, "character": known.character, "copyright": known.copyright})


def _sides(faces: Sequence[Face], groups: Sequence[str], recipe: Recipe) -> dict[str, Side]:
    """Sample id -> where it goes; raises AnibenchError where the source should have said so, or brought a line."""
    lacking = [face for face in faces if face.line is None]
    if recipe.lines.origin == "source" and lacking:
        raise AnibenchError(
            f"{len(lacking)} crops have no line of their source, such as one of {lacking[0].source_id}: only whole "
            "pictures of official:PATH that nobody moved bring theirs; use --set lines.origin=xdog to have lines drawn"
        )
    if recipe.split.mode == "source":
        sides: dict[str, Side] = {face.id: "train" if face.side == "train" else "test" for face in faces if face.side}
        if len(sides) < len(faces):
            raise AnibenchError("split.mode=source needs a source that has a split, official:PATH; use --split ratio")
        return sides
    return split_samples({face.id: group for face, group in zip(faces, groups, strict=True)}, recipe.split, recipe.seed)


def _wanted_faces(recipe: Recipe, staging: Staging) -> Iterator[Face]:
    """Faces that keep the rules which need no pixels; the others are noted as dropped."""
    for face in staging.faces():
        known = face.metadata != Metadata()
        refused = refuse_metadata(face.source_id, face.metadata, recipe.select) if known else None
        if refused is None:
            refused = refuse_quality(face.source_id, face.quality, recipe.quality)
        if refused is None:
            yield face
        else:
            staging.decide(Drop(face.source_id, *refused, face.box))


def _without_duplicates(
    faces: list[Face], recipe: Recipe, ties: list[str] | None = None
) -> tuple[list[Face], list[Drop], list[str]]:
    """The faces to keep, a drop for each other one, and the group of each that is kept.

    The larger crop is the better one. A dropped face still ties its picture and artist to those of the one kept in its
    place. Likeness is searched among distinct crops only, so that a source full of copies costs no more.
    `ties` are groups that each face belongs to already.
    """
    order = sorted(range(len(faces)), key=lambda i: (-faces[i].square.size, faces[i].id, faces[i].source_id))
    best: dict[str, int] = {}
    for index in order:
        best.setdefault(faces[index].id, index)
    distinct = np.array(list(best.values()))
    sketches = Sketches.unpack([faces[index].sketch for index in distinct])
    same = distinct[same_pairs(sketches, recipe.duplicates)]
    near = np.concatenate([same, distinct[near_pairs(sketches, recipe.duplicates)]])
    dropped = keep_best(distinct.tolist(), same)
    for index in order:
        first = best[faces[index].id]
        if index != first:
            dropped[index] = dropped.get(first, first)
    kept = [index for index in range(len(faces)) if index not in dropped]
    before: Sequence[str | None] = ties or [None] * len(faces)
    members = [_member(face, tie, recipe.split) for face, tie in zip(faces, before, strict=True)]
    groups = group_ids(members, near.tolist())
    names: dict[str, str] = {}  # a group is named by the smallest id among its samples
    for index in kept:
        names[groups[index]] = min(names.get(groups[index], faces[index].id), faces[index].id)
    drops = [_duplicate(faces[index], faces[other]) for index, other in dropped.items()]
    return [faces[index] for index in kept], drops, [names[groups[index]] for index in kept]


def _member(face: Face, tie: str | None, split: SplitRecipe) -> Member:
    shares: list[tuple[str, str]] = [("record", face.source_id), ("picture", face.source_sha256)]
    shares += [] if tie is None else [("group", tie)]
    shares += _ties(face, split)
    return Member(face.id, tuple(shares))


def _duplicate(face: Face, kept: Face) -> Drop:
    exact = face.id == kept.id
    reason, what = ("duplicate", "has the same pixels as") if exact else ("near-duplicate", "is the same picture as")
    detail = f"{face.source_id} {what} {kept.source_id} (sample {kept.id})"
    return Drop(face.source_id, reason, detail, face.box, kept.id)
