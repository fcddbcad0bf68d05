"""Taking a landed file back: a journal row, after which no later view stages its rows; views as of before still do (DOMAIN 4.4).

The bytes stay in raw. What the inbox still holds of them is set aside first, or the next landing would take it again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tasks.model.errors import LedgerError
from tasks.model.identity import sha256_file
from tasks.store.home import Home
from tasks.store.journal import Journal, Row
from tasks.store.knowledge import REFERENCE, is_reference_file, standing
from tasks.store.raw import ASIDE, place_of, set_aside, snapshots

SHORTEST = 6  # characters of a digest that name a file
SHOWN = 12
LISTED = 20  # candidates in an error: the newest


@dataclass(frozen=True)
class Withdrawal:
    """What one call took back: the landings, the journal rows that say so, and the inbox files set aside."""

    landings: tuple[Row, ...]
    rows: tuple[Row, ...]
    set_aside: tuple[str, ...]

    def __str__(self) -> str:
        lines = [f"withdrawn {_named(landing)}" for landing in self.landings]
        return "\n".join([*lines, *(f"  set aside {place}: move it back to land it anew" for place in self.set_aside)])

    def as_dict(self) -> dict[str, Any]:
        """Return it as data for --json."""
        return {"withdrawn": [{"seq": row.seq, **(row.body or {})} for row in self.rows], "set_aside": list(self.set_aside)}


def withdraw(
    home: Home, journal: Journal, digest: str, reason: str, *, now: datetime, is_simulated: bool = False, source_id: str | None = None
) -> Withdrawal:
    """Take back every standing landing of one file.

    Args:
        home: The home.
        journal: Its journal.
        digest: The file's sha256, or its beginning.
        reason: Why, for whoever reads the journal.
        now: Aware UTC.
        is_simulated: `now` is a rehearsal's.
        source_id: Only as landed from this source.

    Raises:
        LedgerError: If no standing landing, or more than one file, is meant; the candidates are listed.
    """
    if not reason.strip():
        raise LedgerError("a withdrawal without a reason", where="--reason", fix="say why the file is taken back")
    landings = _meant(_files(journal), digest.lower(), source_id)
    body = landings[0].body or {}
    _refuse_snapshot(home, body)
    aside = [place_of(home, path.parent / ASIDE / path.name) for path in set_aside(home, body["source_id"], body["file_sha256"])]
    rows = [
        journal.append(
            "withdrawal",
            {"landing_seq": landing.seq, "file_sha256": body["file_sha256"], "reason": reason.strip()},
            now=now,
            is_simulated=is_simulated,
            entity=landing.entity,
        )
        for landing in landings
    ]
    return Withdrawal(landings, tuple(rows), tuple(aside))


def _files(journal: Journal) -> list[Row]:
    """Return the standing landings of files with rows; a reference file is corrected or removed where it lies."""
    return [row for row in standing(journal.rows(("landing", "withdrawal"))) if not is_reference_file(row)]


def _meant(landings: Sequence[Row], digest: str, source_id: str | None) -> tuple[Row, ...]:
    """Return the landings of the one file that is meant: one digest from one source."""
    own = [row for row in landings if source_id in (None, (row.body or {})["source_id"])]
    found = [row for row in own if (row.body or {})["file_sha256"].startswith(digest)] if len(digest) >= SHORTEST else []
    if len({_file(row) for row in found}) == 1:
        return tuple(found)
    if len(digest) < SHORTEST:
        what, fix = f"'{digest}' is too short to name a file", f"give at least {SHORTEST} characters of its digest"
    elif found:
        what, fix = f"'{digest}' names more than one file", "give more of the digest, or name the source with --source"
    else:
        what, fix = f"no landed file has a digest that begins with '{digest}'", "give the digest of a file that stands landed"
    raise LedgerError(what, where="--withdraw", known=[_named(row) for row in (found or own)[-LISTED:]], fix=fix)


def _file(row: Row) -> tuple[str, str]:
    body = row.body or {}
    return body["source_id"], body["file_sha256"]


def _named(row: Row) -> str:
    body = row.body or {}
    return f"{body['file_sha256'][:SHOWN]} {body['source_id']}/{body['file']} ({body['rows']} rows, journal row {row.seq})"


def _refuse_snapshot(home: Home, body: dict[str, Any]) -> None:
    """A reference table in use cannot be taken back while it stands there: correcting it is what replaces it."""
    names = {path.name: path for path in snapshots(home)} if body["source_id"] == REFERENCE else {}
    path = names.get(body["file"])
    if path is not None and sha256_file(path) == body["file_sha256"]:
        raise LedgerError(
            "this is the table in use, so the next landing would take it again",
            where=place_of(home, path),
            fix="correct the file and run sla land: each landing of it replaces the one before",
        )
