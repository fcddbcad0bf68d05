"""An estate for an example: a contract as text, run tables as production makes them, reconciled tables by hand, then production itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from tasks.measure.measuring import History, build_measured, prepare_measured
from tasks.model.calendar import Calendar
from tasks.model.contract import Contract, resolve_contract
from tasks.model.dictionary import dictionary
from tasks.model.period import Period
from tasks.model.policy import resolve_policy
from tasks.model.run import Run
from tasks.reconcile.reconciliation import build_reconciled
from tasks.store.engine import Engine, Limits, models_of
from tasks.store.reference import Reference
from tasks.store.run_columns import COLUMNS
from tasks.store.run_tables import create_run_tables
from tests.measure.world import DEFAULTS, RECONCILED, STAGED, Row, columns_of, tell_severities
from tests.reconcile.world import landed, make_world

LATE = "2026-10-01T00:00:00Z"
SIGNED = [
    {"party": "customer", "role": "controller", "signed_at": "2019-12-01"},
    {"party": "provider", "role": "sales", "signed_at": "2019-12-02"},
]
TIERS = [
    {"below": "99.9", "at_least": "99.0", "credit_pct": "10"},
    {"below": "99.0", "at_least": "95.0", "credit_pct": "25"},
    {"below": "95.0", "credit_pct": "100"},
]
MEASURE: Row = {
    "kind": "availability",
    "target": "99.9",
    "denominator": "remove_from_both",
    "partial_period": "active_only",
    "tiers": TIERS,
}


def contract_text(measures: Mapping[str, Any] | None = None, **blocks: Any) -> dict[str, Any]:
    """Return a contract document: availability at 99.9 % and tiers in EUR, unless a test says otherwise."""
    text: dict[str, Any] = {
        "schema": "sla-contract/1",
        "contract_id": "ACME",
        "provider": {"id": "acme", "name": "Acme"},
        "document": {"title": "Agreement", "verification": "exact"},
        "version": {"number": 1, "effective_from": "2020-01-01", "mid_window_switch": "split", "signed_by": SIGNED},
        "clock": {"timezone": "UTC"},
        "measures": measures or {"uptime": MEASURE},
        "credits": {"currency": "EUR"},
    }
    return text | blocks


def make_calendar(name: str, document: Mapping[str, Any]) -> Calendar:
    return Calendar.model_validate({"schema": "calendar/1", "id": name, **document})


def measured(
    contracts: Sequence[Mapping[str, Any] | Contract],
    given: Mapping[str, Iterable[Row]],
    *,
    period: str = "2026-06",
    as_of: str = LATE,
    calendars: Mapping[str, Calendar] | None = None,
    quality_blocks: Sequence[Row] = (),
    limits: Limits | None = None,
    months: Sequence[Period] | None = None,
    only: Sequence[str] | None = None,
    past: History | None = None,
) -> Engine:
    """Return an engine with every table of the room measured, built by production from the rows given over the defaults of world.py.

    Args:
        contracts: Texts or contracts, all in force.
        given: Rows of staged and reconciled tables.
        period: The period of the run.
        as_of: Of the run.
        calendars: By id.
        quality_blocks: What the gate holds back.
        limits: Of the machine.
        months: Months that list the windows, if not those of the period.
        only: Tables of incidents' clocks that the test looks at; nothing else is built.
        past: What windows before were judged.
    """
    engine = Engine(limits)
    for address in (*(f"staged.{name}" for name in STAGED), *(f"reconciled.{name}" for name in RECONCILED)):
        rows = given.get(address, [{}] if address == "staged.service_catalogue" else [])
        engine.create(address, columns_of(address), [{**DEFAULTS.get(address, {}), **row} for row in rows])
    engine.build("reconciled", only=["name_spans"])
    versions = [contract if isinstance(contract, Contract) else resolve_contract(contract) for contract in contracts]
    policy = resolve_policy()
    built_in = {name: make_calendar(name, document) for name, document in policy.calendars.items()}
    reference = Reference((), tuple(versions), built_in | dict(calendars or {}), policy, (), (), (), ())
    start_at, end_at = Period.parse(period).bounds("UTC")
    run = Run("0" * 16, "month", period, start_at, end_at, datetime.fromisoformat(as_of), "eu", "UTC")
    create_run_tables(engine, run, reference, months)
    tell_severities(engine)
    engine.create("run.quality_blocks", COLUMNS["run.quality_blocks"], [{"period": period, **block} for block in quality_blocks])
    if only is None:
        build_measured(engine, reference.contracts, policy, reference.calendars, past)
        return engine
    by_version = {contract.contract_version_id: contract for contract in versions}
    prepare_measured(engine, by_version, policy, reference.calendars)
    engine.build("measured", only=only)
    return engine


def reconciled_and_measured(
    contracts: Sequence[Mapping[str, Any]], staged: Mapping[str, Iterable[Row]], *, feeds: Iterable[Row] = (), as_of: str = LATE
) -> Engine:
    """Return an engine with June 2026 of staged records, reconciled and measured by production.

    Args:
        contracts: Texts, all in force.
        staged: Rows of entities over the defaults of tests/reconcile/world.py.
        feeds: Rows of run.feed_spans: what time the providers' feeds cover.
        as_of: Of the run.
    """
    versions = tuple(resolve_contract(contract) for contract in contracts)
    policy = resolve_policy()
    engine = make_world(staged, as_of=as_of)
    for model in models_of("run"):
        engine.execute(f"drop table if exists run.{model.table}")
    start_at, end_at = Period.parse("2026-06").bounds("UTC")
    run = Run("0" * 16, "month", "2026-06", start_at, end_at, datetime.fromisoformat(as_of), "eu", "UTC")
    create_run_tables(engine, run, Reference((), versions, {}, policy, (), (), (), ()))
    engine.create("run.quality_blocks", COLUMNS["run.quality_blocks"])
    engine.create("run.feed_spans", COLUMNS["run.feed_spans"], feeds)
    build_reconciled(engine)
    for read in {read for model in models_of("measured") for read in model.reads} | {"staged.claim_event"}:
        name = read.removeprefix("staged.")
        if read.startswith("staged.") and name.removesuffix("_versions") in dictionary().entities and not engine.has(read):
            rows = staged.get(name, ())
            engine.create(read, columns_of(read), rows if name.endswith("_versions") else landed(name, rows))
    build_measured(engine, versions, policy, {name: make_calendar(name, text) for name, text in policy.calendars.items()})
    return engine
