"""The claims watch: what is due, said once to whoever wants to hear of it; red claims every day until they are filed."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from tasks.act.notify import Bulletin, Item, notify_of
from tasks.claim.credited import Credited, InvoiceBook
from tasks.claim.desk import ClaimDesk
from tasks.claim.watch import due
from tasks.model.notify import Wish
from tasks.store.home import Home
from tasks.store.journal import Journal
from tests.claim.shelf import CLAIM
from tests.claim.test_acts import FILING, GRANTED, standing_claim

NOW = datetime.fromisoformat("2026-11-17T06:15:00Z")
WISH = Wish(audience="vendor managers", to="SLA_NOTIFY_CLAIMS", on=("claims",))


def due_at(at: str, events: list[dict[str, Any]], book: InvoiceBook | None = None) -> list[tuple[str, str]]:
    claim = standing_claim(events, at)
    if book:
        claim = type(claim)(**{**claim.__dict__, "book": book})
    desk = ClaimDesk(Home(Path(), "Small World", "eu", "Europe/Berlin"), None, claim.now, [claim])  # type: ignore[arg-type]
    return [("/".join(one.parts[2:]), one.line) for one in due(desk)]


@pytest.mark.parametrize(
    ("at", "events", "what"),
    [
        pytest.param("2026-11-10T06:15:00Z", [], [], id="nothing is due yet"),
        pytest.param("2026-11-16T06:15:00Z", [], ["prepare"], id="the day to prepare by"),
        pytest.param("2026-11-23T06:15:00Z", [], ["file"], id="the day to file by"),
        pytest.param("2026-11-26T06:15:00Z", [], ["red/2026-11-26"], id="red"),
        pytest.param("2026-11-27T06:15:00Z", [], ["red/2026-11-27"], id="red the day after: another thing to tell"),
        pytest.param("2026-12-01T06:15:00Z", [], ["lapsed"], id="lapsed"),
        pytest.param("2026-11-20T06:15:00Z", FILING, [], id="filed: nothing is due"),
        pytest.param("2026-11-26T06:15:00Z", FILING, ["no receipt"], id="filed without a receipt, and the deadline is near"),
    ],
)
def test_what_is_due_follows_from_the_desks_own_dates(at, events, what):
    assert [name for name, _ in due_at(at, events)] == what


def test_a_credit_that_came_and_one_that_never_did_are_told():
    line = Credited("RE-11", 1, standing_claim([]).row["amount"], "EUR", NOW.date(), "acme", CLAIM)
    ((what, told),) = due_at("2026-12-05T06:15:00Z", GRANTED, InvoiceBook([line], {}))
    assert what == "credit/RE-11/1"
    assert told.startswith("Credit found, RE-11/1 EUR 1,000.00: EUR 1,000.00 checkout 2026-10, ACME-CDN")
    issued = {"acme": [(datetime(2026, 12, 1).date(), "RE-11"), (datetime(2027, 1, 1).date(), "RE-12")]}
    ((what, told),) = due_at("2027-01-05T06:15:00Z", GRANTED, InvoiceBook([], issued))
    assert what == "missing credit/RE-11/RE-12"
    assert told.endswith("ask where the credit is: it stands on none of RE-11, RE-12")


def test_each_thing_is_told_once_and_what_is_new_alone(tmp_path):
    journal = Journal(f"sqlite:///{tmp_path}/journal.db")
    sent: list[tuple[str, str]] = []

    def tell(*names: str, is_taken: bool = True) -> str:
        items = [Item("claim", name, (name, "1", "file"), f"File now: {name}") for name in names]

        def deliver(_url: str, title: str, body: str) -> bool:
            sent.append((title, body))
            return is_taken

        bulletin = Bulletin("claims due", items, "that is all")
        (notice,) = notify_of(journal, [WISH], "claims", bulletin, now=NOW, secret=lambda _: "url", deliver=deliver)
        return notice.outcome

    assert tell("K-1", is_taken=False) == "failed"
    assert tell("K-1") == "done"  # what failed is tried again
    assert tell("K-1") == "skipped"
    assert tell("K-1", "K-2") == "done"
    assert tell("K-2") == "skipped"
    assert [body for _, body in sent] == ["File now: K-1\nthat is all", "File now: K-1\nthat is all", "File now: K-2\nthat is all"]
    assert {row.body["object_type"] for row in journal.rows(("receipt",)) if row.body} == {"claim"}
    assert notify_of(journal, [WISH], "month", Bulletin("t", [], ""), now=NOW, secret=lambda _: "url", deliver=lambda *_: True) == []
