"""How two weekly counts go together: Spearman's rank correlation with a bootstrap interval (M-15). Association, not cause."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from tasks.measure.statistics import Whole, indices

LAGS = (-1, 0, 1)  # weeks by which incidents come after deployments


@dataclass(frozen=True)
class Correlation:
    """A correlation with its interval; no interval where most resamples have no correlation."""

    value: float
    low: float | None
    high: float | None


def shifted(incidents: Whole, deployments: Whole, lag: int) -> tuple[Whole, Whole]:
    """Return incidents beside the deployments of `lag` weeks before, as far as both are known."""
    if lag == 0:
        return incidents, deployments
    return (incidents[lag:], deployments[:-lag]) if lag > 0 else (incidents[:lag], deployments[-lag:])


def spearman(first: Whole, second: Whole, seed: int, resamples: int, level: Fraction) -> Correlation | None:
    """Return the correlation of the ranks, equal values at their mean rank; None if one side never varies.

    Resample b draws its n pairs as M-08 draws places; its values are ranked anew.
    """
    n = len(first)
    value = _correlations(np.ones((1, n), np.int64), first, second)[0]
    if math.isnan(value):
        return None
    places = indices(seed, 0, resamples * n, n).reshape(resamples, n)
    drawn = np.zeros((resamples, n), np.int64)
    np.add.at(drawn, (np.arange(resamples)[:, None], places), 1)
    found = _correlations(drawn, first, second)
    defined = np.sort(found[~np.isnan(found)])
    if 2 * len(defined) < resamples:
        return Correlation(float(value), None, None)
    tail = int((1 - level) / 2 * len(defined) // 1)
    return Correlation(float(value), float(defined[tail]), float(defined[len(defined) - 1 - tail]))


def _correlations(drawn: Whole, first: Whole, second: Whole) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Return one correlation per row of how often each pair was drawn; nan where one side never varies.

    Ranks are doubled, so that mean ranks are whole numbers and all sums exact.
    """
    one, other = (drawn @ (2 * (values < values[:, None]) + (values == values[:, None])).T for values in (first, second))
    n = drawn.shape[1]
    total_one, total_other = (drawn * one).sum(axis=1), (drawn * other).sum(axis=1)
    joint = n * (drawn * one * other).sum(axis=1) - total_one * total_other
    spread_one = n * (drawn * one * one).sum(axis=1) - total_one * total_one
    spread_other = n * (drawn * other * other).sum(axis=1) - total_other * total_other
    with np.errstate(divide="ignore", invalid="ignore"):
        correlations: np.ndarray[tuple[int], np.dtype[np.float64]] = joint / np.sqrt(spread_one.astype(np.float64) * spread_other)
    return correlations
