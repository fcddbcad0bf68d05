"""Telling people, once: a digest goes to each audience of notify.yml that wants the event, with a receipt in the journal.

The receipt `unknown` is written before anything leaves, `done` or `failed` after. Whoever dies in between leaves `unknown`: such a
message is not sent again, because twice is worse than asking; `failed` is tried again by the next run.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from tasks.model.identity import sha256_json
from tasks.model.notify import Wish
from tasks.store.journal import Journal, instant_text

Outcome = Literal["done", "failed", "unknown"]
Deliver = Callable[[str, str, str], bool]  # Apprise URL, title, body → was it taken?
ENTITY = "receipt"
SENT = ("done", "unknown")


@dataclass(frozen=True)
class Digest:
    """What is told, about one pack: the same digest has one effect per audience."""

    pack_id: str
    title: str
    body: str


@dataclass(frozen=True)
class Notice:
    """What became of one audience's message; `words` say why nothing was sent."""

    audience: str
    outcome: Outcome | Literal["skipped"]
    words: str


def notify(
    journal: Journal,
    wishes: Iterable[Wish],
    events: Collection[str],
    digest: Digest,
    *,
    now: datetime,
    secret: Callable[[str], str | None],
    deliver: Deliver,
) -> list[Notice]:
    """Send a digest to every audience that wants one of the events and was not told yet; return what became of each."""
    wanted = [wish for wish in wishes if set(wish.on) & set(events)]
    return [_tell(journal, wish, digest, now, secret(wish.to), deliver) for wish in wanted]


def _tell(journal: Journal, wish: Wish, digest: Digest, now: datetime, url: str | None, deliver: Deliver) -> Notice:
    key = sha256_json(["notify", wish.audience, wish.to, digest.pack_id])
    before = _last_outcome(journal, key)
    if before in SENT:
        words = "was told before" if before == "done" else "may have been told before: the sender died; it is not sent twice"
        return Notice(wish.audience, "skipped", words)
    if url is None:
        return Notice(wish.audience, "skipped", f"no address: set the environment variable {wish.to}, or a Prefect secret of that name")
    _note(journal, key, wish, digest, now, "unknown")
    outcome: Outcome = "done" if deliver(url, digest.title, digest.body) else "failed"
    _note(journal, key, wish, digest, now, outcome)
    return Notice(wish.audience, outcome, "told" if outcome == "done" else "could not be told; the next run tries again")


def _last_outcome(journal: Journal, key: str) -> str | None:
    rows = [row.body for row in journal.rows(("receipt",)) if row.body and row.body.get("idempotency_key") == key]
    return str(rows[-1]["outcome"]) if rows else None


def _note(journal: Journal, key: str, wish: Wish, digest: Digest, now: datetime, outcome: Outcome) -> None:
    body = {
        "receipt_id": f"N-{key[:12]}",
        "action": "notify",
        "idempotency_key": key,
        "destination": f"{wish.audience} by {wish.to}",
        "object_type": "pack",
        "object_id": digest.pack_id,
        "sent_at": instant_text(now),
        "confirmed_at": instant_text(now) if outcome == "done" else None,
        "outcome": outcome,
        "sent_sha256": sha256_json([digest.title, digest.body]),
    }
    journal.append("receipt", body, now=now, entity=ENTITY, object_id=digest.pack_id)
