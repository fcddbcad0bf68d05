"""Until when a claim must have been received, and the desk's own dates before it (R-DL1 to R-DL3, DOMAIN 3.9)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from tasks.model.calendar import Calendar, add_business_days
from tasks.model.contract import Contract
from tasks.model.period import Period
from tasks.model.policy import Policy
from tasks.model.remedies import Claims, Deadline, IncidentDeadline, NoDeadline
from tasks.model.window import window_containing
from tasks.model.zones import local_midnight, local_wall

DAY = timedelta(days=1)
MICROSECOND = timedelta(microseconds=1)
NEVER = date(9998, 12, 31)  # the text says that claims do not expire


@dataclass(frozen=True)
class Occurrence:
    """What deadline rules count from: the window, its counted outages, and the report if one was issued."""

    window_end_at: datetime
    outages: Sequence[tuple[datetime, datetime]] = ()
    report_issued_at: datetime | None = None


@dataclass(frozen=True)
class DueDates:
    """A claim's dates. `last_day` is local to the contract; received strictly before `deadline_at` is in time (R-DL3)."""

    rule: str
    is_assumed: bool
    last_day: date
    deadline_at: datetime
    prepare_by: date
    file_by: date
    red_from: date


def due_dates(contract: Contract, claims: Claims, policy: Policy, calendar: Calendar, occurrence: Occurrence) -> DueDates:
    """Return the dates of a claim. Of several deadlines the text allows the earliest governs; a silent text takes the policy's.

    Args:
        contract: Its zone cuts days and its windows are its billing cycles.
        claims: The measure's claim terms.
        policy: For a silent text, and for the desk's own dates.
        calendar: Business days: the contract's, else the policy's.
        occurrence: What is counted from.
    """
    rules = (claims.deadline or policy.claims.when_contract_silent.deadline, *claims.alternates)
    dated = [(_rolled(last_day(rule, contract, calendar, occurrence), claims.deadline_roll, calendar), rule) for rule in rules]
    last, rule = min(dated, key=lambda pair: pair[0])
    before = policy.claims
    return DueDates(
        rule=_in_words(rule, claims),
        is_assumed=claims.deadline is None,
        last_day=last,
        deadline_at=deadline_instant(last, "UTC" if claims.received_by == "end_of_utc_day" else contract.clock.timezone),
        prepare_by=add_business_days(calendar, last, -before.prepare_business_days_before),
        file_by=add_business_days(calendar, last, -before.file_business_days_before),
        red_from=add_business_days(calendar, last, -before.red_business_days_before),
    )


def deadline_instant(last: date, timezone: str) -> datetime:
    """Return the start of the day after the last one (R-DL3)."""
    return local_midnight(timezone, last + DAY)


def last_day(rule: Deadline, contract: Contract, calendar: Calendar, occurrence: Occurrence) -> date:
    """Return the last local day on which a claim may be received. The day of the trigger is never counted (R-DL2)."""
    window_day = _local_day(contract, occurrence.window_end_at - MICROSECOND)
    if isinstance(rule, NoDeadline):
        return NEVER
    if isinstance(rule, IncidentDeadline):
        anchors = [start_at if rule.anchor == "outage_start" else end_at for start_at, end_at in occurrence.outages]
        return min((_local_day(contract, anchor) for anchor in anchors), default=window_day) + rule.n * DAY
    # not issued yet: the window's last day stands in, the earliest from which days could be counted
    report_day = _local_day(contract, occurrence.report_issued_at) if occurrence.report_issued_at else window_day
    first_at = min((start_at for start_at, _ in occurrence.outages), default=occurrence.window_end_at - MICROSECOND)
    match rule.rule:
        case "days_after_window_end":
            return window_day + rule.n * DAY
        case "months_after_window_end":
            return _months_later(window_day, rule.n)
        case "business_days_after_window_end":
            return add_business_days(calendar, window_day, rule.n)
        case "days_after_report":
            return report_day + rule.n * DAY
        case "business_days_after_report":
            return add_business_days(calendar, report_day, rule.n)
        case "end_of_nth_month_after_incident_month":
            return _end_of_nth(Period.month_of(_local_day(contract, first_at)), rule.n)
        case "end_of_nth_billing_cycle_after_incident":
            return _end_of_nth_cycle(contract, first_at, rule.n)


def _local_day(contract: Contract, instant: datetime) -> date:
    return local_wall(contract.clock.timezone, instant).date()


def _months_later(day: date, months: int) -> date:
    """Return the same day of a later month, or that month's last one if it is shorter (E82, E115)."""
    month = Period.month_of(day)
    for _ in range(months):
        month = month.next()
    return min(month.first_day + (day.day - 1) * DAY, month.end_day - DAY)


def _end_of_nth(month: Period, months: int) -> date:
    for _ in range(months):
        month = month.next()
    return month.end_day - DAY


def _end_of_nth_cycle(contract: Contract, instant: datetime, cycles: int) -> date:
    """Return the last day of the n-th billing cycle after the one in which an instant lies (E79)."""
    clock = contract.clock.model_copy(update={"window": "billing_cycle"})
    cycle = window_containing(clock, instant)
    for _ in range(cycles):
        cycle = window_containing(clock, cycle.end_at)
    return _local_day(contract, cycle.end_at - MICROSECOND)


def _rolled(day: date, roll: str, calendar: Calendar) -> date:
    if roll == "none" or day == NEVER or calendar.is_business_day(day):
        return day
    return add_business_days(calendar, day, 1 if roll == "forward" else -1)


def _in_words(rule: Deadline, claims: Claims) -> str:
    """Return the rule as the claim names it, with its clause, or that it is assumed: `30 days after window end (clause 5.4)`."""
    clause = rule.clause or claims.clause
    cited = f"clause {clause}" if clause else "no clause cited"
    source = "assumed, the text is silent" if claims.deadline is None else cited
    match rule:
        case NoDeadline():
            words = "no deadline"
        case IncidentDeadline():
            words = _counted(rule.n, f"days after {rule.anchor.replace('_', ' ')}")
        case _:
            named = rule.rule.replace("_", " ")
            words = named.replace("nth", f"{rule.n}.") if " nth " in named else _counted(rule.n, named)
    return f"{words} ({source})"


def _counted(n: int, named: str) -> str:
    """Return `1 month after window end`, `2 months after window end`."""
    return f"{n} {named if n > 1 else named.replace('days', 'day', 1).replace('months', 'month', 1)}"
