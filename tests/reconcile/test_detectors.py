"""Detectors: times a whole offset off machine times, and clocks of two sources that lie apart (DOMAIN 4.3, RC-D5)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tasks.store.engine import Engine
from tests.reconcile.world import RECORDED, Row, at, reconciled, up_around

DAYS = range(1, 11)
SERVICES = ("feed", "author", "late", "few", "slow", "near")


def watched(service: str, hours: tuple[int, ...] = (10,)) -> list[Row]:
    """Return samples that saw an outage of an hour at these hours of ten days of June."""
    spans = [(at(f"{hour:02}:00", day), at(f"{hour + 1:02}:00", day)) for day in DAYS for hour in hours]
    return up_around(spans, at("00:00", 1), at("00:00", 20), component_raw=service, rule_id=f"probe {service}")


def told(service: str, days: range, start: str, end: str) -> list[Row]:
    """Return records of the provider's feed of the same name, one a day."""
    common = {"source_system": service, "component_raw": service}
    return [common | {"vendor_key": f"{service} {day}", "started_at": at(start, day), "ended_at": at(end, day)} for day in days]


def written(service: str, author: str, days: range, start: str, end: str) -> tuple[list[Row], list[Row]]:
    """Return tickets of a desk of the same name, one a day, and the history row that says who opened each."""
    tickets, history = [], []
    for day in days:
        key = f"{author} {day}"
        common = {"source_system": service, "ticket_key": key}
        instants = {"occurred_at": at(start, day), "opened_at": at(start, day), "restored_at": at(end, day)}
        tickets.append(common | instants | {"service_raw": service, "component_raw": service})
        history.append(common | {"seq": 1, "changed_at": at(start, day), "field": "state", "new": "new", "actor_ref": author})
    return tickets, history


@pytest.fixture(scope="module")
def world() -> Iterator[Engine]:
    desks = [
        written("author", "P-AWAY", range(1, 11), "02:00", "03:00"),  # the outage was at 03:00: one hour behind
        written("author", "P-HOME", range(1, 11), "15:00", "16:00"),
        written("slow", "P-SLOW", range(1, 6), "10:02", "11:00"),  # two minutes late, five times
        written("near", "P-NEAR", range(1, 6), "10:01", "11:00"),  # a minute, which policy allows
    ]
    staged = {
        "service_catalogue": [{"service_id": service} for service in SERVICES],
        "monitoring_rule": [{"rule_id": f"probe {service}", "component_id": service} for service in SERVICES],
        "monitoring_sample": [row for service in SERVICES for row in watched(service, (3, 15) if service == "author" else (10,))],
        "vendor_record": [
            *told("feed", range(1, 4), "10:00", "11:00"),
            *told("feed", range(4, 11), "12:01", "13:05"),  # from 4 June on two hours ahead, as closely as anybody writes
            *told("late", range(1, 11), "10:30", "11:00"),  # a note written late moves the start alone
            *told("few", range(1, 5), "12:00", "13:00"),  # four are too few
        ],
        "ticket": [row for tickets, _ in desks for row in tickets],
        "ticket_history": [row for _, history in desks for row in history],
    }
    first = {"vendor_key": "few 1", "raw_id": "few 1, first", "ended_at": at("13:30", 1), "recorded_from": at("00:00", 19)}
    older = {"vendor_record": [told("few", range(1, 2), "12:00", "13:30")[0] | first]}
    with reconciled(staged, older=older) as engine:
        yield engine


def skews(engine: Engine, kind: str) -> list[tuple[object, ...]]:
    rows = engine.rows(
        "select source_system, field, observed, delta_us // 1000000 as delta_s, len(raw_ids) as records"
        " from reconciled.discrepancies where type = 'TIMESTAMP_SKEW' and starts_with(field, ?) order by all",
        [kind],
    )
    return [tuple(row.values()) for row in rows]


def test_a_feed_or_an_author_a_whole_offset_off_machines_is_named_with_its_records_since_when_and_by_how_much(world):
    assert skews(world, "zone") == [
        ("author", "zone of P-AWAY", "from 2026-06-01T02:00:00Z to 2026-06-10T02:00:00Z, 10 of 10 records", -3600, 10),
        ("feed", "zone", "from 2026-06-04T12:01:00Z to 2026-06-10T12:01:00Z, 7 of 7 records", 7200, 7),
    ]


def test_the_median_difference_of_a_pair_of_sources_is_told_beyond_its_tolerance_and_from_enough_incidents(world):
    assert ("slow", "median start against probes in 2026-06", "5 incidents", 120, 5) in skews(world, "median")
    assert [row for row in skews(world, "median") if row[0] in ("near", "author")] == []


def test_a_published_record_that_was_changed_is_told_with_both_values_when_we_learnt_it_and_its_incident(world):
    rows = world.rows(
        "select discrepancy.raw_ids, field, expected, observed, delta_us // 60000000 as delta_min,"
        " opened_at = ?::timestamptz as is_learnt_then, member.source_key from reconciled.discrepancies as discrepancy"
        " inner join reconciled.incident_members as member on discrepancy.incident_id = member.incident_id and raw_ids[2] = member.raw_id"
        " where type = 'POST_CLOSURE_EDIT'",
        [RECORDED],
    )
    assert [tuple(row.values()) for row in rows] == [
        (["few 1, first", "vendor_record:few 1"], "vendor.end", at("13:30", 1), at("13:00", 1), -30, True, "few 1")
    ]


def test_no_detector_changes_a_record_or_an_instant(world):
    rows = world.rows(
        "select occurred_at = ?::timestamptz as is_kept from reconciled.incidents where ticket_key = 'P-AWAY 1'", [at("02:00", 1)]
    )
    assert rows == [{"is_kept": True}]
