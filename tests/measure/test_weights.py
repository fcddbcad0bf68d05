"""Weighted time: runs, whole minutes, redundant components and user minutes, every figure worked by hand (R-PO1 to R-PO3, R-GR1)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import pytest

from tasks.store.engine import Engine
from tests.measure.estate import MEASURE, contract_text, measured
from tests.measure.world import Row

MINUTE_US = 60_000_000
JUNE = 43_200  # minutes
Outage = tuple[str, str, str] | tuple[str, str, str, str]  # from, to, share; the component below the service


@dataclass(frozen=True)
class Case:
    """A service of its own: its outages and terms, and what was lost of what could be, in minutes or user minutes."""

    outages: tuple[Outage, ...]
    lost: str
    whole: int = JUNE
    down_min: str | None = None  # counted time, whatever its weight; not looked at if left out
    options: dict[str, Any] = field(default_factory=dict)
    users: tuple[int | None, ...] = ()  # over equal parts of June
    hit: dict[int, int] = field(default_factory=dict)  # users that the vendor says the outage hit
    maintenance: tuple[tuple[str, str], ...] = ()
    unmeasured: tuple[tuple[str, str], ...] = ()


def shares(*outages: Outage, lost: str, down_min: str | None = None, **options: Any) -> Case:
    return Case(outages, lost, JUNE, down_min, {"partial_outage": "affected_fraction"} | options)


def of_users(*outages: Outage, lost: str, whole: int, users: tuple[int | None, ...] = (1000,), **more: Any) -> Case:
    return Case(outages, lost, whole, users=users, options={"partial_outage": "user_minutes"} | more.pop("options", {}), **more)


FIVE = {"s": 300, "comparator": "gte"}
PAIR = {"composite": "parallel_intersection"}
TWO_OF_THREE = {"composite": {"kind": "k_of_n", "k": 2, "n": 3}}
SUMMED = {"overlap_weight": "sum_capped"}
CASES = {
    "a run goes on while anything is lost: 6 x 0.2 + 4 x 1": shares(
        ("10:00", "10:06", "0.2"), ("10:06", "10:10", "1"), lost="5.2", down_min="10", min_consecutive=FIVE
    ),
    "a run that is too short vanishes with its weight: 10 x 0.5": shares(
        ("10:00", "10:04", "0.5"), ("11:00", "11:10", "0.5"), lost="5", down_min="10", min_consecutive=FIVE
    ),
    "the rest of a run's last minute vanishes with its weight: 2 x 0.2": shares(
        ("10:00", "10:02", "0.2"), ("10:02", "10:02:30", "1"), lost="0.4", down_min="2", granularity="run_whole_minutes"
    ),
    "clock minutes covered in full keep the weight they had: 2 x 0.5": shares(
        ("10:00:30", "10:03:30", "0.5"), lost="1", down_min="2", granularity="clock_full_minutes"
    ),
    "clock minutes touched count whole, with the weight beside: 2 x 0.5": shares(
        ("10:00:30", "10:01:30", "0.5"), lost="1", down_min="2", granularity="clock_any_minutes"
    ),
    "between two runs in one clock minute the lower weight counts: 20 s x 0.5 + 40 s x 0.2": shares(
        ("10:00:10", "10:00:20", "0.5"), ("10:00:40", "10:00:50", "0.2"), lost="0.3", down_min="1", granularity="clock_any_minutes"
    ),
    "a bridged gap counts with the lower weight beside it: 10 x 0.8 + 2 x 0.3 + 8 x 0.3": shares(
        ("10:00", "10:10", "0.8"), ("10:12", "10:20", "0.3"), lost="11", down_min="20", bridge_gap_s=120
    ),
    "of a redundant pair the smaller share is lost to both: 30 x 0.4": shares(
        ("10:00", "11:00", "0.4", "a"), ("10:30", "11:30", "0.7", "b"), lost="12", down_min="30", **PAIR
    ),
    "summed, a redundant pair loses what cannot be disjoint: 30 x (0.4 + 0.7 - 1)": shares(
        ("10:00", "11:00", "0.4", "a"), ("10:30", "11:30", "0.7", "b"), lost="3", down_min="30", **PAIR, **SUMMED
    ),
    "summed, a pair that shares no user is not down: 0.4 + 0.5 <= 1": shares(
        ("10:00", "11:00", "0.4", "a"), ("10:00", "11:00", "0.5", "b"), lost="0", down_min="0", **PAIR, **SUMMED
    ),
    "two of three needed: the second largest share, 60 x 0.8": shares(
        ("10:00", "11:00", "0.8", "a"), ("10:00", "11:00", "0.7", "b"), ("10:00", "11:00", "0.9", "c"), lost="48", **TWO_OF_THREE
    ),
    "summed, two of three needed: 0.8 + 0.7 + 0.1 - 1, 60 x 0.6": shares(
        ("10:00", "11:00", "0.8", "a"), ("10:00", "11:00", "0.7", "b"), ("10:00", "11:00", "0.1", "c"), lost="36", **TWO_OF_THREE, **SUMMED
    ),
    "summed, the service's own share comes on top of its pair's: 60 x (0.3 + 1 + 0.5 - 1)": shares(
        ("10:00", "11:00", "0.3"), ("10:00", "11:00", "1", "a"), ("10:00", "11:00", "0.5", "b"), lost="48", **PAIR, **SUMMED
    ),
    "users double on the 16th; half of them hit over midnight: 120 x 500 + 120 x 1000": of_users(
        ("15T22:00", "16T02:00", "0.5"), lost="180000", whole=21_600 * 3_000, users=(1000, 2000)
    ),
    "no more users are hit than there are": of_users(("10:00", "11:00", "1"), lost="60000", whole=JUNE * 1000, hit={0: 5000}),
    "an outage without a number hits all": of_users(("10:00", "11:00", "1"), lost="60000", whole=JUNE * 1000),
    "two numbers at once: the larger, 30 x 300 + 30 x 500 + 30 x 500": of_users(
        ("10:00", "11:00", "1"), ("10:30", "11:30", "1"), lost="39000", whole=JUNE * 1000, hit={0: 300, 1: 500}
    ),
    "two numbers of disjoint users: their sum, 30 x 300 + 30 x 800 + 30 x 500": of_users(
        ("10:00", "11:00", "1"), ("10:30", "11:30", "1"), lost="48000", whole=JUNE * 1000, hit={0: 300, 1: 500}, options=SUMMED
    ),
    "the contract states the users: 60 x 0.25 x 200": of_users(
        ("10:00", "11:00", "0.25"),
        lost="3000",
        whole=JUNE * 200,
        options={"user_minutes": {"users_from": "stated", "users": 200}},
    ),
    "approved maintenance leaves the user minutes too": of_users(
        ("10:00", "11:00", "1"), lost="36000", whole=(JUNE - 60) * 1000, hit={0: 600}, maintenance=(("12:00", "13:00"),)
    ),
    "unmeasured time that counts as down hits all": of_users(
        lost="60000", whole=JUNE * 1000, unmeasured=(("12:00", "13:00"),), options={"unmeasured_time": "down"}
    ),
    "no run of user minutes is judged by how many it hit: 8 x 10 of 1000 users": of_users(
        ("10:00", "10:08", "1"),
        ("11:00", "11:04", "1"),
        lost="80",
        whole=JUNE * 1000,
        hit={0: 10, 1: 900},
        options={"min_consecutive": FIVE},
    ),
    "nobody knows the users": of_users(("10:00", "11:00", "1"), lost="0", whole=0, users=(None,)),
    "nobody knows the users of half the month": of_users(("10:00", "11:00", "1"), lost="0", whole=0, users=(1000, None)),
}


def moment(clock: str) -> str:
    """Return an instant of 10 June, or of another day if it is named: 15T22:00."""
    return f"2026-06-{clock if 'T' in clock else '10T' + clock}Z"


def tables_of(name: str, case: Case) -> Iterator[tuple[str, Row]]:
    """Yield the rows of a case by table."""
    halves = {1: ["2020-01-01", None], 2: ["2020-01-01", "2026-06-16", None]}[len(case.users or (0,))]
    for place, users in enumerate(case.users or (None,)):
        span = {"valid_from": f"{halves[place]}T00:00:00Z", "valid_to": halves[place + 1] and f"{halves[place + 1]}T00:00:00Z"}
        yield "staged.service_catalogue", {"service_id": name, "component_id": name, "users": users} | span
    for leg in sorted({outage[3] for outage in case.outages if len(outage) > 3}):
        yield "staged.service_catalogue", {"service_id": name, "component_id": f"{name} {leg}", "parent_id": name}
    for place, (start, end, weight, *leg) in enumerate(case.outages):
        outage = {"incident_id": f"{name} {place}", "component_id": " ".join([name, *leg]), "start_at": moment(start), "weight": weight}
        yield "reconciled.incidents", {"incident_id": f"{name} {place}", "service_id": name, "occurred_at": moment(start)}
        yield "reconciled.outage_intervals", outage | {"end_at": moment(end)}
        if place in case.hit:
            yield "reconciled.outage_users", outage | {"affected_users": case.hit[place]}
    for start, end in case.maintenance:
        span = {"start_at": moment(start), "end_at": moment(end), "contract_version_id": f"{name}@1", "exclusion_id": f"X {name}"}
        yield "reconciled.exclusions", span | {"component_id": name}
    for start, end in case.unmeasured:
        gap = {"start_at": moment(start), "end_at": moment(end), "cause": "gap", "rule_ids": []}
        yield "reconciled.unmeasured_intervals", gap | {"component_id": name}


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    """Return one month of all cases, each a contract and a service of its own."""
    tables: dict[str, list[Row]] = {}
    contracts = []
    for place, case in enumerate(CASES.values()):
        name = f"s{place}"
        for table, row in tables_of(name, case):
            tables.setdefault(table, []).append(row)
        measure = MEASURE | case.options | {"applies_to": {"services": [name]}}
        contracts.append(contract_text({"uptime": measure}, contract_id=name, credits={"form": "none"}))
    with measured(contracts, tables) as engine:
        yield engine


@pytest.fixture(scope="module")
def results(engine: Engine) -> dict[str, Row]:
    rows = {row["service_id"]: row for row in engine.rows("from measured.sla_results where variant = 'headline'")}
    return {name: rows[f"s{place}"] for place, name in enumerate(CASES)}


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case.whole])
def test_what_is_lost_is_as_worked_by_hand(name: str, results: dict[str, Row]) -> None:
    case, row = CASES[name], results[name]
    whole, left = (Fraction(int(row[column]), 10**6 * MINUTE_US) for column in ("value_den", "value_num"))
    assert (whole - left, whole) == (Fraction(case.lost), case.whole)
    assert case.down_min is None or Fraction(row["down_us"], MINUTE_US) == Fraction(case.down_min)


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if not case.whole])
def test_users_that_nobody_knows_are_not_guessed(name: str, results: dict[str, Row]) -> None:
    row = results[name]
    assert (row["status"], row["value_num"], row["value_den"], row["down_us"]) == ("insufficient_evidence", None, None, 60 * MINUTE_US)


def test_the_ledger_says_what_share_of_counted_time_was_lost(engine: Engine, results: dict[str, Row]) -> None:
    """The spans of a ledger, each times its share, are what the value says was lost, gaps and rests of minutes included."""
    ledger = engine.rows("""
        select subject_id, sum(length_us::hugeint * (weight * 1000000)::bigint)::varchar as lost
        from measured.clock_ledger where subject_kind = 'sla_result' and counted_as = 'counted' group by all
    """)
    lost = {row["subject_id"]: Fraction(row["lost"]) / 10**6 / MINUTE_US for row in ledger}
    of_shares = {name: case for name, case in CASES.items() if case.options["partial_outage"] == "affected_fraction"}
    assert {name: lost.get(results[name]["result_id"], Fraction(0)) for name in of_shares} == {
        name: Fraction(case.lost) for name, case in of_shares.items()
    }
