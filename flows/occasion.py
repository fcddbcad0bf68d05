"""What every occasion shares: the home under its lock, one reading of the clock, what was known, and the journal row of the run."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from flows.clock import clock_at, parse_instant
from tasks.model.errors import LedgerError
from tasks.model.period import Period
from tasks.model.run import Run
from tasks.model.zones import local_wall
from tasks.store.code import code_version
from tasks.store.engine import Limits
from tasks.store.home import Home, open_home
from tasks.store.journal import Journal, instant_text
from tasks.store.journal_database import FIRST_PREVIOUS
from tasks.store.knowledge import Known, known_at
from tasks.store.leftovers import sweep
from tasks.store.lock import locked
from tasks.store.reference import Reference, load_reference, reference_at
from tasks.store.runs import is_anything_open, name_run
from tasks.store.sealed import sealed_packs
from tasks.store.staged import Staged


@dataclass(frozen=True)
class Occasion:
    """A home opened for one run. `now` is aware UTC, read once here or given as a simulated clock."""

    name: str
    home: Home
    reference: Reference
    journal: Journal
    limits: Limits
    now: datetime
    is_simulated: bool
    started: float = field(repr=False)

    def know(self, as_of: str | None) -> Known:
        """Return what was recorded by `as_of` (ISO 8601 text), or everything."""
        return known_at(self.journal, parse_instant(as_of, "--as-of") if as_of else None, now=self.now)

    def know_all_claims(self) -> Known:
        """Return everything that was recorded, with what was done about claims of packs that stand: what the claim desk knows."""
        return known_at(self.journal, None, now=self.now, is_desk=True)

    def reference_at(self, known: Known) -> Reference:
        """Return the contracts, policy and other reference files as recorded by as_of."""
        return reference_at(self.home, known, self.reference)

    def name_run(
        self, period: str | None, known: Known, reference: Reference, staged: Staged, *, is_preview: bool, is_quarter: bool = False
    ) -> Run:
        """Return the run of a month or a quarter; one that is not over by what is known is a preview.

        If none is named it is the one before now, and for a preview the one that runs.

        Raises:
            LedgerError: If the period is no month, or no quarter.
        """
        today = local_wall(self.home.display_timezone, self.now).date()
        running = Period.month_of(today).quarter() if is_quarter else Period.month_of(today)
        asked = Period.parse(period, where="period") if period else running if is_preview else running.previous()
        if asked.is_month is is_quarter:
            kind, example = ("quarter", "2026-Q3") if is_quarter else ("month", "2026-10")
            raise LedgerError(f"'{asked.name}' is no {kind}", where="period", fix=f"write it like {example}")
        end_at = asked.bounds(self.home.display_timezone)[1]
        is_preview = is_preview or end_at > known.as_of
        is_open = is_anything_open(staged, end_at, known.as_of, self.limits)
        is_simulated = self.is_simulated or known.is_simulated
        sealed = [] if is_quarter else sealed_packs(self.journal, self.name, asked.name)  # what a month said before is told in months
        return name_run(
            self.name, asked, self.home, known, reference, sealed, is_open=is_open, is_preview=is_preview, is_simulated=is_simulated
        )

    def note_run(self, run: Run, outcome: str) -> None:
        """Write the journal row of a run; wall time stands here and in no result."""
        head = self.journal.head(run.as_of)
        body = {
            "run_id": run.run_id,
            "occasion": run.occasion,
            "period": run.period,
            "as_of": instant_text(run.as_of),
            "journal_head_seq": head.seq if head else 0,
            "journal_head_hash": head.hash if head else FIRST_PREVIOUS,
            "started_at": instant_text(self.now),
            "ended_at": instant_text(self.now + timedelta(seconds=time.monotonic() - self.started)),
            "outcome": outcome,
            "code_version": code_version(),
        }
        self.journal.append("run", body, now=self.now, object_id=run.run_id, is_simulated=run.is_simulated)


@contextmanager
def open_occasion(
    name: str, home: str, *, clock: str | None = None, threads: int | None = None, memory: str | None = None
) -> Iterator[Occasion]:
    """Yield a home under its writer's lock, its reference files checked.

    Raises:
        LedgerError: If the home, its reference files or the lock refuse.
    """
    now = clock_at(clock)
    place = open_home(Path(home))
    with locked(place, name):
        sweep(place)
        yield Occasion(
            name=name,
            home=place,
            reference=load_reference(place),
            journal=Journal.open(place),
            limits=Limits(threads=threads, memory=memory),
            now=now,
            is_simulated=clock is not None,
            started=time.monotonic(),
        )
