"""Prices are differences of two rows that differ in one setting; published ones stand in their files."""

from pathlib import Path

import pytest
from ablations import as_protocol, row, with_rows

import reports
from benchmark.evaluation.effects import Effect
from benchmark.evaluation.matrix import SettingsMatrix
from reports.read.collect import EvalRun, Group, collect
from reports.read.matrices import Matrix
from reports.read.prices import PUBLISHED, REFERENCE, SIGMA, Price, prices
from reports.read.seeds import mean_of

pytestmark = pytest.mark.usefixtures("no_weights")
HOME = Path(reports.__file__).parent / "published"


@pytest.fixture
def group(evaluated: Path) -> Group:
    return next(group for group in collect(evaluated).groups if group.protocol.reference == "self")


def own(*groups: Group) -> list[Price]:
    return [price for price in prices(groups, []) if not price.source.startswith("published")]


@pytest.mark.parametrize("measured", PUBLISHED, ids=lambda each: f"{each.setting} {each.after}")
def test_a_published_price_is_the_difference_of_two_numbers_of_its_file(measured: object) -> None:
    assert measured in PUBLISHED
    text = (HOME / measured.file).read_text("utf-8")  # type: ignore[attr-defined]
    assert all(f"{each:.2f}" in text for each in (measured.first, measured.second))  # type: ignore[attr-defined]
    assert all(str(each) in text for each in (measured.before, measured.after))  # type: ignore[attr-defined]


def test_two_rows_that_differ_in_one_setting_have_a_price_in_both_directions(group: Group) -> None:
    rows = row(group, "one", 20.0), row(group, "ten", 21.5, "phase2.epochs=10", "seed=3", "runtime.log_every=7")
    forth, back = own(with_rows(group, *rows))
    assert forth == Price("phase2.epochs", 1, 10, 1.5, "rows one and ten, self-ref-v1")
    assert (back.before, back.after, back.change) == (10, 1, -1.5)


def test_rows_that_differ_in_two_settings_have_none(group: Group) -> None:
    rows = row(group, "one", 20.0), row(group, "other", 21.5, "phase2.epochs=10", "warp=false")
    assert own(with_rows(group, *rows)) == []


def test_a_row_under_two_protocols_has_the_price_of_the_warp_and_of_the_sigma(group: Group) -> None:
    plain = with_rows(group, row(group, "one", 20.0))
    warped = as_protocol(group, "self-ref-warped", [row(group, "one", 17.0)])
    thin, thick, gaps = (
        as_protocol(group, f"self-ref-lines-{style}", [row(group, "one", psnr)])
        for style, psnr in (("sigma-0.3", 19.0), ("sigma-0.5", 18.5), ("gaps", 10.0))
    )
    groups = plain, warped, thin, thick, gaps
    found = {(price.setting, price.before, price.after): price.change for price in own(*groups)}
    assert found == {
        (REFERENCE, "self-ref", "self-ref-warped"): -3.0,
        (REFERENCE, "self-ref-warped", "self-ref"): 3.0,
        (SIGMA, "0.3", "0.5"): -0.5,
        (SIGMA, "0.5", "0.3"): 0.5,
    }


def test_rows_of_other_methods_have_no_price(group: Group) -> None:
    toy = next(run for run in group.runs if run.card.kind == "method")
    warped = as_protocol(group, "self-ref-warped", [toy])
    assert own(with_rows(group, toy), warped) == []


def test_a_mean_over_seeds_has_its_price_before_those_of_its_seeds(group: Group) -> None:
    def trained(gain: float) -> list[EvalRun]:
        return [row(group, f"seed{seed}", 20 + gain * (seed + 1), f"seed={seed}") for seed in (0, 1)]

    both = [mean_of(trained(gain)) for gain in (0.0, -1.0)]
    found = own(with_rows(group, both[0]), as_protocol(group, "self-ref-warped", [both[1]]))
    assert [(price.source, price.change) for price in found if price.before == "self-ref"] == [
        ("row seed0 (2 seeds)", -1.5), ("row seed0", -1.0), ("row seed1", -2.0),
    ]  # fmt: skip


def test_a_matrix_gives_the_values_of_its_axes(group: Group) -> None:
    settings = SettingsMatrix(name="m", protocols=("self-ref",), axes={"sampling.eta": (0.0, 1.0)})
    levels = {"0.0": 17.0, "1.0": 16.0}
    effect = Effect("psnr", "self-ref", "sampling.eta", levels, 1.0, 0.5, 1.5, 1.0, 1, 1, 5)
    others = [effect._replace(metric="ms-ssim"), effect._replace(protocol="self-ref-warped")]
    matrix = Matrix(Path("m"), settings, "animediffusion.demo", (), (effect, *others))
    found = [price for price in prices([], [matrix]) if price.source.startswith("matrix")]
    assert [(price.setting, price.before, price.after, price.change) for price in found] == [
        ("sampling.eta", 0.0, 1.0, -1.0),
        ("sampling.eta", 1.0, 0.0, 1.0),
    ]
