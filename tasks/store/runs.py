"""What a run is named by: everything that can change a byte of it, and nothing else (DESIGN 1.1, DOMAIN 4.4)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
from tasks.store.sealed import Sealed, newest_base
from tasks.store.staged import Staged

ANY_ZONE = timedelta(hours=26)  # a local month ends at most this much after it ended in UTC


def name_run(
    occasion: str,
    period: Period,
    home: Home,
    known: Known,
    reference: Reference,
    sealed: Sequence[Sealed],
    *,
    is_open: bool,
    is_preview: bool,
    is_simulated: bool,
) -> Run:
    """Return the run: its id is the first 16 hex digits of the hash of what it depends on.

    Args:
        occasion: The command line's verb.
        period: The month or quarter.
        home: The home.
        known: Landings and decisions visible at as_of.
        reference: The reference files.
        sealed: The seals of the period's packs, oldest first.
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
    before = (
        [] if is_preview else [pack for pack in sealed if pack.inputs_seq <= known.head.seq and (is_simulated or not pack.is_simulated)]
    )
    base = _base_of(home, parts, sealed, before, as_of)
    start_at, end_at = period.bounds(home.display_timezone)
    return Run(
        run_id=_run_id(parts, base),
        occasion=occasion,  # type: ignore[arg-type]
        period=period.name,
        start_at=start_at,
        end_at=end_at,
        as_of=as_of,
        region=home.region,
        display_timezone=home.display_timezone,
        is_preview=is_preview,
        is_simulated=is_simulated,
        base_run_id=base,
    )


def _run_id(parts: Mapping[str, Any], base: str | None) -> str:
    return sha256_json({**parts, "base": base})[:16]


def _base_of(home: Home, parts: Mapping[str, Any], sealed: Sequence[Sealed], before: Sequence[Sealed], as_of: datetime) -> str | None:
    """Return which pack a run tells its changes against: what it was held against when it was sealed, else the newest that knew no more."""
    own = {pack.run_id for pack in sealed}
    for base in (None, *(pack.run_id for pack in before)):
        if _run_id(parts, base) in own:
            return base
    newest = newest_base(home, before, as_of)
    return newest.run_id if newest else None


def is_anything_open(staged: Staged, end_at: datetime, as_of: datetime, limits: Limits) -> bool:
    """Tell whether as_of can move a figure: the period may not be over somewhere, or a record is open."""
    if as_of < end_at + ANY_ZONE:
        return True
    with Engine(limits) as engine:
        staged.show(engine)
        engine.build("staged", only=["open_subjects"])
        row = engine.execute("select exists (from staged.open_subjects)").fetchone()
    return bool(row and row[0])
