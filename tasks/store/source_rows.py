"""From a raw_id back to the row of the file it came from: where every proof ends."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tasks.store.engine import Engine
from tasks.store.home import Home
from tasks.store.room import finished_rooms

COLUMNS = ("raw_id", "entity", "source_system", "source_key", "source_file", "source_row", "file_sha256", "landing_seq", "recorded_from")


def source_rows(home: Home, raw_ids: Sequence[str]) -> list[dict[str, Any]]:
    """Return file, row and hash of accepted rows by raw_id; of a row landed several times, its first landing."""
    pieces = [room for room in finished_rooms(home, "staged") if room.card["inputs"].get("entity") in room.tables]
    if not raw_ids or not pieces:
        return []
    with Engine() as engine:
        engine.create("run.wanted", {"raw_id": "VARCHAR"}, [{"raw_id": raw_id} for raw_id in raw_ids])
        engine.view("staged.accepted", [room.file(room.card["inputs"]["entity"]) for room in pieces])
        return engine.rows(f"""
            select {", ".join(COLUMNS)}
            from staged.accepted
            semi join run.wanted using (raw_id)
            qualify row_number() over (partition by raw_id order by landing_seq) = 1
            order by entity, source_system, source_key, raw_id
        """)
