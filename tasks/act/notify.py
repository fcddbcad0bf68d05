"""Telling people, once: a digest, or what is new of a bulletin, goes to each audience of notify.yml that wants it, with receipts.

The receipt `unknown` is written before anything leaves, `done` or `failed` after. Whoever dies in between leaves `unknown`: such a
message is not sent again, because twice is worse than asking; `failed` is tried again by the next run.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
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
class Item:
    """One thing worth telling. Items of equal `parts` are one: an audience is told of each once. `line` is what is told."""

    object_type: str
    object_id: str
    parts: tuple[str, ...]
    line: str


@dataclass(frozen=True)
class Bulletin:
    """Several things told in one message: those that an audience has not been told of yet, then `closing`."""

    title: str
    items: Sequence[Item]
    closing: str


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


def notify_of(
    journal: Journal,
    wishes: Iterable[Wish],
    event: str,
    bulletin: Bulletin,
    *,
    now: datetime,
    secret: Callable[[str], str | None],
    deliver: Deliver,
) -> list[Notice]:
    """Send to every audience that wants the event what is new to it of a bulletin, in one message; return what became of each."""
    wanted = [wish for wish in wishes if event in wish.on]
    return [_tell_new(journal, wish, bulletin, now, secret(wish.to), deliver) for wish in wanted]


def _tell(journal: Journal, wish: Wish, digest: Digest, now: datetime, url: str | None, deliver: Deliver) -> Notice:
    act = _act(wish, "pack", digest.pack_id, (digest.pack_id,), [digest.title, digest.body])
    before = last_outcome(journal, act)
    if before in SENT:
        words = "was told before" if before == "done" else "may have been told before: the sender died; it is not sent twice"
        return Notice(wish.audience, "skipped", words)
    return _send(journal, wish, [act], digest.title, digest.body, now, url, deliver)


def _tell_new(journal: Journal, wish: Wish, bulletin: Bulletin, now: datetime, url: str | None, deliver: Deliver) -> Notice:
    acts = [(item, _act(wish, item.object_type, item.object_id, item.parts, [item.line])) for item in bulletin.items]
    new = [(item, act) for item, act in acts if last_outcome(journal, act) not in SENT]
    if not new:
        return Notice(wish.audience, "skipped", "nothing is new to them")
    body = "\n".join([*(item.line for item, _ in new), bulletin.closing])
    return _send(journal, wish, [act for _, act in new], bulletin.title, body, now, url, deliver)


def _act(wish: Wish, object_type: str, object_id: str, parts: tuple[str, ...], sent: list[str]) -> Act:
    return Act("notify", (wish.audience, wish.to, *parts), f"{wish.audience} by {wish.to}", object_type, object_id, sent)


def _send(
    journal: Journal, wish: Wish, acts: Sequence[Act], title: str, body: str, now: datetime, url: str | None, deliver: Deliver
) -> Notice:
    """Send one message and write the receipts of everything that it tells."""
    if url is None:
        return Notice(wish.audience, "skipped", f"no address: set the environment variable {wish.to}, or a Prefect secret of that name")
    for act in acts:
        write_receipt(journal, act, "unknown", now=now)
    outcome: Outcome = "done" if deliver(url, title, body) else "failed"
    for act in acts:
        write_receipt(journal, act, outcome, now=now)
    return Notice(wish.audience, outcome, "told" if outcome == "done" else "could not be told; the next run tries again")
