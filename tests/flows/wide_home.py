"""A wide home: hundreds of services, each with a contract, a calendar and one ticket or outage of its own, October 2026.

The zones are a dozen. What each case must say is worked out by the slow oracles of tests/measure.
`python -m tests.flows.wide_home FOLDER [SERVICES]` writes one to look at.
"""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

from tests.measure.calendar_oracle import MINUTE, WEEK, Document, days_of, month_bounds
from tests.measure.clock_oracle import Clock, Incident, days_counted
from tests.measure.clock_oracle import Terms as ClockTerms
from tests.measure.level_oracle import MINUTE_US, Answer, Judge, Level, Outage, Part
from tests.measure.level_oracle import Terms as LevelTerms

PERIOD = "2026-10"
CLOCK = "2026-12-20T09:00:00Z"
KNOWN_AT = datetime(2026, 12, 20, 6, tzinfo=UTC)
START = datetime(2026, 9, 20, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
# zones whose clocks change in October or late in September, and some that never do
ZONES = (
    "Europe/Berlin",
    "Europe/London",
    "Australia/Lord_Howe",
    "Australia/Sydney",
    "Pacific/Auckland",
    "Africa/Cairo",
    "Asia/Beirut",
    "Asia/Gaza",
    "Antarctica/Troll",
    "Atlantic/Azores",
    "America/Sao_Paulo",
    "Asia/Kathmandu",
    "UTC",
)
HOURS: tuple[list[list[str]], ...] = (
    [["09:00", "17:00"]],
    [["08:00", "12:00"], ["12:45", "18:30"]],
    [["22:00", "06:15"]],
    [["00:00", "24:00"]],
    [["00:30", "03:00"], ["20:00", "23:30"]],
)


@dataclass(frozen=True)
class ClockCase:
    """A ticket under a restore target."""

    name: str
    calendar: Document
    incident: Incident
    target: int | tuple[int, str]

    def expected(self) -> Mapping[str, Any]:
        """Return status, counted minutes and due minute as the oracle has them."""
        terms = ClockTerms("retroactive_strictest", {"P1": self.target}, ("waiting_customer",), self.calendar)
        known = (KNOWN_AT - START) // MINUTE
        return Clock(self.incident, terms, known, days_counted(self.calendar, START)).rows()["P1"]


@dataclass(frozen=True)
class LevelCase:
    """An outage that monitoring saw, and planned work, under a target of availability."""

    name: str
    calendar: Document
    outage: tuple[int, int]  # in minutes after START
    maintenance: tuple[int, int] | None

    def expected(self) -> Answer:
        """Return the answer of the oracle."""
        start_at, end_at = month_bounds(self.calendar["timezone"], 2026, 10)
        window = tuple((instant - START) // MICROSECOND for instant in (start_at, end_at))
        days = days_of(self.calendar, START, 50 * 24 * 60)
        hours = tuple((start * MINUTE_US, end * MINUTE_US) for start, end in days.open_runs())
        down = Outage(*(minute * MINUTE_US for minute in self.outage))
        planned = () if self.maintenance is None else (tuple(minute * MINUTE_US for minute in self.maintenance),)
        part = Part((down,), planned)  # type: ignore[arg-type]
        level = Level(window, (KNOWN_AT - START) // MICROSECOND, hours, (-(10**15), None), part, (), LevelTerms())  # type: ignore[arg-type]
        return Judge(level).answer()


Case = ClockCase | LevelCase


def cases(services: int) -> Iterator[Case]:
    """Yield a case a service, always the same ones."""
    for place in range(services):
        chance = random.Random(place)
        name, calendar = f"svc-{place:04}", made_calendar(chance, ZONES[place % len(ZONES)])
        yield clock_case(name, calendar, chance) if place % 2 else level_case(name, calendar, chance)


def made_calendar(chance: random.Random, zone: str) -> Document:
    hours = chance.choice(HOURS)
    days = [(datetime(2026, 10, 1) + timedelta(days=chance.randrange(31))).date().isoformat() for _ in range(3)]
    weekly = {day: hours for day in WEEK if chance.random() < 0.8} or {"mon": hours}
    return {"timezone": zone, "weekly": weekly, "holidays": sorted(set(days[:2])), "date_hours": {days[2]: [["10:00", "14:30"]]}}


def clock_case(name: str, calendar: Document, chance: random.Random) -> ClockCase:
    start = chance.randrange(12 * 1440, 36 * 1440)
    length = chance.randrange(1, 4000)
    first = start + chance.randrange(0, length)
    pauses = () if chance.random() < 0.4 else ((first, first + chance.randrange(1, 900), "waiting_customer"),)
    target: int | tuple[int, str] = chance.randrange(30, 2400)
    if chance.random() < 0.3:
        target = (chance.randrange(1, 4), chance.choice(["same_time", "end_of_day"]))
    stop = max(start + length, *(end for _, end, _ in pauses), start)
    return ClockCase(name, calendar, Incident(start, stop, "P1", (), pauses), target)


def level_case(name: str, calendar: Document, chance: random.Random) -> LevelCase:
    start = chance.randrange(11 * 1440, 41 * 1440)
    outage = (start, start + chance.randrange(10, 3000))
    if chance.random() < 0.5:
        return LevelCase(name, calendar, outage, None)
    first = outage[0] + chance.randrange(-120, 120)
    return LevelCase(name, calendar, outage, (first, first + chance.randrange(30, 400)))


# ---- as files


def instant(minute: int) -> str:
    return (START + minute * MINUTE).isoformat().replace("+00:00", "Z")


def yaml(value: Any) -> str:
    """Return a document as JSON, which is YAML."""
    return json.dumps(value, indent=1)


def contract(case: Case) -> dict[str, Any]:
    signed = [{"party": party, "role": "owner", "signed_at": "2025-12-10T10:00:00Z"} for party in ("customer", "provider")]
    common = {"applies_to": {"services": [case.name]}, "service_hours": f"hours-{case.name}", "clause": "4.1"}
    if isinstance(case, ClockCase):
        goal = case.target
        target = {"restore_min": goal} if isinstance(goal, int) else {"restore_business_days": {"n": goal[0], "until": goal[1]}}
        stated = {"clock_start": "ticket_opened", "severity_change": "retroactive_strictest", "per_severity": {"P1": target}}
        measure = common | stated | {"kind": "restore", "pauses": {"allowed": True, "reasons": ["waiting_customer"]}}
        owed: dict[str, Any] = {"form": "none"}
    else:
        tiers = [{"below": "99.9", "at_least": "95.0", "credit_pct": "10"}, {"below": "95.0", "credit_pct": "50"}]
        level = {"kind": "availability", "target": "99.9", "denominator": "remove_from_both", "partial_period": "active_only"}
        measure = common | level | {"tiers": tiers}
        owed = {"form": "tiers", "currency": "EUR", "clause": "5.2", "stated_fee": {"amount": "1000.00", "per": "month"}}
    return {
        "schema": "sla-contract/1",
        "contract_id": f"C-{case.name}",
        "provider": {"id": "acme", "name": "Acme"},
        "document": {"title": f"Agreement on {case.name}", "verification": "exact"},
        "version": {"number": 1, "effective_from": "2026-01-01", "mid_window_switch": "split", "signed_by": signed},
        "clock": {"timezone": case.calendar["timezone"], "window": "calendar_month"},
        "measures": {"promise": measure},
        "credits": owed,
        "claims": {"deadline": {"rule": "days_after_window_end", "n": 30}, "clause": "5.4"},
    }


def ticket_rows(case: ClockCase) -> tuple[list[str], list[str]]:
    """Return the ticket and its history: pauses are evidenced by a public comment as they begin."""
    incident = case.incident
    assert incident.stop is not None
    ticket = [case.name, f"Trouble with {case.name}", case.name, "P1", "closed", instant(incident.start)]
    ticket += [instant(incident.start), instant(incident.stop), instant(incident.stop), instant(incident.stop + 60)]
    told = [(incident.start, "state", "in_progress", "")]
    for start, end, reason in incident.pauses:
        told += [(start, "state", reason, ""), (start, "comment", "please confirm", "true"), (end, "state", "in_progress", "")]
    told += [(incident.stop, "state", "restored", ""), (incident.stop, "state", "resolved", "")]
    history = [
        ",".join([case.name, str(seq), instant(minute), instant(minute), field, "", new, "P-7Q2M", "human", public])
        for seq, (minute, field, new, public) in enumerate(told, start=1)
    ]
    return [",".join(ticket)], history


def sample_rows(case: LevelCase) -> list[str]:
    rule = f"probe-{case.name}"
    edges = [(-20 * 1440, "up"), (case.outage[0], "down"), (case.outage[1], "up"), ((KNOWN_AT - START) // MINUTE, "")]
    return [f"{rule},{case.name},{instant(start)},{instant(end)},{state}" for (start, state), (end, _) in pairwise(edges)]


TICKETS = "ticket_key,title,service_raw,severity_raw,state,opened_at,acknowledged_at,restored_at,resolved_at,closed_at"
HISTORY = "ticket_key,seq,changed_at,recorded_at,field,old,new,actor_ref,actor_kind,is_public"
RULES = "rule_id,component_id,kind,interval_s,duration_s,signals_required,independent_of_provider,active_from"
SAMPLES = "rule_id,component_raw,start_at,end_at,state"
PLANS = "mw_key,components,start_at,end_at,notice_at,approved_at,approver_role,kind"
SERVICES = "service_id,component_id,parent_id,aliases,name,provider_id,sla_governed,fee_line_id,valid_from"
SOURCES = {
    "desk": "ticket",
    "history": "ticket_history",
    "rules": "monitoring_rule",
    "probes": "monitoring_sample",
    "plans": "maintenance_window",
}
SYSTEMS = {"history": "desk", "rules": "probes", "plans": "desk"}


def make_wide_home(root: Path, services: int) -> Path:
    """Write the home of that many services below `root`."""
    made = list(cases(services))
    clocks = [ticket_rows(case) for case in made if isinstance(case, ClockCase)]
    levels = [case for case in made if isinstance(case, LevelCase)]
    plans = [
        f"MW-{case.name},{case.name},{instant(case.maintenance[0])},{instant(case.maintenance[1])},2026-09-01T00:00:00Z,2026-09-02T00:00:00Z,manager,pre_approved"
        for case in levels
        if case.maintenance
    ]
    expects = {"extracted_at": KNOWN_AT.isoformat(), "covers": ["2026-09-01T00:00:00Z", KNOWN_AT.isoformat()]}
    sources = [
        {"id": name, "system": SYSTEMS.get(name, name), "adapter": "canonical", "entity": entity, "expects": expects}
        for name, entity in SOURCES.items()
    ]
    tables = {
        "inbox/desk/tickets.csv": [TICKETS, *(row for rows, _ in clocks for row in rows)],
        "inbox/history/history.csv": [HISTORY, *(row for _, rows in clocks for row in rows)],
        "inbox/rules/rules.csv": [RULES, *(f"probe-{one.name},{one.name},probe,60,60,1,true,2026-01-01T00:00:00Z" for one in levels)],
        "inbox/probes/samples.csv": [SAMPLES, *(row for case in levels for row in sample_rows(case))],
        "inbox/plans/plans.csv": [PLANS, *plans],
        "reference/services.csv": [SERVICES, *(f"{one.name},{one.name},,,{one.name},acme,true,,2026-01-01" for one in made)],
    }
    files = {name: "\n".join([*rows, ""]) for name, rows in tables.items()}
    files["home.yml"] = "schema: home/1\nname: Wide\nregion: eu\ndisplay_timezone: UTC\ncreated_with: 0.1.0\n"
    files["reference/sources.yml"] = yaml({"schema": "sources/1", "sources": sources})
    for case in made:
        files[f"reference/contracts/c-{case.name}.yml"] = yaml(contract(case))
        document = {"schema": "calendar/1", "id": f"hours-{case.name}", **case.calendar}
        files[f"reference/calendars/hours-{case.name}.yml"] = yaml(document)
    for name, text in files.items():
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return root


if __name__ == "__main__":
    make_wide_home(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 300)
