"""What shows that an evaluation is not what its score card says: another kind of method, other pictures."""

from collections.abc import Iterator

from benchmark.core.errors import AnibenchError
from benchmark.data.dataset import SHAPE
from benchmark.methods.interface import method_names
from benchmark.results.consistency import Evaluated, scored_pairs
from benchmark.results.scorecard import ScoreCard
from benchmark.scoring.outputs import FOLDER, hash_outputs


def kind_problems(card: ScoreCard) -> Iterator[str]:
    """Whether the score card calls a method a floor, or a floor a method, against the registry."""
    floors = method_names("floor")
    if card.kind == "floor" and card.method not in floors:
        yield f"its score card says floor, and no floor is called {card.method}; the floors are: {', '.join(floors)}"
    elif card.kind == "method" and card.method in floors:
        yield f"its score card says method, and {card.method} is a floor"


def picture_problems(run: Evaluated, *, required: bool = False) -> Iterator[str]:
    """Whether the pictures of a run are those that were scored; where there are none at all, only if `required`."""
    if not required and not (run.folder / FOLDER).is_dir():
        return
    try:
        if hash_outputs(run.folder, [pair.picture for pair in scored_pairs(run.scores)], SHAPE) != run.card.outputs:
            yield "its pictures are not those that were scored"
    except AnibenchError as error:
        yield str(error)
