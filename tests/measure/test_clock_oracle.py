"""Clocks of incidents in SQL against a slow oracle, on made-up incidents, calendars and terms in zones with odd clock changes."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as some

from tasks.model.calendar import Calendar
from tasks.model.period import Period
from tests.depth import dear
from tests.measure.clock_oracle import MINUTE, START, Change, Clock, Incident, Terms, minute_of, open_minutes
from tests.measure.estate import contract_text, make_calendar, measured
from tests.measure.world import Row

# an estate is too dear to be shrunk; the message names the one clock that differs
FEW = settings(dear(3), phases=[Phase.explicit, Phase.generate])
pytestmark = pytest.mark.oracle
LENGTH = 15 * 24 * 60
AS_OF = LENGTH + 24 * 60
SEVERITIES = ("P1", "P2", "P3")
REASONS = ("waiting_customer", "waiting_vendor")
MONTHS = [Period.parse(f"2026-{month:02}") for month in range(3, 9)]
JUSTIFIED = {"justification": "the work-around holds since then", "author_ref": "P-1", "approver_ref": "P-2"}
WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def calendar(name: str, zone: str, hours: dict[str, list[list[str]]], holidays: Sequence[str] = ()) -> Calendar:
    return make_calendar(name, {"timezone": zone, "weekly": hours, "holidays": list(holidays)})


CALENDARS = (
    None,
    calendar("office", "Europe/Berlin", {day: [["09:00", "12:00"], ["12:45", "17:30"]] for day in WEEK[:5]}, ["2026-04-03", "2026-04-06"]),
    calendar("nights", "Australia/Lord_Howe", {day: [["22:00", "06:15"]] for day in WEEK}),  # half an hour back on 5 April
    calendar("midnight", "America/Santiago", {day: [["00:00", "24:00"]] for day in WEEK[2:]}),  # an hour back at midnight of 5 April
    calendar("early", "Europe/Berlin", {day: [["02:30", "10:00"]] for day in WEEK}),  # opens in the gap of 29 March
)


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
def terms(draw: Any) -> Terms:
    policy = draw(some.sampled_from(["retroactive_strictest", "reset_on_change", "segment", "final_severity"]))
    hours = draw(some.sampled_from(CALENDARS))
    minutes = some.integers(1, 2500)
    days = some.tuples(some.integers(1, 3), some.sampled_from(["same_time", "end_of_day"]))
    kinds = minutes if policy == "segment" or hours is None else some.one_of(minutes, days)
    targets = {severity: draw(kinds) for severity in draw(some.sets(some.sampled_from(SEVERITIES), min_size=1))}
    return Terms(policy, targets, tuple(sorted(draw(some.sets(some.sampled_from(REASONS))))), hours)


def instant(minute: int) -> str:
    return (START + minute * MINUTE).isoformat()


def agreement(name: str, stated: Terms) -> dict[str, Any]:
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
        "service_hours": stated.calendar.id if stated.calendar else "24x7",
        "pauses": {"allowed": bool(stated.reasons), "reasons": list(stated.reasons)},
    }
    return contract_text({"clock": measure}, contract_id=name, credits={"form": "none"})


def tables_of(name: str, incident: Incident) -> dict[str, list[Row]]:
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
@given(some.lists(some.tuples(incidents(), terms()), min_size=30, max_size=40))
def test_sql_and_oracle_agree_on_every_clock(estate: list[tuple[Incident, Terms]]) -> None:
    tables: dict[str, list[Row]] = {}
    for place, (incident, _) in enumerate(estate):
        for address, rows in tables_of(f"S{place}", incident).items():
            tables.setdefault(address, []).extend(rows)
    contracts = [agreement(f"S{place}", stated) for place, (_, stated) in enumerate(estate)]
    calendars = {one.id: one for one in CALENDARS if one is not None}
    only = ["incident_targets", "target_thresholds"]
    engine = measured(contracts, tables, months=MONTHS, as_of=instant(AS_OF), calendars=calendars, only=only)
    found: dict[str, dict[str, Row]] = {}
    for row in engine.rows("from measured.incident_targets"):
        found.setdefault(row["service_id"], {})[row["severity"]] = row
    minutes = {one and one.id: open_minutes(one) for one in CALENDARS}
    differences = []
    for place, (incident, stated) in enumerate(estate):
        expected = Clock(incident, stated, AS_OF, minutes[stated.calendar and stated.calendar.id]).rows()
        wanted = {severity: as_expected(row) for severity, row in expected.items()}
        got = {severity: as_told(row) for severity, row in found.get(f"S{place}", {}).items()}
        if got != wanted:
            differences.append((incident, stated, got, wanted))
    assert not differences


def as_told(row: Row) -> tuple[Any, ...]:
    wall_us = row["elapsed_us"] + row["paused_us"] + row["closed_us"]
    end = row["stopped_at"] or START + AS_OF * MINUTE
    assert wall_us == (end - row["started_at"]) // (MINUTE / 60_000_000), "counted, paused and closed time are the wall time"
    due = Fraction((row["due_at"] - START) // (MINUTE / 60_000_000), 60_000_000)
    return row["status"], row["elapsed_us"] / 60_000_000, minute_of(row["due_at"]) if due.denominator == 1 else None, row["consumed_pct"]


def as_expected(row: Row) -> tuple[Any, ...]:
    due: Fraction = row["due"]
    consumed = min(row["consumed"] * 100 * 10**6 // 1, 999_999_999)
    return row["status"], float(row["elapsed"]), int(due) if due.denominator == 1 else None, Decimal(int(consumed)).scaleb(-6)
