"""Receipts: one writer, exactly the columns of the dictionary."""

from datetime import UTC, datetime

import pytest

from tasks.model.dictionary import dictionary
from tasks.store.journal import Journal
from tasks.store.receipts import Act, last_outcome, write_receipt

NOW = datetime(2026, 11, 3, 9, tzinfo=UTC)
ACT = Act("notify", ("service managers",), "service managers by SLA_NOTIFY_OPS", "pack", "month/2026-10/abc", ["title", "body"])


@pytest.mark.parametrize(
    ("outcomes", "last"),
    [
        pytest.param([], None, id="never begun"),
        pytest.param(["unknown"], "unknown", id="begun, and nothing heard since"),
        pytest.param(["unknown", "failed", "unknown", "done"], "done", id="tried again"),
    ],
)
def test_an_acts_outcome_is_that_of_its_last_receipt(tmp_path, outcomes, last):
    journal = Journal(f"sqlite:///{tmp_path}/journal.db")
    for outcome in outcomes:
        write_receipt(journal, ACT, outcome, now=NOW)
    write_receipt(journal, Act("notify", ("others",), "others", "pack", "month/2026-10/abc", []), "failed", now=NOW)
    assert last_outcome(journal, ACT) == last


def test_a_receipt_holds_exactly_the_columns_of_its_entity_and_is_confirmed_only_when_it_is_done(tmp_path):
    journal = Journal(f"sqlite:///{tmp_path}/journal.db")
    write_receipt(journal, ACT, "failed", now=NOW)
    write_receipt(journal, ACT, "done", now=NOW, is_simulated=True)
    failed, done = journal.rows(("receipt",))
    entity = dictionary().entities["receipt"]
    assert [sorted(row.body) for row in (failed, done)] == [sorted(column.name for column in entity.columns)] * 2
    assert (failed.body["confirmed_at"], done.body["confirmed_at"]) == (None, "2026-11-03T09:00:00.000000Z")
    assert (failed.body["receipt_id"], failed.is_simulated, done.is_simulated) == (done.body["receipt_id"], False, True)
