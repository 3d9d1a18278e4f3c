"""Checks of an evaluation against its score card: the kind of method and the saved pictures."""

from collections.abc import Iterator

from benchmark.core.errors import AnibenchError
from benchmark.data.dataset import SHAPE
from benchmark.methods.interface import method_names
from benchmark.results.consistency import Evaluated, scored_pairs
from benchmark.results.scorecard import ScoreCard
from benchmark.scoring.outputs import FOLDER, hash_outputs


def kind_problems(card: ScoreCard) -> Iterator[str]:
    """Yield a problem if the card's kind, method or floor, is not the registered kind."""
    floors = method_names("floor")
    if card.kind == "floor" and card.method not in floors:
        yield f"its score card says floor, and no floor is called {card.method}; the floors are: {', '.join(floors)}"
    elif card.kind == "method" and card.method in floors:
        yield f"its score card says method, and {card.method} is a floor"


def picture_problems(run: Evaluated, *, required: bool = False) -> Iterator[str]:
    """Yield a problem if the saved pictures are not those that were scored; without pictures only if `required`."""
    if not required and not (run.folder / FOLDER).is_dir():
        return
    try:
        if hash_outputs(run.folder, [pair.picture for pair in scored_pairs(run.scores)], SHAPE) != run.card.outputs:
            yield "its pictures are not those that were scored"
    except AnibenchError as error:
        yield str(error)
