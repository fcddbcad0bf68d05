"""Receipts: what was done outside, with what outcome: journal rows that hold exactly the columns of entity `receipt` (DESIGN 1.4)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from tasks.model.identity import sha256_json
from tasks.store.journal import Journal, instant_text

Outcome = Literal["done", "failed", "unknown"]
ENTITY = "receipt"


@dataclass(frozen=True)
class Act:
    """One act outside.

    Attributes:
        action: As in entities.yml: notify, extract …
        parts: What makes it this act and no other; acts of equal action and parts have one effect and one receipt_id.
        destination: Where, without secrets.
        object_type: The kind of object it is about.
        object_id: That object.
        sent: What goes out, as JSON; only its hash is kept.
    """

    action: str
    parts: tuple[str, ...]
    destination: str
    object_type: str
    object_id: str
    sent: Any

    @property
    def key(self) -> str:
        """Return the idempotency key."""
        return sha256_json([self.action, *self.parts])


def write_receipt(journal: Journal, act: Act, outcome: Outcome, *, now: datetime, is_simulated: bool = False) -> None:
    """Write what became of an act; a later row of the same act takes the place of an earlier one."""
    body = {
        "receipt_id": f"N-{act.key[:12]}",
        "action": act.action,
        "idempotency_key": act.key,
        "destination": act.destination,
        "object_type": act.object_type,
        "object_id": act.object_id,
        "sent_at": instant_text(now),
        "confirmed_at": instant_text(now) if outcome == "done" else None,
        "outcome": outcome,
        "sent_sha256": sha256_json(act.sent),
    }
    journal.append("receipt", body, now=now, is_simulated=is_simulated, entity=ENTITY, object_id=act.object_id)


def last_outcome(journal: Journal, act: Act) -> Outcome | None:
    """Return what became of an act by its last receipt; None if it was never begun."""
    rows = [row.body for row in journal.rows(("receipt",)) if row.body and row.body.get("idempotency_key") == act.key]
    return rows[-1]["outcome"] if rows else None
