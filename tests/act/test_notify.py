"""Telling people: each audience once, never in silence, never with its address in the journal. The other side is a real HTTP server."""

import json
import threading
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from tasks.act.notify import Digest, notify
from tasks.model.notify import Wish
from tasks.store import messages
from tasks.store.journal import Journal
from tests.flows.small_home import CLOCK, make_small_home

NOW = datetime(2026, 11, 3, 9, tzinfo=UTC)
OPS = Wish(audience="service managers", to="SLA_NOTIFY_OPS", on=("month", "blocked"))
DIGEST = Digest("month/2026-10/abc", "compliance pack 2026-10", "one breached")


@pytest.fixture
def journal(tmp_path):
    return Journal(f"sqlite:///{tmp_path}/journal.db")


class Phone:
    """Takes messages as tasks.store.messages does; `answers` says whether each is taken, the last for all after it."""

    def __init__(self, *answers):
        self.answers = list(answers) or [True]
        self.heard = []

    def __call__(self, url, title, body):
        self.heard.append((url, title))
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, BaseException):
            raise answer
        return answer


def tell(journal, phone, wishes=(OPS,), events=("month",), secrets=None, digest=DIGEST):
    known = {"SLA_NOTIFY_OPS": "json://phone"} if secrets is None else secrets
    return [notice.outcome for notice in notify(journal, wishes, events, digest, now=NOW, secret=known.get, deliver=phone)]


def receipts(journal):
    return [row.body["outcome"] for row in journal.rows(("receipt",))]


def test_an_audience_is_told_once_however_often_the_run_is_repeated(journal):
    phone = Phone()
    assert [tell(journal, phone), tell(journal, phone)] == [["done"], ["skipped"]]
    assert phone.heard == [("json://phone", "compliance pack 2026-10")]
    assert receipts(journal) == ["unknown", "done"]


def test_a_message_that_was_refused_is_sent_again_until_it_is_taken(exchange, monkeypatch):
    url, heard = exchange
    monkeypatch.setattr(messages, "WAIT_S", 0.01)
    assert messages.deliver(url, "compliance pack 2026-10", "one breached")
    assert [message["title"] for message in heard] == ["compliance pack 2026-10"] * 2


def test_what_could_not_be_told_is_tried_again_by_the_next_run(journal):
    phone = Phone(False, True)
    assert [tell(journal, phone), tell(journal, phone), tell(journal, phone)] == [["failed"], ["done"], ["skipped"]]


def test_a_sender_that_dies_leaves_unknown_and_nobody_is_told_twice(journal):
    phone = Phone(KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        tell(journal, phone)
    assert receipts(journal) == ["unknown"]
    assert tell(journal, phone) == ["skipped"]
    assert len(phone.heard) == 1


@pytest.mark.parametrize(
    ("events", "secrets", "digest", "outcomes"),
    [
        pytest.param(("preview",), None, DIGEST, [], id="an event that nobody asked for"),
        pytest.param(("preview", "blocked"), None, DIGEST, ["done"], id="one of two events is enough"),
        pytest.param(("month",), {}, DIGEST, ["skipped"], id="no address is set"),
    ],
)
def test_who_is_told_follows_from_events_and_addresses(journal, events, secrets, digest, outcomes):
    assert tell(journal, Phone(), events=events, secrets=secrets, digest=digest) == outcomes


def test_another_pack_of_the_same_month_is_told_anew(journal):
    phone = Phone()
    tell(journal, phone)
    assert tell(journal, phone, digest=Digest("month/2026-10/def", "restated", "two breached")) == ["done"]


def test_the_journal_holds_the_name_of_an_address_and_not_the_address(journal):
    tell(journal, Phone(), secrets={"SLA_NOTIFY_OPS": "json://user:geheim@phone"})
    lines = "".join(row.line for row in journal.rows())
    assert "SLA_NOTIFY_OPS" in lines
    assert "geheim" not in lines


@pytest.fixture
def exchange():
    """A chat server on loopback: refuses the first message, takes the rest, keeps what it was sent."""
    heard, answers = [], [503]

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            heard.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(answers.pop() if answers else 200)
            self.end_headers()

        def log_message(self, *_):
            return

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"json://127.0.0.1:{server.server_port}/hook", heard
    server.shutdown()


@pytest.mark.soak
def test_a_month_is_told_over_http_and_a_refused_message_is_sent_again(exchange, tmp_path, monkeypatch):
    from tasks.orchestration import set_direct

    set_direct(quiet=True)
    from flows.month import month

    url, heard = exchange
    monkeypatch.setattr(messages, "WAIT_S", 0.01)
    monkeypatch.setenv("SLA_NOTIFY_OPS", url)
    wishes = "schema: notify/1\naudiences:\n  - {audience: service managers, to: SLA_NOTIFY_OPS, on: [month]}\n"
    home = make_small_home(tmp_path, {"reference/notify.yml": wishes})
    month(str(home), "2026-10", clock=CLOCK)
    assert heard == [], "a rehearsal tells nobody"
    home = make_small_home(tmp_path / "real", {"reference/notify.yml": wishes})
    for _ in range(2):
        month(str(home), "2026-10")
    assert [message["title"] for message in heard] == ["Small World: compliance pack 2026-10"] * 2
    assert "checkout" in heard[1]["message"]
