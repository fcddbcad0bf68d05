"""Mappings: table exports and event logs become rows as the YAML says; expected rows are worked by hand."""

from __future__ import annotations

import gzip
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from tasks.model.errors import FaultsError
from tasks.model.mapping import read_mapping
from tests.land.packed import archive, rewritten, workbook
from tests.stage.desk import NOON, Desk, balances, person
from tests.stage.test_adapters import SHARED, shown

EVENT_LOG = Path(__file__).parents[1] / "real_homes" / "servicenow" / "reference" / "mappings" / "event_log.yml"
TABLE = """
entity: ticket
null_words: ["-", "n/a"]
dates: {format: "%d/%m/%Y %H:%M", timezone: Europe/Berlin}
fields:
  ticket_key: Nr.
  title: {join: [Where, What], with: ": "}
  service_raw: Service
  severity_raw: Prio
  state: Status
  opened_at: Opened
  resolved_at: {from: Fixed, timezone: Europe/London}
  affected_fraction: Share
  reported_via: {value: user}
  major_flag: Major
defaults: {state: new, severity_raw: "3"}
enumerations:
  state: {Open: new, Done: closed}
  major_flag: {yes: true, no: false}
"""
HEADER = "Nr.;Where;What;Service;Prio;Status;Opened;Fixed;Share;Major\n"
ROW = "T-1;Berlin;Till stuck;Shop;1;Done;05/10/2026 09:30;05/10/2026 09:30;n/a;yes\n"
WANTED = "ticket_key, title, service_raw, severity_raw, state, opened_at, resolved_at, reported_via, affected_fraction, major_flag"


def rows(desk: Desk, names: str, table: str = "ticket") -> list[tuple[Any, ...]]:
    with desk.shown() as engine:
        balances(engine)
        found = engine.rows(f"select {names} from staged.{table} order by source_key")
        return [
            tuple(
                str(value) if table == "ticket" and name == "affected_fraction" and value is not None else shown(value)
                for name, value in row.items()
            )
            for row in found
        ]


def findings(desk: Desk) -> list[tuple[Any, ...]]:
    return desk.values("select source_row, rule_id, issue, column_name, value_text from staged.issues order by all")


def test_a_table_becomes_rows_as_its_mapping_says(desk: Desk) -> None:
    desk.map("tool", TABLE.replace("entity: ticket", 'entity: ticket\nread: {decimal: ","}'))
    second = "T-2;-;Slow;Shop;-;-;25/12/2026 00:00;;0,25;no\n".replace("25/12", "24/10")
    desk.land(("tool", "t.csv", HEADER + ROW + second))
    assert rows(desk, WANTED) == [
        ("T-1", "Berlin: Till stuck", "Shop", "1", "closed", "2026-10-05T07:30:00Z", "2026-10-05T08:30:00Z", "user", None, True),
        ("T-2", "Slow", "Shop", "3", "new", "2026-10-23T22:00:00Z", None, "user", "0.250000", False),
    ]
    assert findings(desk) == []
    companions = "opened_at_raw, opened_at_tz, opened_at_precision, resolved_at_tz"
    assert rows(desk, companions)[0] == ("05/10/2026 09:30", "Europe/Berlin", "min", "Europe/London"), "the text as received is kept"


@pytest.mark.parametrize(
    ("form", "text", "instant", "precision"),
    [
        pytest.param("%m/%d/%Y %I:%M %p", "10/05/2026 09:30 PM", "2026-10-05T21:30:00Z", "min", id="month first, with PM"),
        pytest.param("%d-%b-%Y %H:%M:%S", "5-Oct-2026 21:30:05", "2026-10-05T21:30:05Z", "s", id="months by name"),
        pytest.param("%d.%m.%y %H.%M", "5.10.26 21.30", "2026-10-05T21:30:00Z", "min", id="two digits of the year"),
        pytest.param("%d/%m/%Y %H:%M:%S.%f", "5/10/2026 21:30:05.25", "2026-10-05T21:30:05Z", "us", id="fractions"),
        pytest.param("%d/%m/%Y %H:%M", "2026-10-05T21:30:00+02:00", "2026-10-05T19:30:00Z", "s", id="ISO 8601 beside the format"),
        pytest.param(
            "['%d/%m/%Y %H:%M:%S', '%d/%m/%Y %H:%M']", "5/10/2026 21:30", "2026-10-05T21:30:00Z", "min", id="the second of two formats"
        ),
        pytest.param("seconds since 1970", "1791235805", "2026-10-05T21:30:05Z", "s", id="seconds since 1970"),
        pytest.param("seconds since 1970", "1791235805.0", "2026-10-05T21:30:05Z", "s", id="seconds with a point"),
        pytest.param("milliseconds since 1970", "1791235805250", "2026-10-05T21:30:05Z", "us", id="milliseconds since 1970"),
        pytest.param(
            "seconds since 2026-10-05T21:00:00Z", "1805", "2026-10-05T21:30:05Z", "s", id="seconds since an instant of the export"
        ),
        pytest.param("seconds since 1970", "2026-10-05T21:30:00+02:00", "2026-10-05T19:30:00Z", "s", id="ISO 8601 beside a count"),
    ],
)
def test_dates_are_read_by_their_format(desk: Desk, form: str, text: str, instant: str, precision: str) -> None:
    form = form if form.startswith("[") else f'"{form}"'
    desk.map("tool", TABLE.replace('"%d/%m/%Y %H:%M", timezone: Europe/Berlin', f"{form}, timezone: UTC"))
    desk.land(("tool", "t.csv", HEADER + ROW.replace("05/10/2026 09:30;05/10/2026 09:30", f"{text};")))
    assert rows(desk, "opened_at, opened_at_precision") == [(instant, precision)]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("99999999999999999", id="beyond the calendar"),
        pytest.param("12e9", id="an exponent"),
        pytest.param("5 min", id="a length"),
    ],
)
def test_a_count_that_is_no_instant_is_set_aside_with_its_text(desk: Desk, text: str) -> None:
    desk.map("tool", TABLE.replace('"%d/%m/%Y %H:%M", timezone: Europe/Berlin', '"seconds since 1970"'))
    desk.land(("tool", "t.csv", HEADER + ROW.replace("05/10/2026 09:30;05/10/2026 09:30", f"{text};")))
    assert rows(desk, "opened_at") == []
    assert [finding[2:] for finding in findings(desk)] == [("BAD_VALUE", "opened_at", text)]


@pytest.mark.parametrize(
    ("unit", "start", "length", "end"),
    [
        pytest.param("s", "1791235800", "125", "2026-10-05T21:32:05Z", id="seconds"),
        pytest.param("min", "1791235800", "2.5", "2026-10-05T21:32:30Z", id="minutes"),
        pytest.param("ms", "2026-10-05T23:30:00+02:00", "1500", "2026-10-05T21:30:01Z", id="milliseconds to a text with an offset"),
        pytest.param("s", "1791235800", "0", "2026-10-05T21:30:00Z", id="no time at all"),
        pytest.param("s", "1791235800", "", None, id="no length is no end"),
    ],
)
def test_an_end_may_be_told_as_a_length_from_the_start(desk: Desk, unit: str, start: str, length: str, end: str | None) -> None:
    plus = f"resolved_at: {{from: Opened, plus: Fixed, plus_unit: {unit}}}"
    table = TABLE.replace('"%d/%m/%Y %H:%M", timezone: Europe/Berlin', '"seconds since 1970"')
    desk.map("tool", table.replace("resolved_at: {from: Fixed, timezone: Europe/London}", plus))
    desk.land(("tool", "t.csv", HEADER + ROW.replace("05/10/2026 09:30;05/10/2026 09:30", f"{start};{length}")))
    assert rows(desk, "resolved_at") == [(end,)]
    assert rows(desk, "resolved_at_raw") == [(f"{start} + {length}" if end else None,)]


def test_a_length_is_not_added_to_a_wall_time(desk: Desk) -> None:
    desk.map("tool", TABLE.replace("{from: Fixed, timezone: Europe/London}", "{from: Opened, plus: Fixed}"))
    desk.land(("tool", "t.csv", HEADER + ROW.replace("05/10/2026 09:30;05/10/2026 09:30", "25/10/2026 01:30;7200")))
    assert [finding[2:] for finding in findings(desk)] == [("BAD_VALUE", "resolved_at", "2026-10-25T01:30 + 7200")]


def test_a_coarser_precision_than_the_text_spells_is_kept(desk: Desk) -> None:
    desk.map("tool", TABLE.replace("%H:%M", "%H:%M:%S").replace("Europe/Berlin}", "UTC, precision: min}"))
    desk.land(("tool", "t.csv", HEADER + ROW.replace("09:30;05/10/2026 09:30", "08:30:59;2026-10-05 09:30:59")))
    assert rows(desk, "opened_at, opened_at_precision, resolved_at, resolved_at_precision") == [
        ("2026-10-05T08:30:00Z", "min", "2026-10-05T08:30:00Z", "min")
    ]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        pytest.param("1.234,5", "1234.5000", id="grouping points"),
        pytest.param("1.234", "1234.0000", id="a point is grouping where the comma is the mark"),
        pytest.param("0,5", "0.5000", id="a comma"),
        pytest.param("1.5", "1.5000", id="a point that cannot be grouping"),
        pytest.param("1,2,3", None, id="no number"),
    ],
)
def test_a_decimal_comma_is_read_where_the_mapping_says_so(desk: Desk, text: str, value: str | None) -> None:
    fields = "{invoice_id: id, provider_id: {value: acme}, period: {value: 2026-10}, total: sum, currency: {value: EUR}}"
    desk.map("erp", f'entity: invoice\nread: {{decimal: ",", delimiter: ";"}}\nfields: {fields}\n')
    desk.land(("erp", "i.csv", f"id;sum\nA;{text}\n"))
    assert [str(total) for (total,) in rows(desk, "total", "invoice")] == ([value] if value else [])
    assert [finding[2] for finding in findings(desk)] == ([] if value else ["BAD_VALUE"])


def test_nested_json_is_reached_by_a_path(desk: Desk) -> None:
    fields = "{ticket_key: id, service_raw: /f/service/name, severity_raw: /f/prio, state: {value: new}, opened_at: at}"
    desk.map("tool", f"entity: ticket\nread: {{records: rows}}\nfields: {fields}\nignore_other_columns: true\n")
    desk.land(
        ("tool", "t.json", '{"rows": [{"id": "T-1", "f": {"service": {"name": "Shop"}, "prio": 2}, "at": "2026-10-05T09:30:00Z"}], "n": 1}')
    )
    assert rows(desk, "ticket_key, service_raw, severity_raw") == [("T-1", "Shop", "2")]


def test_a_column_may_be_called_like_one_of_ours(desk: Desk) -> None:
    fields = "{ticket_key: source_row, service_raw: received, severity_raw: landing_seq, state: {value: new}, opened_at: 'at \"utc\"'}"
    desk.map("tool", f"entity: ticket\nfields: {fields}\n")
    desk.land(("tool", "t.csv", 'source_row,received,landing_seq,"at ""utc"""\nT-1,Shop,P1,2026-10-05T09:30:00Z\n'))
    assert rows(desk, "ticket_key, service_raw, severity_raw") == [("T-1", "Shop", "P1")]


@pytest.mark.parametrize(
    ("name", "content", "encoding"),
    [
        pytest.param("t.csv", (HEADER + ROW).replace("Shop", "Läden").encode("cp1252"), "cp1252", id="Windows-1252"),
        pytest.param("t.csv", (HEADER + ROW).replace("Shop", "Läden").encode("utf-16"), "utf-16", id="UTF-16"),
        pytest.param("t.csv.gz", gzip.compress((HEADER + ROW).replace("Shop", "Läden").encode("utf-16")), "utf-16", id="UTF-16, packed"),
        pytest.param("t.zip", archive({"out/t.csv": (HEADER + ROW).replace("Shop", "Läden")}), None, id="an archive"),
        pytest.param("t.zip", archive({"t.csv": (HEADER + ROW).replace("Shop", "Läden").encode("cp1252")}), "cp1252", id="both"),
    ],
)
def test_what_an_export_is_packed_in_or_encoded_as_changes_nothing(desk: Desk, name: str, content: bytes, encoding: str | None) -> None:
    desk.map("tool", TABLE, encoding=encoding)
    desk.land(("tool", name, content))
    file = {"out/t.csv": "t.zip!out/t.csv"}.get("out/t.csv" if b"out/t.csv" in content else "", name if name != "t.zip" else "t.zip!t.csv")
    assert rows(desk, "ticket_key, service_raw, source_file") == [("T-1", "Läden", file)]


SHEET = [
    ["Incidents of October", None, None, None, None],
    [None],
    ["Incident", None, "Times", None, "Share"],
    ["Nr.", "Prio", "Opened", "Fixed", None],
    ["T-1", 1, None, None, 0.25],
    ["T-2", "2", "05/10/2026 10:00", None, "0,5"],
    ["T-3", 3, None, None, 1],
]
FROM_SHEET = """
entity: ticket
read: {sheet: Page 1, header_row: 4, decimal: ","}
dates: {format: "%d/%m/%Y %H:%M", timezone: UTC}
fields: {ticket_key: Nr., service_raw: {value: Shop}, severity_raw: Prio, state: {value: new}, opened_at: Opened, resolved_at: Fixed,
         affected_fraction: Share}
"""


def test_a_workbook_is_read_by_the_types_of_its_cells(desk: Desk) -> None:
    desk.map("tool", FROM_SHEET)
    book = workbook(
        {"Page 1": SHEET, "Notes": [["not", "read"]]},
        merged=[(0, 0, 0, 4), (2, 0, 2, 1), (2, 2, 2, 3), (2, 4, 3, 4)],
        dates=[(4, 2, 46300.395833333336), (4, 3, 46300.5), (6, 2, 46300.4)],
        formulas=[(6, 3, "=C7+1/24", 46300.441666666666)],
    )
    desk.land(("tool", "t.xlsx", book))
    # 46300 is 2026-10-05; .395833 of a day is 09:30; .4 is 09:36; the formula's value is a bare number, for its cell has no date format
    assert rows(desk, "ticket_key, severity_raw, opened_at, opened_at_precision, resolved_at, affected_fraction") == [
        ("T-1", "1", "2026-10-05T09:30:00Z", "min", "2026-10-05T12:00:00Z", "0.250000"),
        ("T-2", "2", "2026-10-05T10:00:00Z", "min", None, "0.500000"),
    ]
    assert findings(desk) == [(3, "DQ-01", "BAD_VALUE", "resolved_at", "46300,441666666666")]


def test_a_formula_without_its_value_and_an_error_set_their_row_aside_and_name_the_cell(desk: Desk) -> None:
    desk.map("tool", FROM_SHEET.replace("header_row: 4", "header_row: 1"))
    sheet = [
        [*SHEET[3][:4], "Share", "Note"],
        ["T-1", 1, "2026-10-05 09:30"],
        ["T-2", 1, "2026-10-05 09:30"],
        ["T-3", 1, "2026-10-05 09:30"],
    ]
    book = workbook({"Page 1": sheet}, formulas=[(1, 3, "=C2", ""), (2, 4, "=1/0", "#DIV/0!"), (3, 5, "=1/0", "#DIV/0!")])
    desk.land(("tool", "t.xlsx", book))
    assert findings(desk) == [
        (1, "DQ-01", "MALFORMED_ROW", "-", "cell D2 is a formula without its value: =C2"),
        (1, "DQ-01", "UNKNOWN_COLUMN", "Note", "Note"),
        (2, "DQ-01", "MALFORMED_ROW", "-", "cell E3 is an error: #DIV/0!"),
    ]
    assert rows(desk, "ticket_key") == [("T-3",)], "a cell that nobody reads sets nothing aside"


def test_a_workbook_s_letters_and_escapes_are_read_whoever_wrote_it(desk: Desk) -> None:
    desk.map("tool", FROM_SHEET.replace("header_row: 4", "header_row: 1").replace("{value: Shop}", "Where"))
    book = workbook({"Page 1": [[*SHEET[3][:4], "Share", "Where"], ["T-1", 1, "2026-10-05 09:30", None, None, "Old\rtown"]]})
    desk.land(("tool", "t.xlsx", rewritten(book, "xl/worksheets/sheet1.xml", lambda xml: xml.replace(b'r="F2"', b'r="f2"'))))
    assert rows(desk, "service_raw") == [("Old\rtown",)]


def test_a_re_export_that_drops_a_column_is_set_aside_whole(desk: Desk) -> None:
    desk.map("tool", TABLE)
    desk.land(("tool", "a.csv", HEADER + ROW))
    without = (HEADER + ROW.replace("T-1", "T-2")).replace("Fixed;", "").replace("09:30;05/10/2026 09:30", "09:30")
    desk.land(("tool", "b.csv", without), at=NOON + timedelta(days=1))
    assert rows(desk, "ticket_key") == [("T-1",)]
    assert findings(desk) == [(1, "DQ-01", "MISSING_COLUMN", "Fixed", None)]
    assert desk.values("select checked, failed from staged.quality_counts order by landing_seq") == [(10, 0), (10, 1)]


def test_columns_that_nobody_maps_are_warned_of_unless_the_mapping_says_that_it_knows(desk: Desk) -> None:
    for name, more in (("warns", ""), ("knows", "ignore_other_columns: true\n")):
        desk.map(name, TABLE + more)
        desk.land((name, f"{name}.csv", (HEADER + ROW).replace("Major\n", "Major;Mood\n").replace("yes\n", "yes;fine\n")))
    assert desk.values("select source_system, issue, column_name from staged.issues") == [("warns", "UNKNOWN_COLUMN", "Mood")]


WRONG = [
    pytest.param(
        "05/10/2026 09:30;05/10/2026 09:30", "32/10/2026 09:30;", ("BAD_VALUE", "opened_at", "32/10/2026 09:30"), id="no such day"
    ),
    pytest.param(
        "05/10/2026 09:30;05/10/2026 09:30",
        "25/10/2026 02:30;",
        ("AMBIGUOUS_LOCAL_TIME", "opened_at", "2026-10-25T02:30"),
        id="an hour that is twice",
    ),
    pytest.param(
        "05/10/2026 09:30;05/10/2026 09:30",
        "29/03/2026 02:30;",
        ("NONEXISTENT_LOCAL_TIME", "opened_at", "2026-03-29T02:30"),
        id="an hour that is not",
    ),
    pytest.param("Done", "Dozing", ("ENUM_UNMAPPED", "state", "Dozing"), id="a word of no enumeration"),
    pytest.param(";yes", ";maybe", ("BAD_VALUE", "major_flag", "maybe"), id="neither true nor false"),
    pytest.param("T-1", "-", ("MISSING_VALUE", "ticket_key", None), id="a null word where a key should be"),
]


@pytest.mark.parametrize(("old", "new", "finding"), WRONG)
def test_what_a_mapping_cannot_read_is_set_aside_with_its_text(desk: Desk, old: str, new: str, finding: tuple[Any, ...]) -> None:
    desk.map("tool", TABLE)
    desk.land(("tool", "t.csv", HEADER + ROW.replace(old, new)))
    assert [found[2:] for found in findings(desk)] == [finding]
    with desk.shown() as engine:
        balances(engine)


def test_a_mapping_without_a_zone_takes_that_of_its_source_or_none(desk: Desk) -> None:
    text = TABLE.replace(", timezone: Europe/Berlin", "")
    for name, zone in (("here", "Europe/Berlin"), ("nowhere", None)):
        desk.map(name, text, zone=zone)
        desk.land((name, f"{name}.csv", HEADER + ROW))
    assert rows(desk, "source_system, opened_at") == [("here", "2026-10-05T07:30:00Z")]
    assert [found[2:4] for found in findings(desk)] == [("NO_ZONE", "opened_at")]


LOG = """
entity: ticket
rows: {kind: event_log, key: nr, order_by: [changed, n], take: last, history: true}
null_words: ["?"]
dates: {format: "%d/%m/%Y %H:%M", timezone: UTC}
fields: {ticket_key: nr, service_raw: service, severity_raw: prio, state: state, opened_at: opened, assignment_group: team,
         source_updated_at: changed, actor_ref: who}
defaults: {actor_kind: human}
enumerations: {state: {New: new, Active: in_progress, Done: closed}}
ignore_other_columns: true
"""
LOG_HEADER = "nr,n,changed,who,service,prio,state,opened,team\n"
LOG_ROWS = """\
T-1,10,1/10/2026 08:00,ann,Shop,2,Active,1/10/2026 07:00,A
T-1,9,1/10/2026 08:00,ann,Shop,3,New,1/10/2026 07:00,A
T-2,1,30/9/2026 08:00,bob,Shop,3,New,30/9/2026 08:00,?
T-1,11,10/10/2026 08:00,bob,Shop,2,Done,1/10/2026 07:00,B
,1,1/10/2026 08:00,bob,Shop,2,Done,1/10/2026 07:00,B
,2,1/10/2026 08:00,bob,Shop,2,Done,1/10/2026 07:00,B
"""


def test_the_last_row_of_an_event_log_is_the_ticket_and_its_changes_are_the_history(desk: Desk) -> None:
    desk.give_key()
    desk.map("tool", LOG)
    desk.land(("tool", "log.csv", LOG_HEADER + LOG_ROWS))
    assert rows(desk, "ticket_key, severity_raw, state, assignment_group, source_updated_at, source_row") == [
        ("T-1", "2", "closed", "B", "2026-10-10T08:00:00Z", 4),
        ("T-2", "3", "new", None, "2026-09-30T08:00:00Z", 3),
    ]
    # 9 comes before 10 as a number; 1 October before 10 October as a day; severity before state by name
    assert desk.values(
        "select ticket_key, field, old, new, actor_ref, actor_kind, changed_at_raw, source_row from staged.ticket_history order by seq"
    ) == [
        ("T-1", "severity", "3", "2", person("ann"), "human", "1/10/2026 08:00", 1),
        ("T-1", "state", "new", "in_progress", person("ann"), "human", "1/10/2026 08:00", 1),
        ("T-1", "assignment_group", "A", "B", person("bob"), "human", "10/10/2026 08:00", 4),
        ("T-1", "state", "in_progress", "closed", person("bob"), "human", "10/10/2026 08:00", 4),
    ]
    with desk.shown() as engine:
        counts = [(row["entity"], row["read"], row["accepted"], row["quarantined"]) for row in balances(engine)]
    assert counts == [("ticket", 4, 2, 2), ("ticket_history", 4, 4, 0)], "rows without a key are set aside, each by itself"


def test_a_log_landed_in_two_pieces_keeps_the_changes_of_both(desk: Desk) -> None:
    desk.map("tool", LOG)
    first, second, *_ = LOG_ROWS.splitlines(keepends=True)
    later = "T-1,11,10/10/2026 08:00,bob,Shop,2,Done,1/10/2026 07:00,B\n"
    desk.land(("tool", "a.csv", LOG_HEADER + first + second))
    desk.land(("tool", "b.csv", LOG_HEADER + first + later), at=NOON + timedelta(days=1))
    assert desk.values("select field, new from staged.ticket_history order by seq") == [
        ("severity", "2"),
        ("state", "in_progress"),
        ("assignment_group", "B"),
        ("state", "closed"),
    ]
    assert rows(desk, "state") == [("closed",)]


def test_a_real_event_log_of_an_incident_table_is_read_whole(desk: Desk) -> None:
    sample = SHARED / "servicenow" / "incident_event_log_2016-03-first-half.csv.gz"
    if not sample.is_file():
        pytest.skip("the shared samples are not beside the project")
    desk.map("desk", EVENT_LOG.read_text(encoding="utf-8").removeprefix("schema: mapping/1\n"))
    desk.land(("desk", sample.name, sample.read_bytes()))
    lines = gzip.decompress(sample.read_bytes()).decode().splitlines()[1:]
    with desk.shown() as engine:
        (ticket, history) = balances(engine)
        assert ticket["read"] == len({line.split(",")[0] for line in lines})
        assert history["quarantined"] == 0
        first = engine.rows("select field, old, new, changed_at from staged.ticket_history where ticket_key = 'INC0000464' order by seq")
        assert [(row["field"], row["old"], row["new"], shown(row["changed_at"])) for row in first][:2] == [
            ("assignment_group", "Group 46", "Group 48", "2016-03-01T16:25:00Z"),
            ("state", "new", "in_progress", "2016-03-18T13:03:00Z"),
        ]


PARTS = "entity: vendor_record\nrows: {{each: parts}}\nignore_other_columns: true\nfields: {fields}\n"
PART_FIELDS = (
    "{vendor_key: {join: [id, parts], with: /}, component_raw: parts, started_at: at, provider_id: {value: acme}, status: {value: final}}"
)
PART_RECORDS = [
    '{"id": "V-1", "at": "2026-10-05T09:30:00Z", "parts": ["Shop", "Till"]}',
    '{"id": "V-2", "at": "2026-10-05T09:30:00Z", "parts": []}',
    '{"id": "V-3", "at": "2026-10-05T09:30:00Z"}',
    '{"id": "V-4", "at": "2026-10-05T09:30:00Z", "parts": "Shop"}',
]


def test_a_record_that_names_several_components_is_a_row_for_each(desk: Desk) -> None:
    desk.map("acme", PARTS.format(fields=PART_FIELDS))
    desk.land(("acme", "v.ndjson", "\n".join(PART_RECORDS)))
    assert rows(desk, "vendor_key, component_raw, source_row", "vendor_record") == [
        ("V-1/Shop", "Shop", 1),
        ("V-1/Till", "Till", 1),
        ("V-2", None, 2),
        ("V-3", None, 3),
        ("V-4/Shop", "Shop", 4),
    ]


def test_the_elements_of_a_list_may_be_objects(desk: Desk) -> None:
    desk.map("acme", PARTS.format(fields=PART_FIELDS.replace("parts", "/parts/name")))
    desk.land(("acme", "v.ndjson", '{"id": "V-1", "at": "2026-10-05T09:30:00Z", "parts": [{"name": "Shop"}, {"name": "Till"}]}'))
    assert [key for (key,) in rows(desk, "vendor_key", "vendor_record")] == ["V-1/Shop", "V-1/Till"]


def test_rows_of_one_record_that_its_key_does_not_tell_apart_are_set_aside_not_lost(desk: Desk) -> None:
    desk.map("acme", PARTS.format(fields=PART_FIELDS.replace("{join: [id, parts], with: /}", "id")))
    desk.land(("acme", "v.ndjson", PART_RECORDS[0]))
    assert rows(desk, "vendor_key", "vendor_record") == []
    assert {finding[2] for finding in findings(desk)} == {"CONFLICTING_DUPLICATE"}


CHECKS = """
entity: monitoring_sample
rows: {kind: checks, key: [site], holds_min: 10}
fields: {rule_id: {value: http}, component_raw: site, start_at: at, state: state}
"""


def looks(*checks: tuple[str, str, str]) -> str:
    return "site,at,state\n" + "".join(f"{site},2026-10-05T{at}Z,{state}\n" for site, at, state in checks)


@pytest.mark.parametrize(
    ("checks", "spans"),
    [
        pytest.param([("a", "10:00", "up")], [], id="the last one of all speaks for no time"),
        pytest.param(
            [("a", "10:00", "up"), ("a", "10:05", "down"), ("a", "10:06", "up")],
            [("a", "10:00", "10:05", "up"), ("a", "10:05", "10:06", "down")],
            id="each holds until the next",
        ),
        pytest.param(
            [("a", "10:05", "down"), ("b", "10:01", "up"), ("a", "10:00", "up"), ("b", "10:02", "down")],
            [("a", "10:00", "10:05", "up"), ("b", "10:01", "10:02", "up")],
            id="in whatever order they stand, each key by itself",
        ),
        pytest.param(
            [("a", "10:00", "up"), ("a", "10:10", "up"), ("a", "10:21", "up"), ("a", "10:22", "down")],
            [("a", "10:00", "10:10", "up"), ("a", "10:21", "10:22", "up")],
            id="exactly as long as it holds, and a minute longer: nobody looked",
        ),
        pytest.param(
            [("a", "10:00", "up"), ("a", "10:05", "up"), ("a", "10:05", "down"), ("a", "10:06", "up")],
            [("a", "10:00", "10:05", "up"), ("a", "10:05", "10:06", "down")],
            id="of two at one instant the last one counts",
        ),
    ],
)
def test_checks_become_spans_until_the_next_one(desk: Desk, checks: list[tuple[str, str, str]], spans: list[tuple[str, ...]]) -> None:
    desk.map("probe", CHECKS)
    desk.land(("probe", "c.csv", looks(*checks)))
    got = rows(desk, "component_raw, start_at, end_at, state", "monitoring_sample")
    assert got == [(site, f"2026-10-05T{start}:00Z", f"2026-10-05T{end}:00Z", state) for site, start, end, state in spans]
    assert findings(desk) == []


def test_checks_of_later_files_go_on_where_they_overlap_and_one_that_turns_up_in_between_ends_the_one_before(desk: Desk) -> None:
    desk.map("probe", CHECKS)
    desk.land(("probe", "a.csv", looks(("a", "10:00", "up"), ("a", "10:08", "up"), ("a", "10:09", "up"))))
    later = looks(("a", "10:00", "up"), ("a", "10:03", "down"), ("a", "10:08", "up"), ("a", "10:09", "up"), ("a", "10:12", "up"))
    desk.land(("probe", "b.csv", later), at=NOON + timedelta(days=1))
    assert rows(desk, "start_at, end_at, state", "monitoring_sample") == [
        (f"2026-10-05T{start}:00Z", f"2026-10-05T{end}:00Z", state)
        for start, end, state in (("10:00", "10:03", "up"), ("10:03", "10:08", "down"), ("10:08", "10:09", "up"), ("10:09", "10:12", "up"))
    ]


def test_a_check_without_a_readable_instant_is_set_aside(desk: Desk) -> None:
    desk.map("probe", CHECKS)
    desk.land(("probe", "c.csv", looks(("a", "10:00", "up"), ("a", "25:00", "up"), ("a", "10:05", "up"))))
    assert rows(desk, "start_at", "monitoring_sample") == [("2026-10-05T10:00:00Z",)]
    assert {finding[2] for finding in findings(desk)} >= {"BAD_VALUE"}


def test_both_ends_of_a_check_are_read_in_the_zone_of_its_column(desk: Desk) -> None:
    desk.map("probe", CHECKS.replace("start_at: at", "start_at: {from: at, timezone: Europe/Berlin}"))
    desk.land(("probe", "c.csv", looks(("a", "10:00", "up"), ("a", "10:05", "down")).replace("Z", "")))
    assert rows(desk, "start_at, end_at", "monitoring_sample") == [("2026-10-05T08:00:00Z", "2026-10-05T08:05:00Z")]


TYPOS = [
    pytest.param("entity: ticket", "entity: tickets", "entity: no entity 'tickets'; did you mean 'ticket'", id="an entity mistyped"),
    pytest.param(
        "service_raw: Service",
        "servce_raw: Service",
        "fields.servce_raw: no canonical field 'servce_raw'; did you mean 'service_raw'",
        id="a field mistyped",
    ),
    pytest.param("service_raw: Service", "servce_raw: Service", "nothing gives service_raw", id="and so the right one is missing"),
    pytest.param(
        "Done: closed",
        "Done: close",
        "enumerations.state.Done: no value of state 'close'; did you mean 'closed'",
        id="an enumeration's target mistyped",
    ),
    pytest.param("yes: true", "yes: ja", "enumerations.major_flag.yes: no value of major_flag 'ja'", id="a boolean in other words"),
    pytest.param("state: new,", "state: nwe,", "defaults.state: no value of state 'nwe'; did you mean 'new'", id="a default mistyped"),
    pytest.param("{value: user}", "{value: users}", "fields.reported_via.value: no value of reported_via", id="a constant mistyped"),
    pytest.param("Europe/London", "Europe/Londn", "did you mean 'Europe/London'", id="a zone mistyped"),
    pytest.param('"%d/%m/%Y %H:%M"', '"DD/MM/YYYY"', "holds no code such as %d", id="a format in other letters"),
    pytest.param('"%d/%m/%Y %H:%M"', '"seconds since 1.1.1970"', "holds no code such as %d", id="a count from an unreadable instant"),
    pytest.param('"%d/%m/%Y %H:%M"', '"seconds since 2026-02-30T00:00:00Z"', "begins at no instant", id="a count from no instant"),
    pytest.param("service_raw: Service", "service_raw: {from: Service, plus: Prio}", "service_raw is no instant", id="a length to a text"),
    pytest.param("{join: [Where, What], with", "{plus: Prio, join: [Where, What], with", "plus adds to a column", id="a length to a join"),
    pytest.param('"%d/%m/%Y %H:%M"', '"%d/%m/%Y %H:%M %z"', "%z is no code", id="a format with a zone"),
    pytest.param("{from: Fixed, timezone", "{form: Fixed, timezone", "no key 'form'", id="a key mistyped"),
    pytest.param("{from: Fixed,", "{from: Fixed, join: [A],", "one of from, join and value", id="two origins of one field"),
    pytest.param("service_raw: Service", "service_raw: {from: Service, format: '%d'}", "service_raw is no date", id="a format of a text"),
    pytest.param("entity: ticket", "entity: ticket\nrows: {kind: event_log, key: Nr.}", "needs key and order_by", id="a log without order"),
    pytest.param("entity: ticket", "entity: ticket\nrows: {history: true}", "are for event logs", id="a history of a table"),
    pytest.param("entity: ticket", "entity: ticket\nrows: {kind: checks, key: Nr.}", "need key and holds_min", id="checks of any age"),
    pytest.param(
        "entity: ticket",
        "entity: ticket\nrows: {kind: checks, key: Nr., holds_min: 5}",
        "only a monitoring_sample is made of checks",
        id="tickets made of checks",
    ),
    pytest.param("entity: ticket", "entity: ticket\nrows: {holds_min: 5}", "holds_min is for checks", id="a table that holds"),
    pytest.param("entity: ticket", "entity: ticket\nread: {encoding: cp12525}", "no encoding 'cp12525'", id="an encoding mistyped"),
    pytest.param("entity: ticket", "entity: ticket\nread: {header_row: 0}", "is not 1 or more", id="a header in row nought"),
]


@pytest.mark.parametrize(("old", "new", "words"), TYPOS)
def test_a_typo_in_a_mapping_is_named_with_what_was_possible(old: str, new: str, words: str) -> None:
    assert old in TABLE
    with pytest.raises(FaultsError) as raised:
        read_mapping(yaml.safe_load("schema: mapping/1\n" + TABLE.replace(old, new).replace("yes:", '"yes":').replace("no:", '"no":')))
    assert words in str(raised.value)


def test_a_history_needs_to_know_who_did_it() -> None:
    with pytest.raises(FaultsError, match="nothing gives actor_kind"):
        read_mapping(yaml.safe_load("schema: mapping/1\n" + LOG.replace("defaults: {actor_kind: human}\n", "")))
