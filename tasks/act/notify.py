"""Telling people, once: a digest goes to each audience of notify.yml that wants the event, with a receipt in the journal.

The receipt `unknown` is written before anything leaves, `done` or `failed` after. Whoever dies in between leaves `unknown`: such a
message is not sent again, because twice is worse than asking; `failed` is tried again by the next run.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from tasks.model.notify import Wish
from tasks.store.journal import Journal
from tasks.store.receipts import Act, Outcome, last_outcome, write_receipt

Deliver = Callable[[str, str, str], bool]  # Apprise URL, title, body → was it taken?
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
    act = Act(
        action="notify",
        parts=(wish.audience, wish.to, digest.pack_id),
        destination=f"{wish.audience} by {wish.to}",
        object_type="pack",
        object_id=digest.pack_id,
        sent=[digest.title, digest.body],
    )
    before = last_outcome(journal, act)
    if before in SENT:
        words = "was told before" if before == "done" else "may have been told before: the sender died; it is not sent twice"
        return Notice(wish.audience, "skipped", words)
    if url is None:
        return Notice(wish.audience, "skipped", f"no address: set the environment variable {wish.to}, or a Prefect secret of that name")
    write_receipt(journal, act, "unknown", now=now)
    outcome: Outcome = "done" if deliver(url, digest.title, digest.body) else "failed"
    write_receipt(journal, act, outcome, now=now)
    return Notice(wish.audience, outcome, "told" if outcome == "done" else "could not be told; the next run tries again")
