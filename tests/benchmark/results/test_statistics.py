"""Intervals: against scipy, a closed form and simulation."""

import math

import numpy as np
import pytest
from scipy import stats

from benchmark.results.statistics import (
    Comparison,
    Rank,
    bootstrap_interval,
    groups,
    holm,
    paired_tests,
    rank_stability,
    shared_error,
    shared_tests,
)

VALUES = np.random.default_rng(8).gamma(3.0, 2.0, 60).tolist()


def test_the_interval_is_scipys_and_hangs_on_its_seed() -> None:
    found = bootstrap_interval(VALUES, 4, 0.9, 999)
    expected = stats.bootstrap(
        (VALUES,),
        np.mean,
        confidence_level=0.9,
        n_resamples=999,
        method="BCa",
        batch=1000,
        rng=np.random.default_rng(4),
    ).confidence_interval
    assert found == pytest.approx(tuple(expected))
    assert bootstrap_interval(VALUES, 4, 0.9, 999) == found
    assert bootstrap_interval(VALUES, 5, 0.9, 999) != found


def test_for_many_normal_values_it_is_the_t_interval() -> None:
    values = np.random.default_rng(1).normal(20, 3, 400)
    expected = stats.t.interval(0.95, 399, values.mean(), stats.sem(values))
    assert bootstrap_interval(values.tolist(), 0) == pytest.approx(expected, abs=0.02)


def test_it_covers_the_true_mean_as_often_as_it_says() -> None:
    rng = np.random.default_rng(2)
    hits = 0
    for trial in range(300):
        found = bootstrap_interval(rng.gamma(4.0, 1.0, 40).tolist(), trial, 0.95, 400)
        assert found is not None
        hits += found.low <= 4.0 <= found.high
    assert 0.90 <= hits / 300 <= 0.98


def test_a_higher_level_is_wider_and_more_values_are_narrower() -> None:
    wide, narrow = bootstrap_interval(VALUES, 0, 0.99), bootstrap_interval(VALUES, 0, 0.8)
    assert wide is not None
    assert narrow is not None
    assert wide.low < narrow.low < np.mean(VALUES) < narrow.high < wide.high
    many = bootstrap_interval(VALUES * 9, 0, 0.8)
    assert many is not None
    assert many.high - many.low < 0.5 * (narrow.high - narrow.low)


def test_too_few_or_equal_values_are_handled() -> None:
    assert bootstrap_interval([], 0) is None
    assert bootstrap_interval([3.0], 0) is None
    assert bootstrap_interval([3.0] * 5, 0) == (3.0, 3.0)
    nearly = [0.1 + 0.2, 0.3, 0.3]
    assert bootstrap_interval(nearly, 0) == (0.3, 0.1 + 0.2)
    two = bootstrap_interval([1.0, 2.0], 0)
    assert two is not None
    assert 1 <= two.low <= two.high <= 2


@pytest.mark.parametrize("bad", [math.inf, -math.inf, math.nan])
def test_values_that_are_not_finite_are_refused(bad: float) -> None:
    with pytest.raises(ValueError, match="finite"):
        bootstrap_interval([1.0, bad], 0)


def three_methods(n: int = 40, gap: float = 0.0) -> dict[str, list[float]]:
    rng = np.random.default_rng(3)
    easy = rng.normal(20, 5, n)  # how hard each pair is for everyone
    return {
        "good": (easy + 3 + rng.normal(0, 1, n)).tolist(),
        "alike": (easy + gap + rng.normal(0, 1, n)).tolist(),
        "base": (easy + rng.normal(0, 1, n)).tolist(),
    }


def test_holm_is_scipys_bound_step_by_step() -> None:
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([0.5, 0.9]) == pytest.approx([1.0, 1.0])
    assert holm([0.02, 0.001, 0.3, 0.04]) == pytest.approx([0.06, 0.004, 0.3, 0.08])
    assert holm([]) == []


def test_methods_are_compared_pair_by_pair() -> None:
    scores = three_methods()
    found = {(each.first, each.second): each for each in paired_tests(scores, 7)}
    assert list(found) == [("good", "alike"), ("good", "base"), ("alike", "base")]
    better, same = found["good", "base"], found["alike", "base"]
    assert better.difference == pytest.approx(np.mean(scores["good"]) - np.mean(scores["base"]))
    assert better.low < better.difference < better.high
    assert better.low > 2, "pairing takes away what all methods share"
    assert better.p < 1 / 10000, "no random flip reaches the difference: the bound of the tail"
    assert better.adjusted == pytest.approx(3 * better.p)
    assert same.low < 0 < same.high
    assert same.adjusted > 0.05
    assert paired_tests(scores, 7) == list(found.values())


def test_paired_intervals_cover_the_true_difference() -> None:
    rng = np.random.default_rng(5)
    hits = 0
    for trial in range(150):
        base = rng.gamma(3, 2, 30)
        found = paired_tests({"a": base + 0.5 + rng.normal(0, 1, 30), "b": base}, trial, resamples=300)[0]
        hits += found.low <= 0.5 <= found.high
    assert 0.88 <= hits / 150 <= 0.99


def test_letters_join_what_cannot_be_told_apart() -> None:
    scores = three_methods()
    means = {name: float(np.mean(values)) for name, values in scores.items()}
    letters = groups(means, paired_tests(scores, 7), higher_is_better=True)
    assert letters["good"] == "a"
    assert letters["alike"] == letters["base"] == "b"

    def verdict(first: str, second: str, adjusted: float) -> Comparison:
        return Comparison(first, second, 0.0, 0.0, 0.0, adjusted, adjusted)

    chain = [verdict("x", "y", 0.5), verdict("y", "z", 0.5), verdict("x", "z", 0.01)]
    assert groups({"z": 1, "y": 2, "x": 3}, chain, higher_is_better=True) == {"x": "a", "y": "ab", "z": "b"}
    assert groups({"z": 1, "y": 2, "x": 3}, chain, higher_is_better=False) == {"z": "a", "y": "ab", "x": "b"}
    assert groups({"only": 1.0}, [], higher_is_better=True) == {"only": "a"}


def test_a_level_decides_at_the_adjusted_p() -> None:
    verdict = [Comparison("x", "y", 0.0, 0.0, 0.0, 0.001, 0.04)]
    assert groups({"x": 2, "y": 1}, verdict, higher_is_better=True) == {"x": "a", "y": "b"}
    assert groups({"x": 2, "y": 1}, verdict, higher_is_better=True, level=0.99) == {"x": "a", "y": "a"}


def test_ranks_hold_where_methods_differ_and_move_where_they_do_not() -> None:
    found = rank_stability(three_methods(), 1, higher_is_better=True)
    assert found["good"] == Rank(1, 1, 1, 1.0)
    assert {found[name].rank for name in ("alike", "base")} == {2, 3}
    assert (found["base"].low, found["base"].high) == (2, 3)
    lower = rank_stability(three_methods(), 1, higher_is_better=False)
    assert lower["good"].rank == 3
    assert rank_stability(three_methods(), 1, higher_is_better=True) == found
    same = rank_stability({"a": [1.0, 2.0], "b": [1.0, 2.0]}, 0, higher_is_better=True)
    assert same["a"] == same["b"] == Rank(1, 1, 1, 1.0), "ties share the better rank"
    rounded = {"a": [0.1, 0.2, 0.3], "b": [0.3, 0.2, 0.1]}
    assert np.mean(rounded["a"]) != np.mean(rounded["b"]), "equal but for rounding"
    assert {each.rank for each in rank_stability(rounded, 0, higher_is_better=True).values()} == {1}


def test_the_share_of_first_places_is_that_of_two_normal_means() -> None:
    differences = np.random.default_rng(2).normal(0.15, 1, 200)
    found = rank_stability({"a": differences, "b": np.zeros(200)}, 0, higher_is_better=True, resamples=4000)
    expected = stats.norm.cdf(differences.mean() / (differences.std() / np.sqrt(200)))
    assert found["a"].best == pytest.approx(expected, abs=0.03)


def test_the_interval_of_a_rank_leaves_out_half_of_the_rest_at_each_end() -> None:
    noise = np.random.default_rng(3).normal(size=200)
    differences = noise - noise.mean() + stats.norm.ppf(0.9625) * noise.std() / np.sqrt(200)
    scores = {"a": differences, "b": np.zeros(200)}
    found = rank_stability(scores, 0, higher_is_better=True, resamples=4000)
    assert 0.95 < found["a"].best < 0.975, "between the ends of a 90 % and of a 95 % interval"
    assert (found["a"].low, found["a"].high, found["b"].low, found["b"].high) == (1, 2, 1, 2)
    narrow = rank_stability(scores, 0, higher_is_better=True, resamples=4000, level=0.9)
    assert (narrow["a"].low, narrow["a"].high, narrow["b"].low, narrow["b"].high) == (1, 1, 2, 2)


def test_scores_that_are_no_pairs_are_refused() -> None:
    for bad in ({"a": [1.0, 2.0], "b": [1.0]}, {"a": [1.0], "b": [2.0]}, {"a": [1.0, math.nan], "b": [2.0, 1.0]}):
        with pytest.raises(ValueError, match="pair|finite"):
            paired_tests(bad, 0)
    for bad in ({"a": [1.0, math.inf]}, {"a": []}, {}):
        with pytest.raises(ValueError, match="finite value"):
            rank_stability(bad, 0, higher_is_better=True)


def rounds(n: int, steps: tuple[int, ...]) -> tuple[list[str], list[str]]:
    """Lines and references: each of n pictures with those so many steps after it."""
    return [str(i) for _ in steps for i in range(n)], [str((i + step) % n) for step in steps for i in range(n)]


def test_the_error_of_shared_pictures_is_the_sum_over_pairs_that_share_one() -> None:
    lines, references = rounds(11, (0, 1, 4, 10))  # some by themselves, some met twice, the other way round
    values = np.random.default_rng(1).normal(size=len(lines))
    pictures = [{*each} for each in zip(lines, references, strict=True)]
    shared = np.array([[bool(one & other) for other in pictures] for one in pictures])
    deviations = values - values.mean()
    of_picture = [sum(d for d, both in zip(deviations, pictures, strict=True) if name in both) for name in set(lines)]
    assert deviations @ shared @ deviations > np.square(of_picture).sum() / 2
    expected = np.sqrt(deviations @ shared @ deviations / (1 - shared.mean())) / len(values)
    assert shared_error(values.tolist(), lines, references) == pytest.approx(
        (expected, 1 / shared.mean() - 1), rel=1e-12
    )


def test_without_shared_pictures_it_is_the_standard_error_of_the_mean() -> None:
    ids = [str(i) for i in range(len(VALUES))]
    found = shared_error(VALUES, ids, ids)
    assert found == pytest.approx((stats.sem(VALUES), len(VALUES) - 1), rel=1e-12)
    assert found.interval(np.mean(VALUES), 0.9) == pytest.approx(
        stats.t.interval(0.9, 59, np.mean(VALUES), found.error)
    )
    assert found.p(0.3) == pytest.approx(stats.ttest_1samp(VALUES, np.mean(VALUES) - 0.3).pvalue)
    assert shared_error([2.5] * 3, ids[:3], ids[:3]).error == 0


@pytest.mark.parametrize(("of_line", "of_reference"), [(1.0, 0.0), (0.0, 1.0), (0.7, 0.7), (1.0, -0.9)])
def test_it_is_right_whatever_the_values_hang_on(of_line: float, of_reference: float) -> None:
    n, (lines, references) = 40, rounds(40, (1, 2, 3))
    rng = np.random.default_rng(3)
    squares, means = [], []
    for _ in range(400):
        picture = rng.normal(size=(2, n))
        picture[1] = 0.5 * picture[0] + picture[1]  # a picture that is easy as a line is so as a reference
        one, other = ([int(i) for i in ids] for ids in (lines, references))
        values = of_line * picture[0][one] + of_reference * picture[1][other] + rng.normal(0, 0.3, len(one))
        squares.append(shared_error(values.tolist(), lines, references).error ** 2)
        means.append(values.mean())
    assert np.mean(squares) == pytest.approx(np.var(means), rel=0.25)


def test_where_chance_has_neighbours_cancel_half_of_what_hangs_on_each_picture_is_left() -> None:
    lines, references = rounds(8, (1,))
    values = [1.0, -1.0, 0.2, 0.0, 1.0, -1.0, 0.0, 0.0]
    deviations = np.array(values) - np.mean(values)
    of_picture = deviations + np.roll(deviations, 1)
    assert of_picture @ of_picture < 2 * deviations @ deviations, "the sum of products alone would be smaller"
    expected = np.sqrt(of_picture @ of_picture / 2 / (1 - 3 / 8)) / 8
    assert shared_error(values, lines, references).error == pytest.approx(expected, rel=1e-12)


def test_an_error_needs_values_that_share_nothing() -> None:
    three = ([1.0, 2.0, 4.0], ["a", "b", "c"], ["b", "c", "a"])
    for values, lines, references in (three, ([1.0, 2.0], ["a", "b"], ["b", "a"]), ([1.0], ["a"], ["a"]), ([], [], [])):
        with pytest.raises(ValueError, match="too few pictures"):
            shared_error(values, lines, references)
    for values in ([1.0], [1.0, math.nan]):
        with pytest.raises(ValueError, match="one finite value"):
            shared_error(values, ["a", "b"], ["a", "b"])


def test_shares_are_compared_as_often_in_error_as_is_said() -> None:
    lines, references = rounds(60, (1, 2, 3))
    rng = np.random.default_rng(6)
    p, found = [], []
    for _ in range(300):
        of_line, of_reference = rng.normal(size=(2, 60))
        effect = np.array([of_line[int(i)] + of_reference[int(j)] for i, j in zip(lines, references, strict=True)])
        base = rng.normal(size=effect.shape)
        found = shared_tests({"a": base + effect, "b": base, "c": base + 5}, lines, references)
        p.append(found[0].p)
    assert 0.02 <= np.mean(np.array(p) <= 0.05) <= 0.10
    assert [(each.first, each.second) for each in found] == [("a", "b"), ("a", "c"), ("b", "c")]
    assert (found[2].difference, found[2].p, found[2].adjusted) == pytest.approx((-5, 0, 0), abs=1e-12)
    assert found[0].adjusted == pytest.approx(found[0].p), "the others come first"
    assert shared_tests({"a": base, "b": base}, lines, references)[0].p == 1


def test_ranks_move_with_references_that_lines_share() -> None:
    n = 50
    lines, references = rounds(n, (1, 2, 3))
    of_reference = np.random.default_rng(7).normal(size=n)
    of_reference += 0.15 - of_reference.mean()
    scores = {"a": [of_reference[int(j)] for j in references], "b": [0.0] * (3 * n)}
    found = rank_stability(scores, 0, higher_is_better=True, resamples=4000, pictures=(lines, references))
    mean, error = of_reference.mean(), shared_error(scores["a"], lines, references).error
    alone = rank_stability(scores, 0, higher_is_better=True, resamples=4000)
    expected = stats.norm.cdf(mean / error)
    assert expected - 0.12 < found["a"].best < expected + 0.02, "rather too much spread than too little"
    assert alone["a"].best > found["a"].best
    itself = rank_stability(scores, 0, higher_is_better=True, resamples=4000, pictures=(references, references))
    assert itself["a"].best == pytest.approx(stats.norm.cdf(mean / stats.sem(of_reference)), abs=0.03)


def test_23_rows_that_lie_apart_are_told_apart() -> None:
    """253 comparisons: the smallest p of 4,999 random flips is too large for Holm's correction, a bound is not."""
    noise = np.random.default_rng(3).normal(0, 0.5, (23, 60))
    scores = {f"m{i}": (3 * i + noise[i]).tolist() for i in range(23)}
    found = paired_tests(scores, 7, resamples=99)
    assert max(each.adjusted for each in found) < 1e-6
