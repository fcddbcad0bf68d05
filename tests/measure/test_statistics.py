"""Statistics against slow and obvious ways to say the same, written from DOMAIN 5."""

from __future__ import annotations

import itertools
import math
from fractions import Fraction
from math import comb

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.measure.chances import funnel_limits, holm, poisson_interval, rates_differ, ratio_interval, shares_differ
from tasks.measure.comparisons import Compared, judged
from tasks.measure.correlation import shifted, spearman
from tasks.measure.statistics import bootstrap, labels_matter, log_lengths, median_with_open, quantile
from tasks.model.policy import resolve_policy

COUNTS = st.integers(0, 40)
LENGTHS = st.lists(st.integers(0, 10**9), min_size=1, max_size=12)
TERMS = resolve_policy().metrics.comparison
MASK = (1 << 64) - 1


def word(seed: int, number: int) -> int:
    """Return draw x of M-08, by the letter: SplitMix64's finaliser of the counter."""
    x = (seed + number + 1) * 0x9E3779B97F4A7C15 & MASK
    x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9 & MASK
    x = (x ^ x >> 27) * 0x94D049BB133111EB & MASK
    return x ^ x >> 31


# ---- resampling


@settings(max_examples=20, deadline=None)
@given(LENGTHS, st.integers(0, MASK))
def test_a_bootstrap_draws_what_the_letter_of_its_rule_draws(lengths: list[int], seed: int) -> None:
    ordered, n, times = sorted(lengths), len(lengths), 40
    drawn = [sorted(ordered[word(seed, b * n + k) * n >> 64] for k in range(n)) for b in range(times)]
    means = sorted(Fraction(sum(sample), n) for sample in drawn)
    medians = sorted(Fraction(sample[(n - 1) // 2] + sample[n // 2], 2) for sample in drawn)
    found = bootstrap(np.array(ordered), seed, times, Fraction(9, 10))
    assert (found.mean.low, found.mean.high) == (means[2], means[-3])
    assert (found.median.low, found.median.high) == (medians[2], medians[-3])


@settings(max_examples=20, deadline=None)
@given(LENGTHS, LENGTHS, st.integers(0, MASK))
def test_a_permutation_relabels_the_places_of_the_smallest_keys(first: list[int], second: list[int], seed: int) -> None:
    small, large = sorted((first, second), key=len)
    pooled, n, times = [*small, *large], len(small) + len(large), 30
    low_bits = (1 << (n - 1).bit_length()) - 1

    def gap(places: set[int]) -> Fraction:
        chosen = [pooled[place] for place in places]
        rest = [pooled[place] for place in range(n) if place not in places]
        return abs(Fraction(sum(chosen), len(chosen)) - Fraction(sum(rest), len(rest)))

    hits = 0
    for b in range(times):
        keys = sorted((word(seed, b * n + k) & ~low_bits | k, k) for k in range(n))
        hits += gap({place for _, place in keys[: len(small)]}) >= gap(set(range(len(small))))
    assert labels_matter(np.array(first), np.array(second), seed, times) == (1 + hits) / (1 + times)


def test_a_permutation_test_comes_near_the_share_of_all_relabellings_that_differ_as_much() -> None:
    first, second = log_lengths(np.array([60, 90, 300, 20]) * 10**6), log_lengths(np.array([600, 900, 1200, 3600, 80]) * 10**6)
    pooled = [*first, *second]
    gaps = [abs(sum(chosen) * 9 - sum(pooled) * 4) for chosen in itertools.combinations(pooled, 4)]
    exact = sum(gap >= abs(int(first.sum()) * 9 - sum(pooled) * 4) for gap in gaps) / len(gaps)
    assert labels_matter(first, second, 20260601, 10_000) == pytest.approx(exact, abs=0.01)


def test_what_is_shorter_than_a_second_counts_as_one_second() -> None:
    assert list(log_lengths(np.array([-5, 0, 999_999, 1_000_000]))) == [13_815_510_558] * 4


# ---- open ones


def survival_median(ended: list[int], running: list[int]) -> Fraction | None:
    """Return the Kaplan-Meier median by whole fractions, one end after the other."""
    curve, ends = Fraction(1), sorted(set(ended))
    for place, end in enumerate(ends):
        at_risk = sum(one >= end for one in [*ended, *running])
        curve *= 1 - Fraction(ended.count(end), at_risk)
        if curve < Fraction(1, 2) or (curve == Fraction(1, 2) and place + 1 == len(ends)):
            return Fraction(end)
        if curve == Fraction(1, 2):
            return Fraction(end + ends[place + 1], 2)
    return None


@settings(max_examples=200, deadline=None)
@given(st.lists(st.integers(0, 30), max_size=12), st.lists(st.integers(0, 30), max_size=12))
def test_the_median_with_open_ones_is_kaplan_and_meiers(ended: list[int], running: list[int]) -> None:
    assert median_with_open(np.array(ended, np.int64), np.array(running, np.int64)) == survival_median(ended, running)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.integers(0, 30), min_size=1, max_size=12))
def test_without_open_ones_it_is_the_plain_median(ended: list[int]) -> None:
    assert median_with_open(np.array(ended), np.array([], np.int64)) == quantile(np.array(sorted(ended)), Fraction(1, 2))


@pytest.mark.parametrize(
    ("ended", "running", "median"),
    [
        pytest.param([10, 20, 30], [40, 40], 30, id="two of five still run: the third to end is the middle"),
        pytest.param([10, 20], [30, 30, 30], None, id="more than half still run: nobody knows"),
        pytest.param([10, 20, 30], [5, 5], 20, id="one that has run for less than any end says nothing"),
        pytest.param([10, 30], [10], 30, id="of one that ended and one that still runs at that time the end comes first"),
    ],
)
def test_the_median_with_open_ones_by_hand(ended: list[int], running: list[int], median: int | None) -> None:
    assert median_with_open(np.array(ended), np.array(running)) == median


# ---- counts


@settings(max_examples=100, deadline=None)
@given(COUNTS, COUNTS, st.integers(1, 50), st.integers(1, 50))
def test_two_counts_are_compared_by_every_way_they_could_have_fallen(first: int, second: int, one: int, other: int) -> None:
    n = first + second
    ways = [comb(n, k) * one**k * other ** (n - k) for k in range(n + 1)]
    exact = Fraction(sum(way for way in ways if way <= ways[first]), sum(ways))
    assert rates_differ((first, second), (one, other)) == pytest.approx(float(exact), rel=1e-9)


@settings(max_examples=100, deadline=None)
@given(st.integers(1, 25), st.integers(1, 25), st.data())
def test_two_shares_are_compared_by_every_table_of_the_same_sums(one: int, other: int, data: st.DataObject) -> None:
    hits = data.draw(st.integers(0, one)), data.draw(st.integers(0, other))
    total = sum(hits)
    ways = {k: comb(one, k) * comb(other, total - k) for k in range(max(0, total - other), min(one, total) + 1)}
    exact = Fraction(sum(way for way in ways.values() if way <= ways[hits[0]]), sum(ways.values()))
    assert shares_differ(hits, (one, other)) == pytest.approx(float(exact), rel=1e-9)


def at_most(count: int, mean: float) -> float:
    return sum(math.exp(-mean) * mean**k / math.factorial(k) for k in range(count + 1))


@pytest.mark.parametrize("count", [0, 1, 4, 17, 60])
def test_each_end_of_a_counts_interval_leaves_a_fortieth_to_its_side(count: int) -> None:
    low, high = poisson_interval(count)
    assert at_most(count, high) == pytest.approx(0.025)
    assert low == 0 if count == 0 else 1 - at_most(count - 1, low) == pytest.approx(0.025)


def test_the_interval_of_no_incident_is_the_textbooks() -> None:
    assert poisson_interval(0)[1] == pytest.approx(-math.log(0.025))


@settings(max_examples=60, deadline=None)
@given(st.floats(0.01, 80), st.sampled_from([0.05, 0.002]))
def test_beyond_a_funnels_limits_lies_no_more_than_half_of_what_is_left_out_on_either_side(expected: float, outside: float) -> None:
    low, high = funnel_limits(expected, outside)
    assert low == 0 or at_most(low - 1, expected) <= outside / 2 < at_most(low, expected)
    assert 1 - at_most(high, expected) <= outside / 2 + 1e-9
    assert high == 0 or 1 - at_most(high - 1, expected) > outside / 2 - 1e-9


def test_a_ratio_of_rates_lies_within_its_interval_and_has_no_upper_end_over_nothing() -> None:
    low, high = ratio_interval((30, 18), (1, 1))
    share = low / (1 + low)
    assert sum(comb(48, k) * share**k * (1 - share) ** (48 - k) for k in range(30, 49)) == pytest.approx(0.025)
    assert low < 30 / 18 < (high or 0)
    assert ratio_interval((5, 0), (1, 3))[1] is None
    assert ratio_interval((0, 5), (1, 3))[0] == 0


def test_holm_multiplies_the_smallest_by_all_and_never_goes_back() -> None:
    assert holm([0.04, 0.01, 0.03]) == pytest.approx([0.06, 0.03, 0.06])
    assert holm([0.5, 0.9]) == [1.0, 1.0]
    assert holm([]) == []


# ---- what may be said


def compared(value: str, previous: str, p_value: float | None, *, filter_: str = "{}", agrees: bool = True) -> Compared:
    return Compared("2026-Q3", "mttr_restore", filter_, "service", Fraction(value), Fraction(previous), p_value, agrees)


@pytest.mark.parametrize(
    ("one", "verdict"),
    [
        pytest.param(compared("120", "100", 0.049), "change", id="rare by chance, and a fifth more"),
        pytest.param(compared("110", "100", 0.049), "change", id="a tenth is enough"),
        pytest.param(compared("109", "100", 0.001), "no_clear_change", id="less than a tenth is none, however rare by chance"),
        pytest.param(compared("200", "100", 0.05), "no_clear_change", id="not below alpha is none, however large"),
        pytest.param(
            compared("120", "100", 0.01, agrees=False), "no_clear_change", id="a mean that rose while what was tested fell is none"
        ),
        pytest.param(compared("5", "0", 0.01), "change", id="from nothing to something is more than any share"),
        pytest.param(compared("0", "0", 0.01), "no_clear_change", id="nothing stays nothing"),
        pytest.param(compared("200", "100", None), "not_tested", id="without a test nothing is said"),
    ],
)
def test_it_is_a_change_only_if_chance_and_size_say_so(one: Compared, verdict: str) -> None:
    assert judged([one], TERMS)[0].verdict == verdict


def test_services_of_one_page_are_judged_together() -> None:
    services = [compared("200", "100", 0.02, filter_=f"{name}") for name in "abc"]
    assert {one.verdict for one in judged(services, TERMS)} == {"no_clear_change"}
    assert judged(services[:1], TERMS)[0].verdict == "change"


# ---- correlation


def ranks(values: list[int]) -> list[Fraction]:
    ordered = sorted(values)
    return [Fraction(2 * ordered.index(value) + ordered.count(value) + 1, 2) for value in values]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), min_size=3, max_size=15))
def test_spearman_is_pearson_of_the_ranks_with_ties_at_their_mean(pairs: list[tuple[int, int]]) -> None:
    first, second = ([pair[at] for pair in pairs] for at in (0, 1))
    found = spearman(np.array(first), np.array(second), 7, 50, Fraction(9, 10))
    if len(set(first)) == 1 or len(set(second)) == 1:
        assert found is None
        return
    one, other = ([rank - Fraction(len(pairs) + 1, 2) for rank in ranks(values)] for values in (first, second))
    joint = sum(a * b for a, b in zip(one, other, strict=True))
    spread = math.sqrt(sum(a * a for a in one) * sum(b * b for b in other))
    assert found is not None
    assert found.value == pytest.approx(float(joint) / spread)
    assert found.low is None or -1 - 1e-9 <= found.low <= (found.high or 0) <= 1 + 1e-9


def test_a_lag_puts_incidents_beside_the_deployments_of_so_many_weeks_before() -> None:
    incidents, deployments = np.array([1, 2, 3]), np.array([10, 20, 30])
    assert [tuple(map(list, shifted(incidents, deployments, lag))) for lag in (-1, 0, 1)] == [
        ([1, 2], [20, 30]),
        ([1, 2, 3], [10, 20, 30]),
        ([2, 3], [10, 20]),
    ]
