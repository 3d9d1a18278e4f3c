"""The learnt face detector: a small network that OpenCV runs on the CPU. Its weights come with the package."""

import json
from functools import lru_cache
from importlib.resources import files

import cv2
import numpy as np

from benchmark.core.errors import AnibenchError
from benchmark.core.files import Image, sha256_bytes
from builder.core.recipe import DetectRecipe
from builder.faces.detectors import DEFAULTS, Detection, FaceBox, overlap
from builder.faces.learnt.decode import MapFace, read_maps

WEIGHTS, CARD = "face.onnx", "face.json"
MULTIPLE = 32  # px, of the sides of the network's input
HALVED = 256  # px, copies with a longer side are searched at half their size too, for large faces
LEAST = 0.2  # least score of the first look at a face that gets a second look
MOST = 16  # faces of a picture that get a second look
SAME = 0.4  # IoU above which two boxes are one face
WINDOW, FACE = 160, 80  # px, sides of the second look and of a face in it
NEAR = 0.4  # largest distance between the middles of both looks, in sides of the face
PROFILE = 0.75  # turn from which one eye is hidden
# The network's box bounds the drawn skin from the forehead to the chin. Crops are made for boxes of animeface, which
# begin lower: left, top, right and bottom in shares of the network's box, by medians over labelled real faces.
FRAME = (0.02, 0.166, 0.988, 1.065)


class DrawnFace:
    """Finds faces on a copy of at most `longest` px. Landmarks: the visible eyes, the chin and the turn."""

    name = "drawnface"
    framed = False

    def __init__(self, recipe: DetectRecipe = DEFAULTS) -> None:
        """Raises AnibenchError when the weights are damaged or find no face on a drawn portrait."""
        card = read_card()
        self._longest, self._threshold = recipe.longest, float(card["threshold"])
        self.version = f"{card['version']} {card['sha256'][:16]}"
        self._network = _network(card["sha256"])
        self._check()

    def detect(self, rgb: Image, name: str = "") -> list[Detection]:
        height, width = rgb.shape[:2]
        copy, scale, found = rgb, min(1.0, self._longest / max(width, height)), list[MapFace]()
        while True:
            size = max(1, round(width * scale)), max(1, round(height * scale))
            copy = np.asarray(cv2.resize(copy, size, interpolation=cv2.INTER_AREA), np.uint8)
            found += [face.moved(np.array([width / size[0], height / size[1]])) for face in self._look(copy, LEAST)]
            if max(size) <= HALVED:
                break
            scale /= 2
        twice = [self._look_again(rgb, face) for face in _distinct(found)[:MOST]]
        return [self._detection(face) for face in _distinct([face for face in twice if face])]

    def _look(self, rgb: Image, least: float) -> list[MapFace]:
        height, width = rgb.shape[:2]
        down, right = -height % MULTIPLE, -width % MULTIPLE
        page = cv2.copyMakeBorder(rgb, 0, down, 0, right, cv2.BORDER_CONSTANT, value=(127, 127, 127))
        self._network.setInput(cv2.dnn.blobFromImage(page, 1 / 127.5, mean=(127.5, 127.5, 127.5)))
        return read_maps(self._network.forward()[0], least)

    def _look_again(self, rgb: Image, face: MapFace) -> MapFace | None:
        """Look at a face in the mirrored picture at a size of its own; None where that shows no face.

        Points and turn are the means of both looks, and the score is that of the mean logit.
        """
        scale = FACE / face.side
        reach = WINDOW / 2 / scale + 2
        left, top = np.maximum(np.floor(face.middle - reach), 0).astype(int)
        right, bottom = np.maximum(np.ceil(face.middle + reach), 1).astype(int)
        part = rgb[top:bottom, left:right]
        if part.size == 0:
            return None
        size = np.array(part.shape[1::-1])
        small = np.maximum(np.rint(size * scale), 1).astype(int)
        method = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
        copy = cv2.resize(part, (int(small[0]), int(small[1])), interpolation=method)
        ratio, corner = small / size, np.array([left, top])
        shift = WINDOW / 2 - (face.middle - corner) * ratio
        window = cv2.warpAffine(
            copy, np.column_stack([np.eye(2), shift]), (WINDOW, WINDOW), borderValue=(127, 127, 127)
        )
        seen = [other.mirrored(WINDOW) for other in self._look(np.ascontiguousarray(window[:, ::-1]), LEAST / 4)]
        here = [other for other in seen if np.abs(other.middle - WINDOW / 2).max() < NEAR * FACE]
        if not here:
            return None
        again = here[0].moved(1 / ratio, corner - shift / ratio)
        odds = (face.score / (1 - face.score) * again.score / (1 - again.score)) ** 0.5
        score = odds / (1 + odds)
        if score < LEAST:
            return None
        return MapFace(score, (face.points + again.points) / 2, (face.turn + again.turn) / 2)

    def _detection(self, face: MapFace) -> Detection:
        marks: dict[str, object] = {"chin": _rounded(face.points[4]), "turn": round(face.turn, 3)}
        if face.turn <= PROFILE:
            marks["left_eye"] = _rounded(face.points[2])
        if face.turn >= -PROFILE:
            marks["right_eye"] = _rounded(face.points[3])
        return Detection(crop_frame(_box(face)), self._likelihood(face.score), marks)

    def _likelihood(self, score: float) -> float:
        """The score, stretched so that the threshold chosen on real pictures is the default `min_likelihood`."""
        low, limit = self._threshold, DEFAULTS.min_likelihood
        share = score / low * limit if score < low else limit + (score - low) / (1 - low) * (1 - limit)
        return round(share, 6)

    def _check(self) -> None:
        from builder.drawing.illustration import draw_portrait

        portrait = draw_portrait(1, 256)
        found = self.detect(portrait.color)
        if not found or overlap(found[0].box, portrait.faces[0]) < 0.5:
            raise AnibenchError(
                f"the detector {self.name} finds no face on a drawn portrait with OpenCV {cv2.__version__}; "
                "run: pip install -c constraints.txt opencv-python-headless"
            )


def _distinct(faces: list[MapFace]) -> list[MapFace]:
    """Faces by falling score, without those that overlap a better one."""
    kept: list[MapFace] = []
    for face in sorted(faces, key=lambda face: (-face.score, *face.points.ravel())):
        if all(overlap(_box(face), _box(other)) <= SAME for other in kept):
            kept.append(face)
    return kept


def _box(face: MapFace) -> FaceBox:
    (left, top), (right, bottom) = face.points[:2].tolist()
    return left, top, right - left, bottom - top


def crop_frame(box: FaceBox) -> FaceBox:
    """The box that animeface would report for a face with this box of the network."""
    x, y, width, height = box
    left, top, right, bottom = FRAME
    frame = x + left * width, y + top * height, (right - left) * width, (bottom - top) * height
    return round(frame[0], 2), round(frame[1], 2), round(frame[2], 2), round(frame[3], 2)


def read_card() -> dict[str, str]:
    """The card of the weights: how they were made, their SHA-256, and the threshold."""
    card: dict[str, str] = json.loads(files(__package__).joinpath(CARD).read_text("utf-8"))
    return card


@lru_cache(maxsize=1)
def _network(sha256: str) -> cv2.dnn.Net:
    weights = files(__package__).joinpath(WEIGHTS).read_bytes()
    if sha256_bytes(weights) != sha256:
        raise AnibenchError(f"builder/faces/learnt/{WEIGHTS} is damaged; install anibench again")
    return cv2.dnn.readNetFromONNX(np.frombuffer(weights, np.uint8))


def _rounded(point: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> list[float]:
    return [round(float(value), 2) for value in point]
