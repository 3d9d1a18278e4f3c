"""Copy score: how much the shapes of the output are those of the reference instead of the line drawing."""

from benchmark.core.files import Image
from benchmark.results.metric import Alarm, Metric, where_shapes_differ
from benchmark.scoring.check_pictures import check_pictures
from benchmark.scoring.copies.search import away_from, find_match, require_size, structure

UNRELATED = 0.3  # c of unrelated faces, measured as 0.31 on average; the least value of c(target)


def copy_score(image: Image, reference: Image, target: Image) -> float:
    """Similarity of the shapes of `image` and `reference` beyond that of the target, all uint8 RGB (H, W, 3): 0..1.

    c(x) is the largest weighted normalised cross-correlation between the gradient magnitudes of the grey pictures x
    and `reference`, over shifts of up to 32 px, rotations of up to 12 degrees, scales of 0.75 to 1.35, and mirroring.
    Only pixels without an edge of the target are compared. The score is (c(image) - c(target)) / (1 - c(target)),
    clipped to 0..1, where c(target) is at least 0.3. 1: apart from the target's own edges, the shapes are those of the
    reference, also if moved, mirrored, recoloured or blended with the target. 0: not more similar to the reference than
    the target. Our own measure. It has no meaning if target and reference have the same shapes (self-reference), and is
    0 then. Raises ValueError for another dtype or shape, and for sides of 96 px or less.
    """
    check_pictures(image, reference)
    check_pictures(target, reference)
    require_size(image.shape)
    if (image == target).all() or (reference == target).all():
        return 0.0
    real, shape = structure(target), structure(reference)
    weights = away_from(real)
    found = find_match(structure(image), shape, weights).score
    return chance_corrected(found, max(find_match(real, shape, weights).score, UNRELATED))


def chance_corrected(found: float, chance: float) -> float:
    """(found - chance) / (1 - chance), clipped to 0..1; 0 if chance is 1."""
    return min(max((found - chance) / (1 - chance), 0.0), 1.0) if chance < 1 - 1e-6 else 0.0


METRIC = Metric(
    name="copy",
    title="copy score",
    better="lower",
    digits=3,
    low=0,
    high=1,
    order=140,
    per="picture",
    function=copy_score,
    needs=("shown", "target"),
    applies=where_shapes_differ,
    first_table=True,
    floors="none",
    meaning="1: the output has the shapes of the reference, also if moved, mirrored or blended; 0: not more of them "
    "than the target",
    formula="(c(output) - c(target)) / (1 - c(target)), c = largest correlation of gradients with the reference away "
    "from the target's edges, over shifts, rotations, scales and mirroring",
    source="our own; weighted normalised cross-correlation, Padfield 2012, doi:10.1109/TIP.2011.2181402",
    blind_to="bent copies; rotations over 12 degrees; parts of the reference",
    alarm=Alarm(0.2, "copies", "its pictures contain shapes of the reference"),
)
