"""Memorisation: how much the shapes of the output are those of the nearest training picture."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from benchmark.core.files import Image
from benchmark.data.dataset import Dataset
from benchmark.data.near.sketches import Vectors, nearest, sketch, sketches_of, vectors
from benchmark.results.metric import Alarm, Metric
from benchmark.scoring.check_pictures import check_pictures
from benchmark.scoring.copies.search import Plane, away_from, require_size, shifted_match, structure
from benchmark.scoring.copying import UNRELATED, chance_corrected


@dataclass(frozen=True)
class TrainingPictures:
    """The pictures of a train split: their sketches, and how one is read by its index."""

    sketches: Vectors
    read: Callable[[int], Image]


def memorised(image: Image, target: Image, training: TrainingPictures) -> float:
    """Similarity of `image` and its nearest training picture beyond that of the target, uint8 RGB (H, W, 3): 0..1.

    The nearest training picture has the sketch of highest correlation, mirrored or not. d(x) is the largest weighted
    correlation of the gradients of x with those of its own nearest training picture, over shifts of up to 32 px, away
    from the target's edges. The score is (d(image) - d(target)) / (1 - d(target)), clipped to 0..1, where d(target) is
    at least 0.3. The comparison with a picture that is known to be new follows Meehan, Chaudhuri and Dasgupta 2020,
    arXiv:2004.05675. Raises ValueError for another dtype or shape, and for sides of 96 px or less.
    """
    check_pictures(image, target)
    require_size(image.shape)
    if (image == target).all():
        return 0.0
    real = structure(target)
    weights = away_from(real)
    found, chance = (_agreement(each, plane, weights, training) for each, plane in (
        (image, structure(image)), (target, real),
    ))  # fmt: skip
    return chance_corrected(found, max(chance, UNRELATED))


def training_pictures(data: Dataset) -> TrainingPictures | None:
    """The training pictures of a dataset; None where it has none, or where they are not on this machine.

    The sketches are computed once per process. Raises AnibenchError that names a picture that cannot be read.
    """
    ids = data.ids("train")
    if not ids or not data.color_path(ids[0]).parent.is_dir():
        return None
    return TrainingPictures(_sketches(data.root.resolve(), data.fingerprint), lambda index: data.color(ids[index]))


@lru_cache(maxsize=4)
def _sketches(root: Path, fingerprint: str) -> Vectors:
    data = Dataset.open(root)
    return vectors(b"".join(sketches_of(data.ids("train"), data.color).values()))


def _agreement(image: Image, shapes: Plane, weights: Plane, training: TrainingPictures) -> float:
    near = nearest(vectors(sketch(image)), training.sketches)
    if near is None:
        return 0.0
    return shifted_match(shapes, structure(training.read(near.index)), weights, mirrored=near.mirrored).score


METRIC = Metric(
    name="memorised",
    title="memorisation",
    better="lower",
    digits=3,
    low=0,
    high=1,
    order=150,
    per="picture",
    function=memorised,
    needs=("target", "training"),
    floors="none",
    meaning="1: the output has the shapes of a training picture of this dataset; 0: not more of them than the target",
    formula="(d(output) - d(target)) / (1 - d(target)), d = correlation of gradients with the nearest training "
    "picture, away from the target's edges",
    source="our own; comparison with held-out pictures as Meehan et al. 2020, arXiv:2004.05675",
    blind_to="training pictures of other datasets; rotated or scaled copies",
    alarm=Alarm(0.2, "repeats training pictures", "its pictures contain shapes of training pictures"),
)
