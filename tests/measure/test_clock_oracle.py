"""Clocks of incidents in SQL against a slow oracle, on made-up incidents, calendars and terms, around changes of clocks in odd zones."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from math import ceil
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as some

from tasks.model.period import Period
from tests.depth import dear
from tests.measure.calendar_oracle import MINUTE, Document
from tests.measure.clock_oracle import Change, Clock, Incident, Terms, days_counted
from tests.measure.estate import contract_text, make_calendar, measured
from tests.measure.made_calendars import STARTS, calendars
from tests.measure.world import Row

# an estate is too dear to be shrunk; the message names the one clock that differs
FEW = settings(dear(3), phases=[Phase.explicit, Phase.generate])
pytestmark = pytest.mark.oracle
LENGTH = 15 * 24 * 60
AS_OF = LENGTH + 24 * 60
SEVERITIES = ("P1", "P2", "P3")
REASONS = ("waiting_customer", "waiting_vendor")
MONTHS_LISTED = 6
MICROSECOND = timedelta(microseconds=1)
US_PER_MINUTE = 60_000_000
JUSTIFIED = {"justification": "the work-around holds since then", "author_ref": "P-1", "approver_ref": "P-2"}


@some.composite
def incidents(draw: Any) -> Incident:
    start = draw(some.integers(0, LENGTH))
    length = draw(some.one_of(some.none(), some.integers(0, 4 * 24 * 60)))
    changes, told = [], (severity := draw(some.sampled_from(SEVERITIES)))
    for at in sorted(draw(some.sets(some.integers(start - 100, start + 3000), max_size=3))):
        new = draw(some.sampled_from([one for one in SEVERITIES if one != told]))
        changes.append(Change(at, new, draw(some.sampled_from([None, "impact_reduced", "misclassification"])) if new > told else None))
        told = new
    pauses = draw(
        some.lists(some.tuples(some.integers(start - 50, start + 2000), some.integers(1, 900), some.sampled_from(REASONS)), max_size=3)
    )
    stop = None if length is None or start + length > AS_OF else start + length
    return Incident(start, stop, severity, tuple(changes), tuple((at, at + long, reason) for at, long, reason in pauses))


@some.composite
def terms(draw: Any, documents: tuple[Document, ...]) -> Terms:
    policy = draw(some.sampled_from(["retroactive_strictest", "reset_on_change", "segment", "final_severity"]))
    hours = draw(some.sampled_from([None, *documents]))
    minutes = some.integers(1, 2500)
    days = some.tuples(some.integers(1, 3), some.sampled_from(["same_time", "end_of_day"]))
    kinds = minutes if policy == "segment" or hours is None else some.one_of(minutes, days)
    targets = {severity: draw(kinds) for severity in draw(some.sets(some.sampled_from(SEVERITIES), min_size=1))}
    return Terms(policy, targets, tuple(sorted(draw(some.sets(some.sampled_from(REASONS))))), hours)


@some.composite
def estates(draw: Any) -> Estate:
    start_at = draw(some.sampled_from(STARTS))
    documents = tuple(draw(calendars(start_at)) for _ in range(3))
    judged = draw(some.lists(some.tuples(incidents(), terms(documents)), min_size=30, max_size=40))
    return Estate(start_at, documents, tuple(judged))


@dataclass(frozen=True)
class Estate:
    """Incidents in minutes after a start, each under terms of its own, and the calendars that these name."""

    start_at: datetime
    calendars: tuple[Document, ...]
    judged: tuple[tuple[Incident, Terms], ...]

    def instant(self, minute: int) -> str:
        return (self.start_at + minute * MINUTE).isoformat()

    def months(self) -> list[Period]:
        """Return enough months for every due instant to lie in one."""
        found = [Period.month_of(self.start_at.date())]
        while len(found) < MONTHS_LISTED:
            found.append(found[-1].next())
        return found

    def hours(self, stated: Terms) -> str:
        return "24x7" if stated.calendar is None else f"made-{self.calendars.index(stated.calendar)}"


def agreement(name: str, stated: Terms, hours: str) -> dict[str, Any]:
    per_severity = {
        severity: {"restore_min": target} if isinstance(target, int) else {"restore_business_days": {"n": target[0], "until": target[1]}}
        for severity, target in stated.targets.items()
    }
    measure = {
        "kind": "restore",
        "applies_to": {"services": [name]},
        "clock_start": "reported_to_provider",
        "severity_change": stated.policy,
        "per_severity": per_severity,
        "service_hours": hours,
        "pauses": {"allowed": bool(stated.reasons), "reasons": list(stated.reasons)},
    }
    return contract_text({"clock": measure}, contract_id=name, credits={"form": "none"})


def tables_of(name: str, incident: Incident, estate: Estate) -> dict[str, list[Row]]:
    instant = estate.instant
    ticket = {"ticket_key": name}
    told = [incident.severity, *(change.new for change in incident.changes)]
    changes = [
        ticket
        | {"changed_at": instant(change.at), "recorded_at": instant(change.at), "old": old, "new": change.new}
        | (JUSTIFIED | {"reason_code": change.reason} if change.reason else {})
        for old, change in zip(told, incident.changes, strict=False)
    ]
    requests = [
        ticket | {"raw_id": f"{name} {place}", "seq": place, "field": "comment", "is_public": True, "changed_at": instant(start)}
        for place, (start, _, _) in enumerate(incident.pauses)
    ]
    pauses = [
        ticket
        | {"incident_id": name, "start_at": instant(start), "end_at": instant(end), "reason": reason, "evidence_raw_id": f"{name} {place}"}
        for place, (start, end, reason) in enumerate(incident.pauses)
    ]
    row = {
        "incident_id": name,
        "service_id": name,
        "component_ids": [name],
        "ticket_key": name,
        "occurred_at": instant(incident.start),
        "reported_to_provider_at": instant(incident.start),
        "restored_at": None if incident.stop is None else instant(incident.stop),
        "severity_initial": told[0],
        "severity_max": min(told),
        "severity_final": told[-1],
        "status": "open" if incident.stop is None else "restored",
    }
    return {
        "staged.service_catalogue": [{"service_id": name, "component_id": name}],
        "reconciled.incidents": [row],
        "reconciled.incident_members": [{"incident_id": name, "raw_id": name, "source_key": name}],
        "reconciled.pause_intervals": pauses,
        "staged.ticket": [ticket | {"opened_at": instant(incident.start)}],
        "staged.severity_change": changes,
        "staged.ticket_history": requests,
    }


@FEW
@given(estates())
def test_sql_and_oracle_agree_on_every_clock(estate: Estate) -> None:
    tables: dict[str, list[Row]] = {}
    for place, (incident, _) in enumerate(estate.judged):
        for address, rows in tables_of(f"S{place}", incident, estate).items():
            tables.setdefault(address, []).extend(rows)
    contracts = [agreement(f"S{place}", stated, estate.hours(stated)) for place, (_, stated) in enumerate(estate.judged)]
    engine = measured(
        contracts,
        tables,
        months=estate.months(),
        as_of=estate.instant(AS_OF),
        calendars={f"made-{place}": make_calendar(f"made-{place}", document) for place, document in enumerate(estate.calendars)},
        only=["incident_targets", "target_thresholds"],
    )
    found: dict[str, dict[str, Row]] = {}
    for row in engine.rows("from measured.incident_targets"):
        found.setdefault(row["service_id"], {})[row["severity"]] = row
    days = [days_counted(document, estate.start_at) for document in estate.calendars]
    differences = []
    for place, (incident, stated) in enumerate(estate.judged):
        own_days = None if stated.calendar is None else days[estate.calendars.index(stated.calendar)]
        expected = Clock(incident, stated, AS_OF, own_days).rows()
        wanted = {severity: as_expected(row) for severity, row in expected.items()}
        got = {severity: as_told(row, estate) for severity, row in found.get(f"S{place}", {}).items()}
        if got != wanted:
            differences.append((estate.start_at, incident, stated, got, wanted))
    assert not differences


def as_told(row: Row, estate: Estate) -> tuple[Any, ...]:
    wall_us = row["elapsed_us"] + row["paused_us"] + row["closed_us"]
    end = row["stopped_at"] or estate.start_at + AS_OF * MINUTE
    assert wall_us == (end - row["started_at"]) // MICROSECOND, "counted, paused and closed time are the wall time"
    due_us = (row["due_at"] - estate.start_at) // MICROSECOND
    return row["status"], Fraction(row["elapsed_us"], US_PER_MINUTE), due_us, row["consumed_pct"]


def as_expected(row: Row) -> tuple[Any, ...]:
    consumed = min(row["consumed"] * 100 * 10**6 // 1, 999_999_999)
    return row["status"], Fraction(row["elapsed"]), ceil(row["due"] * US_PER_MINUTE), Decimal(int(consumed)).scaleb(-6)
