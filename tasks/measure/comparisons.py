"""Is it a change, or chance? A window against the one before it (M-10)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import groupby

from tasks.measure.chances import holm
from tasks.model.policy import Comparison


@dataclass(frozen=True)
class Compared:
    """One metric and filter in two windows.

    Attributes:
        period: The later window.
        metric_id: What is compared.
        filter: Of what.
        family: The dimension of the filter: what one page tests together.
        value: In the later window.
        previous: In the earlier one.
        p_value: None if nothing was tested.
        agrees: What was tested moved the same way as the value.
        p_adjusted: After Holm, within the family.
        verdict: What may be said.
    """

    period: str
    metric_id: str
    filter: str
    family: str
    value: Fraction | None
    previous: Fraction | None
    p_value: float | None
    agrees: bool = True
    p_adjusted: float | None = None
    verdict: str = "not_tested"


def judged(comparisons: Iterable[Compared], terms: Comparison) -> list[Compared]:
    """Return comparisons with Holm's p values and a verdict each.

    It is a change only if the adjusted p value is below alpha, the value moved by at least the share that the policy asks for, and what was
    tested moved the same way; everything else that was tested is no clear change.
    """
    found = []
    for _, family in groupby(sorted(comparisons, key=_family), key=_family):
        members = list(family)
        tested = [one for one in members if one.p_value is not None]
        adjusted: Mapping[int, float] = dict(
            zip(map(id, tested), holm([one.p_value for one in tested if one.p_value is not None]), strict=True)
        )
        found += [replace(one, p_adjusted=adjusted[id(one)], verdict=_verdict(one, adjusted[id(one)], terms)) for one in tested]
        found += [one for one in members if one.p_value is None]
    return found


def _family(one: Compared) -> tuple[str, str, str]:
    return one.period, one.metric_id, one.family


def _verdict(one: Compared, p_adjusted: float, terms: Comparison) -> str:
    if one.value is None or one.previous is None:
        return "not_tested"
    moved = abs(one.value - one.previous) >= Fraction(terms.min_relative_change) * abs(one.previous)
    is_change = p_adjusted < float(terms.alpha) and moved and one.value != one.previous and one.agrees
    return "change" if is_change else "no_clear_change"
