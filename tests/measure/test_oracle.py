"""Availability in SQL against a slow oracle on made-up estates, and what must hold whatever the estate."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from tasks.measure.disputes import SPAN_COLUMNS
from tasks.measure.hours import write_hours
from tasks.store.engine import Engine, Limits
from tests.depth import dear
from tests.measure.oracle import NEEDED, Node, Service, Span, Terms, answer
from tests.measure.world import Row, fill

START = datetime(2026, 6, 1, tzinfo=UTC)
TICK_US = 60_000_000
LENGTH = 48
DEPENDENCIES = ("serial", "parallel", "k_of_n")
pytestmark = pytest.mark.oracle
NODE_SPANS = ("outages", "disputed", "maintenance", "customer_caused", "unmeasured")


@some.composite
def spans(draw: Any, most: int = 3) -> tuple[Span, ...]:
    edges = some.tuples(some.integers(-4, LENGTH + 4), some.integers(1, 16))
    return tuple((start, start + length) for start, length in draw(some.lists(edges, max_size=most)))


@some.composite
def nodes(draw: Any, name: str, depth: int) -> Node:
    """Return a component with those below it."""
    dependency = draw(some.sampled_from(DEPENDENCIES))
    below = draw(some.sampled_from([0, 2, 2, 3])) if depth else 0
    children = tuple(draw(nodes(f"{name}.{place}", depth - 1)) for place in range(below))
    kinds = draw(some.sets(some.sampled_from(NODE_SPANS[1:]), max_size=2))
    own = {kind: draw(spans(2)) for kind in ("outages", *sorted(kinds))}
    return Node(name, dependency, children=children, **own)


@some.composite
def services(draw: Any, name: str) -> Service:
    root = draw(nodes(name, 2))
    terms = Terms(
        denominator=draw(some.sampled_from(["remove_from_both", "count_as_up"])),
        unmeasured_time=draw(some.sampled_from(["unknown", "down", "up", "remove_from_base"])),
        partial_period=draw(some.sampled_from(["active_only", "full_window_deemed_up"])),
        min_consecutive=draw(some.sampled_from([0, 0, 2, 5])),
        min_comparator=draw(some.sampled_from(["gte", "gt"])),
        bridge=draw(some.sampled_from([0, 0, 1, 3])),
    )
    hours = draw(some.one_of(some.just(((0, LENGTH),)), spans()))
    active = (draw(some.integers(-5, 20)), draw(some.integers(30, LENGTH + 5)))
    return Service(root, (0, LENGTH), hours, active, terms)


def estates(most: int = 4) -> Any:
    return some.integers(1, most).flatmap(lambda count: some.tuples(*(services(f"S{place}") for place in range(count))))


# ---- an estate as tables


def moment(tick: int) -> str:
    return (START + timedelta(microseconds=tick * TICK_US)).isoformat()


def family(node: Node, parent: str | None = None) -> Iterable[tuple[Node, str | None]]:
    yield node, parent
    for child in node.children:
        yield from family(child, node.name)


def tables_of(estate: Sequence[Service], windows: Sequence[Span]) -> tuple[dict[str, list[Row]], list[Row]]:
    """Return the input tables of an estate, and its open disputes."""
    tables: dict[str, list[Row]] = {name: [] for name in TABLES}
    disputes: list[Row] = []
    for service in estate:
        name = service.root.name
        tables["run.measures"].append(terms_row(service))
        part = {"service_id": name, "window_start_at": moment(0), "window_end_at": moment(LENGTH)}
        tables["run.windows"].extend(part | {"start_at": moment(start), "end_at": moment(end)} for start, end in windows)
        tables["run.calendar_hours"].extend(
            {"calendar_id": name, "start_at": moment(start), "end_at": moment(end)} for start, end in service.hours
        )
        for node, parent in family(service.root):
            own = {"service_id": name, "component_id": node.name}
            active = {"valid_from": moment(service.active[0]), "valid_to": moment(service.active[1])} if parent is None else {}
            combined = {"parent_id": parent, "dependency": node.dependency, "k": NEEDED if node.dependency == "k_of_n" else None}
            tables["staged.service_catalogue"].append(own | active | combined)
            disputes.extend(write_node(tables, node, name))
    return tables, disputes


TABLES = (
    "run.measures",
    "run.windows",
    "run.calendar_hours",
    "staged.service_catalogue",
    "reconciled.incidents",
    "reconciled.outage_intervals",
    "reconciled.exclusions",
    "reconciled.unmeasured_intervals",
)


def terms_row(service: Service) -> Row:
    terms = service.terms
    return {
        "service_id": service.root.name,
        "service_hours": service.root.name,
        "denominator": terms.denominator,
        "unmeasured_time": terms.unmeasured_time,
        "partial_period": terms.partial_period,
        "min_consecutive_us": terms.min_consecutive * TICK_US,
        "min_consecutive_comparator": terms.min_comparator,
        "bridge_gap_us": terms.bridge * TICK_US,
    }


def write_node(tables: dict[str, list[Row]], node: Node, service_id: str) -> list[Row]:
    """Add what happened to a component; return its open disputes, each about the whole of one incident."""
    disputes = []
    for place, (start, end) in enumerate((*node.outages, *node.disputed)):
        incident_id = f"I-{node.name}-{place}"
        tables["reconciled.incidents"].append({"incident_id": incident_id, "service_id": service_id, "occurred_at": moment(start)})
        interval = {"incident_id": incident_id, "component_id": node.name, "start_at": moment(start), "end_at": moment(end)}
        tables["reconciled.outage_intervals"].append(interval)
        if place >= len(node.outages):
            dispute = {"dispute_id": f"D-{incident_id}", "incident_id": incident_id, "scope": "whole", "standing": "open"}
            disputes.append(dispute | {"start_us": 0, "end_us": 2**62})
    for kind, rows in (("pre_approved_maintenance", node.maintenance), ("customer_caused", node.customer_caused)):
        for place, (start, end) in enumerate(rows):
            named = {"exclusion_id": f"X-{node.name}-{kind}-{place}", "type": kind, "component_id": node.name}
            tables["reconciled.exclusions"].append(named | {"start_at": moment(start), "end_at": moment(end)})
    for start, end in node.unmeasured:
        gap = {"component_id": node.name, "start_at": moment(start), "end_at": moment(end), "cause": "gap", "rule_ids": []}
        tables["reconciled.unmeasured_intervals"].append(gap)
    return disputes


def levels(estate: Sequence[Service], windows: Sequence[Span] = ((0, LENGTH),), shuffle: int | None = None, threads: int = 1) -> Engine:
    """Return an engine with the SQL of the measured room built over an estate."""
    tables, disputes = tables_of(estate, windows)
    if shuffle is not None:
        for rows in (*tables.values(), disputes):
            random.Random(shuffle).shuffle(rows)
    engine = Engine(Limits(threads=threads))
    fill(engine, tables)
    engine.create("measured.silent_switches", {"contract_version_id": "VARCHAR"})
    engine.create("measured.dispute_spans", SPAN_COLUMNS, disputes)
    engine.create_like_dictionary("staged.zone_transitions")
    engine.build("measured", only=["clock_spans"])
    write_hours(engine, {})
    engine.create_like_dictionary("measured.credits")
    engine.build("measured", complete=False)
    return engine


def found(engine: Engine, variant: str = "headline") -> dict[str, Row]:
    sql = "select part.service_id, result.* from measured.results as result join measured.parts as part using (part_no) where variant = ?"
    return {row["service_id"]: row for row in engine.rows(sql, [variant])}


def as_answer(row: Row) -> tuple[Any, ...]:
    measured = [row[f"{name}_us"] for name in ("agreed", "down", "excluded", "disputed", "unmeasured")]
    value = Fraction(int(row["value_num"]), int(row["value_den"])) if row["value_den"] else None
    return (*(Fraction(us, TICK_US) for us in measured), row["outages"], value)


def as_tuple(service: Service) -> tuple[Any, ...]:
    expected = answer(service)
    return (expected.agreed, expected.down, expected.excluded, expected.disputed, expected.unmeasured, expected.outages, expected.value)


# ---- what must hold


@dear(12)
@given(estates(6))
def test_sql_and_oracle_agree_on_every_service(estate: tuple[Service, ...]) -> None:
    with levels(estate) as engine:
        headline, counted = found(engine), found(engine, "if_counted")
    for service in estate:
        assert as_answer(headline[service.root.name]) == as_tuple(service)
        if service.root.name in counted:
            with_disputes = replace(service, terms=replace(service.terms, are_disputes_counted=True))
            assert as_answer(counted[service.root.name]) == as_tuple(with_disputes)


@dear(3)
@given(estates(), some.integers(1, LENGTH - 1))
def test_parts_of_a_window_add_up_to_the_window(estate: tuple[Service, ...], cut: int) -> None:
    exact = [replace(service, terms=replace(service.terms, min_consecutive=0, min_comparator="gte", bridge=0)) for service in estate]
    columns = ("agreed_us", "base_us", "down_us", "excluded_us", "disputed_us", "unmeasured_us", "gross_us")
    sums = ", ".join(f"sum({name})::bigint as {name}" for name in columns)
    headlines = "measured.results join measured.parts using (part_no) where variant = 'headline'"
    sql = f"select service_id, {sums} from {headlines} group by all order by 1"
    with levels(exact) as whole, levels(exact, ((0, cut), (cut, LENGTH))) as parts:
        assert whole.rows(sql) == parts.rows(sql)


@dear(3)
@given(estates(2), spans(1))
def test_more_downtime_never_raises_availability(estate: tuple[Service, ...], more: tuple[Span, ...]) -> None:
    worse = [replace(service, root=replace(service.root, outages=(*service.root.outages, *more))) for service in estate]
    with levels(estate) as before, levels(worse) as after:
        values, lower = found(before), found(after)
    for name, row in values.items():
        was, now = as_answer(row)[-1], as_answer(lower[name])[-1]
        assert now is None or was is None or now <= was


@dear(3)
@given(estates(), some.integers(0, 9), some.sampled_from([2, 4]))
def test_order_and_threads_change_no_row(estate: tuple[Service, ...], seed: int, threads: int) -> None:
    tables = ("sla_results", "clock_ledger", "waterfall", "breaches", "exclusion_effects")
    with levels(estate) as one, levels(estate, shuffle=seed, threads=threads) as other:
        for table in tables:
            sql = f"from measured.{table} order by all"
            assert one.rows(sql) == other.rows(sql)


@dear(3)
@given(estates())
def test_ledgers_and_waterfalls_sum_to_their_results(estate: tuple[Service, ...]) -> None:
    with levels(estate) as engine:
        results = {row["result_id"]: row for row in engine.rows("from measured.results where variant = 'headline'")}
        ledger = engine.rows("from measured.clock_ledger order by subject_id, start_at")
        waterfall = engine.rows("from measured.waterfall order by result_id, step_no")
        values = engine.rows("select value_num, value_den from measured.results where value_den is not null")
    assert all(0 <= row["value_num"] <= row["value_den"] for row in values)
    for result_id, row in results.items():
        spans_of = [span for span in ledger if span["subject_id"] == result_id]
        if spans_of:
            assert sum(span["length_us"] for span in spans_of) == LENGTH * TICK_US
            assert all(one["end_at"] == next_one["start_at"] for one, next_one in pairwise(spans_of))
            assert sum(span["length_us"] for span in spans_of if span["counted_as"] == "counted") == row["down_us"]
        steps = [step["delta_us"] for step in waterfall if step["result_id"] == result_id]
        if steps:
            assert sum(steps[:-1]) == steps[-1] == row["down_us"]
