"""Generated estates with known truth: outages of a month, and what tickets, vendors and alerts say of them, with the mess of real desks.

Everything is drawn in whole arrays from a seed and becomes staged rows by one SELECT an entity, so that a million alerts cost seconds.
The truth stands apart, in schema `truth`, which nothing but tests/reconcile/judge.py reads.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from tasks.reconcile.reconciliation import build_reconciled
from tasks.store.engine import Engine, Limits
from tests.reconcile.world import Row, make_world

Numbers = NDArray[np.int64]
Draws = np.random.Generator
MINUTE = 60.0
MONTH_MIN = 30 * 1440
PARTS, HOSTS = 3, 2  # a service's root, its parts, the hosts of each part
ROOT, FIRST_HOST = 0, 1 + PARTS
COMPONENTS = FIRST_HOST + PARTS * HOSTS
WORDS, FAULTS = 40, 12  # words a title is made of
NONE = -1


@dataclass(frozen=True)
class Manner:
    """How well people, vendors and machines record: shares of rows, and minutes."""

    told: float = 0.92  # outages with a ticket
    copied: float = 0.15  # with one more ticket
    by_vendor: float = 0.5  # with a vendor's record
    referred: float = 0.4  # tickets that name the vendor's record, where there is one
    wrong_reference: float = 0.03  # of the references
    exact_component: float = 0.7  # claims that name the component that failed
    no_component: float = 0.15  # that name the service alone; of the rest most name the component above, some another one
    lateness_min: float = 8.0  # mean, until a ticket is opened
    hours_off: float = 0.015  # claims whose zone was taken for another one
    restored_stated: float = 0.6  # tickets that say when it was over; the others say when they were resolved
    other_words: float = 0.2  # of a first ticket's words; a copy's and a vendor's are twice as often others
    root_alerts: float = 0.15  # alerts of the service as a whole
    stuck: float = 0.1  # outages during which such an alert hangs for hours
    neighbours: float = 0.05  # outages soon after another one of the service
    everyday: float = 0.6  # tickets about no outage, for each outage


# thresholds are set on two families of estates and judged on a third, which records otherwise (reports/handbook/matching.md)
CALIBRATION = Manner()
MESSY = Manner(
    told=0.88,
    copied=0.22,
    by_vendor=0.55,
    referred=0.3,
    wrong_reference=0.05,
    exact_component=0.62,
    no_component=0.2,
    lateness_min=11.0,
    hours_off=0.02,
    restored_stated=0.5,
    other_words=0.26,
    root_alerts=0.22,
    stuck=0.14,
    neighbours=0.06,
    everyday=0.7,
)
JUDGED = Manner(
    told=0.9,
    copied=0.2,
    by_vendor=0.6,
    referred=0.3,
    wrong_reference=0.04,
    exact_component=0.65,
    no_component=0.2,
    lateness_min=10.0,
    hours_off=0.01,
    restored_stated=0.5,
    other_words=0.25,
    root_alerts=0.2,
    stuck=0.12,
    neighbours=0.06,
    everyday=0.8,
)


@dataclass(frozen=True)
class Estate:
    """Arrays by table, one value a row; NONE stands for a value that is not there. Instants are seconds since the month began."""

    services: int
    tables: dict[str, dict[str, Numbers]]


# names follow from numbers; a component's name holds its service's, so that no two services share one
NAMES = """
    create or replace temp macro component_name(s, c) as (
        case
            when c < 0 then null
            when c = 0 then printf('s%05d', s)
            when c < 4 then printf('s%05d-%d', s, c)
            else printf('s%05d-%d-%d', s, 1 + (c - 4) // 2, c % 2)
        end
    );
    create or replace temp macro instant(s) as (
        if(s < 0, null, timestamptz '2026-06-01 00:00:00+00' + to_seconds(s))
    );
    create or replace temp macro title(a, b, f) as (printf('word%02d word%02d fault%02d', a, b, f));
"""
LANDING = "timestamptz '2026-07-01 00:00:00+00' as recorded_from, recorded_from as extracted_at"
ROWS = {
    "service_catalogue": """
        select
            component_name(s, 0) as service_id, component_name(s, c) as component_id, 'acme' as provider_id, true as sla_governed,
            case when c = 0 then null when c < 4 then component_name(s, 0) else component_name(s, 1 + (c - 4) // 2) end as parent_id,
            timestamptz '2020-01-01 00:00:00+00' as valid_from, 'service_catalogue' as entity, 'cmdb' as source_system,
            component_id as source_key, 'catalogue:' || component_id as raw_id
        from catalogue
    """,
    "ticket": """
        select
            printf('T%08d', key) as ticket_key, ticket_key as source_key, 'ticket:' || ticket_key as raw_id, 'ticket' as entity,
            ['desk', 'helpdesk'][1 + system] as source_system, component_name(s, 0) as service_raw, component_name(s, c) as component_raw,
            title(a, b, f) as title, if(is_everyday, 'P4', 'P2') as severity_raw, 'resolved' as state,
            instant(occurred) as occurred_at, instant(opened) as opened_at, instant(restored) as restored_at,
            instant(resolved) as resolved_at,
            if(reference < 0, null, printf('V%08d', reference)) as vendor_ref,
            if(copy_of < 0, null, printf('T%08d', copy_of)) as duplicate_of
        from (select * replace (is_everyday = 1 as is_everyday) from ticket)
    """,
    "vendor_record": """
        select
            printf('V%08d', key) as vendor_key, vendor_key as source_key, 'vendor_record:' || vendor_key as raw_id,
            'vendor_record' as entity, 'acme' as source_system, 'acme' as provider_id, 'final' as status,
            component_name(s, c) as component_raw,
            title(a, b, f) as title, instant(started) as started_at, instant(ended) as ended_at,
            if(reference < 0, null, printf('T%08d', reference)) as our_ref
        from vendor_record
    """,
    "alert": """
        select
            printf('A%08d', key) as alert_key, alert_key as source_key, 'alert:' || alert_key as raw_id, 'alert' as entity,
            'pager' as source_system, component_name(s, c) as component_raw, printf('check %d of %s', rule, component_raw) as rule_id,
            instant(fired) as fired_at, instant(cleared) as cleared_at,
            if(outage < 0, 'undispositioned', 'true_positive') as disposition, 'synthetic' as signal
        from alert
    """,
}
TRUTH = """
    select printf('ticket:T%08d', key) as raw_id, outage from ticket
    union all
    select printf('vendor_record:V%08d', key) as raw_id, outage from vendor_record
    union all
    select printf('alert:A%08d', key) as raw_id, outage from alert where outage >= 0
"""


def make_estate(tickets: int, per_service: float = 14.4, seed: int = 1, manner: Manner = CALIBRATION) -> Estate:
    """Return a month of an estate.

    Args:
        tickets: About so many; ten alerts for each.
        per_service: Outages of a service in the month.
        seed: Of every draw.
        manner: How they are recorded.
    """
    draws = np.random.default_rng(seed)
    outages = max(round(tickets / (manner.told * (1 + manner.copied) + manner.everyday)), 1)
    services = max(round(outages / per_service), 1)
    outage = _outages(draws, manner, outages, services)
    ticket = _tickets(draws, manner, outage)
    vendor = _vendor_records(draws, manner, outage)
    _refer(draws, manner, ticket, vendor)
    tables = {
        "catalogue": {"s": np.repeat(np.arange(services), COMPONENTS), "c": np.tile(np.arange(COMPONENTS), services)},
        "ticket": _together(ticket, _everyday(draws, manner, outage, len(ticket["key"]))),
        "vendor_record": vendor,
        "alert": _alerts(draws, manner, outage, round(10 * tickets / outages)),
    }
    return Estate(services, {name: {key: column.astype(np.int64) for key, column in table.items()} for name, table in tables.items()})


def load(estate: Estate, limits: Limits | None = None, policy: Row | None = None) -> Engine:
    """Return a world that holds the estate as staged rows and its truth in `truth.records`; `policy` over the default."""
    governed = {"contract_version_id": "ACME@1", "measure_id": "uptime", "service_id": "s00000", "component_id": "s00000"}
    run = {"run.governed_components": [governed | {"start_at": "2020-01-01T00:00:00Z"}]}
    engine = make_world({"service_catalogue": [], "monitoring_rule": []}, run=run, limits=limits, policy=policy)
    engine.execute(NAMES)
    for name, columns in estate.tables.items():
        engine.connection.register(name, pa.table(columns))
    for entity, sql in ROWS.items():
        rows = f"select *, {LANDING}, source_system as source_id from ({sql})"
        engine.execute(f"insert into staged.{entity} by name {rows}")
        if entity in ("ticket", "vendor_record", "alert"):
            engine.execute(
                f"insert into staged.{entity}_versions by name select *, true as is_current, false as is_duplicate from ({rows})"
            )
    engine.execute("create schema truth")
    engine.execute(f"create table truth.records as {TRUTH}")
    for name in estate.tables:
        engine.connection.unregister(name)
    return engine


def reconciled_estate(estate: Estate, limits: Limits | None = None, policy: Row | None = None) -> Engine:
    """Return the estate's world with every table of `reconciled` built."""
    engine = load(estate, limits, policy)
    build_reconciled(engine)
    return engine


def _outages(draws: Draws, manner: Manner, count: int, services: int) -> dict[str, Any]:
    service = draws.integers(0, services, count)
    start = draws.uniform(0, MONTH_MIN - 500, count)
    leader = draws.integers(0, count, count)  # a neighbour begins soon after another outage of its service
    is_neighbour = draws.random(count) < manner.neighbours
    service = np.where(is_neighbour, service[leader], service)
    start = np.where(is_neighbour, np.minimum(start[leader] + draws.uniform(10, 90, count), MONTH_MIN - 400), start)
    kind = draws.random(count)
    part, host = draws.integers(1, FIRST_HOST, count), draws.integers(FIRST_HOST, COMPONENTS, count)
    return {
        "s": service,
        "start": start,
        "length": np.clip(draws.lognormal(3.4, 0.9, count), 4, 360),
        "c": np.where(kind < 0.1, ROOT, np.where(kind < 0.6, part, host)),
        "a": draws.integers(0, WORDS, count),
        "b": draws.integers(0, WORDS, count),
        "f": draws.integers(0, FAULTS, count),
    }


def _above(component: Numbers) -> Numbers:
    """Return the component above each; the root's is the root."""
    return np.where(component >= FIRST_HOST, 1 + (component - FIRST_HOST) // HOSTS, ROOT)


def _named(draws: Draws, manner: Manner, component: Numbers) -> Numbers:
    """Return what claims call the component that failed: it, nothing, the one above, or another one of the service."""
    kind = draws.random(len(component))
    blank = manner.exact_component + manner.no_component
    other = draws.integers(0, COMPONENTS, len(component))
    vague = np.where(kind < blank, NONE, np.where(kind < blank + 0.8 * (1 - blank), _above(component), other))
    return np.where(kind < manner.exact_component, component, vague)


def _worded(draws: Draws, share: Any, outage: dict[str, Any], who: Numbers) -> dict[str, Numbers]:
    """Return the words of titles: the outage's own, but for a share of other ones."""
    limits = {"a": WORDS, "b": WORDS, "f": FAULTS}
    is_other = {name: draws.random(len(who)) < share for name in limits}
    return {name: np.where(is_other[name], draws.integers(0, most, len(who)), outage[name][who]) for name, most in limits.items()}


def _seconds(minutes: Any) -> Numbers:
    return np.maximum(np.round(minutes * MINUTE), 0).astype(np.int64)


def _hours_off(draws: Draws, manner: Manner, count: int) -> Any:
    """Return minutes by which claims are off as their zone was taken for another one."""
    return np.where(draws.random(count) < manner.hours_off, 60.0 * draws.choice([-2, -1, 1, 2], count), 0.0)


def _tickets(draws: Draws, manner: Manner, outage: dict[str, Any]) -> dict[str, Any]:
    count = len(outage["s"])
    is_told = draws.random(count) < manner.told
    copies = is_told * (1 + (draws.random(count) < manner.copied))
    who = np.repeat(np.arange(count), copies)
    rows = len(who)
    is_copy = np.concatenate([[False], who[1:] == who[:-1]]) if rows else np.zeros(0, dtype=bool)
    off = _hours_off(draws, manner, rows)
    start, end = outage["start"][who] + off, (outage["start"] + outage["length"])[who] + off
    opened = start + draws.exponential(manner.lateness_min, rows) + 10 * is_copy  # argued in reports/handbook/matching.md
    restored = np.maximum(opened, end + draws.uniform(-3, 10, rows))
    system = is_copy & (draws.random(rows) < 0.3)
    says_so = is_copy & ~system & (draws.random(rows) < 0.4)
    return {
        "key": np.arange(rows),
        "outage": who,
        "s": outage["s"][who],
        "c": _named(draws, manner, outage["c"][who]),
        "system": system,
        "is_everyday": np.zeros(rows),
        "occurred": np.where(draws.random(rows) < 0.3, _seconds(np.minimum(start + draws.uniform(-2, 3, rows), opened)), NONE),
        "opened": _seconds(opened),
        "restored": np.where(draws.random(rows) < manner.restored_stated, _seconds(restored), NONE),
        "resolved": _seconds(np.maximum(restored, end) + draws.exponential(90, rows)),
        "copy_of": np.where(says_so, np.arange(rows) - 1, NONE),
        "reference": np.full(rows, NONE),
        **_worded(draws, manner.other_words * (1 + is_copy), outage, who),
    }


def _vendor_records(draws: Draws, manner: Manner, outage: dict[str, Any]) -> dict[str, Any]:
    who = np.flatnonzero(draws.random(len(outage["s"])) < manner.by_vendor)
    rows = len(who)
    off = _hours_off(draws, manner, rows)
    late = draws.uniform(-3, 12, rows)
    started = np.maximum(outage["start"][who] + late + off, 0)
    ended = outage["start"][who] + outage["length"][who] + draws.uniform(-10, 3, rows) + off
    named = _named(draws, manner, outage["c"][who])
    return {
        "key": who,
        "outage": who,
        "s": outage["s"][who],
        "c": np.where(named == NONE, ROOT, named),
        "started": _seconds(started),
        "ended": _seconds(np.maximum(ended, started + 1)),
        "reference": np.full(rows, NONE),
        **_worded(draws, 2 * manner.other_words, outage, who),
    }


def _refer(draws: Draws, manner: Manner, ticket: dict[str, Any], vendor: dict[str, Any]) -> None:
    """Let tickets name vendor records and these name tickets; a share of the names is another outage's, or nobody's."""
    has_vendor = np.isin(ticket["outage"], vendor["outage"])
    is_first = np.concatenate([[True], ticket["outage"][1:] != ticket["outage"][:-1]])
    _, first_of = np.unique(ticket["outage"], return_index=True)
    told = ticket["outage"][first_of]
    for records, names, able, share in (
        (ticket, ticket["outage"], has_vendor & is_first, manner.referred),
        (vendor, first_of[np.minimum(np.searchsorted(told, vendor["outage"]), len(told) - 1)], np.isin(vendor["outage"], told), 0.15),
    ):
        count = len(names)
        is_wrong = draws.random(count) < manner.wrong_reference
        other = np.where(draws.random(count) < 0.5, names[draws.integers(0, max(count, 1), count)], 90_000_000)
        records["reference"] = np.where(able & (draws.random(count) < share), np.where(is_wrong, other, names), NONE)


def _everyday(draws: Draws, manner: Manner, outage: dict[str, Any], first: int) -> dict[str, Any]:
    """Return tickets about small things that are no outage, open for hours or days; each is an outage of its own to the truth."""
    rows = round(manner.everyday * len(outage["s"]))
    opened = draws.uniform(0, MONTH_MIN - 3000, rows)
    where = draws.integers(NONE, COMPONENTS, rows)
    nothing = np.full(rows, NONE)
    return {
        "key": first + np.arange(rows),
        "outage": len(outage["s"]) + np.arange(rows),
        "s": outage["s"][draws.integers(0, len(outage["s"]), rows)],
        "c": where,
        "system": np.zeros(rows),
        "is_everyday": np.ones(rows),
        "occurred": nothing,
        "opened": _seconds(opened),
        "restored": nothing,
        "resolved": _seconds(opened + draws.uniform(30, 2800, rows)),
        "copy_of": nothing,
        "reference": nothing,
        "a": draws.integers(0, WORDS, rows),
        "b": draws.integers(0, WORDS, rows),
        "f": draws.integers(0, FAULTS, rows),
    }


def _alerts(draws: Draws, manner: Manner, outage: dict[str, Any], mean: int) -> dict[str, Any]:
    """Return the alerts: of the component that failed, above and below it, of the whole service; some hang for hours, some mean nothing."""
    count = len(outage["s"])
    each = draws.integers(max(mean // 2, 1), mean + mean // 2 + 1, count)
    who = np.repeat(np.arange(count), each)
    rows = len(who)
    number = np.arange(rows) - np.repeat(np.cumsum(each) - each, each)
    length = outage["length"][who]
    fired = outage["start"][who] + draws.uniform(0, 3, rows) + number * length / (each[who] + 1)
    kind, below = draws.random(rows), draws.integers(0, HOSTS, rows)
    own = outage["c"][who]
    is_part = (own > ROOT) & (own < FIRST_HOST)
    lower = np.where(is_part, FIRST_HOST + (own - 1) * HOSTS + below, own)
    usual = np.where(kind < 0.6, own, np.where(kind < 0.8, lower, _above(own)))
    hangs = (number == 0) & (draws.random(rows) < manner.stuck)
    noise = max(count, 1)
    quiet = draws.uniform(0, MONTH_MIN - 60, noise)
    return {
        "key": np.arange(rows + noise),
        "outage": np.concatenate([who, np.full(noise, NONE)]),
        "s": np.concatenate([outage["s"][who], outage["s"][draws.integers(0, count, noise)]]),
        "c": np.concatenate(
            [np.where(hangs | (draws.random(rows) < manner.root_alerts), ROOT, usual), draws.integers(0, COMPONENTS, noise)]
        ),
        "rule": np.concatenate([draws.integers(1, 4, rows), draws.integers(1, 4, noise)]),
        "fired": _seconds(np.concatenate([fired, quiet])),
        "cleared": _seconds(np.concatenate([fired + np.where(hangs, draws.uniform(60, 180, rows), np.maximum(length / 4, 1)), quiet + 2])),
    }


def _together(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    return {name: np.concatenate([one[name], other[name]]) for name in one}
