"""Agreement of two detectors on the same pictures, by the IoU of their boxes."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from builder.faces.detectors import Detection, overlap

MIN_IOU = 0.5  # from this IoU on, two boxes count as one face


@dataclass(frozen=True)
class Agreement:
    """Counts of faces found by both detectors, by the first alone and by the second alone.

    `overlaps` is the sum of the IoUs of the faces found by both.
    """

    both: int
    first: int
    second: int
    overlaps: float


def agree(first: Sequence[Detection], second: Sequence[Detection]) -> Agreement:
    """Match the boxes of two detectors on one picture, in falling order of IoU; each box is matched at most once."""
    pairs = [(overlap(a.box, b.box), i, j) for i, a in enumerate(first) for j, b in enumerate(second)]
    taken: list[tuple[float, int, int]] = []
    for value, i, j in sorted(pairs, key=lambda pair: (-pair[0], *pair[1:])):
        if value >= MIN_IOU and all(i != other[1] and j != other[2] for other in taken):
            taken.append((value, i, j))
    both = len(taken)
    return Agreement(both, len(first) - both, len(second) - both, sum(pair[0] for pair in taken))


def report_agreement(parts: Iterable[Agreement], first: str, second: str) -> dict[str, dict[str, float]]:
    """Add up the agreements of all pictures: heading with the names of the detectors -> label -> number."""
    pictures = both = only_first = only_second = 0
    overlaps = 0.0
    for part in parts:
        pictures, both, overlaps = pictures + 1, both + part.both, overlaps + part.overlaps
        only_first, only_second = only_first + part.first, only_second + part.second
    faces = both + only_first + only_second
    return {
        f"faces by {first} and by {second}": {
            "pictures searched by both": pictures,
            "found by both": both,
            f"by {first} alone": only_first,
            f"by {second} alone": only_second,
            "share found by both": round(both / faces, 4) if faces else 0.0,
            "mean IoU of faces found by both": round(overlaps / both, 4) if both else 0.0,
        }
    }
