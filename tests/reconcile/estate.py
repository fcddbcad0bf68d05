"""A generated estate with known truth: outages, and what tickets, vendors, alerts and monitoring say of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random

from tests.reconcile.world import Row

START = datetime(2026, 6, 1, tzinfo=UTC)
DAYS = 30
WORDS = [
    "checkout",
    "login",
    "image",
    "search",
    "basket",
    "payment",
    "report",
    "stock",
    "price",
    "label",
    "printer",
    "network",
    "session",
    "cache",
    "queue",
    "login",
    "voucher",
    "mail",
]
FAULTS = ["fails", "slow", "down", "unreachable", "errors", "timeout", "refused", "blank", "frozen", "missing"]


@dataclass
class Estate:
    """Rows by entity; `truth` names the outage behind a ticket or vendor record by its raw_id, everyday tickets have one of their own."""

    tables: dict[str, list[Row]] = field(default_factory=dict)
    truth: dict[str, int] = field(default_factory=dict)

    def add(self, entity: str, key: str, outage: int | None = None, **columns: object) -> None:
        name = {"ticket": "ticket_key", "vendor_record": "vendor_key", "alert": "alert_key"}[entity]
        self.tables.setdefault(entity, []).append({name: key, "raw_id": f"{entity}:{key}", **columns})
        if outage is not None:
            self.truth[f"{entity}:{key}"] = outage


def clock(minute: float) -> str:
    """Return minutes since the estate's start as an instant."""
    return (START + timedelta(seconds=round(minute * 60))).isoformat()


def make_estate(services: int, outages_per_service: int, seed: int = 1) -> Estate:
    """Return a month of an estate: three components a service; about as many everyday tickets as outages, ten alerts an outage."""
    numbers, estate = Random(seed), Estate()
    estate.tables["service_catalogue"] = [
        {"service_id": f"s{place}", "component_id": name, "parent_id": None if name == f"s{place}" else f"s{place}"}
        for place in range(services)
        for name in (f"s{place}", f"s{place}-a", f"s{place}-b")
    ]
    outage = 0
    for place in range(services):
        for _ in range(outages_per_service):
            _tell_outage(estate, numbers, outage, f"s{place}")
            outage += 1
        for _ in range(outages_per_service):
            _tell_everyday(estate, numbers, outage, f"s{place}")
            outage += 1
    return estate


def _title(numbers: Random) -> str:
    return f"{numbers.choice(WORDS)} {numbers.choice(WORDS)} {numbers.choice(FAULTS)}"


def _tell_outage(estate: Estate, numbers: Random, outage: int, service: str) -> None:
    start = numbers.uniform(0, DAYS * 1440 - 400)
    length = min(max(numbers.lognormvariate(3.4, 0.9), 4), 360)
    component, title = numbers.choice([service, f"{service}-a", f"{service}-b"]), _title(numbers)
    has_vendor, is_linked = numbers.random() < 0.5, numbers.random() < 0.4
    if numbers.random() < 0.92:
        for copy in range(2 if numbers.random() < 0.15 else 1):
            opened = start + numbers.expovariate(1 / 8) + 20 * copy
            estate.add(
                "ticket",
                f"T{outage}-{copy}",
                outage,
                service_raw=service,
                component_raw=component if numbers.random() < 0.7 else None,
                title=title if copy == 0 else _title(numbers),
                opened_at=clock(opened),
                restored_at=clock(max(opened, start + length + numbers.uniform(-3, 10))) if numbers.random() < 0.6 else None,
                resolved_at=clock(max(opened, start + length) + numbers.expovariate(1 / 90)),
                state="resolved",
                vendor_ref=f"V{outage}" if has_vendor and is_linked and copy == 0 else None,
            )
    if has_vendor:
        late = numbers.uniform(-3, 12)
        estate.add(
            "vendor_record",
            f"V{outage}",
            outage,
            component_raw=component,
            title=title if numbers.random() < 0.5 else _title(numbers),
            started_at=clock(max(start + late, 0)),
            ended_at=clock(max(start + length + numbers.uniform(-10, 3), start + max(late, 0) + 1)),
        )
    for number in range(numbers.randint(4, 16)):
        fired = start + numbers.uniform(0, 3) + number * length / 17
        where = component if numbers.random() < 0.8 else service
        estate.add(
            "alert",
            f"A{outage}-{number}",
            rule_id=f"check {where}",
            component_raw=where,
            fired_at=clock(fired),
            cleared_at=clock(fired + max(length / 4, 1)),
        )


def _tell_everyday(estate: Estate, numbers: Random, outage: int, service: str) -> None:
    opened = numbers.uniform(0, DAYS * 1440 - 3000)
    if numbers.random() < 0.6:
        estate.add(
            "ticket",
            f"E{outage}",
            outage,
            service_raw=service,
            component_raw=numbers.choice([service, f"{service}-a", f"{service}-b", None]),
            title=_title(numbers),
            severity_raw="P4",
            opened_at=clock(opened),
            resolved_at=clock(opened + numbers.uniform(30, 2800)),
            state="resolved",
        )
    where = numbers.choice([service, f"{service}-a", f"{service}-b"])
    estate.add(
        "alert",
        f"N{outage}",
        rule_id=f"check {where}",
        component_raw=where,
        fired_at=clock(opened + 100),
        cleared_at=clock(opened + 102),
        disposition=numbers.choice(["false_positive", "transient_no_impact", "undispositioned"]),
    )
