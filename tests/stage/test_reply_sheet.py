"""A vendor's reply sheet read back: which answers make disputes, and which rows are set aside with what reason."""

from __future__ import annotations

import csv
import io
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tasks.model.reply_sheet import COLUMNS, LABELS, PRINTED, SEAL
from tests.land.packed import workbook
from tests.stage.desk import NOON, Desk

SENT = Path(__file__).parent / "recorded" / "reply_sheet_filled.csv"
FILLED = dict(next(csv.DictReader(io.StringIO(SENT.read_text(encoding="utf-8")))))  # 10:00:30 to 10:10, contested
BLANK = {name: FILLED[name] if name in (*PRINTED, SEAL) else "" for name in COLUMNS}
PARTLY = BLANK | {"answer": "partly", "reason_code": "shorter"}
INSIDE = {"contested_start_at": "2026-10-07T10:01:00Z", "contested_end_at": "2026-10-07T10:02:00Z"}


def sent(*rows: dict[str, str]) -> str:
    """Return a CSV file of rows."""
    sink = io.StringIO()
    writer = csv.DictWriter(sink, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return sink.getvalue()


@pytest.fixture
def acme(desk: Desk) -> Desk:
    desk.declare("acme_replies", adapter="reply_sheet", system="acme")
    return desk


BAD = {  # what stands in the row → why it is set aside, and the text that is told
    "a row key of another row": (FILLED | {"row_key": "P-AOE2SXT7ZZ7P"}, "REPLY_ROW_UNKNOWN", "P-AOE2SXT7ZZ7P"),
    "a row without a key": (FILLED | {"row_key": ""}, "REPLY_ROW_UNKNOWN", None),
    "a printed end moved": (FILLED | {"end_at": "2026-10-07T10:05:00Z"}, "REPLY_ROW_UNKNOWN", FILLED["row_key"]),
    "a printed amount changed": (FILLED | {"credit_if_customer_holds": "EUR 1.00"}, "REPLY_ROW_ALTERED", FILLED["row_seal"]),
    "a later day to answer": (FILLED | {"answer_before": "2027-01-01T00:00:00Z"}, "REPLY_ROW_ALTERED", FILLED["row_seal"]),
    "no seal": (FILLED | {"row_seal": ""}, "REPLY_ROW_ALTERED", None),
    "an answer not of the list": (FILLED | {"answer": "disagree"}, "REPLY_ANSWER_UNKNOWN", "disagree"),
    "a reason but no answer": (FILLED | {"answer": ""}, "REPLY_ANSWER_UNKNOWN", None),
    "contested without a reason": (BLANK | {"answer": "contest"}, "REPLY_REASON_MISSING", None),
    "a reason code not of the list": (FILLED | {"reason_code": "because"}, "REPLY_REASON_MISSING", "because"),
    "other without words": (BLANK | {"answer": "contest", "reason_code": "other"}, "REPLY_REASON_MISSING", "other"),
    "partly without times": (PARTLY, "REPLY_PART_MISSING", None),
    "partly with a start alone": (PARTLY | INSIDE | {"contested_end_at": ""}, "REPLY_PART_MISSING", "2026-10-07T10:01:00Z"),
    "times beside contest": (FILLED | INSIDE, "REPLY_PART_MISSING", "2026-10-07T10:01:00Z to 2026-10-07T10:02:00Z"),
    "times without a zone": (
        PARTLY | INSIDE | {"contested_start_at": "2026-10-07 10:01"},
        "REPLY_NO_ZONE",
        "2026-10-07 10:01 to 2026-10-07T10:02:00Z",
    ),
    "times that are none": (PARTLY | INSIDE | {"contested_end_at": "noon"}, "REPLY_NO_ZONE", "2026-10-07T10:01:00Z to noon"),
    "a part that ends before it starts": (
        PARTLY | {"contested_start_at": "2026-10-07T10:02:00Z", "contested_end_at": "2026-10-07T10:01:00Z"},
        "END_BEFORE_START",
        "2026-10-07T10:02:00Z to 2026-10-07T10:01:00Z",
    ),
    "a part that begins before the printed span": (
        PARTLY | INSIDE | {"contested_start_at": "2026-10-07T10:00:29Z"},
        "REPLY_PART_OUTSIDE",
        "2026-10-07T10:00:29Z to 2026-10-07T10:02:00Z",
    ),
    "a second part that ends after it": (
        PARTLY
        | {
            "contested_start_at": "2026-10-07T10:01:00Z;2026-10-07T10:05:00Z",
            "contested_end_at": "2026-10-07T10:02:00Z;2026-10-07T10:10:00.000001Z",
        },
        "REPLY_PART_OUTSIDE",
        "2026-10-07T10:01:00Z;2026-10-07T10:05:00Z to 2026-10-07T10:02:00Z;2026-10-07T10:10:00.000001Z",
    ),
}


def test_a_row_that_cannot_be_taken_as_meant_is_set_aside_with_its_reason(acme: Desk) -> None:
    """Each in a file of its own: two rows of one key in a file are a conflict besides."""
    acme.land(*(("acme_replies", f"{place:02}.csv", sent(row)) for place, (row, *_) in enumerate(BAD.values())))
    with acme.shown() as engine:
        found = engine.rows("from staged.issues where column_name = '-' order by source_file")
        told = {name: (row["issue"], row["value_text"], row["action"]) for name, row in zip(BAD, found, strict=True)}
        assert told == {name: (issue, text, "quarantined") for name, (_, issue, text) in BAD.items()}
        assert engine.rows("from staged.dispute") == []


def test_a_row_of_another_vendors_sheet_is_set_aside(desk: Desk) -> None:
    desk.declare("other_replies", adapter="reply_sheet", system="other")
    desk.land(("other_replies", "reply.csv", sent(FILLED)))
    assert desk.values("select issue, value_text from staged.issues") == [("REPLY_OTHER_VENDOR", "acme")]


def test_the_last_file_that_answers_a_row_counts_and_agreeing_takes_a_contest_back(acme: Desk) -> None:
    acme.land(("acme_replies", "first.csv", sent(FILLED)))
    acme.land(("acme_replies", "second.csv", sent(BLANK | {"answer": "agree"})), at=NOON + timedelta(days=1))
    states = "select state, strftime(raised_at, '%d') as day from staged.dispute"
    assert acme.values(states, as_of=NOON + timedelta(hours=1)) == [("open", "03")]
    assert acme.values(states) == [("withdrawn", "04")]


def test_a_reply_counts_as_raised_when_its_sidecar_says_it_was_received(acme: Desk) -> None:
    acme.land(("acme_replies", "reply.csv", sent(FILLED)), extracted_at="2026-11-03T10:00:00+00:00")
    assert acme.values("select strftime(raised_at, '%Y-%m-%dT%H:%M:%SZ') from staged.dispute") == [("2026-11-03T10:00:00Z",)]


def test_two_answers_to_one_row_in_a_file_are_a_conflict(acme: Desk) -> None:
    acme.land(("acme_replies", "reply.csv", sent(FILLED, BLANK | {"answer": "agree"})))
    assert {issue for (issue,) in acme.values("select issue from staged.issues")} == {"CONFLICTING_DUPLICATE"}


@pytest.mark.parametrize(
    ("date_format", "expected"),
    [
        pytest.param('yyyy-mm-dd"T"hh:mm:ss"Z"', "2026-10-07T10:01:00Z", id="as the product writes it"),
        pytest.param(r"yyyy\-mm\-dd\Thh:mm:ss\Z", "2026-10-07T10:01:00Z", id="as LibreOffice saves that"),
        pytest.param("yyyy-mm-dd hh:mm:ss", None, id="pasted over: nothing says that it is UTC"),
    ],
)
def test_a_real_date_is_an_instant_where_its_cell_shows_a_z(acme: Desk, date_format: str, expected: str | None) -> None:
    row = PARTLY | INSIDE | {"contested_start_at": ""}
    start = (datetime(2026, 10, 7, 10, 1) - datetime(1899, 12, 30)) / timedelta(days=1)
    cells = [["Reply sheet"], list(LABELS), [row[name] or None for name in COLUMNS]]
    book = workbook({"Reply": cells}, dates=[(2, COLUMNS.index("contested_start_at"), start)], date_format=date_format)
    acme.land(("acme_replies", "reply.xlsx", book))
    portions = acme.values("select json_extract_string(portion, '$[0].start_at') from staged.dispute")
    assert portions == ([(expected,)] if expected else [])
    assert acme.values("select issue from staged.issues") == ([] if expected else [("REPLY_NO_ZONE",)])
