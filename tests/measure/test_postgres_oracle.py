"""Availability in SQL against a foreign oracle: the multiranges of a real PostgreSQL, which unite, intersect and subtract by themselves."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as some

from tests.depth import dear
from tests.measure.test_level_oracle import Case, Estate, estates, levels_of, open_hours
from tests.store import postgres

# one database serves every example, and each begins with empty tables
FEW = settings(dear(1), phases=[Phase.explicit, Phase.generate], suppress_health_check=[*HealthCheck])
pytestmark = pytest.mark.oracle
# 3.2, word for word: AST, RAW, EXCL and DOWN are sets of instants. A component under maintenance of the root is under maintenance too;
# in series what any component lacks is lacking, in parallel what all lack. EXCL' is planned work in full and the rest of EXCL within RAW
JUDGED = """
with named as (
    select
        service,
        component,
        coalesce(range_agg(span) filter (where kind = 'down'), '{}') as raw,
        coalesce(range_agg(span) filter (where kind = 'maintenance'), '{}') as planned,
        coalesce(range_agg(span) filter (where kind in ('maintenance', 'customer_caused')), '{}') as excl
    from spans
    group by service, component
),
inherited as (
    select
        own.service,
        own.component,
        own.raw,
        own.raw + own.planned + root.planned as planned,
        own.raw - own.excl - root.excl as free
    from named as own
    join named as root on own.service = root.service and root.component = 0
),
below as (
    select
        service,
        case when is_parallel then range_intersect_agg(raw) else range_agg(raw) end as raw,
        case when is_parallel then range_intersect_agg(planned) else range_agg(planned) end as planned,
        case when is_parallel then range_intersect_agg(free) else range_agg(free) end as free
    from inherited
    join services using (service)
    where component > 0
    group by service, is_parallel
),
combined as (
    select
        root.service,
        root.raw + coalesce(below.raw, '{}') as raw,
        root.planned + coalesce(below.planned, '{}') as planned,
        root.free + coalesce(below.free, '{}') as free
    from inherited as root
    left join below using (service)
    where root.component = 0
),
times as (
    select
        service,
        int8multirange(own_window) * hours * case when is_active_only then int8multirange(active) else '{(,)}' end as ast,
        int8multirange(own_window) * hours * int8multirange(active) as counted,
        is_removed
    from services
)
select
    times.service,
    length_of(ast),
    length_of(counted * free),
    length_of(counted * (raw - free)),
    length_of(ast) - case when is_removed then length_of(counted * (planned - free)) else 0 end
from times
join combined using (service)
"""
PREPARED = """
create table services (
    service int, own_window int8range, hours int8multirange, active int8range, is_active_only bool, is_removed bool, is_parallel bool
);
create table spans (service int, component int, kind text, span int8range);
create function length_of(int8multirange) returns numeric language sql immutable
as 'select coalesce(sum(upper(span) - lower(span)), 0) from unnest($1) as span';
"""


@pytest.fixture(scope="module")
def database() -> Iterator[Any]:
    """A connection to a PostgreSQL of this module's own; skips if there can be none."""
    reason = postgres.why_not()
    if reason:
        pytest.skip(reason)
    import psycopg

    with postgres.cluster() as address, psycopg.connect(address.format("postgres"), autocommit=True) as connection:
        connection.execute(PREPARED)
        yield connection


def made_exact(case: Case, is_parallel: bool) -> Case:
    """Return the case without weights, runs and whole minutes, its components in series or in parallel."""
    composite = "parallel_intersection" if is_parallel and case.children else "serial_union"
    plain = replace(case.terms, composite=composite, k=None, partial_outage="binary", overlap_weight="max", granularity="exact")
    return replace(case, terms=replace(plain, min_consecutive=0, min_comparator="gte", bridge=0))


def load(database: Any, estate: Estate) -> None:
    """Fill the tables of PostgreSQL with an estate, in microseconds."""
    database.execute("truncate services, spans")
    hours = ["{" + ",".join(f"[{start},{end})" for start, end in open_hours(document, estate)) + "}" for document in estate.calendars]
    services, spans = [], []
    for service, case in enumerate(estate.cases):
        start, end = estate.window(case)
        own_hours = "{(,)}" if case.hours is None else hours[case.hours]
        active = f"[{case.active[0]},{'' if case.active[1] is None else case.active[1]})"
        stated = (case.terms.partial_period == "active_only", case.terms.denominator == "remove_from_both")
        window = f"[{start},{max(start, min(end, estate.as_of))})"
        services.append((service, window, own_hours, active, *stated, case.terms.composite == "parallel_intersection"))
        for component, part in enumerate((case.root, *case.children)):
            told = [("down", one.start, one.end) for one in part.outages if one.state in case.terms.states]
            told += [(kind, *span) for kind in ("maintenance", "customer_caused") for span in getattr(part, kind)]
            spans.append((service, component, "none", "empty"))
            spans += [(service, component, kind, f"[{since},{'' if until is None else until})") for kind, since, until in told]
    with database.cursor() as cursor:
        cursor.executemany("insert into services values (%s, %s, %s, %s, %s, %s, %s)", services)
        cursor.executemany("insert into spans values (%s, %s, %s, %s)", spans)


@FEW
@given(estates(), some.lists(some.booleans(), min_size=24, max_size=24))
def test_sql_and_postgres_agree_on_every_level(database: Any, estate: Estate, parallel: list[bool]) -> None:
    plain = replace(estate, cases=tuple(made_exact(case, is_parallel) for case, is_parallel in zip(estate.cases, parallel, strict=False)))
    load(database, plain)
    wanted = {
        f"S{service}": (int(agreed), int(down), int(excluded), max(Fraction(int(base - down)), Fraction(0)) / int(base) if base else None)
        for service, agreed, down, excluded, base in database.execute(JUDGED)
    }
    got = {
        name: (
            row["agreed_us"],
            row["down_us"],
            row["excluded_us"],
            Fraction(int(row["value_num"]), int(row["value_den"])) if row["value_den"] else None,
        )
        for name, row in levels_of(plain).items()
    }
    assert got == wanted
