"""The faces to choose from: what is compared of each is in memory, about a kilobyte; the rest stays staged."""

from collections.abc import Hashable
from dataclasses import dataclass, replace

from builder.build.staging import Staging
from builder.core.recipe import SplitRecipe
from builder.faces.duplicates import Sketches
from builder.faces.examine import Face


@dataclass(frozen=True, slots=True)
class Candidate:
    """What is held of a face while faces are chosen."""

    place: int  # in the staging; below 0 among the faces that decisions changed
    id: str
    source_id: str
    size: int  # px, side of the crop in its source
    shares: tuple[tuple[str, Hashable], ...]  # what it may not share across the split
    has_line: bool  # of its source
    side: str | None  # of the split, where its source says so

    def tied(self, group: str) -> "Candidate":
        """The same, in a group that holds together whatever else is found."""
        return replace(self, shares=(*self.shares, ("group", group)))


class Pool:
    """Faces of a build. `sketched` says where the sketch of each id is among `sketches`."""

    def __init__(self, staging: Staging, split: SplitRecipe) -> None:
        self.candidates: list[Candidate] = []
        self.sketched: dict[str, int] = {}
        self._sketches = bytearray()
        self._staging = staging
        self._split = split
        self._changed: list[Face] = []

    def add(self, place: int, face: Face) -> None:
        """Take a face in that is staged at `place`."""
        self.candidates.append(self._candidate(place, face))

    def changed(self, face: Face) -> Candidate:
        """A face as a human's decision left it: in memory, as it is staged otherwise."""
        self._changed.append(face)
        return self._candidate(-len(self._changed), face)

    def face(self, candidate: Candidate) -> Face:
        """All that is known of a candidate."""
        place = candidate.place
        return self._staging.face(place) if place >= 0 else self._changed[-place - 1]

    def sketches(self) -> Sketches:
        """Of all distinct crops; nothing can be added while it is in use."""
        return Sketches.unpack(self._sketches)

    def _candidate(self, place: int, face: Face) -> Candidate:
        if face.id not in self.sketched:
            self.sketched[face.id] = len(self.sketched)
            self._sketches += face.sketch
        known = face.metadata
        names = {"artist": known.artist, "character": known.character, "copyright": known.copyright}
        shares = (("record", face.source_id), ("picture", face.source_sha256), *self._split.ties(names))
        return Candidate(place, face.id, face.source_id, face.square.size, shares, face.line is not None, face.side)
