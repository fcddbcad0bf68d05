"""What a run knows, as tables of schema `run` that SQL joins: context, policy, terms, windows, zones and calendars.

SQL files take no parameters (STYLE), so everything that varies between runs stands here. What follows from policy and contracts alone is
written as rows; what needs the catalogue is built by `sql/run`.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from difflib import get_close_matches

from tasks.model.calendar import Calendar, open_spans
from tasks.model.errors import FaultsError, UnknownReferenceError
from tasks.model.period import Period
from tasks.model.run import Run
from tasks.model.window import WindowPart, listed_parts
from tasks.model.zones import transitions
from tasks.store.engine import Engine
from tasks.store.reference import Reference
from tasks.store.run_columns import COLUMNS, GIVEN_COLUMNS
from tasks.store.run_rows import (
    attainment_rows,
    context_row,
    exclusion_rows,
    incident_term_rows,
    part_rows,
    policy_row,
    scope_rows,
    severity_rows,
    term_rows,
    version_rows,
)


def create_run_tables(engine: Engine, run: Run, reference: Reference, months: Iterable[Period] | None = None) -> None:
    """Create every table of `COLUMNS`, and `staged.zone_transitions` and `staged.calendar_hours`, for one run.

    Args:
        engine: Shows the staged room: `staged.service_catalogue` says which services a measure governs.
        run: The run.
        reference: Contracts, policy, calendars and sources as resolved.
        months: Months that list the windows; those of the run's period if left out.

    Raises:
        LookupError: If the engine shows no service catalogue.
        FaultsError: If a contract in force names services or components that no row of the catalogue has.
    """
    contracts = reference.contracts
    parts = listed_parts(contracts, Period.parse(run.period).months() if months is None else months)
    rows = {
        "run.context": [context_row(run)],
        "run.policy": [policy_row(reference.policy)],
        "run.severity_map": severity_rows(reference.policy, reference.sources),
        "run.contract_versions": version_rows(contracts),
        "run.measure_terms": term_rows(contracts),
        "run.measure_scopes": scope_rows(contracts),
        "run.exclusion_terms": exclusion_rows(contracts),
        "run.incident_terms": incident_term_rows(contracts, reference.policy),
        "run.attainment_terms": attainment_rows(contracts),
        "run.version_windows": part_rows(parts),
        "run.quality_blocks": [],  # until measuring says what the gate blocks
        "run.feed_spans": [],  # and what the feeds of providers cover
    }
    for address, given in rows.items():
        engine.create(address, (COLUMNS | GIVEN_COLUMNS)[address], given)
    engine.build("run")
    _refuse_unknown_names(engine)
    create_calendar_hours(engine, reference.calendars.values(), *_looked_at(run, parts))
    create_zone_transitions(engine, _zones(run, reference))


def create_zone_transitions(engine: Engine, names: Iterable[str]) -> None:
    """Create `staged.zone_transitions` for the zones named, each once.

    Raises:
        UnknownReferenceError: If a zone is unknown.
    """
    engine.create_like_dictionary(
        "staged.zone_transitions",
        (
            {
                "zone_name": name,
                "start_at": span.start_at,
                "end_at": span.end_at,
                "utc_offset_us": span.utc_offset_us,
                "abbreviation": span.abbreviation,
            }
            for name in sorted(set(names))
            for span in transitions(name)
        ),
    )


def create_calendar_hours(engine: Engine, calendars: Iterable[Calendar], start_at: datetime, end_at: datetime) -> None:
    """Create `run.calendar_hours` and `staged.calendar_hours`: the open time of calendars within `[start_at, end_at)`."""
    rows = [
        {"calendar_id": calendar.id, **span._asdict()}
        for calendar in sorted(calendars, key=lambda calendar: calendar.id)
        for span in open_spans(calendar, start_at, end_at)
    ]
    engine.create("run.calendar_hours", COLUMNS["run.calendar_hours"], rows)
    engine.execute("create or replace table staged.calendar_hours as from run.calendar_hours")


def _refuse_unknown_names(engine: Engine) -> None:
    faults = [_unknown(engine, **row) for row in engine.rows("from run.unknown_names")]
    if faults:
        raise FaultsError(faults)


def _unknown(engine: Engine, *, contract_version_id: str, measure_id: str, kind: str, name: str) -> UnknownReferenceError:
    known = engine.execute(f"select distinct {kind}_id from staged.service_catalogue order by all").fetchall()
    return UnknownReferenceError(
        where=f"contract {contract_version_id}, measures.{measure_id}.applies_to.{kind}s",
        kind=kind,
        got=name,
        known=get_close_matches(name, [known_name for (known_name,) in known]),
        fix="add it to reference/services.csv, or name one that stands there",
    )


def _looked_at(run: Run, parts: Iterable[WindowPart]) -> tuple[datetime, datetime]:
    """Return the span of the period and of every window that it lists."""
    windows = [part.window for part in parts]
    starts = [run.start_at, *(window.start_at for window in windows)]
    ends = [run.end_at, *(window.end_at for window in windows)]
    return min(starts), max(ends)


def _zones(run: Run, reference: Reference) -> set[str]:
    sources = {source.timezone for source in reference.sources if source.timezone}
    contracts = {contract.clock.timezone for contract in reference.contracts}
    calendars = {calendar.timezone for calendar in reference.calendars.values()}
    return {run.display_timezone} | sources | contracts | calendars
