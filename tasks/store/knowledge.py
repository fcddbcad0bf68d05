"""What was known at an instant: the landings and decisions of the journal visible at as_of (DOMAIN 4.4)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from tasks.model.errors import LedgerError
from tasks.store.journal import Head, Journal, Row, instant_text

INPUT_KINDS = ("landing", "withdrawal", "decision", "signoff")
REFERENCE = "reference"  # source_id of reference files and tables, whose landings are snapshots
REFERENCE_FILE = "reference_file"  # adapter of recorded reference files that hold no rows
ABOUT_PACKS = ("pack", "claim", "credit_waiver", "legal_hold")  # what is signed after a run is no input of it (DESIGN 1.1)


@dataclass(frozen=True)
class Known:
    """Everything a run may read, by seq. Instants are aware UTC.

    Attributes:
        as_of: As asked for, else `newest`.
        newest: The newest recorded_from among the inputs.
        head: The newest journal row among the inputs.
        landings: Visible at as_of and not withdrawn by then.
        reference: Reference files recorded and not gone by then, every version; the last of a name is the one in force.
        withdrawn: The landings that were.
        withdrawals: Visible at as_of. They are inputs too: a file that was landed and taken back moves `newest`, so it must name the run.
        decisions: Visible at as_of, sign-offs of decisions among them, and the claim events recorded before the newest of all these: filing
            a claim makes no new run of the month it is about, but what is made from later knowledge knows it (DOMAIN 4.4).
    """

    as_of: datetime
    newest: datetime
    head: Head
    landings: tuple[Row, ...]
    reference: tuple[Row, ...]
    withdrawn: tuple[Row, ...]
    withdrawals: tuple[Row, ...]
    decisions: tuple[Row, ...]

    @property
    def is_simulated(self) -> bool:
        """Tell whether a row that counts was written in a rehearsal: what is made from it is no record (one taken back counts no more)."""
        return any(row.is_simulated for row in self._rows)

    @property
    def inputs(self) -> list[dict[str, Any]]:
        """Return the manifest's `inputs`, by seq."""
        return [_input(row) for row in sorted(self._rows, key=lambda row: row.seq)]

    @property
    def _rows(self) -> tuple[Row, ...]:
        return (*self.landings, *self.reference, *self.withdrawals, *self.decisions)


def standing(rows: Iterable[Row]) -> list[Row]:
    """Return the landings among landings and withdrawals that were not taken back."""
    found = list(rows)
    withdrawn = {row.body["landing_seq"] for row in found if row.kind == "withdrawal" and row.body}
    return [row for row in found if row.kind == "landing" and row.body and row.seq not in withdrawn]


def known_at(journal: Journal, as_of: datetime | None, *, now: datetime, is_desk: bool = False) -> Known:
    """Return what was recorded by `as_of`; the newest knowledge if it is None. The claim desk knows every claim event (`is_desk`).

    Raises:
        LedgerError: If nothing was landed yet, or `as_of` lies in the future or before the first landing.
    """
    rows = [row for row in journal.rows(INPUT_KINDS) if not _is_about_a_pack(row)]
    first = next((row.recorded_from for row in rows if row.kind == "landing" and not is_reference_file(row)), None)
    if first is None:
        raise LedgerError("nothing was landed yet", where="journal", fix="put exports into inbox/<source_id>/ and run sla land")
    asked = rows[-1].recorded_from if as_of is None else as_of
    visible = [row for row in rows if row.recorded_from <= asked]
    if asked > max([now, *(row.recorded_from for row in visible[-1:])]):
        raise LedgerError(f"{instant_text(asked)} lies in the future", where="--as-of", fix="name an instant that has passed")
    if asked < first:
        raise LedgerError(
            f"nothing was known by {instant_text(asked)}", where="--as-of", fix=f"the first landing was recorded {instant_text(first)}"
        )
    known = _known(journal, visible, asked)
    if not is_desk:
        return known
    decisions = [row for row in known.decisions if row.kind != "claim_event"]
    return replace(known, decisions=(*decisions, *journal.rows(("claim_event",))))


def is_reference_file(row: Row) -> bool:
    """Tell whether a landing is that of a reference file without rows."""
    return row.kind == "landing" and (row.body or {}).get("adapter") == REFERENCE_FILE


def _is_about_a_pack(row: Row) -> bool:
    return row.kind == "signoff" and (row.body or {}).get("object_type") in ABOUT_PACKS


def _known(journal: Journal, rows: Sequence[Row], as_of: datetime) -> Known:
    head = journal.head(rows[-1].recorded_from)
    if head is None:
        raise LedgerError("the journal lost its head while it was read", where="journal", fix="sla verify")
    withdrawals = tuple(row for row in rows if row.kind == "withdrawal")
    taken_back = {row.body["landing_seq"] for row in withdrawals if row.body}
    files = [row for row in rows if row.kind == "landing"]
    landings = [row for row in files if not is_reference_file(row)]
    decisions = [row for row in rows if row.kind in ("decision", "signoff")]
    return Known(
        as_of=as_of,
        newest=rows[-1].recorded_from,
        head=head,
        landings=tuple(row for row in landings if row.seq not in taken_back),
        reference=tuple(row for row in files if is_reference_file(row) and row.seq not in taken_back),
        withdrawn=tuple(row for row in landings if row.seq in taken_back),
        withdrawals=withdrawals,
        decisions=(*decisions, *(row for row in journal.rows(("claim_event",)) if row.seq < rows[-1].seq)),
    )


def _input(row: Row) -> dict[str, Any]:
    """Return a row as the manifest lists it; a withdrawal names the digest it takes back and brings no rows."""
    body = row.body or {}
    common = {"seq": row.seq, "kind": row.kind}
    if row.kind == "landing":
        return common | {name: body.get(name) for name in ("source_system", "file", "rows")} | {"sha256": body.get("file_sha256")}
    own = {"source_system": "journal", "file": row.entity, "rows": 1, "sha256": row.body_sha256}
    return common | (own | {"rows": 0, "sha256": body.get("file_sha256")} if row.kind == "withdrawal" else own)
