"""Statistics that any language can repeat: type 7 quantiles, Kaplan-Meier; bootstrap and permutation by counter."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

Whole = NDArray[np.int64]
Draws = NDArray[np.uint64]
GOLDEN = np.uint64(0x9E3779B97F4A7C15)
MIX = ((np.uint64(30), np.uint64(0xBF58476D1CE4E5B9)), (np.uint64(27), np.uint64(0x94D049BB133111EB)))
LAST_SHIFT = np.uint64(31)
HALF_WORD = np.uint64(32)
LOW_HALF = np.uint64(0xFFFFFFFF)
BATCH = 1 << 14  # draws at a time: what is worked on stays in a core's own cache
MASK = (1 << 64) - 1
BILLION = 1_000_000_000
SHORTEST_US = 1_000_000
HALF, NEAR = 0.5, 1e-9


@dataclass(frozen=True)
class Interval:
    """Bounds of an estimate, exact."""

    low: Fraction
    high: Fraction


@dataclass(frozen=True)
class Resampled:
    """Percentile intervals of a mean and a median."""

    mean: Interval
    median: Interval


def quantile(ordered: Whole, share: Fraction) -> Fraction:
    """Return a quantile of type 7, exact: linear between the two values around (n - 1) x share.

    Args:
        ordered: At least one value, ascending.
        share: 0 to 1.
    """
    place = (len(ordered) - 1) * share
    below = int(place // 1)
    above = min(below + 1, len(ordered) - 1)
    return Fraction(int(ordered[below])) + (place - below) * (int(ordered[above]) - int(ordered[below]))


def bootstrap(ordered: Whole, seed: int, resamples: int, level: Fraction) -> Resampled:
    """Return bootstrap percentile intervals of mean and median (M-08, E105).

    Draw k of resample b is x = mix64((seed + b n + k + 1) x GOLDEN), and takes the value at (x n) >> 64.

    Args:
        ordered: At least one value, ascending; their sum fits 63 bits.
        seed: 64 bits.
        resamples: How often n values are drawn.
        level: Share of resamples inside the interval.
    """
    n = len(ordered)
    sums = np.empty(resamples, np.int64)
    middles = np.empty((resamples, 2), np.int64)
    rows = max(BATCH // n, 1)
    for first in range(0, resamples, rows):
        count = min(rows, resamples - first)
        places = indices(seed, first * n, count * n, n).reshape(count, n)
        sums[first : first + count] = ordered[places].sum(axis=1)
        middles[first : first + count] = ordered[_middle(places)]
    tail = int((1 - level) / 2 * resamples // 1)
    return Resampled(_between(np.sort(sums), tail, n), _between(np.sort(middles.sum(axis=1)), tail, 2))


def mixed(seed: int, first: int, count: int) -> Draws:
    """Return `count` words of 64 bits, from the draw numbered `first` on: SplitMix64 by counter (M-08)."""
    state: Draws = np.arange(1, count + 1, dtype=np.uint64)
    state += np.uint64((seed + first) & MASK)
    state *= GOLDEN
    for shift, factor in MIX:
        state ^= state >> shift
        state *= factor
    state ^= state >> LAST_SHIFT
    return state


def indices(seed: int, first: int, count: int, n: int) -> NDArray[np.int64]:
    """Return `count` draws of a place among n, from the draw numbered `first` on; n below 2^32."""
    state = mixed(seed, first, count)
    whole = np.uint64(n)
    low = state & LOW_HALF
    low *= whole
    low >>= HALF_WORD
    state >>= HALF_WORD
    state *= whole
    state += low
    state >>= HALF_WORD
    return state.astype(np.int64)


def log_lengths(lengths_us: Whole) -> Whole:
    """Return natural logarithms in whole billionths, so that sums are exact; what is shorter than a second counts as one.

    Instants are often told to the second, and a length of zero has no logarithm.
    """
    logs: Whole = np.rint(np.log(np.maximum(lengths_us, SHORTEST_US).astype(np.float64)) * BILLION).astype(np.int64)
    return logs


def labels_matter(first: Whole, second: Whole, seed: int, permutations: int) -> float:
    """Return the p value of a permutation test on the difference of two means (M-10).

    Permutation b gives draw x of place k, numbered b N + k, the key "x with its last bits replaced by k": the places of the smallest keys
    are relabelled as the smaller side. p = (1 + those that differ at least as much) / (1 + permutations): a test by chance never says 0.

    Args:
        first: Whole numbers, at least one; `log_lengths` of durations.
        second: Those of the other side.
        seed: 64 bits.
        permutations: How often.
    """
    small, large = sorted((first, second), key=len)
    pooled = np.concatenate([small, large])
    n, chosen, total = len(pooled), len(small), int(pooled.sum())
    gap = abs(int(small.sum()) * n - total * chosen)
    high, low = -((-total * chosen - gap) // n), (total * chosen - gap) // n  # sums that differ as much: at least, at most
    bits = np.uint64((1 << max(n - 1, 1).bit_length()) - 1)
    rows = max(BATCH // n, 1)
    hits = 0
    for start in range(0, permutations, rows):
        count = min(rows, permutations - start)
        keys = mixed(seed, start * n, count * n).reshape(count, n)
        keys &= ~bits
        keys |= np.arange(n, dtype=np.uint64)
        keys.partition(chosen - 1, axis=1)
        places = (keys[:, :chosen] & bits).astype(np.int64)
        sums = pooled[places].sum(axis=1)
        hits += int(np.count_nonzero((sums >= high) | (sums <= low)))
    return (1 + hits) / (1 + permutations)


def median_with_open(ended: Whole, running: Whole) -> Fraction | None:
    """Return the Kaplan-Meier median: of lengths that ended, and of some that still run and so far lasted at least as long.

    Where the curve stays at exactly one half up to the next end, the median is the middle of both, so that without running ones it is the
    plain median. None if it never falls to one half.
    """
    ends, deaths = np.unique(ended, return_counts=True)
    n = len(ended) + len(running)
    before = np.searchsorted(np.sort(ended), ends) + np.searchsorted(np.sort(running), ends)  # of equal ones the end comes first
    at_risk = n - before
    curve = np.cumprod(1 - deaths / at_risk)
    reached = np.flatnonzero(curve <= HALF + NEAR)
    if not len(reached):
        return None
    place = int(reached[0])
    half = _beside_half(at_risk[: place + 1], deaths[: place + 1]) if curve[place] >= HALF - NEAR else -1
    if half > 0:
        return Fraction(int(ends[place + 1])) if place + 1 < len(ends) else None
    if half == 0 and place + 1 < len(ends):
        return Fraction(int(ends[place]) + int(ends[place + 1]), 2)
    return Fraction(int(ends[place]))


def _beside_half(at_risk: Any, deaths: Any) -> int:
    """Return 0 if a curve's exact value is one half, else 1 if it is above and -1 if it is below."""
    alive = math.prod(int(one) for one in at_risk - deaths)
    there = math.prod(int(one) for one in at_risk)
    return (2 * alive > there) - (2 * alive < there)


def _middle(places: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the two middle places of each row, equal if their number is odd: values ascend with their places."""
    n = places.shape[1]
    halved = np.partition(places.astype(np.uint32), n // 2, axis=1)  # for one place, and narrow, tens of times faster than for two
    upper = halved[:, n // 2]
    lower = upper if n % 2 else halved[:, : n // 2].max(axis=1)
    return np.stack([lower, upper], axis=1).astype(np.int64)


def _between(ordered: Any, tail: int, divisor: int) -> Interval:
    return Interval(Fraction(int(ordered[tail]), divisor), Fraction(int(ordered[len(ordered) - 1 - tail]), divisor))


def sign_test(below: int, above: int) -> Fraction:
    """Return the two-sided p value of the exact sign test, ties left out: twice the smaller tail of a fair coin, at most 1.

    Args:
        below: How many differences are negative.
        above: How many are positive.
    """
    n = below + above
    tail = sum(math.comb(n, k) for k in range(min(below, above) + 1))
    return min(Fraction(2 * tail, 2**n), Fraction(1))


def publication(n: int, list_only_below: int, flagged_below: int) -> str:
    """Return what may be printed of a metric by its number of observations (M-08, E106)."""
    if n == 0:
        return "none"
    if n < list_only_below:
        return "list_only"
    return "median_range_flagged" if n < flagged_below else "mean_median_interval"


def within_budget(sizes: Iterable[int], budget: int) -> Iterator[bool]:
    """Yield for each size in order whether it still fits into a budget; one that does not is passed over."""
    left = budget
    for size in sizes:
        fits = size <= left
        left -= size if fits else 0
        yield fits
