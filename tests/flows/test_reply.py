"""The vendor's answer, from the pack of October to the next one: sent, filled in, dropped, landed, staged, held out.

Of the small world's 107 min 30 s (small_home.py) the vendor contests 10:00:30 to 10:10 whole, 10:50 to 10:55:30 of 10:45 to 10:58, and
03:00 to 03:10 of the maintenance's overrun: 9 min 30 s + 5 min 30 s + 10 min = 25 min. It agrees to 10:10 to 10:45. 82 min 30 s are left.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tasks.orchestration import set_direct

set_direct(quiet=True)

from flows.month import month  # noqa: E402 - the mode is set before a flow is imported
from flows.outcome import MonthOutcome  # noqa: E402
from tests.flows.small_home import CLOCK, FILES, MINUTE_US, make_small_home  # noqa: E402
from tests.stage.filled import filled  # noqa: E402

REPLIES = "  - {id: acme_replies, system: acme, adapter: reply_sheet}\n"
ANSWERED = "2026-11-06T09:00:00Z"
ANSWERS = {
    0: {"answer": "contest", "reason_code": "not_down", "reason": '=HYPERLINK("x") our edge answered', "answered_by": "A. Person"},
    1: {"answer": "agree"},
    2: {
        "answer": "partly",
        "contested_start_at": datetime(2026, 10, 7, 10, 50),
        "contested_end_at": datetime(2026, 10, 7, 10, 55, 30),
        "reason_code": "shorter",
    },
    3: {
        "answer": "partly",
        "contested_start_at": "2026-10-18T03:00:00Z",
        "contested_end_at": "2026-10-18T05:10:00+02:00",
        "reason_code": "planned_maintenance",
    },
    4: {"answer": "never"},
}
pytestmark = pytest.mark.soak


@dataclass(frozen=True)
class Story:
    sent: MonthOutcome
    book: bytes
    answered: MonthOutcome


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Story:
    sources = "reference/sources.yml"
    root = make_small_home(tmp_path_factory.mktemp("reply"), {sources: FILES[sources] + REPLIES})
    sent = month(str(root), "2026-10", clock=CLOCK)
    book = filled(sent.pack.folder.page("reply/acme.xlsx").read_bytes(), ANSWERS)
    inbox = root / "inbox" / "acme_replies"
    inbox.mkdir()
    (inbox / "2026-10.xlsx").write_bytes(book)
    return Story(sent, book, month(str(root), "2026-10", clock=ANSWERED))


def rows(outcome: MonthOutcome, table: str, query: str) -> list[tuple[Any, ...]]:
    """Return what a query says over one of a pack's tables, called `rows`."""
    file = outcome.pack.folder.parquet(table)
    return duckdb.sql(f"with rows as (from read_parquet('{file}')) {query}").fetchall()


def test_what_is_contested_is_held_out_and_stands_beside_the_headline(story: Story) -> None:
    levels = "select variant, down_us from rows where variant in ('headline', 'if_counted') order by variant"
    assert rows(story.sent, "sla_results", levels) == [("headline", 107 * MINUTE_US + 30_000_000)]
    assert rows(story.answered, "sla_results", levels) == [
        ("headline", 82 * MINUTE_US + 30_000_000),
        ("if_counted", 107 * MINUTE_US + 30_000_000),
    ]
    effects = "select state, party, increment_us // 30000000 from rows where increment_us > 0 order by increment_us"
    assert rows(story.answered, "dispute_effects", effects) == [
        ("open", "provider", 11),
        ("open", "provider", 19),
        ("open", "provider", 20),
    ]


def test_every_answer_stands_in_its_row_and_the_one_that_nobody_can_read_is_told(story: Story) -> None:
    answers = rows(story.answered, "dispute_sheet", "select answer from rows order by start_at")
    assert [answer for (answer,) in answers] == ["contested", "agreed", "partly_contested", "partly_contested", None]
    told = rows(story.answered, "issues", "select source_file, source_row, issue, value_text from rows where source_system = 'acme'")
    assert told == [("2026-10.xlsx", 5, "REPLY_ANSWER_UNKNOWN", "never")]
    assert not rows(story.answered, "data_quality", "select rule_id from rows where verdict = 'block'")


def test_the_file_lies_in_raw_byte_for_byte_and_its_names_and_words_in_no_pack(story: Story) -> None:
    (row,) = (row for row in story.answered.landed.landed if row.body and row.body["source_id"] == "acme_replies")
    assert row.body is not None
    assert story.answered.home.raw_file(row.body["file_sha256"], row.body["file"]).read_bytes() == story.book
    files: list[Path] = [file for file in story.answered.pack.folder.root.rglob("*") if file.is_file()]
    assert not [file.name for file in files if b"A. Person" in file.read_bytes() or b"our edge answered" in file.read_bytes()]


def test_the_next_sheet_says_what_was_answered_and_has_the_same_keys(story: Story) -> None:
    def cells(outcome: MonthOutcome, name: str) -> list[Any]:
        file = outcome.pack.folder.page("reply/acme.csv")
        return [value for (value,) in duckdb.sql(f"select {name} from read_csv('{file}', all_varchar = true)").fetchall()]

    assert cells(story.answered, "row_key") == cells(story.sent, "row_key")
    assert cells(story.answered, "earlier_answer") == ["contested", "agreed", "partly contested", "partly contested", None]
    html = story.answered.pack.folder.page("compliance.html").read_text(encoding="utf-8")
    assert 'href="reply/acme.xlsx"' in html


def test_the_manifest_promises_the_reply_sheets(story: Story) -> None:
    pages = [page["path"] for page in story.sent.pack.folder.read_manifest()["pages"]]
    assert {"reply/acme.csv", "reply/acme.xlsx"} < set(pages)
