"""The pool of faces: sketches of distinct crops, ties of each face, and faces that decisions changed."""

from dataclasses import replace
from typing import cast

from grey_faces import face

from builder.build.pool import Pool
from builder.build.staging import Staging
from builder.core.recipe import SplitRecipe
from builder.faces.examine import Face


class Staged:
    """A staging of faces in memory."""

    def __init__(self, *faces: Face) -> None:
        self.faces = faces

    def face(self, place: int) -> Face:
        return self.faces[place]


def pool_of(*faces: Face) -> Pool:
    pool = Pool(cast("Staging", Staged(*faces)), SplitRecipe())
    for place, each in enumerate(faces):
        pool.add(place, each)
    return pool


def test_a_crop_that_occurs_twice_has_one_sketch() -> None:
    pool = pool_of(face(1), face(2), face(1))
    assert len(pool.candidates) == 3
    assert len(pool.sketches().hashes) == len(pool.sketched) == 2


def test_a_candidate_has_its_ties_and_gives_its_face() -> None:
    (one,) = pool_of(face(1, "anna")).candidates
    assert one.shares == (("record", "1.png"), ("picture", "a"), ("artist", "anna"))
    assert one.tied("g").shares[-1] == ("group", "g")
    assert one.size == 257


def test_a_changed_face_is_kept_beside_the_staged_ones() -> None:
    pool = pool_of(face(1))
    changed = replace(face(3), review="moved")
    assert pool.face(pool.changed(changed)) == changed
    assert pool.face(pool.candidates[0]) == face(1)
