"""Large estates for the benchmark, made by the engine itself: services, tickets with pauses, outages and planned work of one month."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tasks.model.calendar import Calendar
from tasks.model.contract import resolve_contract
from tasks.model.period import Period
from tasks.model.policy import resolve_policy
from tasks.model.run import Run
from tasks.store.engine import Engine, Limits
from tasks.store.reference import Reference
from tasks.store.run_columns import COLUMNS
from tasks.store.run_tables import create_run_tables
from tests.measure.estate import contract_text, make_calendar
from tests.measure.world import RECONCILED, STAGED, columns_of, tell_severities

PERIOD = "2026-10"
KNOWN_AT = "2027-03-01T00:00:00+00:00"
ZONES = (
    "Europe/Berlin",
    "Europe/London",
    "America/New_York",
    "America/Santiago",
    "Australia/Lord_Howe",
    "Asia/Beirut",
    "Africa/Cairo",
    "Pacific/Auckland",
    "Asia/Kolkata",
    "America/Sao_Paulo",
    "Asia/Tokyo",
    "UTC",
)
SHIFTS = ([["08:00", "12:00"], ["13:00", "18:00"]], [["22:00", "06:00"]], [["09:00", "17:30"]], [["00:00", "24:00"]])
# every figure follows from the row's number, so that all contenders see the same rows
MINUTE = "to_microseconds(60000000::bigint)"
TICKET = f"""
    select
        printf('I-%08d', i) as incident_id,
        printf('T-%08d', i) as ticket_key,
        printf('S-%06d', i % $services) as service_id,
        'P' || (1 + i % 4) as severity,
        timestamptz '2026-10-01 00:00:00+00' + (i * 7919 % 43200) * {MINUTE} + to_microseconds(i * 31 % 60000000) as start_at,
        start_at + (1 + i * 104729 % 4320) * {MINUTE} as stop_at,
        i % 2 = 0 as is_paused,
        start_at + to_microseconds((epoch_us(stop_at) - epoch_us(start_at)) // 4) as pause_at,
        pause_at + to_microseconds((epoch_us(stop_at) - epoch_us(start_at)) // 3) as resumed_at
    from range($tickets) as numbers(i)
"""
OUTAGE = f"""
    select
        printf('I-%08d', i) as incident_id,
        printf('S-%06d', i % $services) as service_id,
        timestamptz '2026-10-01 00:00:00+00' + (i * 7919 % 44000) * {MINUTE} as start_at,
        start_at + (1 + i * 104729 % 240) * {MINUTE} as stop_at,
        i % 10 = 0 as is_planned
    from range($outages) as numbers(i)
"""
FILLED = {
    "staged.service_catalogue": """
        select
            printf('S-%06d', i) as service_id, service_id as component_id, 'p' || (i % 12) as provider_id, true as sla_governed,
            timestamptz '2020-01-01 00:00:00+00' as valid_from
        from range($services) as numbers(i)
    """,
    "reconciled.incidents": """
        select
            incident_id, service_id, [service_id] as component_ids, ticket_key, start_at as occurred_at,
            start_at as reported_to_provider_at, stop_at as restored_at, severity as severity_initial, severity as severity_max,
            severity as severity_final, 'closed' as status,
            'monitoring' as outage_basis, 'provider' as responsibility
        from ticket
        union all by name
        select
            replace(incident_id, 'I', 'O') as incident_id, service_id, [service_id] as component_ids, start_at as occurred_at,
            stop_at as restored_at, 'closed' as status, 'monitoring' as outage_basis, 'provider' as responsibility
        from outage
    """,
    "staged.ticket": "select 'desk' as source_system, ticket_key, start_at as opened_at from ticket",
    "reconciled.incident_members": """
        select incident_id, ticket_key as raw_id, 'desk' as source_system, 'ticket' as entity, ticket_key as source_key,
            'founder' as member_role, 'founder' as joined_by
        from ticket
    """,
    "staged.ticket_history": """
        select 'desk' as source_system, ticket_key, 1 as seq, 'comment' as field, true as is_public, pause_at as changed_at,
            'H-' || ticket_key as raw_id
        from ticket where is_paused
    """,
    "reconciled.pause_intervals": """
        select incident_id, ticket_key, pause_at as start_at, resumed_at as end_at, 'waiting_customer' as reason,
            'H-' || ticket_key as evidence_raw_id
        from ticket where is_paused
    """,
    "reconciled.outage_intervals": """
        select replace(incident_id, 'I', 'O') as incident_id, service_id as component_id, start_at, stop_at as end_at, 'down' as state,
            1 as weight, 'monitoring' as basis
        from outage
    """,
    "reconciled.exclusions": """
        select replace(incident_id, 'I', 'X') as exclusion_id, 'pre_approved_maintenance' as type,
            'CONTRACT-' || (i % 12) || '@1' as contract_version_id,
            service_id as component_id, start_at - to_minutes(30) as start_at, start_at + to_minutes(30) as end_at, 'applied' as status
        from (select *, right(service_id, 6)::bigint as i from outage) where is_planned
    """,
}


@dataclass(frozen=True)
class Size:
    """How much of everything."""

    services: int
    tickets: int = 0
    outages: int = 0


@dataclass(frozen=True)
class Estate:
    """An engine filled as reconciliation leaves it, and the reference it was filled for."""

    engine: Engine
    reference: Reference


def calendars() -> dict[str, Calendar]:
    days = ("mon", "tue", "wed", "thu", "fri")
    return {
        f"hours-{place}": make_calendar(
            f"hours-{place}",
            {
                "timezone": zone,
                "weekly": {day: SHIFTS[place % len(SHIFTS)] for day in days},
                "holidays": ["2026-10-12", "2026-12-25", "2027-01-01"],
            },
        )
        for place, zone in enumerate(ZONES)
    }


def contract(place: int) -> Any:
    hours = {"service_hours": f"hours-{place}"}
    targets = {"P1": {"restore_h": 4}, "P2": {"restore_h": 8}, "P3": {"restore_h": 24}, "P4": {"restore_h": 40}}
    clock = {"kind": "restore", "clock_start": "reported_to_provider", "severity_change": "retroactive_strictest", "per_severity": targets}
    pauses = {"pauses": {"allowed": True, "reasons": ["waiting_customer"]}}
    level = {"kind": "availability", "target": "99.9", "denominator": "remove_from_both", "partial_period": "active_only"}
    text = contract_text(
        {"restore": clock | pauses | hours, "uptime": level | hours},
        contract_id=f"CONTRACT-{place}",
        provider={"id": f"p{place}", "name": "Provider"},
        credits={"form": "none"},
    )
    return resolve_contract(text)


def fill(size: Size, limits: Limits) -> Estate:
    """Return an estate as reconciliation leaves it."""
    engine = Engine(limits)
    for address in (*(f"staged.{name}" for name in STAGED), *(f"reconciled.{name}" for name in RECONCILED)):
        engine.create(address, columns_of(address))
    numbers = {"services": size.services, "tickets": size.tickets, "outages": size.outages}
    for name, sql in (("ticket", TICKET), ("outage", OUTAGE)):
        engine.execute(f"create temp table {name} as {sql}", {key: value for key, value in numbers.items() if f"${key}" in sql})
    for address, sql in FILLED.items():
        engine.execute(f"insert into {address} by name {sql}", {"services": size.services} if "$services" in sql else None)
    engine.build("reconciled", only=["name_spans"])
    policy = resolve_policy()
    reference = Reference((), tuple(contract(place) for place in range(len(ZONES))), calendars(), policy, (), (), (), ())
    start_at, end_at = Period.parse(PERIOD).bounds("UTC")
    run = Run("0" * 16, "month", PERIOD, start_at, end_at, datetime.fromisoformat(KNOWN_AT), "eu", "UTC")
    create_run_tables(engine, run, reference)
    tell_severities(engine)
    engine.create("run.quality_blocks", COLUMNS["run.quality_blocks"])
    return Estate(engine, reference)
