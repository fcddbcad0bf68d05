"""Exact tests and intervals of counts: conditional binomial, Fisher, Poisson limits, Holm (M-09, M-10)."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

Weights = NDArray[np.float64]
TIE = 1e-7  # relative: probabilities this near are equal, and differ only by how they were summed
TINY = 1e-17
HALVINGS = 200
CENTRAL = 0.95


@cache  # many services have the same few counts over the same time
def rates_differ(counts: tuple[int, int], exposures: tuple[int, int]) -> float:
    """Return the p value of two counts over exposures: exact conditional binomial, two-sided (E92).

    The sum of the probabilities not above that of the observed split, if each of the incidents fell to either side by exposure alone.

    Args:
        counts: Of both sides.
        exposures: Above 0, of one unit.
    """
    total = sum(counts)
    if total == 0:
        return 1.0
    place = np.arange(total, dtype=np.float64)
    steps = np.log(total - place) - np.log(place + 1) + (math.log(exposures[0]) - math.log(exposures[1]))
    return _two_sided(_weights(steps), counts[0])


@cache
def shares_differ(hits: tuple[int, int], sizes: tuple[int, int]) -> float:
    """Return the p value of two shares: Fisher's exact test, two-sided by the same rule as `rates_differ`."""
    total, first, second = sum(hits), *sizes
    least, most = max(0, total - second), min(total, first)
    place = np.arange(least, most, dtype=np.float64)
    steps = np.log(total - place) + np.log(first - place) - np.log(place + 1) - np.log(second - total + place + 1)
    return _two_sided(_weights(steps), hits[0] - least)


def holm(p_values: Sequence[float]) -> list[float]:
    """Return p values of one family adjusted by Holm's steps, in the order given."""
    order = sorted(range(len(p_values)), key=lambda place: p_values[place])
    adjusted, reached = [0.0] * len(p_values), 0.0
    for rank, place in enumerate(order):
        reached = max(reached, min((len(p_values) - rank) * p_values[place], 1.0))
        adjusted[place] = reached
    return adjusted


@cache
def poisson_interval(count: int) -> tuple[float, float]:
    """Return the exact 95 % interval of the mean behind a count (Garwood): each end leaves 2.5 % to its side."""
    tail = (1 - CENTRAL) / 2
    reach = 10 * math.sqrt(count) + 20
    low = 0.0 if count == 0 else _solve(lambda mean: 1 - _at_most(count - 1, mean), tail, max(count - reach, TINY), count, is_rising=True)
    return low, _solve(lambda mean: _at_most(count, mean), tail, count, count + reach, is_rising=False)


@cache
def funnel_limits(expected: float, outside: float) -> tuple[int, int]:
    """Return the fewest and the most incidents that chance alone explains where so many are expected.

    Fewer, and more, have each at most half of `outside` as their probability (0.05 and 0.002 for 95 % and 99.8 %).
    """
    half = outside / 2
    return _quantile(expected, half, is_strict=True), _quantile(expected, 1 - half, is_strict=False)


def ratio_interval(counts: tuple[int, int], exposures: tuple[int, int]) -> tuple[float, float | None]:
    """Return the exact 95 % interval of the ratio of the first rate to the second; no upper end if the second count is 0."""
    total, odds = sum(counts), exposures[1] / exposures[0]
    tail = (1 - CENTRAL) / 2
    first = counts[0]
    low = 0.0 if first == 0 else _solve(lambda share: _at_least_of(first, total, share), tail, 0.0, 1.0, is_rising=True)
    high = 1.0 if first == total else _solve(lambda share: 1 - _at_least_of(first + 1, total, share), tail, 0.0, 1.0, is_rising=False)
    return low / (1 - low) * odds, None if high == 1.0 else high / (1 - high) * odds


def _weights(steps: Weights) -> Weights:
    """Return probabilities up to a factor from the logarithms of the ratios between neighbours."""
    logs = np.concatenate([np.zeros(1), np.cumsum(steps)])
    weights: Weights = np.exp(logs - logs.max())
    return weights


def _two_sided(weights: Weights, place: int) -> float:
    rare = weights[weights <= weights[place] * (1 + TIE)]
    return min(float(rare.sum() / weights.sum()), 1.0)


def _at_most(count: int, mean: float) -> float:
    """Return the Poisson probability of so many or fewer."""
    if mean <= 0:
        return 1.0
    if count > mean:  # the other tail is the smaller one, and is summed exactly
        return 1 - _tail_above(count + 1, mean)
    term = math.exp(count * math.log(mean) - mean - math.lgamma(count + 1))
    total, place = term, count
    while place > 0 and term > TINY * total:
        term *= place / mean
        place -= 1
        total += term
    return total


def _tail_above(count: int, mean: float) -> float:
    """Return the Poisson probability of so many or more, for counts above the mean."""
    term = math.exp(count * math.log(mean) - mean - math.lgamma(count + 1))
    total, place = term, count
    while term > TINY * total:
        place += 1
        term *= mean / place
        total += term
    return total


def _quantile(expected: float, share: float, *, is_strict: bool) -> int:
    """Return the smallest count with a probability of so many or fewer above (strict) or not below a share."""
    low, high = -1, math.ceil(expected + 12 * math.sqrt(expected) + 40)
    while high - low > 1:
        middle = (low + high) // 2
        reached = _at_most(middle, expected)
        if reached > share or (reached == share and not is_strict):
            high = middle
        else:
            low = middle
    return high


def _at_least_of(count: int, total: int, share: float) -> float:
    """Return the binomial probability of so many or more of a total."""
    if share <= 0 or share >= 1:
        return float(share >= 1 or count == 0)
    place = np.arange(total, dtype=np.float64)
    weights = _weights(np.log(total - place) - np.log(place + 1) + (math.log(share) - math.log1p(-share)))
    return float(weights[count:].sum() / weights.sum())


def _solve(function: Callable[[float], float], goal: float, low: float, high: float, *, is_rising: bool) -> float:
    """Return where a monotone function passes a goal, by halving."""
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        if middle in (low, high):
            break
        if (function(middle) < goal) == is_rising:
            low = middle
        else:
            high = middle
    return (low + high) / 2
