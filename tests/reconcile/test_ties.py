"""Many ties in a large month: what one thread writes two write too, whatever order the rows came in."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from tasks.model.dictionary import dictionary
from tasks.store.engine import Engine, Limits
from tests.reconcile.world import Row, reconciled

pytestmark = pytest.mark.soak  # 8,000 tickets twice; test_matching holds a small estate against order and threads in every run

START = datetime(2026, 1, 1, tzinfo=UTC)
SERVICES = [f"s{place}" for place in range(200)]
TABLES = [name for name, table in dictionary().tables.items() if table.room == "reconciled"]


def tied_tickets(count: int) -> list[Row]:
    """Return tickets whose opening detects them a second time, and whose resolution restores them a second time: the same instants."""
    tickets = []
    for place in range(count):
        opened = START + timedelta(minutes=5 * place)
        restored = opened + timedelta(minutes=9)
        tickets.append(
            {
                "ticket_key": f"INC-{place:05}",
                "service_raw": SERVICES[place % len(SERVICES)],
                "opened_at": opened.isoformat(),
                "detected_at": opened.isoformat(),
                "acknowledged_at": opened.isoformat(),
                "restored_at": restored.isoformat(),
                "resolved_at": restored.isoformat(),
                "closed_at": restored.isoformat(),
            }
        )
    return tickets


def fingerprints(engine: Engine) -> dict[str, Row]:
    """Return number of rows and a sum of hashes over all columns, by table."""
    return {name: engine.rows(f"select count(*) as n, sum(hash(t)::hugeint) as hashes from reconciled.{name} as t")[0] for name in TABLES}


def world(seed: int, threads: int) -> Engine:
    """Return the month reconciled by so many threads from rows in an order that the seed decides."""
    tickets = tied_tickets(8000)
    random.Random(seed).shuffle(tickets)
    return reconciled({"service_catalogue": [{"service_id": name} for name in SERVICES], "ticket": tickets}, limits=Limits(threads=threads))


@pytest.fixture(scope="module")
def one_thread() -> Iterator[Engine]:
    with world(seed=1, threads=1) as engine:
        yield engine


def test_two_threads_write_what_one_writes(one_thread):
    with world(seed=2, threads=2) as engine:
        assert fingerprints(engine) == fingerprints(one_thread)


def test_the_first_candidate_is_the_winner(one_thread):
    wrong = one_thread.rows("""
        select incident_id, field, candidates
        from reconciled.field_provenance
        where
            winner_raw_id is not null
            and candidates is not null
            and (candidates->>'$[0].raw_id', candidates->>'$[0].rule_id', candidates->>'$[0].value') <> (winner_raw_id, rule_id, value)
        limit 1
    """)
    assert wrong == []
