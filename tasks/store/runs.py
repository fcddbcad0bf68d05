"""What a run is named by: everything that can change a byte of it, and nothing else (DESIGN 1.1, DOMAIN 4.4)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from tasks.model.identity import sha256_json
from tasks.model.period import Period
from tasks.model.run import Run
from tasks.store.code import code_sha256
from tasks.store.engine import Engine, Limits
from tasks.store.home import Home
from tasks.store.knowledge import Known
from tasks.store.reference import Reference
from tasks.store.staged import Staged

ANY_ZONE = timedelta(hours=26)  # a local month ends at most this much after it ended in UTC


def name_run(
    occasion: str, period: Period, home: Home, known: Known, reference: Reference, *, is_open: bool, is_preview: bool, is_simulated: bool
) -> Run:
    """Return the run: its id is the first 16 hex digits of the hash of what it depends on.

    Args:
        occasion: The command line's verb.
        period: The month or quarter.
        home: The home.
        known: Landings and decisions visible at as_of.
        reference: The reference files.
        is_open: Something is still open, so that as_of itself can move a figure.
        is_preview: The window is not over.
        is_simulated: Made under --clock, or from what was recorded under it.
    """
    as_of = known.as_of if is_open else known.newest
    parts: dict[str, Any] = {
        "occasion": occasion,
        "period": period.name,
        "vendor_id": None,
        "edition": "internal",
        "is_preview": is_preview,
        "is_simulated": is_simulated,
        "as_of": as_of.isoformat() if is_open else None,
        "inputs": [[row["seq"], row["kind"], row["sha256"]] for row in known.inputs],
        "reference": [[file["path"], file["sha256"]] for file in reference.files],
        "home": [home.name, home.region, home.display_timezone],
        "code": code_sha256(),
    }
    start_at, end_at = period.bounds(home.display_timezone)
    return Run(
        run_id=sha256_json(parts)[:16],
        occasion=occasion,  # type: ignore[arg-type]
        period=period.name,
        start_at=start_at,
        end_at=end_at,
        as_of=as_of,
        region=home.region,
        display_timezone=home.display_timezone,
        is_preview=is_preview,
        is_simulated=is_simulated,
    )


def is_anything_open(staged: Staged, end_at: datetime, as_of: datetime, limits: Limits) -> bool:
    """Tell whether as_of can move a figure: the period may not be over somewhere, or a record is open."""
    if as_of < end_at + ANY_ZONE:
        return True
    with Engine(limits) as engine:
        staged.show(engine)
        engine.build("staged", only=["open_subjects"])
        row = engine.execute("select exists (from staged.open_subjects)").fetchone()
    return bool(row and row[0])
