"""What months gone by would have been judged under other terms of one contract, beside what they were (K7)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from tasks.model.errors import LedgerError
from tasks.model.period import Period
from tasks.model.run import Run
from tasks.store.code import code_sha256
from tasks.store.engine import Engine, Limits, models_of
from tasks.store.home import Home
from tasks.store.other_terms import OtherTerms
from tasks.store.replayed import Replayed, show_both
from tasks.store.room import Room, building, find_room, room_key
from tasks.store.staged import Staged

WHERE = "sla what-if"
PAIRS, WHAT_IF = "replay__pairs", "what_if"
MADE_BY = {PAIRS: "replay__pairs", WHAT_IF: "replay__what_if"}
RECORDS = ("ticket", "alert", "monitoring_sample", "vendor_record")  # what evidence_starts reads


def months_asked(first: str, last: str) -> list[str]:
    """Return the names of the months from the first to the last.

    Raises:
        LedgerError: If one is no month, or the last comes before the first.
    """
    start, end = Period.parse(first, where="--from"), Period.parse(last, where="--to")
    if not start.is_month or not end.is_month:
        raise LedgerError(f"'{(end if start.is_month else start).name}' is no month", where=WHERE, fix="write months like 2026-10")
    months = [start]
    while months[-1].name < end.name:
        months.append(months[-1].next())
    if months[-1] != end:
        raise LedgerError(f"{last} comes before {first}", where=WHERE, fix="name the earlier month with --from")
    return [month.name for month in months]


def with_records(runs: Sequence[Run], staged: Staged, limits: Limits) -> tuple[list[Run], list[Run]]:
    """Return the runs of months of which something is on record, and those of months that ended before the first record.

    Raises:
        LedgerError: If a month is not over by what is known.
    """
    open_ = [run.period for run in runs if run.is_preview]
    if open_:
        fix = "name months that are over; sla month --preview judges one that runs"
        raise LedgerError(f"{', '.join(open_)} is not over by what is known", where=WHERE, fix=fix)
    starts_at = first_record(staged, limits)
    told = [run for run in runs if starts_at is not None and run.end_at > starts_at]
    return told, [run for run in runs if run not in told]


def first_record(staged: Staged, limits: Limits) -> datetime | None:
    """Return when the first record of any source begins; None if there is none."""
    with Engine(limits) as engine:
        staged.show(engine, RECORDS)
        engine.build("measured", only=["evidence_starts"])
        starts = engine.rows("from measured.evidence_starts")
    first: datetime | None = starts[0]["start_at"] if starts else None
    return first


def compare(home: Home, months: Sequence[Replayed], other: OtherTerms, limits: Limits) -> Room:
    """Return a room with `what_if` and, for pages, its pairs of rows; built if it is not there yet.

    Args:
        home: The home.
        months: Each under both terms, by period.
        other: The terms replayed.
        limits: What may be used of the machine.
    """
    inputs = {
        "step": "what-if",
        "months": [[month.run.period, month.before.key, month.after.key] for month in months],
        "contract": [other.contract_id, other.baseline_version_id, other.sha256],
        "code": code_sha256(),
    }
    key = room_key(inputs)
    if find_room(home, "measured", key) is None:
        with Engine(limits) as engine, building(home, "measured", key, inputs) as room:
            show_both(engine, months, other)
            for table, model in MADE_BY.items():
                sql = next(one.sql for one in models_of("measured") if one.table == model)
                engine.execute(f"create table measured.{table} as {sql}")
                room.write(engine, table)
    done = find_room(home, "measured", key)
    assert done is not None
    return done
