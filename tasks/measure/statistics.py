"""Statistics that any language can repeat: type 7 quantiles, and a bootstrap with a counter-based generator (M-08)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from math import comb
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
BATCH = 1 << 16  # draws at a time: stays in a core's cache
MASK = (1 << 64) - 1


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


def indices(seed: int, first: int, count: int, n: int) -> NDArray[np.int64]:
    """Return `count` draws of a place among n, from the draw numbered `first` on; n below 2^32."""
    state: Draws = np.arange(1, count + 1, dtype=np.uint64)
    state += np.uint64((seed + first) & MASK)
    state *= GOLDEN
    for shift, factor in MIX:
        state ^= state >> shift
        state *= factor
    state ^= state >> LAST_SHIFT
    whole = np.uint64(n)
    low = state & LOW_HALF
    low *= whole
    low >>= HALF_WORD
    state >>= HALF_WORD
    state *= whole
    state += low
    state >>= HALF_WORD
    return state.astype(np.int64)


def _middle(places: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the two middle places of each row, equal if their number is odd: values ascend with their places."""
    n = places.shape[1]
    pair = ((n - 1) // 2, n // 2)
    return np.partition(places, pair, axis=1)[:, pair]


def _between(ordered: Any, tail: int, divisor: int) -> Interval:
    return Interval(Fraction(int(ordered[tail]), divisor), Fraction(int(ordered[len(ordered) - 1 - tail]), divisor))


def sign_test(below: int, above: int) -> Fraction:
    """Return the two-sided p value of the exact sign test, ties left out: twice the smaller tail of a fair coin, at most 1.

    Args:
        below: How many differences are negative.
        above: How many are positive.
    """
    n = below + above
    tail = sum(comb(n, k) for k in range(min(below, above) + 1))
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
