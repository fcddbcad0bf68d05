"""What people write: tickets, their history, and what the ticketing tool exports."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from random import Random
from typing import Any

from telling.basics import (
    BERLIN,
    DAY,
    EXTRACTED,
    HOUR,
    MINUTE,
    MONTHS,
    SECOND,
    TWICE,
    between,
    draw,
    instant,
    person,
    token,
    wall,
    working_time,
    zulu,
)
from telling.story import Component, Diary, Outage, Story

PRIORITY = {"P1": "1 - Critical", "P2": "2 - High", "P3": "3 - Moderate", "P4": "4 - Low"}
STATE = {"in_progress": "In Progress", "resolved": "Resolved", "closed": "Closed", "cancelled": "Canceled", "waiting_vendor": "On Hold"}
HOLD = {"waiting_vendor": "Awaiting Vendor"}
EVERYDAY_CAUSES = ("user_guidance", "data_correction", "print_driver", "stale_cache", *[""] * 76)
CONTACTS = ("Please call back: +49 40 555 0{n:03}.", "Mail: filiale{n}@nordlicht.example", 'Customer writes: "it\'s broken, again".', "")


@dataclass(frozen=True)
class Event:
    """One line of a ticket's history."""

    happened: datetime
    field: str
    old: str
    new: str
    actor_kind: str = "human"
    kind: str = "field_change"
    is_public: bool = False


@dataclass(frozen=True)
class Ticket:
    """A ticket as it stands in the tool at extraction. `resolved` is the last resolution."""

    key: str
    component: Component
    severity: str
    title: str
    opened: datetime
    channel: str
    resolved: datetime | None = None
    closed: datetime | None = None
    state: str = "in_progress"
    occurred: datetime | None = None
    cause: str = ""
    vendor_ref: str = ""
    change: str = ""
    parent: str = ""
    is_customer_caused: bool = False
    reopened_n: int = 0
    events: tuple[Event, ...] = ()
    is_noise: bool = False


def past_repeated_hour(moment: datetime) -> datetime:
    """Return the instant, moved on where its local time would be ambiguous and the story does not want that."""
    return moment + 3 * HOUR if TWICE[0] <= moment < TWICE[1] else moment


def closing(resolved: datetime) -> datetime | None:
    """Return when the tool closes a resolved ticket by itself, three days on; None if that is still to come."""
    closed = past_repeated_hour(resolved + 3 * DAY)
    return closed if closed < EXTRACTED else None


def opening_events(opened: datetime, acknowledged: datetime, channel: str, robot: datetime | None) -> Iterator[Event]:
    """Yield what happens until someone works on it: an automatic reply stops no clock (R-CL2)."""
    if channel != "Event":
        yield Event(opened + 30 * SECOND, "comment", "", "Thank you, we have received your report.", "automation", "comment", True)
    if robot:
        yield Event(robot, "state", "new", "acknowledged", "automation")
        yield Event(acknowledged, "state", "acknowledged", "in_progress")
    else:
        yield Event(acknowledged, "state", "new", "acknowledged")
        yield Event(acknowledged + 20 * SECOND, "state", "acknowledged", "in_progress")


def ending_events(resolved: datetime, closed: datetime | None) -> Iterator[Event]:
    """Yield resolution and the closing by the tool."""
    yield Event(resolved, "state", "in_progress", "resolved")
    if closed:
        yield Event(closed, "state", "resolved", "closed", "automation")


def reopening_events(outage: Outage) -> Iterator[Event]:
    """Yield a resolution that did not hold."""
    if outage.reopened and outage.resolved:
        yield Event(outage.resolved, "state", "in_progress", "resolved")
        yield Event(outage.reopened, "state", "resolved", "reopened")
        yield Event(outage.reopened + 4 * MINUTE, "state", "reopened", "in_progress")


def outage_ticket(outage: Outage) -> Ticket:
    """Return the ticket of an outage that somebody noticed."""
    if outage.opened is None or outage.acknowledged is None:
        raise ValueError(f"nobody opened a ticket for {outage.key}")
    channel = "Event" if outage.seen == "monitoring" else "Phone"
    resolved = outage.resolved_again or outage.resolved
    closed = closing(resolved) if resolved else None
    events = [*opening_events(outage.opened, outage.acknowledged, channel, outage.robot), *reopening_events(outage)]
    if resolved:
        events += ending_events(resolved, closed)
    return Ticket(
        key=outage.key,
        component=outage.component,
        severity=outage.severity,
        title=outage.title,
        opened=outage.opened,
        channel=channel,
        resolved=resolved,
        closed=closed,
        state="closed" if closed else "resolved" if resolved else "in_progress",
        occurred=outage.down[0][0].replace(second=0) if outage.down and outage.seen == "user" else None,
        cause=outage.cause or "",
        vendor_ref=outage.vendor_key if outage.says and outage.is_linked and outage.component.provider != "talerbridge" else "",
        change=outage.change,
        parent=outage.parent,
        is_customer_caused=outage.is_customer_caused,
        reopened_n=1 if outage.reopened else 0,
        events=tuple(events),
    )


def night_ticket(row: dict[str, Any], components: dict[str, Component]) -> Ticket:
    """Return a ticket of the clock-change night that is no outage."""
    opened, acknowledged, resolved = (instant(row[name]) for name in ("opened", "acknowledged", "resolved"))
    closed = closing(resolved)
    events = (*opening_events(opened, acknowledged, "Phone", None), *ending_events(resolved, closed))
    ends = {"resolved": resolved, "closed": closed, "state": "closed"}
    return Ticket(row["key"], components[row["service"]], row["severity"], row["title"], opened, "Phone", **ends, events=events)


def open_ticket(row: dict[str, Any], components: dict[str, Component]) -> Ticket:
    """Return a ticket that still waits for the vendor when the extracts are taken."""
    opened, acknowledged = instant(row["opened"]), instant(row["acknowledged"])
    raised, waiting = acknowledged + 25 * MINUTE, acknowledged + 2 * HOUR
    events = (
        *opening_events(opened, acknowledged, "Phone", None),
        Event(raised, "severity", PRIORITY["P3"], PRIORITY["P2"]),
        Event(waiting, "state", "in_progress", "waiting_vendor"),
    )
    part = components[row["component"]]
    return Ticket(row["key"], part, row["severity"], row["title"], opened, "Phone", state="waiting_vendor", events=events)


def noise_severity(numbers: Random) -> str:
    """Return a drawn severity: mostly P3 and P4."""
    return numbers.choices(("P2", "P3", "P4"), weights=(2, 53, 45))[0]


def noise_ticket(key: str, component: Component, title: str, numbers: Random, diary: Diary, month: int) -> Ticket | None:
    """Return an everyday ticket where the service has time for one; None if the month is full."""
    severity = noise_severity(numbers)
    low_h, high_h = {"P2": (1, 5), "P3": (2, 26), "P4": (5, 40)}[severity]

    def propose() -> tuple[datetime, datetime]:
        opened = working_time(numbers, month)
        return opened, opened + between(numbers, low_h * 3600, high_h * 3600)

    span = diary.find(component.service, propose)
    if span is None:
        return None
    opened, ended = span
    channel = numbers.choice(("Phone", "Email", "Self-service"))
    acknowledged = opened + between(numbers, 300, 3300)
    is_cancelled = numbers.randrange(25) == 0
    closed = ended if is_cancelled else closing(ended)
    events = [*opening_events(opened, acknowledged, channel, None), *noise_middle(numbers, acknowledged, ended)]
    last = Event(ended, "state", "in_progress", "cancelled")
    events += [last] if is_cancelled else ending_events(ended, closed)
    return Ticket(
        key=key,
        component=component,
        severity=severity,
        title=title,
        opened=opened,
        channel=channel,
        resolved=None if is_cancelled else ended,
        closed=closed,
        state="cancelled" if is_cancelled else "closed" if closed else "resolved",
        cause=numbers.choice(EVERYDAY_CAUSES),
        events=tuple(events),
        is_noise=True,
    )


def noise_middle(numbers: Random, acknowledged: datetime, ended: datetime) -> Iterator[Event]:
    """Yield what people write while they work, sometimes waiting for the one who asked."""
    middle = acknowledged + (ended - acknowledged) // 3
    yield Event(middle, "comment", "", "Checked the logs, no change of behaviour found yet.", "human", "diagnosis")
    if numbers.randrange(7) == 0:
        asked = middle + 5 * MINUTE
        yield Event(asked, "comment", "", "Could you send us a screenshot?", "human", "comment", True)
        yield Event(asked, "state", "in_progress", "waiting_customer")
        yield Event(asked + (ended - asked) // 2, "state", "waiting_customer", "in_progress", "automation")


def noise_tickets(story: Story, diary: Diary) -> Iterator[Ticket]:
    """Yield the everyday tickets, service by service, month by month."""
    for service, topic in story.rows["topics"].items():
        parts = [component for component in story.components.values() if component.service == service]
        for month in (*MONTHS, 11):
            numbers = draw(f"tickets/{service}/{month}")
            for index in range(numbers.randint(8, 10) if month in MONTHS else 1):
                part, title = numbers.choice((parts[0], *parts)), numbers.choice(topic["titles"])
                ticket = noise_ticket(f"{service}-{month:02}-{index:02}", part, title, numbers, diary, month)
                if ticket:
                    yield ticket


def make_tickets(story: Story, diary: Diary) -> dict[str, Ticket]:
    """Return all tickets by number: those of the story, noted in the diary, and everyday ones around them."""
    told = [outage_ticket(outage) for outage in story.outages.values() if outage.opened]
    told += [night_ticket(row, story.components) for row in story.rows["night_tickets"]]
    told += [open_ticket(row, story.components) for row in story.rows["open_tickets"]]
    for ticket in told:
        diary.enter(ticket.component.service, ticket.opened, ticket.resolved or EXTRACTED)
    return number_tickets([*told, *noise_tickets(story, diary)])


def number_tickets(tickets: Iterable[Ticket]) -> dict[str, Ticket]:
    """Return the tickets by their number, in order of opening, as the tool counts them."""
    ordered = sorted(tickets, key=lambda ticket: (ticket.opened, ticket.key))
    return {f"INC{4180233 + 7 * index:07}": ticket for index, ticket in enumerate(ordered)}


def shown(moment: datetime | None) -> str:
    """Return what the export shows: local time in Berlin, no offset (empty for none)."""
    return wall(moment, BERLIN, " ")


def ticket_rows(story: Story, tickets: dict[str, Ticket]) -> list[dict[str, str]]:
    """Return the list export with its faults."""
    number_of = {ticket.key: number for number, ticket in tickets.items()}
    rows = [ticket_row(number, ticket, number_of.get(ticket.parent, ""), story.components) for number, ticket in tickets.items()]
    return flawed(rows, {number for number, ticket in tickets.items() if ticket.is_noise})


def ticket_row(number: str, ticket: Ticket, parent: str, services: dict[str, Component]) -> dict[str, str]:
    """Return a line of the list export; a component is named only below the root."""
    numbers = draw(f"row/{ticket.key}")
    service = services[ticket.component.service]
    last = max([ticket.opened, *(event.happened for event in ticket.events)])
    note = numbers.choice(CONTACTS).format(n=numbers.randint(1, 60))
    return {
        "number": number,
        "sys_id": token(f"sys_id/{ticket.key}", 32),
        "opened_at": shown(ticket.opened),
        "u_occurred_at": shown(ticket.occurred),
        "resolved_at": shown(ticket.resolved),
        "closed_at": shown(ticket.closed),
        "state": STATE[ticket.state],
        "hold_reason": HOLD.get(ticket.state, ""),
        "priority": PRIORITY[ticket.severity],
        "business_service": service.aliases[0],
        "cmdb_ci": "" if ticket.component.is_root else ticket.component.aliases[0],
        "short_description": ticket.title,
        "description": f"{ticket.title}. {note}".strip(),
        "contact_type": ticket.channel,
        "assignment_group": ticket.component.team,
        "u_vendor_ref": ticket.vendor_ref,
        "close_code": ticket.cause if ticket.resolved else "",
        "caused_by": ticket.change,
        "parent_incident": parent,
        "u_customer_caused": "true" if ticket.is_customer_caused else "false",
        "major_incident_state": "accepted" if ticket.severity == "P1" else "",
        "reopen_count": str(ticket.reopened_n),
        "sys_created_on": shown(ticket.opened),
        "sys_updated_on": shown(last),
        "sys_mod_count": str(len(ticket.events)),
    }


def flawed(rows: list[dict[str, str]], noise: set[str]) -> list[dict[str, str]]:
    """Return the export with the faults of real ones, each in an everyday ticket.

    An unknown state; a ticket resolved before it was opened; one without service; one that stands there twice with different content
    (same version); one that stands there twice with the same.
    """
    picks = draw("flaws").sample([index for index, row in enumerate(rows) if row["number"] in noise and row["state"] == "Closed"], 5)
    parked, backwards, nameless, conflict, repeated = picks
    rows = [dict(row) for row in rows]
    rows[parked]["state"] = "Parked with supplier"
    rows[backwards]["resolved_at"] = f"2025{rows[backwards]['resolved_at'][4:]}"
    rows[nameless]["business_service"] = ""
    other = rows[conflict] | {"priority": PRIORITY["P1"], "short_description": "Everything is down"}
    copies = {conflict: other, repeated: dict(rows[repeated])}
    return [row for index, first in enumerate(rows) for row in (first, copies.get(index)) if row]


def history_rows(tickets: dict[str, Ticket]) -> Iterator[dict[str, str]]:
    """Yield every change of every ticket; the tool writes it down a second or two later."""
    for number, ticket in tickets.items():
        numbers = draw(f"history/{ticket.key}")
        human = person(numbers.randint(1, 24))
        actors = {"human": human, "automation": "WORKFLOW", "integration": "EVENT-BUS"}
        for seq, event in enumerate(ticket.events, start=1):
            yield {
                "ticket_key": number,
                "seq": str(seq),
                "changed_at": zulu(event.happened),
                "recorded_at": zulu(event.happened + between(numbers, 0, 2)),
                "field": event.field,
                "old": event.old,
                "new": event.new,
                "entry_kind": event.kind,
                "is_public": "true" if event.is_public else "false",
                "actor_ref": actors[event.actor_kind],
                "actor_kind": event.actor_kind,
            }


def maintenance_rows(story: Story) -> Iterator[dict[str, str]]:
    """Yield the planned windows."""
    for row in story.rows["maintenance"]:
        yield {
            "mw_key": row["key"],
            "components": ";".join(row["components"]),
            "start_at": row["start"],
            "end_at": row["end"],
            "notice_at": row.get("notice", ""),
            "approved_at": row.get("approved", ""),
            "approver_role": "change_manager" if "approved" in row else "",
            "kind": row["kind"],
            "change_key": row.get("change", ""),
            "evidence_ref": f"notice/{row['key']}.eml",
        }


def change_rows(story: Story) -> list[dict[str, str]]:
    """Return the changes of the story and a dozen everyday deployments a month, by start."""
    rows = [change_row(row["key"], row["components"], instant(row["start"]), instant(row["end"]), row) for row in story.rows["changes"]]
    parts = [component.name for component in story.components.values() if not component.is_root]
    for month in MONTHS:
        numbers = draw(f"changes/{month}")
        for index in range(12):
            started = working_time(numbers, month)
            facts = {"kind": numbers.choice(("deployment", "deployment", "config", "standard")), "risk": "low", "outcome": "success"}
            key = f"CHG00{month:02}{500 + index}"
            rows.append(change_row(key, [numbers.choice(parts)], started, started + between(numbers, 300, 2400), facts))
    return sorted(rows, key=lambda row: (row["started_at"], row["change_key"]))


def change_row(key: str, parts: list[str], started: datetime, ended: datetime, facts: dict[str, str]) -> dict[str, str]:
    """Return a line of the change calendar; approved the day before."""
    return {
        "change_key": key,
        "components": ";".join(parts),
        "started_at": zulu(started),
        "ended_at": zulu(ended),
        "kind": facts["kind"],
        "risk": facts["risk"],
        "outcome": facts["outcome"],
        "approved_at": zulu(started - DAY),
    }
