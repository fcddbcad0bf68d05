"""Chronic failure: repetition that gives a right, in the headline and if disputes count (R-CH1 to R-CH3).

A trigger is looked at where the run's newest finished window stands. It says that a right arises on these figures, and until when it may
be used; it is no legal advice.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any

from tasks.model.contract import Contract
from tasks.model.instants import EPOCH, MICROSECOND, epoch_us, from_epoch_us
from tasks.model.period import Period
from tasks.model.remedies import (
    AggregateOutage,
    Chronic,
    ConsecutiveBreaches,
    CriticalFloor,
    LongOutages,
    RollingBreaches,
)
from tasks.model.zones import local_midnight, local_wall

Row = dict[str, Any]
Subject = tuple[str, str, str]  # service, measure, scope
DAY = timedelta(days=1)
MINUTE_US = 60_000_000
HOUR_US = 60 * MINUTE_US
DAY_US = 24 * HOUR_US
WEAKEST_RIGHT = "improvement_plan"  # where the text does not say which right it gives
HEADLINE, COUNTED = "headline", "if_counted"


@dataclass(frozen=True)
class WindowLevel:
    """One finished window of one measure and service in one column: `place` counts windows, so that neighbours differ by 1."""

    place: int
    start_at: datetime
    end_at: datetime
    period: str
    is_breached: bool
    values: tuple[Fraction, ...]
    result_ids: tuple[str, ...]


@dataclass(frozen=True)
class Outage:
    """One outage after union and exclusions, whole although windows cut it."""

    start_us: int
    end_us: int
    counted_us: int
    incident_ids: tuple[str, ...]


@dataclass(frozen=True)
class Finding:
    """What a clause sees: how often, since when it is triggered (None = it is not), what it counted, and how near it came to its limit."""

    observed: str
    triggered_at: datetime | None = None
    subject_ids: tuple[str, ...] = ()
    nearness: Fraction | None = None  # the larger, the nearer; None if there was nothing to look at


NOTHING = Finding("nothing measured")


@dataclass
class Watch:
    """What is known of one measure and service in one column, in order."""

    windows: list[WindowLevel] = field(default_factory=list)
    outages: list[Outage] = field(default_factory=list)


def months_watched(contracts: Iterable[Contract]) -> int:
    """Return how many months before a run's clauses look back, those of earn-back too."""
    return max((months for contract in contracts for months in _months_looked_back(contract)), default=0)


def _months_looked_back(contract: Contract) -> Iterator[int]:
    window = 3 if contract.clock.window == "calendar_quarter" else 1
    yield from (_months_of(clause, window) for clause in contract.chronic)
    if contract.earn_back:
        yield -(-contract.earn_back.months // window) * window


def _months_of(clause: Chronic, window: int) -> int:
    """Return how many months a clause looks back where windows have so many."""
    match clause:
        case ConsecutiveBreaches():
            return window * clause.n
        case RollingBreaches():
            return window * clause.of
        case LongOutages():
            return clause.within_days // 28 + 1
        case AggregateOutage():
            return 3
    return 0


def triggers_of(contracts: Iterable[Contract], levels: Sequence[Row], outages: Sequence[Row], current: Sequence[Row]) -> list[Row]:
    """Return the rows of measured.chronic_triggers.

    Args:
        contracts: All versions.
        levels: Rows of measured.window_levels of the run's windows and of those before.
        outages: Rows of measured.window_outages of the same windows.
        current: Those levels that belong to the run's own windows: which versions and services are looked at.
    """
    watches = {variant: _watches(levels, outages, variant) for variant in (HEADLINE, COUNTED)}
    by_version = {contract.contract_version_id: contract for contract in contracts}
    found = []
    for version, service in sorted({(row["contract_version_id"], row["service_id"]) for row in current}):
        contract = by_version[version]
        window = max((row["window_start_at"], row["window_end_at"]) for row in current if row["contract_version_id"] == version)
        for clause in contract.chronic:
            findings = {
                variant: _looked_at(clause, contract, window, _of_service(known, contract.contract_id, service, clause))
                for variant, known in watches.items()
            }
            found.append(_row(contract, clause, service, findings))
    return found


def _row(contract: Contract, clause: Chronic, service_id: str, findings: Mapping[str, Finding]) -> Row:
    shown = findings[HEADLINE] if findings[HEADLINE].triggered_at else findings[COUNTED]
    return {
        "contract_version_id": contract.contract_version_id,
        "trigger_id": clause.id,
        "service_id": service_id,
        "rule": rule_words(clause),
        "observed": shown.observed,
        "is_headline": findings[HEADLINE].triggered_at is not None,
        "is_if_counted": findings[COUNTED].triggered_at is not None,
        "triggered_at": shown.triggered_at,
        "subject_ids": sorted(shown.subject_ids),
        "right_given": clause.right or WEAKEST_RIGHT,
        "exercise_by_at": _exercise_by(contract, clause, shown.triggered_at),
    }


def rule_words(clause: Chronic) -> str:
    """Return a clause's rule with its numbers."""
    match clause:
        case ConsecutiveBreaches():
            return f"{clause.n} breached windows in a row"
        case RollingBreaches():
            return f"{clause.n} breached windows of any {clause.of}"
        case LongOutages():
            return f"{clause.n} outages longer than {clause.minutes} min within {clause.within_days} days"
        case AggregateOutage():
            return f"outages of more than {clause.hours} h in a {clause.window.replace('_', ' ')}"
        case CriticalFloor():
            return f"uptime below {clause.value} %"


def _exercise_by(contract: Contract, clause: Chronic, triggered_at: datetime | None) -> datetime | None:
    """Return the end of the last day on which the right may be used; the day of the trigger is not counted."""
    exercise = clause.exercise or contract.exercise
    if exercise is None or triggered_at is None:
        return None
    # a window that ends at a midnight belongs to the day before
    day = local_wall(contract.clock.timezone, triggered_at - MICROSECOND).date()
    return local_midnight(contract.clock.timezone, day + (exercise.notice_days_after_trigger + 1) * DAY)


def _looked_at(clause: Chronic, contract: Contract, window: tuple[datetime, datetime], watches: Sequence[Watch]) -> Finding:
    """Return what a clause sees in the measures it applies to: the earliest trigger, else the most it came to."""
    findings = [_seen(clause, contract, window, watch) for watch in watches] or [NOTHING]
    triggered = [finding for finding in findings if finding.triggered_at is not None]
    if triggered:
        return min(triggered, key=lambda finding: finding.triggered_at or EPOCH)
    return max(findings, key=lambda finding: (finding.nearness is not None, finding.nearness or 0))


def _seen(clause: Chronic, contract: Contract, window: tuple[datetime, datetime], watch: Watch) -> Finding:
    match clause:
        case ConsecutiveBreaches():
            return _breaches(watch.windows, clause.n, clause.n)
        case RollingBreaches():
            return _breaches(watch.windows, clause.n, clause.of)
        case LongOutages():
            return _long_outages(clause, watch.outages, window)
        case AggregateOutage():
            return _aggregate(clause, contract, watch.outages, window)
        case CriticalFloor():
            return _floor(clause, watch.windows)


def _breaches(windows: Sequence[WindowLevel], needed: int, of: int) -> Finding:
    """Return whether the newest window ends a run with `needed` breaches in `of` windows, and since when that has been so."""
    if not windows:
        return NOTHING
    known = {window.place: window for window in windows}
    last = windows[-1].place
    counted = _breached_up_to(known, last, of)
    since = last
    while len(_breached_up_to(known, since, of)) >= needed and since in known:
        since -= 1
    triggered_at = known[since + 1].end_at if since < last else None
    ids = tuple(result_id for window in counted for result_id in window.result_ids)
    return Finding(f"{len(counted)} of {of} windows breached", triggered_at, ids, Fraction(len(counted)))


def _breached_up_to(known: Mapping[int, WindowLevel], place: int, of: int) -> list[WindowLevel]:
    found = (known.get(one) for one in range(place - of + 1, place + 1))
    return [window for window in found if window is not None and window.is_breached]


def _long_outages(clause: LongOutages, outages: Sequence[Outage], window: tuple[datetime, datetime]) -> Finding:
    """Return whether an outage of the window is the n-th long one within the days, from start to start, half-open (E85)."""
    start_us, end_us = (epoch_us(instant) for instant in window)
    limit_us = clause.minutes * MINUTE_US
    long_ones = [outage for outage in outages if outage.counted_us > limit_us]
    most: list[Outage] = []
    for last in (outage for outage in long_ones if start_us <= outage.start_us < end_us):
        near = [one for one in long_ones if last.start_us - clause.within_days * DAY_US < one.start_us <= last.start_us]
        if len(near) >= clause.n:
            triggered_at = from_epoch_us(last.start_us + limit_us)
            return Finding(_outage_words(near, clause), triggered_at, _incidents(near))
        most = max(most, near, key=len)
    return Finding(_outage_words(most, clause), None, _incidents(most), Fraction(len(most)))


def _outage_words(outages: Sequence[Outage], clause: LongOutages) -> str:
    many = "1 outage" if len(outages) == 1 else f"{len(outages)} outages"
    return f"{many} longer than {clause.minutes} min within {clause.within_days} days"


def _aggregate(clause: AggregateOutage, contract: Contract, outages: Sequence[Outage], window: tuple[datetime, datetime]) -> Finding:
    """Return whether outages of the span that the clause names add up to more than its hours, and when they did."""
    start_us, end_us = (epoch_us(instant) for instant in _span(clause, contract, window))
    total_us, inside = 0, []
    triggered_at = None
    for outage in outages:
        from_us, until_us = max(outage.start_us, start_us), min(outage.end_us, end_us)
        if from_us < until_us:
            counted_us = min(outage.counted_us, until_us - from_us)
            left_us = clause.hours * HOUR_US - total_us
            if triggered_at is None and counted_us > left_us:
                triggered_at = from_epoch_us(from_us + left_us)
            total_us += counted_us
            inside.append(outage)
    words = f"{total_us // MINUTE_US} min of outages"
    return Finding(words, triggered_at, _incidents(inside), Fraction(total_us))


def _span(clause: AggregateOutage, contract: Contract, window: tuple[datetime, datetime]) -> tuple[datetime, datetime]:
    if clause.window == "measurement_window":
        return window
    month = Period.month_of(local_wall(contract.clock.timezone, window[1] - MICROSECOND).date())
    return (month if clause.window == "calendar_month" else month.quarter()).bounds(contract.clock.timezone)


def _floor(clause: CriticalFloor, windows: Sequence[WindowLevel]) -> Finding:
    if not windows or not windows[-1].values:
        return NOTHING
    last = windows[-1]
    lowest = min(last.values) * 100
    is_below = lowest < Fraction(clause.value)
    floored = f"{lowest * 10**6 // 1:07d}"
    words = f"uptime {floored[:-6]}.{floored[-6:]} %"
    return Finding(words, last.end_at if is_below else None, last.result_ids if is_below else (), -lowest)


def _incidents(outages: Iterable[Outage]) -> tuple[str, ...]:
    return tuple({incident_id for outage in outages for incident_id in outage.incident_ids})


def _of_service(watches: Mapping[tuple[str, Subject], Watch], contract_id: str, service_id: str, clause: Chronic) -> list[Watch]:
    return [
        watch
        for (contract, (service, measure, _)), watch in sorted(watches.items(), key=lambda item: item[0])
        if contract == contract_id and service == service_id and clause.applies_to in (None, measure)
    ]


def _watches(levels: Sequence[Row], outages: Sequence[Row], variant: str) -> dict[tuple[str, Subject], Watch]:
    found: dict[tuple[str, Subject], Watch] = defaultdict(Watch)
    for key, window in windows_of(levels, variant):
        found[key].windows.append(window)
    for key, outage in _outages(outages, variant):
        found[key].outages.append(outage)
    return found


def _key(row: Row) -> tuple[str, Subject]:
    return row["contract_id"], (row["service_id"], row["measure_id"], row["scope"])


def _in_column(rows: Iterable[Row], variant: str, *part: str) -> Iterator[Row]:
    """Yield the rows of a column: its own where a part has any, else the headline's."""
    parts: dict[tuple[Any, ...], dict[str, list[Row]]] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        parts[(_key(row), *(row[name] for name in part))][row["variant"]].append(row)
    for columns in parts.values():
        yield from columns[variant] if variant in columns else columns[HEADLINE]


def windows_of(levels: Sequence[Row], variant: str) -> Iterator[tuple[tuple[str, Subject], WindowLevel]]:
    """Yield finished windows of a column by contract and subject, in order; a window is breached if a part of it is."""
    windows: dict[tuple[tuple[str, Subject], datetime], list[Row]] = defaultdict(list)
    for row in _in_column(levels, variant, "window_start_at", "start_at"):
        if not row["is_provisional"]:
            windows[_key(row), row["window_start_at"]].append(row)
    for (key, start_at), parts in sorted(windows.items(), key=lambda item: item[0]):
        values = tuple(Fraction(int(part["value_num"]), int(part["value_den"])) for part in parts if part["value_den"])
        yield (
            key,
            WindowLevel(
                place_of(parts[0]["period"]),
                start_at,
                parts[0]["window_end_at"],
                parts[0]["period"],
                any(part["status"] == "breached" for part in parts),
                values,
                tuple(part["result_id"] for part in parts),
            ),
        )


def place_of(period: str) -> int:
    """Return the number of a window among those of its kind."""
    months = Period.parse(period).months()
    return (months[0].first_day.year * 12 + months[0].first_day.month - 1) // len(months)


def _outages(rows: Sequence[Row], variant: str) -> Iterator[tuple[tuple[str, Subject], Outage]]:
    """Yield outages by subject in order, those that a window's edge cut joined again."""
    subjects: dict[tuple[str, Subject], list[Outage]] = defaultdict(list)
    for row in sorted(_in_column(rows, variant, "part_start_at"), key=lambda row: (row["start_us"], row["end_us"])):
        known = subjects[_key(row)]
        outage = Outage(row["start_us"], row["end_us"], row["counted_us"], tuple(row["incident_ids"]))
        if known and known[-1].end_us == outage.start_us:
            before = known.pop()
            outage = Outage(
                before.start_us,
                outage.end_us,
                before.counted_us + outage.counted_us,
                tuple(sorted({*before.incident_ids, *outage.incident_ids})),
            )
        known.append(outage)
    for key, found in subjects.items():
        yield from ((key, outage) for outage in found)
