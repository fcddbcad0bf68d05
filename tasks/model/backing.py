"""Whether what a contract promises is backed by the contracts behind it: OLA of the own team, underpinning contract of a vendor (K7).

A promise about a service stands on parts: components and services below it in the catalogue. Where another party takes over, that party's
contract is the backing: the one whose customer is the promising party; else an OLA of an internal team; else that of the provider
who runs the part. What stands below is the backing's own promise, looked at in its own rows.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from typing import Any

from tasks.model.calendar import AROUND_THE_CLOCK, Calendar, open_spans
from tasks.model.catalogue_tree import CatalogueTree, Place
from tasks.model.contract import Contract
from tasks.model.design_value import Combination, design_value
from tasks.model.measures import Attainment, Availability, KOfN, Measure, Resolve, Response, Restore

Scope = tuple[str, str]  # contract version and measure
Kind = tuple[str, str]  # what is promised: availability or a clock; and the severity it is promised for
Row = dict[str, Any]
NOBODY, NO_SEVERITY = "-", "-"
GAPS = ("none", "other_hours", "weaker", "missing")  # the later the worse
LEAP_YEAR = datetime(2024, 1, 1, tzinfo=UTC)  # over which hours are compared where neither version says when it began
YEAR = timedelta(days=366)


@dataclass(frozen=True)
class Promise:
    """What one contract version promises of one kind; nothing but its name where it promises none.

    `us` or `business_days` is the time allowed, `share` the level: of agreed time, or of incidents in time (1 = of each).
    """

    contract: Contract | None
    us: int | None = None
    business_days: int | None = None
    share: Fraction | None = None
    hours: str = AROUND_THE_CLOCK


@dataclass(frozen=True)
class Estate:
    """Contract versions in force, what each of their measures governs, the catalogue and the calendars."""

    contracts: Mapping[str, Contract]
    governed: Mapping[Scope, set[Place]]
    tree: CatalogueTree
    calendars: Mapping[str, Calendar]

    @cached_property
    def answered(self) -> Mapping[Scope, set[Place]]:
        """Return what each measure answers for: of what it governs the parts that its provider runs, unless that is all or none of it.

        The root of a service is always governed, also by who promises one component of it alone.
        """
        return {scope: self._answered(scope) for scope in self.governed}

    def _answered(self, scope: Scope) -> set[Place]:
        contract = self.contracts[scope[0]]
        named = contract.measures[scope[1]].applies_to.components
        own = {place for place in self.governed[scope] if not named or place[1] in named}
        runs = {place for place in own if place in self.tree.components and self.tree.provider_of(place) == contract.provider.id}
        served = {service_id for service_id, _ in runs}
        return {place for place in own if place[0] not in served or runs.intersection(self.tree.line_of(place))}

    @cached_property
    def governing(self) -> Mapping[Place, list[Scope]]:
        """Return measures by what they answer for."""
        found: dict[Place, list[Scope]] = defaultdict(list)
        for scope in sorted(self.answered):
            for place in self.answered[scope]:
                found[place].append(scope)
        return found


def backing_gaps(estate: Estate) -> list[Row]:
    """Return the rows of backing_gaps: one per promise, severity and contract version behind it; of several parts or services the worst.

    A promise that stands on nobody else has no row.
    """
    found: dict[tuple[str, str, str, str], Row] = {}
    for version_id, measure_id in sorted(estate.governed):
        for row in _rows_of(estate, estate.contracts[version_id], measure_id):
            key = (version_id, measure_id, row["severity"], row["backing_version_id"])
            if key not in found or _badness(row) > _badness(found[key]):
                found[key] = row
    return [found[key] for key in sorted(found)]


def _badness(row: Row) -> tuple[int, int, Decimal]:
    return GAPS.index(row["gap"]), row["backed_us"] or 0, -(row["backed_pct"] or Decimal(0))


def _rows_of(estate: Estate, contract: Contract, measure_id: str) -> Iterator[Row]:
    measure = contract.measures[measure_id]
    own = estate.answered[contract.contract_version_id, measure_id]
    chain = _Chain(estate, contract, measure, own)
    promises = list(_promises_of(contract, measure))
    for top in sorted(place for place in own if not own.intersection(estate.tree.line_of(place)[1:])):
        parts = chain.bought_in(top)
        for kind, promised in promises if parts else ():
            level = chain.level(top) if kind[0] == "availability" else None
            backings = [backing for place in parts for backing in _backings(estate, contract, place, kind)]
            for backing in backings:
                yield {
                    "contract_version_id": contract.contract_version_id,
                    "measure_id": measure_id,
                    "severity": kind[1],
                    "service_id": top[0],
                    "backing_version_id": backing.contract.contract_version_id if backing.contract else NOBODY,
                    **_compared(estate, promised, backing, level),
                }


def _promises_of(contract: Contract, measure: Measure) -> Iterator[tuple[Kind, Promise]]:
    """Yield everything that a measure promises and another contract could back."""
    if isinstance(measure, Availability) and measure.target is not None:
        yield ("availability", NO_SEVERITY), Promise(contract, share=Fraction(measure.target) / 100, hours=measure.service_hours)
    if isinstance(measure, Response | Restore | Resolve | Attainment):
        clock = measure.of if isinstance(measure, Attainment) else measure.kind
        share = Fraction(measure.target or 0) / 100 if isinstance(measure, Attainment) else Fraction(1)
        for severity, target in measure.per_severity.items():
            us, days = target.target_us(clock), target.target_business_days(clock)
            if severity in (measure.applies_to.severities or (severity,)) and (us is not None or days is not None):
                hours = target.service_hours or measure.service_hours
                yield (clock, severity), Promise(contract, us, days.n if days else None, share, hours)


# ---- what a service stands on


@dataclass(frozen=True)
class _Chain:
    """The parts of services that one measure promises, and the level that the contracts behind them leave."""

    estate: Estate
    contract: Contract
    measure: Measure
    own: set[Place]

    def bought_in(self, place: Place) -> list[Place]:
        """Return the topmost parts, from a place down, that another party answers for."""
        if place not in self.estate.tree.components:
            return []
        if _behind(self.estate, self.contract, place) is not None:
            return [place]
        return [part for child in self.children(place) for part in self.bought_in(child)]

    def children(self, place: Place) -> list[Place]:
        """Return what hangs below a part: of its own service what the measure governs, and whole services."""
        return [child for child in self.estate.tree.below[place] if child[0] != place[0] or child in self.own]

    def level(self, place: Place) -> Fraction:
        """Return the design value of a part (R-CO1): what a contract behind it promises; own work, and what nobody backs, counts as up."""
        if _behind(self.estate, self.contract, place) is not None:
            backings = _backings(self.estate, self.contract, place, ("availability", NO_SEVERITY))
            return max((backing.share for backing in backings if backing.share is not None), default=Fraction(1))
        levels = [self.level(child) for child in self.children(place)]
        combination, k = self.combination(place)
        return design_value(combination, levels, min(k or 0, len(levels)))

    def combination(self, place: Place) -> tuple[Combination, int | None]:
        """Return how the parts below one combine: as the contract says, else as the catalogue does."""
        composite = getattr(self.measure, "composite", "catalogue")
        component = self.estate.tree.components[place]
        if isinstance(composite, KOfN):
            return "k_of_n", composite.k or component.k
        if composite == "catalogue":
            return component.dependency or "serial", component.k
        return ("parallel" if composite == "parallel_intersection" else "serial"), None


def _behind(estate: Estate, contract: Contract, place: Place) -> list[Contract] | None:
    """Return the contracts behind a part that another party answers for; None if the promising party does so itself."""
    names = dict.fromkeys(version_id for version_id, _ in estate.governing.get(place, ()))
    others = [other for name in names if (other := estate.contracts[name]).provider.id != contract.provider.id]
    linked = [other for other in others if other.customer.id is not None and other.customer.id == contract.provider.id]
    runner = estate.tree.provider_of(place)
    if linked or runner in (None, contract.provider.id):
        return linked or None
    teams = [other for other in others if other.provider.role == "internal_team" and contract.provider.role != "internal_team"]
    return teams or [other for other in others if other.provider.id == runner]


def _backings(estate: Estate, contract: Contract, place: Place, kind: Kind) -> list[Promise]:
    """Return what backs a kind of promise on one part: of each contract behind it the strongest, or its silence; or nobody's."""
    behind = _behind(estate, contract, place) or []
    stated = [min(found, key=_strength) for other in behind if (found := _promises_on(estate, other, place, kind))]
    return stated or [Promise(other) for other in behind] or [Promise(None)]


def _promises_on(estate: Estate, contract: Contract, place: Place, kind: Kind) -> list[Promise]:
    measures = [measure_id for version_id, measure_id in estate.governing[place] if version_id == contract.contract_version_id]
    return [promise for name in measures for what, promise in _promises_of(contract, contract.measures[name]) if what == kind]


def _strength(promise: Promise) -> tuple[Fraction, int, int]:
    return -(promise.share or Fraction(0)), promise.us or 0, promise.business_days or 0


# ---- held against each other


def _compared(estate: Estate, promised: Promise, backing: Promise, level: Fraction | None) -> Row:
    """Return times, levels and the gap. `level` is what all contracts behind a service leave it together, where levels are promised."""
    backed = level if level is not None and backing.share is not None else backing.share
    return {
        "promised_us": promised.us,
        "backed_us": backing.us,
        "promised_pct": _pct(promised.share),
        "backed_pct": _pct(backed),
        "gap": _gap(estate, promised, backing, backed),
    }


def _gap(estate: Estate, promised: Promise, backing: Promise, backed: Fraction | None) -> str:
    if backed is None or promised.share is None:  # a promise always has a share
        return "missing"
    pairs = ((promised.us, backing.us), (promised.business_days, backing.business_days))
    if backed < promised.share or any(longest is not None and length is not None and length > longest for longest, length in pairs):
        return "weaker"
    in_other_units = any((longest is None) != (length is None) for longest, length in pairs)
    return "none" if not in_other_units and _covers(estate, promised, backing) else "other_hours"


def _covers(estate: Estate, promised: Promise, backing: Promise) -> bool:
    """Tell whether the backing's hours hold whenever the promise's do: compared over the first year in which both are in force."""
    if backing.hours in (promised.hours, AROUND_THE_CLOCK):
        return True
    starts = [contract.effective_from for contract in (promised.contract, backing.contract) if contract and contract.effective_from]
    start_at = max(starts, default=LEAP_YEAR)
    wanted = _hours(estate, promised.hours, start_at)
    held = _hours(estate, backing.hours, start_at)
    return all(any(opens <= start and end <= closes for opens, closes in held) for start, end in wanted)


def _hours(estate: Estate, name: str, start_at: datetime) -> list[tuple[datetime, datetime]]:
    """Return the open spans of a year, touching ones joined."""
    end_at = start_at + YEAR
    if name == AROUND_THE_CLOCK:
        return [(start_at, end_at)]
    joined: list[tuple[datetime, datetime]] = []
    for span in open_spans(estate.calendars[name], start_at, end_at):
        begins = joined.pop()[0] if joined and joined[-1][1] == span.start_at else span.start_at
        joined.append((begins, span.end_at))
    return joined


def _pct(share: Fraction | None) -> Decimal | None:
    """Return a share in percent, floored at six decimals (R-DSP1)."""
    return None if share is None else Decimal(share.numerator * 10**8 // share.denominator).scaleb(-6)
