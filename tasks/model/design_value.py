"""Design values: the level that a composite would have if its parts failed independently of each other (R-CO1).

For planning only, and printed with `assumes independence`: what really happened is measured by interval algebra (R-CO2).
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import prod
from typing import Literal

NEVER = Fraction(0)
Combination = Literal["serial", "parallel", "k_of_n"]


def design_value(combination: Combination, levels: Sequence[Fraction], k: int | None = None) -> Fraction:
    """Return the exact level of a composite of independent parts; 1 if it has none.

    Args:
        combination: serial: all must be up, ∏aᵢ; parallel: one is enough, 1−∏(1−aᵢ); k_of_n: at least k must be up.
        levels: Of the parts, each from 0 to 1; they may differ.
        k: How many must be up, of k_of_n alone.
    """
    needed = {"serial": len(levels), "parallel": min(1, len(levels)), "k_of_n": k or 0}[combination]
    return _at_least(needed, levels)


def _at_least(k: int, levels: Sequence[Fraction]) -> Fraction:
    """Return the chance that at least k parts are up: the binomial sum, part by part, so that the levels may differ."""
    if k == len(levels):
        return prod(levels, start=Fraction(1))
    up = [Fraction(1)]  # up[n]: the chance that n of the parts so far are up
    for level in levels:
        up = [here * (1 - level) + before * level for here, before in zip([*up, NEVER], [NEVER, *up], strict=True)]
    return sum(up[k:], NEVER)
