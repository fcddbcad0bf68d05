"""Service levels in SQL, from contracts and calendars as people write them, against a slow oracle that judges every cut by itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as some

from tests.depth import dear
from tests.measure.calendar_oracle import Document, days_of, month_bounds
from tests.measure.estate import contract_text, make_calendar, measured
from tests.measure.level_oracle import MINUTE_US, Answer, Judge, Level, Outage, Part, Span, Terms
from tests.measure.made_calendars import ZONES, calendars
from tests.measure.world import Row

FEW = settings(dear(2), phases=[Phase.explicit, Phase.generate])
pytestmark = pytest.mark.oracle
MONTHS = ((2026, 3), (2026, 4), (2026, 10), (2024, 3), (2024, 10))  # clocks change in them
MICROSECOND = timedelta(microseconds=1)
DAY_US = 24 * 60 * MINUTE_US
STATES = ("down", "down", "degraded")
EDGES = tuple(length + off for length in (30_000_000, 60_000_000, 300_000_000, 600_000_000) for off in (-1, 0, 1))  # of the rules below
LAST_US = 66 * DAY_US  # of the month before and the month itself, and a little
WEIGHTS = tuple(Fraction(text) for text in ("0.000001", "0.25", "0.333333", "0.5", "1"))


@dataclass(frozen=True)
class Case:
    """A service under a contract of its own."""

    zone: str
    anchor: int  # of the billing cycle; 1: calendar months
    hours: int | None  # place of the calendar among those of the estate
    active: tuple[int, int | None]
    root: Part
    children: tuple[Part, ...]
    terms: Terms


@dataclass(frozen=True)
class Estate:
    """Services of one month; instants are microseconds after the first day, in UTC, of the month before."""

    month: tuple[int, int]
    as_of: int
    calendars: tuple[Document, ...]
    cases: tuple[Case, ...]

    @property
    def start_at(self) -> datetime:
        year, month = self.month
        return datetime(year - (month == 1), (month - 2) % 12 + 1, 1, tzinfo=UTC)

    def instant(self, us: int | None) -> str | None:
        return None if us is None else (self.start_at + us * MICROSECOND).isoformat()

    def window(self, case: Case) -> Span:
        year, month = self.month
        first = (year, month) if case.anchor == 1 else (self.start_at.year, self.start_at.month)
        start_at, end_at = month_bounds(case.zone, *first, case.anchor)
        return (start_at - self.start_at) // MICROSECOND, (end_at - self.start_at) // MICROSECOND


def spans(busy: Sequence[int], least: int, most: int) -> Any:
    """Return spans that begin within some hours of busy instants, so that they meet, mostly on a minute."""
    offsets = some.integers(-200, 200).map(lambda minutes: minutes * MINUTE_US)
    odd = some.sampled_from([0, 0, 0, 1, 20_000_000, 59_999_999])
    lengths = some.one_of(some.sampled_from(EDGES), some.integers(1, 480 * MINUTE_US), some.integers(1, 3 * DAY_US))
    span = some.tuples(some.sampled_from(busy), offsets, odd, lengths)
    return some.lists(span.map(lambda told: (sum(told[:3]), sum(told))), min_size=least, max_size=most).map(tuple)


@some.composite
def parts(draw: Any, busy: Sequence[int]) -> Part:
    outages = []
    for start, end in draw(spans(busy, 2, 4)):
        for gap in draw(some.lists(some.sampled_from(EDGES), max_size=1)):  # another soon after
            outages.append(Outage(end + gap, end + gap + draw(some.sampled_from(EDGES))))
        is_open = draw(some.integers(0, 19)) == 7
        outages.append(Outage(start, None if is_open else end, draw(some.sampled_from(STATES)), draw(some.sampled_from(WEIGHTS))))
    starts = [one.start for one in outages]
    maintenance, customer_caused = (draw(some.one_of(some.just(()), spans(busy, 1, 2), spans(starts, 1, 2))) for _ in range(2))
    return Part(tuple(outages), maintenance, customer_caused)


@some.composite
def terms(draw: Any, children: int) -> Terms:
    composite = draw(some.sampled_from(["serial_union", "parallel_intersection", "k_of_n"])) if children else "serial_union"
    partial = draw(some.sampled_from(["binary", "binary", "affected_fraction", "state_weights"]))
    common = {
        "composite": composite,
        "k": draw(some.integers(1, children)) if composite == "k_of_n" else None,
        "denominator": draw(some.sampled_from(["remove_from_both", "count_as_up"])),
        "partial_period": draw(some.sampled_from(["active_only", "full_window_deemed_up"])),
        "partial_outage": partial,
    }
    weighted = {"weight_degraded": draw(some.sampled_from(WEIGHTS)), "overlap_weight": draw(some.sampled_from(["max", "sum_capped"]))}
    return Terms(
        **common,
        **(weighted if partial != "binary" else {}),
        states=draw(some.sampled_from([("down",), ("down", "degraded")])),
        granularity=draw(some.sampled_from(["exact", "run_whole_minutes", "clock_full_minutes", "clock_any_minutes"])),
        min_consecutive=draw(some.sampled_from([0, 0, 60, 300])) * 1_000_000,
        min_comparator=draw(some.sampled_from(["gte", "gt"])),
        bridge=draw(some.sampled_from([0, 0, 30, 600])) * 1_000_000,
    )


@some.composite
def cases(draw: Any, calendars_made: int) -> Case:
    children = draw(some.sampled_from([0, 0, 2, 3]))
    busy = [day * DAY_US for day in draw(some.lists(some.integers(30, 60), min_size=2, max_size=3, unique=True))]
    active = (draw(some.sampled_from([0, 0, 40])) * DAY_US, draw(some.sampled_from([None, None, 50 * DAY_US])))
    return Case(
        draw(some.sampled_from(ZONES)),
        draw(some.sampled_from([1, 1, 15, 31])),
        draw(some.sampled_from([None, None, *range(calendars_made)])),
        active,
        draw(parts(busy)),
        tuple(draw(parts(busy)) for _ in range(children)),
        draw(terms(children)),
    )


@some.composite
def estates(draw: Any) -> Estate:
    month = draw(some.sampled_from(MONTHS))
    documents = tuple(draw(calendars(datetime(*month, 1, tzinfo=UTC))) for _ in range(2))
    as_of = draw(some.sampled_from([LAST_US, LAST_US, LAST_US, 45 * DAY_US + 1]))
    return Estate(month, as_of, documents, tuple(draw(cases(2)) for _ in range(draw(some.integers(20, 24)))))


def agreement(name: str, case: Case) -> dict[str, Any]:
    stated = case.terms
    measure: Row = {
        "kind": "availability",
        "target": "99.9",
        "applies_to": {"services": [name]},
        "service_hours": "24x7" if case.hours is None else f"made-{case.hours}",
        "denominator": stated.denominator,
        "partial_period": stated.partial_period,
        "composite": {"kind": "k_of_n", "k": stated.k, "n": len(case.children)} if stated.k else stated.composite,
        "unavailable_when": {"rule": "monitoring_state", "states": list(stated.states)},
        "partial_outage": stated.partial_outage,
        "overlap_weight": stated.overlap_weight,
        "granularity": stated.granularity,
        "min_consecutive": {"s": stated.min_consecutive // 1_000_000, "comparator": stated.min_comparator},
        "bridge_gap_s": stated.bridge // 1_000_000,
    }
    if stated.partial_outage == "state_weights":
        measure["state_weights"] = {"degraded": f"{float(stated.weight_degraded):.6f}", "down": "1"}
    window = {"window": "calendar_month"} if case.anchor == 1 else {"window": "billing_cycle", "billing_anchor_day": case.anchor}
    return contract_text({"uptime": measure}, contract_id=name, credits={"form": "none"}, clock={"timezone": case.zone, **window})


def tables_of(name: str, case: Case, estate: Estate) -> dict[str, list[Row]]:
    tables: dict[str, list[Row]] = {
        "staged.service_catalogue": [],
        "reconciled.incidents": [],
        "reconciled.outage_intervals": [],
        "reconciled.exclusions": [],
    }
    instant = estate.instant
    for place, part in enumerate((case.root, *case.children)):
        component = f"{name}.{place}" if place else name
        entry: Row = {"service_id": name, "component_id": component, "parent_id": name if place else None}
        active = {} if place else {"valid_from": instant(case.active[0]), "valid_to": instant(case.active[1])}
        tables["staged.service_catalogue"].append(entry | active)
        for number, outage in enumerate(part.outages):
            incident = {"incident_id": f"I-{component}-{number}", "service_id": name, "contract_version_id": f"{name}@1"}
            tables["reconciled.incidents"].append(incident | {"component_ids": [component], "occurred_at": instant(outage.start)})
            span = {"start_at": instant(outage.start), "end_at": instant(outage.end), "component_id": component}
            said = {"incident_id": f"I-{component}-{number}", "state": outage.state, "weight": f"{float(outage.weight):.6f}"}
            tables["reconciled.outage_intervals"].append(span | said)
        for kind, rows in (("pre_approved_maintenance", part.maintenance), ("customer_caused", part.customer_caused)):
            for number, (start, end) in enumerate(rows):
                named = {"exclusion_id": f"X-{component}-{kind}-{number}", "type": kind, "contract_version_id": f"{name}@1"}
                span = {"component_id": component, "start_at": instant(start), "end_at": instant(end)}
                tables["reconciled.exclusions"].append(named | span)
    return tables


def open_hours(document: Document, estate: Estate) -> tuple[Span, ...]:
    days = days_of(document, estate.start_at, LAST_US // MINUTE_US + 2 * 24 * 60)
    return tuple((start * MINUTE_US, end * MINUTE_US) for start, end in days.open_runs())


def levels_of(estate: Estate) -> dict[str, Row]:
    """Return by service its headline result, as production measures the estate."""
    tables: dict[str, list[Row]] = {}
    for place, case in enumerate(estate.cases):
        for address, rows in tables_of(f"S{place}", case, estate).items():
            tables.setdefault(address, []).extend(rows)
    engine = measured(
        [agreement(f"S{place}", case) for place, case in enumerate(estate.cases)],
        tables,
        period="{}-{:02}".format(*estate.month),
        as_of=str(estate.instant(estate.as_of)),
        calendars={f"made-{place}": make_calendar(f"made-{place}", document) for place, document in enumerate(estate.calendars)},
        only=["results"],
    )
    sql = "select part.service_id, result.* from measured.results as result join measured.parts as part using (part_no)"
    return {row["service_id"]: row for row in engine.rows(f"{sql} where variant = 'headline'")}


@FEW
@given(estates())
def test_sql_and_oracle_agree_on_every_level(estate: Estate) -> None:
    found = levels_of(estate)
    hours = [open_hours(document, estate) for document in estate.calendars]
    differences = []
    for place, case in enumerate(estate.cases):
        own_hours = None if case.hours is None else hours[case.hours]
        level = Level(estate.window(case), estate.as_of, own_hours, case.active, case.root, case.children, case.terms)
        wanted, row = Judge(level).answer(), found.get(f"S{place}")
        if row is None or as_told(row) != wanted:
            differences.append((estate.month, estate.as_of, level, wanted, row and as_told(row)))
    assert not differences


def as_told(row: Row) -> Answer:
    value = Fraction(int(row["value_num"]), int(row["value_den"])) if row["value_den"] else None
    assert value is None or 0 <= value <= 1
    return Answer(row["agreed_us"], row["down_us"], row["excluded_us"], value)
