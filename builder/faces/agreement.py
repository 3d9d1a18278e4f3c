"""How far two detectors agree on the same pictures, by the overlap of their boxes."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from builder.faces.detectors import Detection, overlap

LEAST = 0.5  # intersection over union from which two boxes are one face


@dataclass(frozen=True)
class Agreement:
    """Faces of one picture: found by both, by the first or the second alone; the sum of the overlaps of the former."""

    both: int
    first: int
    second: int
    overlaps: float


def agree(first: Sequence[Detection], second: Sequence[Detection]) -> Agreement:
    """Match the boxes of two detectors, the pair that overlaps most first; each box is part of one pair at most."""
    pairs = [(overlap(a.box, b.box), i, j) for i, a in enumerate(first) for j, b in enumerate(second)]
    taken: list[tuple[float, int, int]] = []
    for value, i, j in sorted(pairs, key=lambda pair: (-pair[0], *pair[1:])):
        if value >= LEAST and all(i != other[1] and j != other[2] for other in taken):
            taken.append((value, i, j))
    both = len(taken)
    return Agreement(both, len(first) - both, len(second) - both, sum(pair[0] for pair in taken))


def report_agreement(parts: Iterable[Agreement], first: str, second: str) -> dict[str, dict[str, float]]:
    """Of all pictures, under a heading that names the detectors."""
    pictures = both = only_first = only_second = 0
    overlaps = 0.0
    for part in parts:
        pictures, both, overlaps = pictures + 1, both + part.both, overlaps + part.overlaps
        only_first, only_second = only_first + part.first, only_second + part.second
    faces = both + only_first + only_second
    return {
        f"faces by {first} and by {second}": {
            "pictures that both saw": pictures,
            "found by both": both,
            f"by {first} alone": only_first,
            f"by {second} alone": only_second,
            "share found by both": round(both / faces, 4) if faces else 0.0,
            "mean overlap of these": round(overlaps / both, 4) if both else 0.0,
        }
    }
