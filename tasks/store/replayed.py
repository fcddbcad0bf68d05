"""Months measured twice, under the terms in force and under others, and how an engine sees both (K7)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tasks.model.run import Run
from tasks.store.engine import Engine
from tasks.store.other_terms import OtherTerms
from tasks.store.room import Room
from tasks.store.run_columns import REPLAY_COLUMNS, REPLAYED_TABLES


@dataclass(frozen=True)
class Replayed:
    """One month twice: measured under the terms in force and under the others; reconciled under those in force."""

    run: Run
    reconciled: Room
    before: Room
    after: Room


def show_both(engine: Engine, months: Sequence[Replayed], other: OtherTerms) -> None:
    """Show what all months were judged: under the terms in force as `run.base_<table>`, under the others as `measured.<table>`.

    Beside it stand the incidents of the last month: rooms hold all that was known, and months that are over know the same.
    """
    row = {"contract_id": other.contract_id, "baseline_version_id": other.baseline_version_id, "other_sha256": other.sha256}
    engine.create("run.replay", REPLAY_COLUMNS["run.replay"], [row])
    if months:
        engine.view("reconciled.incidents", [months[-1].reconciled.file("incidents")])
    else:
        engine.create_like_dictionary("reconciled.incidents")
    for table in REPLAYED_TABLES:
        for address, rooms in (("run.base_", [month.before for month in months]), ("measured.", [month.after for month in months])):
            if rooms:
                engine.view(f"{address}{table}", [room.file(table) for room in rooms])
            else:
                engine.create_like_dictionary(f"measured.{table}")
                engine.execute(f"create or replace table run.base_{table} as from measured.{table}")
