"""The table of bad inputs: each is refused with a mend, or its rows are set aside with a reason; the sums balance (DQ-01 to DQ-09)."""

from __future__ import annotations

import pytest

from tasks.model.errors import FaultsError
from tasks.store.engine import Engine
from tests.stage.desk import Desk, balances

TICKETS = "ticket_key,service_raw,severity_raw,state,opened_at,resolved_at\n"
GOOD = "T-0,Shop,P1,closed,2026-10-07T10:00:00Z,2026-10-07T11:00:00Z\n"
EXTRACTED = "2026-11-03T06:00:00Z"


def issues(engine: Engine) -> list[tuple[str, int, str, str, str]]:
    found = engine.rows("select * from staged.issues order by source_file, source_row, rule_id, issue, column_name")
    return [(row["rule_id"], row["source_row"], row["issue"], row["column_name"], row["action"]) for row in found]


SET_ASIDE = [
    pytest.param(
        "T-1,Shop,P1,new,07.10.2026 10:00,\n",
        [("DQ-01", 2, "BAD_VALUE", "opened_at", "quarantined")],
        ["2026-10-07T10:00:00"],
        id="a day-first date with points is set aside, and its one reading is proposed",
    ),
    pytest.param(
        "T-1,Shop,P1,new,05/10/2026 10:00,\n",
        [("DQ-01", 2, "BAD_VALUE", "opened_at", "quarantined")],
        [],
        id="a date that could be 5 October or 10 May is set aside without a proposal",
    ),
    pytest.param(
        "T-1,Shop,P1,new,2026-10-07,\n",
        [("DQ-01", 2, "BAD_VALUE", "opened_at", "quarantined")],
        [],
        id="a bare date is no instant of an event",
    ),
    pytest.param(
        "T-1,Shop,P1,new,2026-10-07T10:00:00,\n",
        [("DQ-05", 2, "NO_ZONE", "opened_at", "quarantined")],
        [],
        id="a time without zone is set aside where the source declares none (DQ-05)",
    ),
    pytest.param(
        "T-1,Shop,P1,new,2026-02-30T10:00:00Z,\n",
        [("DQ-01", 2, "BAD_VALUE", "opened_at", "quarantined")],
        [],
        id="the thirtieth of February is no day",
    ),
    pytest.param(
        "T-1,Shop,P1,new,2026-11-03T06:05:00.000001Z,\n",
        [("DQ-06", 2, "FUTURE_INSTANT", "opened_at", "quarantined")],
        [],
        id="an instant more than five minutes after the extract lies in the future (DQ-06)",
    ),
    pytest.param("T-1,Shop,P1,new,2026-11-03T06:05:00Z,\n", [], [], id="five minutes after the extract are a clock's error, no future"),
    pytest.param(
        "T-1,Shop,P1,new,1999-12-31T23:59:59Z,\n",
        [("DQ-06", 2, "INSTANT_BEFORE_2000", "opened_at", "quarantined")],
        [],
        id="an instant before 2000 is a fault (DQ-06)",
    ),
    pytest.param(
        "T-1,Shop,P1,closed,2026-10-07T10:00:00Z,2026-10-07T09:59:59Z\n",
        [("DQ-07", 2, "END_BEFORE_START", "resolved_at", "quarantined")],
        [],
        id="a ticket resolved before it was opened is set aside (DQ-07)",
    ),
    pytest.param("T-1,Shop,P1,closed,2026-10-07T10:00:00Z,2026-10-07T10:00:00Z\n", [], [], id="a ticket of zero length is kept (DQ-07)"),
    pytest.param(
        "T-1,,P1,new,2026-10-07T10:00:00Z,\n",
        [("DQ-02", 2, "MISSING_VALUE", "service_raw", "quarantined")],
        [],
        id="a required field left empty sets the row aside (DQ-02)",
    ),
    pytest.param(
        "T-1,Shop,P1,asleep,2026-10-07T10:00:00Z,\n",
        [("DQ-04", 2, "ENUM_UNMAPPED", "state", "warned")],
        [],
        id="an unknown word of an enumeration is kept as unmapped and warned of (DQ-04)",
    ),
    pytest.param(
        "T-1,Shop,P1,new\n",
        [("DQ-01", 2, "MALFORMED_ROW", "-", "quarantined")],
        [],
        id="a line with too few fields is set aside",
    ),
    pytest.param(
        "T-1,Shop,P1,new,2026-10-07T10:00:00Z,,x,\n",
        [("DQ-01", 2, "MALFORMED_ROW", "-", "quarantined")],
        [],
        id="a line with too many fields is set aside",
    ),
    pytest.param("T-1,Shop,P1,new,2026-10-07T10:00:00Z,,,\n", [], [], id="empty fields beyond the last column are nothing"),
    pytest.param(
        "T-1,Shop,P1,new,2026-10-07T10:00:00Z,,,\nT-2,Shop\n",
        [("DQ-01", 3, "MALFORMED_ROW", "-", "quarantined")],
        [],
        id="empty fields beyond the last column are nothing beside a broken line either",
    ),
    pytest.param(
        "T-1,Shop,P1,new,2026-10-07T10:00:00Z,\nT-1,Shop,P2,new,2026-10-07T10:00:00Z,\n",
        [("DQ-03", row, "CONFLICTING_DUPLICATE", "-", "quarantined") for row in (2, 3)],
        [],
        id="two contents under one key and version are both set aside (DQ-03)",
    ),
    pytest.param(f"{GOOD}{GOOD}", [], [], id="identical rows are duplicates, and the first is kept (DQ-03)"),
]


@pytest.mark.parametrize(("lines", "expected", "candidates"), SET_ASIDE)
def test_a_bad_row_is_set_aside_with_its_reason_and_no_row_is_lost(desk: Desk, lines: str, expected: list, candidates: list) -> None:
    desk.declare("tool", "ticket")
    desk.land(("tool", "tickets.csv", TICKETS + GOOD + lines), extracted_at=EXTRACTED)
    with desk.shown() as engine:
        assert issues(engine) == expected
        assert [row["candidates"] for row in engine.rows("select candidates from staged.issues")] == [candidates] * len(expected)
        (balance,) = balances(engine)
        set_aside = len({row for _, row, _, _, action in expected if action == "quarantined"})
        assert (balance["read"], balance["quarantined"]) == (1 + lines.count("\n"), set_aside)
        accepted = {row["ticket_key"] for row in engine.rows("select ticket_key from staged.ticket")}
        assert "T-0" in accepted
        assert len(accepted) == balance["accepted"]


def test_identical_rows_are_counted_as_duplicates_even_when_they_are_bad(desk: Desk) -> None:
    desk.declare("tool", "ticket")
    bad = "T-1,,P1,new,2026-10-07T10:00:00Z,\n"
    desk.land(("tool", "tickets.csv", TICKETS + GOOD + GOOD + bad + bad), extracted_at=EXTRACTED)
    with desk.shown() as engine:
        (balance,) = balances(engine)
        assert (balance["accepted"], balance["quarantined"], balance["duplicates"]) == (1, 1, 2)


def test_a_decimal_comma_is_set_aside_with_the_mended_number(desk: Desk) -> None:
    desk.declare("erp", "invoice")
    lines = ['A,acme,2026-10,"1.234,56",EUR', 'B,acme,2026-10,"1,234",EUR', "C,acme,2026-10,1.00001,EUR", "D,acme,2026-10,1.500000,EUR"]
    desk.land(("erp", "invoices.csv", "invoice_id,provider_id,period,total,currency\n" + "\n".join(lines)))
    with desk.shown() as engine:
        found = engine.rows("select value_text, candidates from staged.issues order by source_row")
        assert [(row["value_text"], row["candidates"]) for row in found] == [("1.234,56", ["1234.56"]), ("1,234", []), ("1.00001", [])]
        assert [str(row["total"]) for row in engine.rows("select total from staged.invoice")] == ["1.5000"]
        balances(engine)


def test_a_file_without_a_required_column_is_set_aside_whole_and_fails_the_schema_rule(desk: Desk) -> None:
    desk.declare("tool", "ticket")
    desk.land(("tool", "tickets.csv", "ticket_key,severity_raw,state,opened_at\nT-1,P1,new,2026-10-07T10:00:00Z\n"))
    with desk.shown() as engine:
        assert issues(engine) == [("DQ-01", 1, "MISSING_COLUMN", "service_raw", "quarantined")]
        (count,) = engine.rows("select checked, failed from staged.quality_counts where rule_id = 'DQ-01'")
        assert count == {"checked": 5, "failed": 1}
        assert balances(engine)[0]["quarantined"] == 1


def test_a_header_alone_is_zero_rows_and_still_shows_a_missing_column(desk: Desk) -> None:
    desk.declare("tool", "ticket")
    desk.land(("tool", "tickets.csv", "ticket_key,state\n"))
    with desk.shown() as engine:
        assert balances(engine)[0]["read"] == 0
        (count,) = engine.rows("select checked, failed from staged.quality_counts where rule_id = 'DQ-01'")
        assert count == {"checked": 5, "failed": 3}
        assert engine.rows("from staged.ticket") == []


def test_an_unknown_column_is_warned_of_once_a_file_and_its_rows_are_kept(desk: Desk) -> None:
    desk.declare("tool", "ticket")
    header = TICKETS.replace("\n", ",mood\n")
    desk.land(("tool", "tickets.csv", header + GOOD.replace("\n", ",fine\n") + GOOD.replace("T-0", "T-1").replace("\n", ",\n")))
    with desk.shown() as engine:
        assert issues(engine) == [("DQ-01", 1, "UNKNOWN_COLUMN", "mood", "warned")]
        assert balances(engine)[0]["accepted"] == 2


def test_an_empty_interval_is_dropped_with_an_issue_and_an_end_before_its_start_is_set_aside(desk: Desk) -> None:
    desk.declare("probes", "monitoring_sample")
    header = "rule_id,component_raw,start_at,end_at,state\n"
    lines = [f"r,c,2026-10-0{start}T00:00:00Z,2026-10-0{end}T00:00:00Z,up\n" for start, end in ((1, 2), (2, 2), (4, 3))]
    desk.land(("probes", "samples.csv", header + "".join(lines)))
    with desk.shown() as engine:
        assert issues(engine) == [
            ("DQ-07", 2, "EMPTY_INTERVAL", "end_at", "dropped"),
            ("DQ-07", 3, "END_BEFORE_START", "end_at", "quarantined"),
        ]
        (balance,) = balances(engine)
        assert (balance["accepted"], balance["dropped"], balance["quarantined"]) == (2, 1, 1)
        assert len(engine.rows("from staged.monitoring_sample")) == 1


@pytest.mark.parametrize(
    ("portion", "portion_us", "found"),
    [
        pytest.param('[{"start_at":"2026-10-01T10:00:00Z","end_at":"2026-10-01T09:00:00Z"}]', "", ["portion"], id="a span"),
        pytest.param("", "-60000000", ["portion_us"], id="a length"),
        pytest.param('[{"start_at":"2026-10-01T08:00:00Z","end_at":"2026-10-01T09:00:00Z"}]', "", [], id="in order"),
    ],
)
def test_a_disputed_portion_that_ends_before_it_starts_is_set_aside(desk: Desk, portion: str, portion_us: str, found: list[str]) -> None:
    desk.declare("letters", "dispute")
    row = {"dispute_id": "D-1", "party": "provider", "subject_type": "ticket", "subject_id": "T-1", "scope": "portion"}
    row |= {"raised_at": "2026-10-20T08:00:00Z", "state": "open", "portion": portion.replace('"', '""'), "portion_us": portion_us}
    desk.land(("letters", "disputes.csv", ",".join(row) + "\n" + ",".join(f'"{value}"' for value in row.values()) + "\n"))
    with desk.shown() as engine:
        assert issues(engine) == [("DQ-07", 1, "END_BEFORE_START", name, "quarantined") for name in found]


REFUSED = [
    pytest.param("tickets.csv", (TICKETS + GOOD).encode("utf-16"), "UTF-16", id="UTF-16"),
    pytest.param("tickets.csv", (TICKETS + GOOD.replace("Shop", "Läden")).encode("cp1252"), "byte 0xe4.*Windows-1252", id="Windows-1252"),
    pytest.param("tickets.csv", TICKETS.replace("service_raw", "ticket_key"), "two columns are called ticket_key", id="a column twice"),
    pytest.param("tickets.csv", TICKETS + 'T-1,"Shop,P1\n' + GOOD, "never closed: T-1", id="a quote that is never closed"),
    pytest.param("tickets.json", '{"result": [', "Malformed JSON", id="JSON cut short"),
    pytest.param("tickets.parquet", b"PAR1 and no more", "[Pp]arquet", id="no Parquet inside"),
    pytest.param("tickets.xls", b"PK", "no reader for '.xls'", id="a kind that cannot be read"),
    pytest.param("tickets.xlsx", b"PK", "no whole workbook", id="a workbook cut short"),
]


@pytest.mark.parametrize(("name", "content", "words"), REFUSED)
def test_a_file_that_cannot_be_read_is_refused_with_the_mend_and_holds_up_no_other(
    desk: Desk, name: str, content: str | bytes, words: str
) -> None:
    desk.declare("tool", "ticket")
    desk.declare("other", "ticket")
    (seq, _) = desk.land(("tool", name, content), ("other", "fine.csv", TICKETS + GOOD))
    with pytest.raises(FaultsError, match=words) as refusal:
        desk.stage()
    assert "sla land --withdraw" in str(refusal.value)
    assert str(desk.home.root) not in str(refusal.value), "no machine path in a message"
    assert [path for path in desk.home.room("staged").iterdir() if (path / "room.json").exists()], "the other file is staged"
    desk.withdraw(seq)
    assert [row["source_file"] for row in desk.rows("select source_file from staged.ticket")] == ["fine.csv"]


def test_a_byte_order_mark_and_other_delimiters_are_read_as_if_they_were_not_there(desk: Desk) -> None:
    desk.declare("tool", "ticket")
    marked = b"\xef\xbb\xbf" + (TICKETS + GOOD).encode()
    semicolons = (TICKETS + GOOD.replace("T-0", "T-1")).replace(",", ";").replace("\n", "\r\n")
    tabs = (TICKETS + GOOD.replace("T-0", "T-2")).replace(",", "\t")
    desk.land(("tool", "a.csv", marked), ("tool", "b.csv", semicolons), ("tool", "c.tsv", tabs))
    assert desk.values("select ticket_key from staged.ticket order by 1") == [("T-0",), ("T-1",), ("T-2",)]


ALERT = (
    '{"labels": {"alertname": "A", "service": "s"}, "fingerprint": "f",'
    ' "startsAt": "2026-10-07T10:00:00Z", "endsAt": "0001-01-01T00:00:00Z"}'
)
EVENT = '{"event": {"id": "1", "event_type": "incident.triggered", "occurred_at": "2026-10-07T10:00:00Z", "data": %s}}'
ISSUE = '{"key": "S-1", "fields": %s, "changelog": %s}'
FIELDS = '{"priority": {"name": "P1"}, "status": {"name": "Open"}, "created": "2026-10-07T10:00:00.000+0000", "project": {"name": "Shop"}}'
GOOGLE = '[{"number": 1, "begin": "2026-10-07T10:00:00Z", "end": "%s", "external_desc": "x", "service_name": "s", "updates": %s}]'
AWS = '{"archive": [{"service": "s", "date": "%s", "summary": "[RESOLVED] x", "status": "1", "description": "%s"}]}'
AUDIT = "documentkey,fieldname,oldvalue,newvalue,user,sys_created_on,record_checkpoint\n"
PAGE = '{"incidents": [{"id": "i", "status": "resolved", "impact": "minor", "created_at": "%s", "incident_updates": %s}]}'
HOSTILE = [
    pytest.param("alertmanager", "a.json", '{"version": "4", "status": "firing"}', ["MISSING_VALUE"] * 4, id="a message without alerts"),
    pytest.param("alertmanager", "a.json", '{"alerts": "none"}', ["MISSING_VALUE"] * 4, id="alerts that are a text"),
    pytest.param("alertmanager", "a.json", '{"alerts": []}', [], id="a message of no alerts"),
    pytest.param("alertmanager", "a.json", f'{{"alerts": [{ALERT}, {ALERT}]}}', [], id="an alert twice in one message"),
    pytest.param("alertmanager", "a.json", f'{{"alerts": [{ALERT}, 7, null]}}', ["MISSING_VALUE"] * 4, id="alerts that are none"),
    pytest.param(
        "alertmanager",
        "a.json",
        f'{{"alerts": [{ALERT.replace("0001-01-01", "2026-10-06")}]}}',
        ["END_BEFORE_START"],
        id="an alert that ends before it starts",
    ),
    pytest.param("alertmanager", "a.json", f'{{"alerts": [{ALERT.replace("0Z", "0")}]}}', ["NO_ZONE"] * 2, id="an alert without a zone"),
    pytest.param("pagerduty", "e.json", '{"event": "oops"}', ["MISSING_VALUE"] * 5, id="an event that is a text"),
    pytest.param("pagerduty", "e.json", '{"messages": []}', ["MISSING_COLUMN"] + ["MISSING_VALUE"] * 5, id="a message of another version"),
    pytest.param("pagerduty", "e.json", EVENT % "{}", ["MISSING_VALUE"] * 6, id="an event without its incident"),
    pytest.param("jira_sm", "i.json", ISSUE % ("null", "null"), ["MISSING_VALUE"] * 4, id="an issue without fields"),
    pytest.param("jira_sm", "i.json", ISSUE % (FIELDS, '"none"'), [], id="a changelog that is a text"),
    pytest.param(
        "jira_sm",
        "i.json",
        ISSUE % (FIELDS, '{"histories": [{"items": [{"field": "status"}]}]}'),
        ["MISSING_VALUE"] * 2,
        id="a change without an instant",
    ),
    pytest.param(
        "google_cloud_status", "g.json", GOOGLE % ("2026-10-07T09:00:00Z", "[]"), ["END_BEFORE_START"], id="an end before its begin"
    ),
    pytest.param("google_cloud_status", "g.json", GOOGLE % ("2026-10-07T11:00:00Z", '"oops"'), [], id="updates that are a text"),
    pytest.param("google_cloud_status", "g.json", GOOGLE % ("soon", "[]"), ["BAD_VALUE"], id="an end in words"),
    pytest.param("aws_health", "d.json", AWS % ("today", ""), ["BAD_VALUE"] * 2, id="a date that is no number"),
    pytest.param("aws_health", "d.json", AWS % ("1525914401", "no posts"), [], id="an event without posts"),
    pytest.param(
        "aws_health", "d.json", AWS % ("1525914401", "<span class='yellowfg'>25:99 PM PDT</span>x</div>"), [], id="a post at no time"
    ),
    pytest.param(
        "servicenow_history", "a.csv", AUDIT + "INC0000001,state,1,2,ann,2026-10-07 10:00:00,1\n", ["NO_ZONE"], id="an audit without a zone"
    ),
    pytest.param(
        "servicenow_history", "a.csv", AUDIT + ",state,1,2,ann,2026-10-07T10:00:00Z,1\n", ["MISSING_VALUE"], id="an audit of no record"
    ),
    pytest.param("servicenow_history", "a.csv", AUDIT + "INC0000001,state\n", ["MALFORMED_ROW"], id="an audit row cut short"),
    pytest.param("statuspage", "p.json", PAGE % ("2026-10-07T10:00:00Z", '"oops"'), [], id="updates of an incident that are a text"),
    pytest.param("statuspage", "p.json", PAGE % ("10/07/2026", "[]"), ["BAD_VALUE"], id="an incident with a day-first date"),
]


@pytest.mark.parametrize(("adapter", "name", "content", "expected"), HOSTILE)
def test_a_payload_that_is_not_as_its_product_says_loses_no_row(
    desk: Desk, adapter: str, name: str, content: str, expected: list[str]
) -> None:
    desk.declare("tool", adapter=adapter)
    desk.land(("tool", name, content))
    with desk.shown() as engine:
        balances(engine)
        assert [row["issue"] for row in engine.rows("select issue from staged.issues order by all")] == expected
