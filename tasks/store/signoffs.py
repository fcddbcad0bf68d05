"""Who has signed a pack: the sign-offs of the journal that stand; a month whose roles have all signed is closed (R-RS1)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from tasks.store.journal import Journal, Row
from tasks.store.keys import is_signed

ROWS = ("signoff", "decision")


@dataclass(frozen=True)
class PackSignOff:
    """One signature under a pack, or its refusal. `signed_at` is aware UTC; `sha256` is that of the manifest that was looked at."""

    signoff_id: str
    pack_id: str
    sha256: str
    role: str
    signer_ref: str
    signed_at: datetime
    is_approved: bool
    is_genuine: bool
    public_key: str
    is_simulated: bool


def pack_signoffs(journal: Journal) -> list[PackSignOff]:
    """Return the sign-offs of packs that stand, by seq: a later one of the same role and pack replaces it, a revocation ends it."""
    rows = [row for row in journal.rows(ROWS) if row.body]
    revoked = {row.body["object_id"] for row in rows if row.entity == "revocation" and row.body and row.body["object_type"] == "signoff"}
    signed = [_read(row) for row in rows if row.entity == "signoff" and row.body and row.body["object_type"] == "pack"]
    newest = {(one.pack_id, one.role): one for one in signed if one.signoff_id not in revoked}
    return [one for one in signed if newest.get((one.pack_id, one.role)) is one]


def of_pack(signoffs: Iterable[PackSignOff], pack_id: str, sha256: str) -> list[PackSignOff]:
    """Return the sign-offs of exactly this pack: one of another manifest is void (entities.yml `signoff`)."""
    return [one for one in signoffs if (one.pack_id, one.sha256) == (pack_id, sha256) and one.is_genuine]


def waiting(roles: Collection[str], signoffs: Sequence[PackSignOff]) -> list[str]:
    """Return the roles that have not approved yet, in their order."""
    approved = {one.role for one in signoffs if one.is_approved}
    return [role for role in roles if role not in approved]


def _read(row: Row) -> PackSignOff:
    body = row.body
    assert body is not None
    digest, key, signature = body["object_sha256"], body["public_key"], body["signature"]
    return PackSignOff(
        signoff_id=body["signoff_id"],
        pack_id=body["object_id"],
        sha256=digest,
        role=body["role"],
        signer_ref=body["signer_ref"],
        signed_at=datetime.fromisoformat(body["signed_at"]),
        is_approved=body["decision"] == "approve",
        is_genuine=row.actor_ref == body["signer_ref"] and is_signed(digest, key, signature),
        public_key=key,
        is_simulated=row.is_simulated,
    )
