"""Plans: which parts of a drawing are painted by which reference, and how they are put together."""

from pathlib import Path

import numpy as np
import pytest
from drawings import drawing
from toys import Tint

from benchmark.colorizing.drawings import UserDrawing
from benchmark.colorizing.faces import Frame
from benchmark.colorizing.painting import assemble, paint_plan, plan_drawing
from benchmark.colorizing.references import Reference
from benchmark.core.errors import AnibenchError
from benchmark.data.face_frame import Corners


def sheet(height: int, width: int) -> UserDrawing:
    line = drawing(height, width)
    return UserDrawing(line, None, "line", (), np.repeat(line[::2, ::2, None], 3, axis=2))


def reference(colour: int, *faces: int) -> Reference:
    flat = [np.full((256, 256, 3), level, np.uint8) for level in (colour, *faces)]
    return Reference(Path(f"{colour}.png"), flat[0], tuple(flat[1:]))


def finder(*faces: Corners) -> object:
    return lambda rgb: list(faces)


def test_faces_are_painted_by_faces_and_the_rest_by_the_whole_reference() -> None:
    find = finder((40.0, 40.0, 90.0, 90.0))  # px of the view, which has half the drawing's size
    plan = plan_drawing(sheet(600, 800), [reference(200, 90)], find, 0, "a.png")
    assert plan.frames == (Frame(30, 20, 200),)
    assert [request.reference[0, 0, 0] for request in plan.requests] == [200, 90]
    assert plan.requests[0].seed != plan.requests[1].seed
    picture = assemble(plan, paint_plan(Tint(), plan, Path()))
    assert picture.shape == (600, 800, 3)
    assert 80 < picture[120, 130, 0] < 105
    assert picture[590, 790, 0] > 190


def test_without_faces_a_drawing_is_painted_whole() -> None:
    assert len(plan_drawing(sheet(600, 800), [reference(200, 90)], None, 0, "a.png").requests) == 1


def test_a_portrait_is_painted_whole_by_the_face_of_the_reference() -> None:
    find = finder((30.0, 30.0, 100.0, 100.0))
    plan = plan_drawing(sheet(256, 256), [reference(200, 90)], find, 0, "a.png")
    assert plan.frames == ()
    assert [request.reference[0, 0, 0] for request in plan.requests] == [90]
    assert plan.notes == ()
    plan = plan_drawing(sheet(256, 256), [reference(200, 90), reference(100)], find, 0, "a.png")
    assert plan.notes == ("painted in the colours of 200.png",)


def test_of_several_references_the_one_of_each_part_is_said() -> None:
    find = finder((40.0, 40.0, 90.0, 90.0))
    plan = plan_drawing(sheet(600, 800), [reference(200, 90), reference(100)], find, 0, "a.png")
    assert plan.notes[1:] == ("painted in the colours of 200.png", "face 1: the colours of 200.png")


def test_lines_on_top_and_opacity_are_the_drawings() -> None:
    page = sheet(100, 120)
    alpha = np.full((100, 120), 255, np.uint8)
    alpha[:5] = 0
    plan = plan_drawing(UserDrawing(page.line, alpha, "line", (), page.view), [reference(200)], None, 0, "a.png")
    result = assemble(plan, paint_plan(Tint(), plan, Path()), keep_lines=True)
    assert result.shape == (100, 120, 4)
    assert np.array_equal(result[..., 3], alpha)
    assert (result[page.line == 0][:, :3] == 0).all()


def test_a_method_that_leaves_a_picture_out_is_named() -> None:
    class Lazy:
        def colorize_all(self, requests: object, done: object, folder: Path) -> None:
            pass

    plan = plan_drawing(sheet(100, 120), [reference(200)], None, 0, "a.png")
    with pytest.raises(AnibenchError, match="returned 0 of 1"):
        paint_plan(Lazy(), plan, Path())  # type: ignore[arg-type]
