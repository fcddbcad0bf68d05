"""Instants: offsets, declared zones, repeated and skipped hours, precision (R-TM1, R-TM2, R-TM4; E08, E09, E10)."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

import pytest

from tasks.model.zones import resolve_wall, transitions
from tasks.stage.pieces import prepare
from tasks.store.engine import Engine
from tests.stage.desk import Desk

HEADER = "vendor_key,provider_id,started_at,ended_at,status\n"


def record(started_at: str, ended_at: str = "") -> str:
    return f"{HEADER}V-1,acme,{started_at},{ended_at},final\n"


def text(instant: datetime) -> str:
    return instant.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def test_equal_wall_times_of_the_repeated_hour_are_an_hour_apart(desk: Desk) -> None:
    """E08."""
    desk.declare("acme", "vendor_record", zone="Europe/Berlin")
    desk.land(("acme", "records.csv", record("2026-10-25T02:30:00+02:00", "2026-10-25T02:30:00+01:00")))
    (row,) = desk.rows("select started_at, ended_at, epoch_us(ended_at) - epoch_us(started_at) as length_us from staged.vendor_record")
    assert text(row["started_at"]) == "2026-10-25T00:30:00.000000Z"
    assert text(row["ended_at"]) == "2026-10-25T01:30:00.000000Z"
    assert row["length_us"] == 60 * 60_000_000


@pytest.mark.parametrize(
    ("wall", "issue", "candidates"),
    [
        pytest.param("2026-10-25 02:30:00", "AMBIGUOUS_LOCAL_TIME", ["2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z"], id="E09 twice"),
        pytest.param("2026-03-29 02:30:00", "NONEXISTENT_LOCAL_TIME", [], id="E10 never"),
        pytest.param(
            "2026-10-25 02:00:00", "AMBIGUOUS_LOCAL_TIME", ["2026-10-25T00:00:00Z", "2026-10-25T01:00:00Z"], id="its first instant"
        ),
        pytest.param("2026-03-29 02:59:59.999999", "NONEXISTENT_LOCAL_TIME", [], id="the gap's last microsecond"),
    ],
)
def test_a_wall_time_that_a_clock_showed_twice_or_never_is_set_aside(desk: Desk, wall: str, issue: str, candidates: list[str]) -> None:
    desk.declare("acme", "vendor_record", zone="Europe/Berlin")
    desk.land(("acme", "records.csv", record(wall)))
    with desk.shown() as engine:
        (found,) = engine.rows("from staged.issues")
        assert (found["rule_id"], found["issue"], found["column_name"], found["action"]) == ("R-TM2", issue, "started_at", "quarantined")
        assert found["candidates"] == candidates
        assert engine.rows("select issues, state from staged.quarantine") == [{"issues": [issue], "state": "waiting"}]
        assert engine.rows("from staged.vendor_record") == []


@pytest.mark.parametrize(
    ("written", "instant", "raw", "zone", "precision"),
    [
        pytest.param("2026-10-07T12:00:00+02:00", "2026-10-07T10:00:00.000000Z", None, "+02:00", "s", id="an offset"),
        pytest.param("2026-10-07T10:00Z", "2026-10-07T10:00:00.000000Z", None, "Z", "min", id="to the minute: its first second (R-TM4)"),
        pytest.param("2026-10-07 15:30:00.5+0530", "2026-10-07T10:00:00.500000Z", None, "+0530", "ms", id="a fraction of a second"),
        pytest.param("2026-10-07T10:00:00.123456789Z", "2026-10-07T10:00:00.123456Z", None, "Z", "us", id="nanoseconds are cut off"),
        pytest.param("2026-10-07 12:00", "2026-10-07T10:00:00.000000Z", "2026-10-07 12:00", "Europe/Berlin", "min", id="summer time"),
        pytest.param(
            "2026-10-25 03:00:00", "2026-10-25T02:00:00.000000Z", "2026-10-25 03:00:00", "Europe/Berlin", "s", id="after the repeat"
        ),
        pytest.param(
            "2026-03-29 01:59:59", "2026-03-29T00:59:59.000000Z", "2026-03-29 01:59:59", "Europe/Berlin", "s", id="before the gap"
        ),
    ],
)
def test_an_instant_keeps_how_it_was_written(desk: Desk, written: str, instant: str, raw: str | None, zone: str, precision: str) -> None:
    desk.declare("acme", "vendor_record", zone="Europe/Berlin")
    desk.land(("acme", "records.csv", record(written)))
    (row,) = desk.rows(
        "select started_at, started_at_raw, started_at_tz, started_at_precision, ended_at_tz, ended_at_precision from staged.vendor_record"
    )
    assert (text(row["started_at"]), row["started_at_raw"], row["started_at_tz"], row["started_at_precision"]) == (
        instant,
        raw,
        zone,
        precision,
    )
    assert (row["ended_at_tz"], row["ended_at_precision"]) == (None, None)


@pytest.mark.parametrize(
    ("valid_from", "instant"),
    [
        pytest.param("2026-01-01", "2025-12-31T23:00:00Z", id="winter"),
        pytest.param("2026-07-01", "2026-06-30T22:00:00Z", id="summer"),
        pytest.param("9999-12-31", "9999-12-30T23:00:00Z", id="for ever, beyond the last known change"),
        pytest.param("1900-01-01", "1899-12-31T23:00:00Z", id="since ever, before the first known change"),
    ],
)
def test_a_bare_date_of_validity_is_local_midnight_of_the_home(desk: Desk, valid_from: str, instant: str) -> None:
    desk.declare("tool", "journey")
    desk.land(("tool", "journeys.csv", f"journey_id,service_id,name,is_critical,valid_from\nJ,S,Pay,true,{valid_from}\n"))
    (row,) = desk.rows("select instant_text(valid_from) as at, valid_from_raw, valid_from_tz, valid_from_precision from staged.journey")
    assert (row["at"], row["valid_from_raw"]) == (instant, valid_from)
    assert (row["valid_from_tz"], row["valid_from_precision"]) == ("Europe/Berlin", "day")


@pytest.mark.parametrize(
    "zone", ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia", "Africa/Casablanca", "Asia/Kolkata"]
)
def test_the_table_of_days_gives_what_the_zone_database_gives(zone: str) -> None:
    chance = random.Random(zone)
    walls = [datetime(1975, 1, 1) + timedelta(minutes=chance.randrange(80 * 365 * 24 * 60)) for _ in range(300)]
    for change in transitions(zone)[1:]:
        for before in (False, True):  # around each change, as the clock showed it on either side
            shown = change.start_at.replace(tzinfo=None) + timedelta(microseconds=change.utc_offset_us)
            walls += [shown + timedelta(minutes=minutes, hours=-1 if before else 0) for minutes in (-61, -1, 0, 29, 30, 59, 61)]
    with Engine() as engine:
        prepare(engine, [zone])
        engine.create("payload.walls", {"place": "BIGINT", "wall": "TIMESTAMP"}, [{"place": p, "wall": w} for p, w in enumerate(walls)])
        found = engine.rows("""
            select wall_instants(walls.wall, days.offset_us, days.spans) as instants
            from payload.walls as walls
            inner join staged.piece__wall_days as days on days.day = wall_day(walls.wall)
            order by walls.place
        """)
    got = [[instant.replace(tzinfo=None) for instant in row["instants"]] for row in found]
    assert got == [[instant.replace(tzinfo=None) for instant in resolve_wall(zone, wall)] for wall in walls]
