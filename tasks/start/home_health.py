"""Whether a home is well: writable, not locked, its journal whole, its landed bytes there, its reference files sound."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator

from tasks.model.errors import IntegrityError, LedgerError
from tasks.start.remarks import Remark
from tasks.store.home import Home
from tasks.store.journal import Journal, Row, instant_text
from tasks.store.leftovers import leftovers
from tasks.store.lock import holder
from tasks.store.reference import check_reference

SHOWN = 3


def existing_journal(home: Home) -> Journal | None:
    """Return the home's journal, or None if nothing was ever written: a look makes none."""
    if "SLA_JOURNAL_URL" in os.environ or home.journal_path.is_file():
        return Journal.open(home)
    return None


def home_remarks(home: Home) -> Iterator[Remark]:
    """Yield what of a home matters."""
    yield _writable(home)
    is_held, said = holder(home)
    yield _lock(is_held, said)
    yield _half_written(home, is_held)
    yield from _journal(home)
    yield _reference(home)


def _writable(home: Home) -> Remark:
    try:
        with tempfile.TemporaryFile(dir=home.root):
            return Remark("home", "folder", "fine", f"{home.name}, writable")
    except OSError as error:
        return Remark(
            "home", "folder", "fault", f"cannot be written: {error.strerror or error}", "give yourself write permission, or free the disk"
        )


def _lock(is_held: bool, said: str | None) -> Remark:
    if is_held:
        return Remark("home", "lock", "note", f"held by {said or 'a process that is just starting'}", "wait for it before you write here")
    return Remark("home", "lock", "fine", f"free (the last writer was {said})" if said else "free")


def _half_written(home: Home, is_held: bool) -> Remark:
    found = [path.relative_to(home.root).as_posix() for path in leftovers(home)]
    if not found:
        return Remark("home", "leftovers", "fine", "nothing half-written")
    names = ", ".join(found[:SHOWN]) + (" …" if len(found) > SHOWN else "")
    if is_held:
        return Remark("home", "leftovers", "note", f"{len(found)} being written by the process that holds the lock: {names}")
    return Remark(
        "home", "leftovers", "note", f"{len(found)} of a run that was killed: {names}", "nothing reads them; the next run sweeps them"
    )


def _journal(home: Home) -> Iterator[Remark]:
    try:
        journal = existing_journal(home)
        if journal is None:
            yield Remark("home", "journal", "note", "none yet: nothing was ever landed", "drop exports into inbox/<source>/, then sla land")
            return
        faults = journal.verify()
        head = journal.head()
    except LedgerError as error:
        code = 3 if isinstance(error, IntegrityError) else 1
        yield Remark("home", "journal", "fault", error.what, error.fix, code)
        return
    for fault in faults[:SHOWN]:
        yield Remark("home", "journal", "fault", fault, "restore it from a backup; sla verify lists every fault", 3)
    if head and not faults:
        yield Remark(
            "home", "journal", "fine", f"chain whole, head {head.seq} ({head.hash[:12]}), written {instant_text(head.recorded_from)}"
        )
    if not faults:
        yield _raw(home, journal)


def _raw(home: Home, journal: Journal) -> Remark:
    rows = landings(journal)
    bodies = [row.body for row in rows if row.body]
    lost = [body for body in bodies if not home.raw_file(str(body["file_sha256"]), str(body["file"])).is_file()]
    if lost:
        names = ", ".join(f"{body['source_id']}/{body['file']}" for body in lost[:SHOWN])
        fix = "restore raw/ from a backup, or take them back with sla land --withdraw and land them again"
        return Remark("home", "raw", "fault", f"{len(lost)} landed files are gone: {names}", fix, 3)
    return Remark("home", "raw", "fine", f"all {len(bodies)} landed files are there")


def landings(journal: Journal) -> list[Row]:
    """Return the landings that were not taken back, by seq."""
    rows = journal.rows(("landing", "withdrawal"))
    withdrawn = {row.body["landing_seq"] for row in rows if row.kind == "withdrawal" and row.body}
    return [row for row in rows if row.kind == "landing" and row.seq not in withdrawn]


def _reference(home: Home) -> Remark:
    faults = [found for found in check_reference(home) if found.level == "fault"]
    if not faults:
        return Remark("home", "reference", "fine", "no fault in the reference files")
    what = f"{len(faults)} faults in the reference files, the first: {faults[0].where}: {faults[0].what}"
    return Remark("home", "reference", "fault", what, "sla check lists them all with their mends")
