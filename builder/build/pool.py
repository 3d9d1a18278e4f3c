"""The faces to choose from: about one kilobyte per face in memory; all other values stay in the staging."""

from collections.abc import Hashable
from dataclasses import dataclass, replace

from builder.build.staging import Staging
from builder.core.recipe import SplitRecipe
from builder.faces.duplicates import Sketches
from builder.faces.examine import Face


@dataclass(frozen=True, slots=True)
class Candidate:
    """The values of a face that are in memory while faces are chosen."""

    place: int  # row in the staging; below 0: index into the faces changed by decisions
    id: str
    source_id: str
    size: int  # px, side of the crop in its source
    shares: tuple[tuple[str, Hashable], ...]  # values that must not cross the split
    has_line: bool  # whether the source has a line for it
    side: str | None  # the split, when the source has splits

    def tied(self, group: str) -> "Candidate":
        """A copy that also belongs to `group`."""
        return replace(self, shares=(*self.shares, ("group", group)))


class Pool:
    """The faces of a build. `sketched` maps each id to the index of its sketch in `sketches`."""

    def __init__(self, staging: Staging, split: SplitRecipe) -> None:
        self.candidates: list[Candidate] = []
        self.sketched: dict[str, int] = {}
        self._sketches = bytearray()
        self._staging = staging
        self._split = split
        self._changed: list[Face] = []

    def add(self, place: int, face: Face) -> None:
        """Add the face that is staged at `place`."""
        self.candidates.append(self._candidate(place, face))

    def changed(self, face: Face) -> Candidate:
        """Add a face that a review decision changed; it is kept in memory, since the staging holds the original."""
        self._changed.append(face)
        return self._candidate(-len(self._changed), face)

    def face(self, candidate: Candidate) -> Face:
        """The face of a candidate."""
        place = candidate.place
        return self._staging.face(place) if place >= 0 else self._changed[-place - 1]

    def sketches(self) -> Sketches:
        """The sketches of all distinct crops. No face can be added while the result is in use."""
        return Sketches.unpack(self._sketches)

    def _candidate(self, place: int, face: Face) -> Candidate:
        if face.id not in self.sketched:
            self.sketched[face.id] = len(self.sketched)
            self._sketches += face.sketch
        known = face.metadata
        names = {"artist": known.artist, "character": known.character, "copyright": known.copyright}
        shares = (("record", face.source_id), ("picture", face.source_sha256), *self._split.ties(names))
        return Candidate(place, face.id, face.source_id, face.square.size, shares, face.line is not None, face.side)
