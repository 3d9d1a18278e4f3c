"""Choices against the minorization of Hunter (2004), on simulated participants, and where strengths are infinite."""

import sys

import numpy as np
import pandas as pd
import pytest
from studies import TRUE, simulated

from benchmark.core.errors import AbsentError, AnibenchError
from reports.study.choices import Choices, analyze_choices

pytest.importorskip("choix")


@pytest.fixture(scope="module")
def ratings() -> pd.DataFrame:
    return simulated(choices=24)


@pytest.fixture(scope="module")
def found(ratings: pd.DataFrame) -> Choices:
    choices = analyze_choices(ratings)
    assert choices is not None
    return choices


def test_strengths_agree_with_a_second_implementation(ratings: pd.DataFrame, found: Choices) -> None:
    own = ratings[ratings["kind"] == "choice"]
    names = sorted(TRUE)
    wins = np.array([[((own["method"] == a) & (own["rival"] == b)).sum() for b in names] for a in names], float)
    skill = np.ones(3)
    for _ in range(5000):  # minorization and maximization, DOI 10.1214/aos/1079120141
        skill = wins.sum(axis=1) / ((wins + wins.T) / (skill[:, None] + skill)).sum(axis=1)
    expected = np.log(skill) - np.log(skill).mean()
    assert [found.strengths[name][0] for name in names] == pytest.approx(expected, abs=1e-6)
    for each in found.contests:
        a, b = names.index(each.first), names.index(each.second)
        assert (each.won, each.shown) == (wins[a, b], wins[a, b] + wins[b, a])
        assert each.chance[0] == pytest.approx(skill[a] / (skill[a] + skill[b]), abs=1e-6)
        assert each.chance[1] < each.chance[0] < each.chance[2]


def test_known_preferences_lie_in_most_intervals() -> None:
    """The participants' own views make the mean strengths a little weaker than their log odds: by less than 0.05."""
    middle = np.mean(list(TRUE.values()))
    inside = []
    for seed in range(20):
        choices = analyze_choices(simulated(seed=seed, choices=12, pairs=12))
        inside += [low < TRUE[name] - middle < high for name, (_, low, high) in choices.strengths.items()]
    assert 0.85 < np.mean(inside) <= 1


def test_differences_are_found_and_places_do_not_matter(found: Choices) -> None:
    assert (found.participants, found.choices) == (20, 480)
    assert all(each.p < 0.05 for each in found.contests)
    assert 0.4 < found.first_place < 0.6


def test_without_a_preference_nothing_is_found() -> None:
    same = analyze_choices(simulated(seed=1, means=dict.fromkeys("abc", 3.0), choices=12))
    assert all(each.p > 0.05 for each in same.contests)
    assert all(low < 0 < high for _, low, high in same.strengths.values())


def test_a_method_that_always_loses_has_no_finite_strength(ratings: pd.DataFrame) -> None:
    own = ratings[ratings["kind"] == "choice"]
    lost = analyze_choices(own[own["method"] != "c"])
    assert lost.strengths is None
    assert all(each.chance is None for each in lost.contests)
    contest = next(each for each in lost.contests if each.second == "c")
    assert contest.won == contest.shown
    assert contest.p < 0.001


def test_studies_without_choices_and_with_two_participants(ratings: pd.DataFrame) -> None:
    assert analyze_choices(simulated()) is None
    with pytest.raises(AnibenchError, match="2 participants chose"):
        analyze_choices(ratings[ratings["participant"] <= 2])


def test_without_its_package_the_error_says_what_to_install(
    ratings: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "choix", None)
    with pytest.raises(AbsentError, match="pip install choix"):
        analyze_choices(ratings)
