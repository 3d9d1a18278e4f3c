"""The analysis against second implementations, and on simulated participants with known preferences."""

from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from studies import TRUE, expected_rating, simulated

from benchmark.core.errors import AnibenchError
from reports.study.analysis import Analysis, analyze, participants_needed


@pytest.fixture(scope="module")
def ratings() -> pd.DataFrame:
    return simulated()


@pytest.fixture(scope="module")
def found(ratings: pd.DataFrame) -> Analysis:
    return analyze(ratings, "consistency")


def own(ratings: pd.DataFrame) -> pd.DataFrame:
    return ratings[(ratings["kind"] == "rating") & (ratings["question"] == "consistency")]


def test_known_preferences_are_recovered_with_intervals_that_cover(found: Analysis) -> None:
    assert found.participants == 20
    for method, (mean, low, high) in found.means.items():
        assert low < TRUE[method] < high
        assert mean == pytest.approx(TRUE[method], abs=0.3)
    for each in found.differences:
        assert each.p < 0.001
        assert each.mean == pytest.approx(TRUE[each.first] - TRUE[each.second], abs=0.25)
        assert each.effect > 0.9
    assert 0 < found.alpha < 1
    assert found.retest is not None
    assert 0 < found.retest < 1.5


def test_nineteen_of_twenty_intervals_hold_the_true_mean() -> None:
    inside = []
    for seed in range(40):
        means = analyze(simulated(seed=seed, pairs=12), "consistency").means
        inside += [low < expected_rating(TRUE[name]) < high for name, (_, low, high) in means.items()]
    assert 0.9 < np.mean(inside) < 0.99


def test_the_tests_agree_with_scipy(ratings: pd.DataFrame, found: Analysis) -> None:
    first = own(ratings)
    table = first.groupby(["participant", "method"])["rating"].mean().unstack()
    chi, p = stats.friedmanchisquare(*(table[name] for name in TRUE))
    assert found.friedman == pytest.approx((chi, p))
    raw = [stats.wilcoxon(table[a] - table[b], zero_method="zsplit").pvalue for a, b in combinations(TRUE, 2)]
    ordered = sorted(raw)
    holm = [max(ordered[j] * (3 - j) for j in range(ordered.index(each) + 1)) for each in raw]
    assert [each.p for each in found.differences] == pytest.approx(holm)


def test_the_retest_is_the_mean_distance_between_two_ratings_of_an_item(ratings: pd.DataFrame) -> None:
    first = ratings[ratings["kind"] == "rating"]
    moved = own(ratings).iloc[:4]
    again = moved.assign(kind="repeat", rating=moved["rating"] + np.array([1, -1, 2, 0]))
    assert analyze(pd.concat([first, again]), "consistency").retest == 1
    assert analyze(first, "consistency").retest is None


def test_kendalls_w_is_the_agreement_of_ranks(ratings: pd.DataFrame, found: Analysis) -> None:
    table = own(ratings).groupby(["participant", "method"])["rating"].mean().unstack()
    ranks = stats.rankdata(table.to_numpy(), axis=1)
    correlations = [stats.pearsonr(a, b).statistic for a, b in combinations(ranks, 2)]
    people = len(ranks)
    assert found.kendall == pytest.approx((np.mean(correlations) * (people - 1) + 1) / people, abs=0.02)


def test_alpha_agrees_with_a_second_implementation(ratings: pd.DataFrame, found: Analysis) -> None:
    table = own(ratings).pivot_table(index="participant", columns=["method", "pair"], values="rating")
    units = [column[~np.isnan(column)] for column in table.to_numpy().T]
    units = [unit for unit in units if len(unit) > 1]
    count = np.bincount(np.concatenate(units).astype(int), minlength=6).astype(float)

    def distance(a: float, b: float) -> float:  # ordinal, Krippendorff 2004
        low, high = int(min(a, b)), int(max(a, b))
        return float((count[low : high + 1].sum() - (count[low] + count[high]) / 2) ** 2)

    within = sum(sum(distance(a, b) for a in unit for b in unit) / (len(unit) - 1) for unit in units)
    everyone = np.concatenate(units)
    between = sum(distance(a, b) * count[a] * count[b] for a in range(1, 6) for b in range(1, 6)) / (len(everyone) - 1)
    assert found.alpha == pytest.approx(1 - within / between)


def test_without_a_difference_nothing_is_found() -> None:
    same = analyze(simulated(seed=3, means=dict.fromkeys("abc", 3.0)), "consistency")
    assert all(each.p > 0.05 for each in same.differences)
    assert all(abs(each.effect) < 0.6 for each in same.differences)


def test_the_needed_participants_find_the_difference_in_four_of_five_studies() -> None:
    needed = participants_needed(0.4, 0.8)
    assert needed is not None
    chance = np.random.default_rng(1)
    found = [stats.wilcoxon(chance.normal(0.4, 0.8, needed)).pvalue < 0.05 for _ in range(400)]
    assert 0.74 < np.mean(found) < 0.88
    assert needed == 33, "a t test would need 32: (1.96 + 0.842)^2 * 2^2 = 31.4; Wilcoxon's has 3 / pi of its power"
    assert participants_needed(5, 0.1) == 3


def test_the_wanted_difference_and_not_the_found_one_gives_the_number_of_participants(ratings: pd.DataFrame) -> None:
    small, large = (analyze(ratings, "consistency", wanted).differences for wanted in (0.2, 0.4))
    for one, other in zip(small, large, strict=True):
        assert one.mean == other.mean
        assert one.needed == pytest.approx(4 * other.needed, abs=4)


def test_two_participants_are_too_few(ratings: pd.DataFrame) -> None:
    with pytest.raises(AnibenchError, match="tests need at least three participants"):
        analyze(ratings[ratings["participant"] <= 2], "consistency")
