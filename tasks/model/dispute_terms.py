"""What a contract, or the policy where it is silent, says of disputes: the window after the report, and the time to decide (R-DI4)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from tasks.model.calendar import Calendar, add_business_days
from tasks.model.contract import Contract
from tasks.model.policy import Policy
from tasks.model.zones import local_midnight, local_wall

DAY = timedelta(days=1)


@dataclass(frozen=True)
class DisputeTerms:
    """Until when a party may dispute a report, and until when its dispute is decided."""

    timezone: str
    calendar: Calendar
    window_business_days: int
    decision_days: int


def dispute_terms(contract: Contract, policy: Policy, calendars: Mapping[str, Calendar]) -> DisputeTerms:
    """Return the dispute terms of a contract (R-DI4)."""
    silent = policy.disputes.when_contract_silent
    return DisputeTerms(
        contract.clock.timezone,
        calendars[contract.clock.business_calendar or policy.business_calendar],
        contract.claims.dispute_window_business_days or silent.window_business_days,
        contract.claims.dispute_decision_days or silent.decision_days,
    )


def admissible_until(report_issued_at: datetime, terms: DisputeTerms) -> datetime:
    """Return the instant before which a dispute must be raised; the day of the report is not counted."""
    last_day = add_business_days(terms.calendar, local_wall(terms.timezone, report_issued_at).date(), terms.window_business_days)
    return local_midnight(terms.timezone, last_day + DAY)
