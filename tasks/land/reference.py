"""Reference files are recorded whenever they change, so that a run as of a date reads the contracts and policy of that date (DOMAIN 4.4).

A changed file is a landing without rows, its bytes in raw; a file that is gone is a withdrawal. Reference tables, which hold rows, are
landed like exports (`landing.py`).
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from tasks.model.identity import sha256_file
from tasks.store.code import code_version
from tasks.store.home import Home
from tasks.store.journal import Entry, Journal, Row
from tasks.store.knowledge import REFERENCE, REFERENCE_FILE, is_reference_file, standing
from tasks.store.raw import keep, snapshots
from tasks.store.reference import reference_files


def changed(home: Home, journal: Journal) -> list[Entry]:
    """Keep every reference file that is not as it was recorded last, and return what the journal is to say of it."""
    newest = {(row.body or {})["file"]: (row.body or {})["file_sha256"] for row in _recorded(journal)}
    digests = {name: sha256_file(file) for name, file in _found(home).items()}
    new = {name: digest for name, digest in digests.items() if newest.get(name) != digest}
    return [_entry(name, digest, keep(home, home.reference / name, digest, name).stat().st_size) for name, digest in new.items()]


def record_gone(home: Home, journal: Journal, *, now: datetime, is_simulated: bool = False) -> None:
    """Take back the record of every reference file that is no longer there."""
    found = _found(home)
    for row in [row for row in _recorded(journal) if (row.body or {})["file"] not in found]:
        body = {"landing_seq": row.seq, "file_sha256": (row.body or {})["file_sha256"], "reason": "no longer in reference/"}
        journal.append("withdrawal", body, now=now, is_simulated=is_simulated)


def _recorded(journal: Journal) -> list[Row]:
    return [row for row in standing(journal.rows(("landing", "withdrawal"))) if is_reference_file(row)]


def _found(home: Home) -> dict[str, Path]:
    """Return the reference files without rows: path within the folder → file."""
    tables = snapshots(home)
    return {file.relative_to(home.reference).as_posix(): file for file in reference_files(home) if file not in tables}


def _entry(name: str, sha256: str, size: int) -> Entry:
    body = {
        "source_id": REFERENCE,
        "source_system": REFERENCE,
        "adapter": REFERENCE_FILE,
        "adapter_version": code_version(),
        "file": name,
        "file_sha256": sha256,
        "bytes": size,
        "rows": 0,
        "extracted_at": None,
        "covers_start_at": None,
        "covers_end_at": None,
        "is_cover_assumed": False,
        "timezone": None,
    }
    return Entry("landing", body)
