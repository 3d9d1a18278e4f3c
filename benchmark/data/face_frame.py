"""The square around a face that a sample shows; the dataset's crops and the faces of own drawings share it."""

MARGIN = 0.5  # on each side of the face box, in sides of the box
LIFT = 0.1  # height of the square's centre above the box's centre, in sides of the box
SMALLEST = 16  # px; the least side that a recipe can ask for
Corners = tuple[float, float, float, float]  # left, top, right, bottom in px


def face_frame(face: Corners, margin: float = MARGIN, lift: float = LIFT) -> tuple[float, float, int]:
    """x and y of the centre, and the side, in px, of the square around a face; it may leave the picture."""
    left, top, right, bottom = face
    side = max(right - left, bottom - top)
    return (left + right) / 2, (top + bottom) / 2 - lift * side, max(1, round(side * (1 + 2 * margin)))
