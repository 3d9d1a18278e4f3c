"""The deviations between the paper's text, the authors' code and a run, with their measured prices, in one table."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from benchmark.core.config import load_config
from benchmark.core.markup import DASH
from benchmark.data.dataset import PAPER_TEST, PAPER_TRAIN
from benchmark.data.line_styles import line_parameters
from benchmark.methods.interface import get_method
from benchmark.results.score_table import Cell, number
from reports.content.grids import open_data
from reports.content.paper_figures import main_run
from reports.document import Row, Table
from reports.read.claims import IMAGES_SEEN, budget_of
from reports.read.collect import Collection, EvalRun, Group
from reports.read.prices import METRIC, OURS, REFERENCE, SIGMA, Price, deviating, prices, settings_of

PRESETS = {"paper": "paper", "code": "official"}
CODE_EPOCHS = 200 + 10  # phase 1 and phase 2 of the authors' configuration
HEADER = ("setting", "paper", "code", "this run", "priced change", "measured in", "price")
NOT_MEASURED = "not measured"
NOTES = (
    "The price is the change of the self-reference PSNR when the setting alone changes as stated. Prices add up only "
    "where settings do not depend on each other. Published prices are of another model and other data than this run.",
)


class Deviation(NamedTuple):
    """A setting with its value in the paper's text, in the authors' code, and in the run."""

    setting: str
    paper: Any
    code: Any
    run: Any

    @property
    def wanted(self) -> list[tuple[str, str]]:
        """The changes that can have a price, in order of preference: paper to run, paper to code, code to run."""
        paper, code, run = map(shown, self[1:])
        return [(one, two) for one, two in ((paper, run), (paper, code), (code, run)) if one != two]


def deviation_table(found: Collection, group: Group) -> Table | None:
    """The settings in which text, code and the row of AnimeDiffusion in `group` differ; those with a price first.

    None where the group has no such row.
    """
    row = main_run(group)
    if row is None:
        return None
    name, run = row
    here = [each for each in found.groups if each.card.data.fingerprint == group.card.data.fingerprint]
    known = prices(here, found.matrices)
    rows = [_row(each, _price(each, known)) for each in deviations(run, group, here)]
    ordered = sorted(rows, key=lambda each: each.cells[-1].text == NOT_MEASURED)
    return Table(HEADER, tuple(ordered), f"Deviations between paper, code and {name}", words=6, notes=NOTES)


def deviations(run: EvalRun, group: Group, groups: Sequence[Group]) -> list[Deviation]:
    """The settings in which at least two of text, code and run differ; first those of data and test.

    A setting that the run's configuration lacks, since it is of an earlier version, has its default.
    """
    method = get_method(OURS)
    paper, code = (
        deviating(load_config(method.config, preset=method.preset(name)).model_dump(mode="json"))
        for name in PRESETS.values()
    )
    own = deviating(load_config(method.config).model_dump(mode="json")) | settings_of(run)
    if budget_of(run.config) is not None:
        own |= {f"{phase}.steps": "by budget" for phase in ("phase1", "phase2")}
    own |= {f"{phase}.epochs": None for phase in ("phase1", "phase2") if own[f"{phase}.steps"]}  # not in effect
    settings = [Deviation(key, paper.get(key), code.get(key), own.get(key)) for key in paper | own]
    listed = [*_of_the_test(run, group, groups), *settings]
    return [each for each in listed if each.wanted]


def _of_the_test(run: EvalRun, group: Group, groups: Sequence[Group]) -> list[Deviation]:
    """Deviations outside the method's configuration: reference, lines, numbers of pictures."""
    protocols = [each.protocol.name for each in groups if each.protocol.reference == "self"]
    tested = dict.fromkeys(name for name in protocols if "lines" not in name)
    lines = _lines(group)
    trained = run.card.training
    return [
        Deviation(REFERENCE, "self-ref", "self-ref-warped", ", ".join(tested)),
        Deviation("xdog.p", 9, 10, lines.get("p", DASH)),
        Deviation("xdog.form", "equation-1", "product", lines.get("form", DASH)),
        Deviation(SIGMA, 0.3, "0.3, 0.4, 0.5", lines.get("sigma", DASH)),
        Deviation("training pictures", PAPER_TRAIN, PAPER_TRAIN, run.card.data.counts.get("train")),
        Deviation("test pictures", PAPER_TEST, PAPER_TEST, run.card.n),
        Deviation("images seen", IMAGES_SEEN, CODE_EPOCHS * PAPER_TRAIN, trained.images_seen if trained else DASH),
    ]


def _lines(group: Group) -> Mapping[str, str]:
    """The XDoG parameters of the test lines, each value once; empty where the dataset is not found."""
    data, _ = open_data(group)
    if data is None:
        return {}
    found = [line_parameters(data, sample) for sample in data.ids(group.protocol.split)]
    return {name: ", ".join(sorted({shown(getattr(each, name)) for each in found})) for name in ("p", "form", "sigma")}


def _price(deviation: Deviation, known: Sequence[Price]) -> Price | None:
    """The first price of the preferred change that has one."""
    for before, after in deviation.wanted:
        for price in known:
            if price.setting == deviation.setting and (shown(price.before), shown(price.after)) == (before, after):
                return price
    return None


def _row(deviation: Deviation, price: Price | None) -> Row:
    values = (Cell(shown(value)) for value in deviation[1:])
    if price is None:
        return Row((Cell(deviation.setting), *values, Cell(DASH), Cell(""), Cell(NOT_MEASURED)))
    said = Cell(f"{shown(price.before)} to {shown(price.after)}")
    change = Cell(f"{number(METRIC, price.change, sign=True)} dB", value=price.change)
    return Row((Cell(deviation.setting), *values, said, Cell(price.source), change))


def shown(value: Any) -> str:
    """A value of a setting as text: 1e-05, 0.3, true, none."""
    match value:
        case None:
            return "none"
        case bool():
            return str(value).lower()
        case int():
            return f"{value:,}"
        case float():
            return f"{value:g}"
        case list() | tuple():
            return ", ".join(map(shown, value)) or "none"
        case _:
            return str(value)
