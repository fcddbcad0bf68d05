"""The table of bad inputs: what people and tools really drop, and what must become of it, worked by hand.

All of them lie in one home and are landed in two calls, so that each is also a test that one bad file spoils no other. A row is one
`BadInput`: its name is the test's id, `drops` are its files, the rest is the expectation. `accepted`, `quarantined` and `duplicates` are
sums over its landed files; rows that are neither `superseded` nor `orphans` must stand in an incident. `refused` are the words with which
a file must be turned away at the door. The first table (issue 2) stands in `tests/stage/test_bad_inputs.py` (values, lines, encodings) and
`tests/land/test_inspection.py` (whole or not); mappings with typos are judged in `tests/stage/test_mappings.py`, the list of `TYPOS` here
says how `sla check` shows them.
"""

from __future__ import annotations

import gzip
import io
import json
import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from tests.flows.small_home import FILES
from tests.land.packed import archive, rewritten, workbook

EXTRACTED = "2026-11-03T06:00:00Z"
YESTERDAY, TODAY = "2026-11-03T09:00:00Z", "2026-11-04T09:00:00Z"

SHEET = """\
schema: mapping/1
entity: ticket
dates: {format: "%d/%m/%Y %H:%M", timezone: Europe/Berlin}
fields: {ticket_key: Nr., service_raw: Service, severity_raw: Prio, state: Status, opened_at: Opened, resolved_at: Fixed}
enumerations: {state: {Open: new, Done: closed}}
"""
SOURCES = """\
schema: sources/1
sources:
  - {id: desk, adapter: canonical, entity: ticket, expects: {extracted_at: "2026-11-03T06:00:00Z"}}
  - {id: wall, adapter: canonical, entity: ticket, timezone: Europe/Berlin, expects: {extracted_at: "2026-11-03T06:00:00Z"}}
  - {id: sheet, adapter: "mapping:sheet", expects: {extracted_at: "2026-11-03T06:00:00Z"}}
  - {id: tiers, adapter: "mapping:tiers", expects: {extracted_at: "2026-11-03T06:00:00Z"}}
  - {id: snow, adapter: servicenow_incident, expects: {extracted_at: "2026-11-03T06:00:00Z"}}
  - {id: pager, adapter: canonical, entity: alert, expects: {extracted_at: "2026-11-03T06:00:00Z"}}
  - {id: acme, adapter: canonical, entity: vendor_record, expects: {extracted_at: "2026-11-03T06:00:00Z"}}
"""
REFERENCE = {name: text for name, text in FILES.items() if not name.startswith("inbox/")} | {
    "reference/sources.yml": SOURCES,
    "reference/mappings/sheet.yml": SHEET,
    "reference/mappings/tiers.yml": SHEET + "read: {header_row: 3}\n",
}


@dataclass(frozen=True)
class Drop:
    """One file of an inbox; `None` as content is a pipe. Those of `YESTERDAY` are landed by an earlier call."""

    source: str
    name: str
    content: bytes | None
    day: str = TODAY


@dataclass(frozen=True)
class BadInput:
    """One row of the table; see the module."""

    name: str
    drops: tuple[Drop, ...]
    accepted: int = 0
    quarantined: int = 0
    duplicates: int = 0
    superseded: int = 0
    findings: tuple[str, ...] = ()  # "ISSUE column" of every finding, sorted
    orphans: tuple[str, ...] = ()  # reasons of accepted rows that stand in no incident
    holds: dict[str, Any] = field(default_factory=dict)  # columns of the first accepted row, by key
    refused: str = ""
    skipped: int = 0


# ---- how the bytes are made ------------------------------------------------------------------------------------------

COLUMNS = "ticket_key,service_raw,severity_raw,state,opened_at,resolved_at"
OPENED, RESOLVED = "2026-10-07T10:06:00Z", "2026-10-07T11:20:00Z"
ALERTS = "alert_key,rule_id,component_raw,fired_at,cleared_at,signal,disposition"
RECORDS = "vendor_key,provider_id,title,component_raw,started_at,ended_at,status"


def ticket(
    key: str, *, service: str = "Checkout", state: str = "closed", opened: str = OPENED, resolved: str = RESOLVED, more: str = ""
) -> str:
    return f"{key},{service},P2,{state},{opened},{resolved}{more}"


def alert(
    key: str, *, component: str = "checkout", fired: str = OPENED, cleared: str = RESOLVED, disposition: str = "true_positive"
) -> str:
    return f"{key},http-checkout,{component},{fired},{cleared},synthetic,{disposition}"


def record(key: str, *, started: str = OPENED, ended: str = RESOLVED, status: str = "final") -> str:
    return f"{key},acme,Elevated errors,checkout,{started},{ended},{status}"


def csv(*lines: str, header: str = COLUMNS, end: str = "\n") -> bytes:
    return "".join(line + end for line in (header, *lines)).encode()


def desk(name: str, *lines: str, header: str = COLUMNS, day: str = TODAY, source: str = "desk") -> tuple[Drop, ...]:
    """Return one CSV of a source as drops."""
    return (Drop(source, f"{name}.csv", csv(*lines, header=header), day),)


def fields(key: str, **changes: Any) -> dict[str, Any]:
    return dict(zip(COLUMNS.split(","), ticket(key).split(","), strict=True)) | changes


def incident(number: str, version: int = 1, updated: str = "2026-10-07 12:00:00", priority: str = "2") -> dict[str, str]:
    """Return a record of the Table API; its times carry no zone and are UTC."""
    return {
        "number": number,
        "priority": priority,
        "state": "7",
        "business_service": "Checkout",
        "opened_at": "2026-10-07 10:06:00",
        "resolved_at": "2026-10-07 11:20:00",
        "sys_mod_count": str(version),
        "sys_updated_on": updated,
    }


def pages(*bodies: Any) -> bytes:
    """Return pages as fetching keeps them: one gzip member each."""
    return b"".join(gzip.compress((body if isinstance(body, str) else json.dumps({"result": body})).encode(), mtime=0) for body in bodies)


def parquet(columns: dict[str, Any], **how: Any) -> bytes:
    sink = io.BytesIO()
    pq.write_table(pa.table(columns), sink, **how)
    return sink.getvalue()


def columns_of(*keys: str, **changes: Any) -> dict[str, list[Any]]:
    rows = [fields(key) for key in keys]
    return {name: [row[name] for row in rows] for name in rows[0]} | changes


def twins() -> bytes:
    """Return Parquet in which two columns have one name."""
    sink = io.BytesIO()
    pq.write_table(pa.Table.from_arrays([pa.array(["a"]), pa.array(["b"])], names=["ticket_key", "ticket_key"]), sink)
    return sink.getvalue()


def packed_by(method: int, content: bytes) -> bytes:
    """Return an archive of one file that says it is packed by another method."""
    changed = bytearray(archive({"a.csv": content}))
    for mark, offset in ((b"PK\x03\x04", 8), (b"PK\x01\x02", 10)):
        struct.pack_into("<H", changed, changed.find(mark) + offset, method)
    return bytes(changed)


def with_broken_page(content: bytes) -> bytes:
    """Return Parquet whose footer is sound and whose first page is not."""
    return content[:4] + bytes(byte ^ 0xFF for byte in content[4:80]) + content[80:]


NAMES = ["Nr.", "Service", "Prio", "Status", "Opened", "Fixed"]


def sheet_row(key: str, *changes: Any) -> list[Any]:
    return [key, "Checkout", 2, "Done", "07/10/2026 12:06", "07/10/2026 13:20", *changes]  # Berlin is two hours ahead


def sheet(
    name: str, rows: list[list[Any]], day: str = TODAY, change: Callable[[bytes], bytes] | None = None, **how: Any
) -> tuple[Drop, ...]:
    """Return a workbook of one sheet as drops; `change` damages its XML."""
    content = workbook({"Page 1": rows}, **how)
    return (Drop("sheet", f"{name}.xlsx", rewritten(content, "xl/worksheets/sheet1.xml", change) if change else content, day),)


def tiers(key: str) -> bytes:
    """Return a workbook with a title over all, and names in two tiers: `Nr.` over both, the others below a common one."""
    rows = [["Incidents of October", *[None] * 5], ["Nr.", "What", None, None, "When", None], [None, *NAMES[1:]], sheet_row(key)]
    return workbook({"Page 1": rows}, merged=[(0, 0, 0, 5), (1, 0, 2, 0), (1, 1, 1, 3), (1, 4, 1, 5)])


BOMB = b"0" * (17 * 2**20)  # just above the size from which archives are suspected
DEEP = b'{"result": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"

# ---- the table -------------------------------------------------------------------------------------------------------

SOUND = (
    BadInput("a sound file beside all the bad ones", desk("sound", ticket("OK-1"), ticket("OK-2")), accepted=2),
    BadInput("sound alerts beside bad ones", desk("sound", alert("A-OK"), header=ALERTS, source="pager"), accepted=1),
    BadInput("a sound report of the provider beside bad ones", desk("sound", record("V-OK"), header=RECORDS, source="acme"), accepted=1),
)
FORMULAS = (
    BadInput(
        "a formula that was never computed sets its row aside",
        sheet("f1", [NAMES, sheet_row("F1-1"), sheet_row("F1-2"), sheet_row("F1-3")], formulas=[(2, 4, "=NOW()", "")]),
        accepted=2,
        quarantined=1,
        findings=("MALFORMED_ROW -",),
    ),
    BadInput(
        "a formula that ended in an error sets its row aside",
        sheet("f2", [NAMES, sheet_row("F2-1"), sheet_row("F2-2")], formulas=[(1, 1, "=VLOOKUP(1,X:Y,2)", "#N/A")]),
        accepted=1,
        quarantined=1,
        findings=("MALFORMED_ROW -",),
    ),
    BadInput(
        "a computed formula counts by the value stored with it",
        sheet("f3", [NAMES, sheet_row("F3-1")], formulas=[(1, 4, '="07/10/2026 "&"12:06"', "07/10/2026 12:06")]),
        accepted=1,
        holds={"opened_at": "2026-10-07T10:06:00"},
    ),
    BadInput(
        "a broken formula in a column that nobody reads is warned of as its column is",
        sheet("f4", [[*NAMES, "Mood"], sheet_row("F4-1", "fine"), sheet_row("F4-2")], formulas=[(2, 6, "=1/0", "#DIV/0!")]),
        accepted=2,
        findings=("UNKNOWN_COLUMN Mood",),
    ),
    BadInput(
        "a formula as a column's name is refused with its cell",
        sheet("f5", [NAMES, sheet_row("F5-1")], formulas=[(0, 4, '=T("Opened")', "")]),
        refused="the header holds what cannot be read: cell E1 is a formula without its value",
    ),
    BadInput(
        "a text that a spreadsheet would run is kept as the text it is",
        desk("f6", ticket("F6-1", more=",\"=cmd|'/C calc'!A0\""), header=f"{COLUMNS},title"),
        accepted=1,
        holds={"title": "=cmd|'/C calc'!A0"},
    ),
    BadInput(
        "a formula where a number should be sets its row aside",
        desk("f7", ticket("F7-1", more=",=1/2"), header=f"{COLUMNS},affected_fraction"),
        quarantined=1,
        findings=("BAD_VALUE affected_fraction",),
    ),
    BadInput(
        "a date in a workbook that counts days from 1904",  # 44840 days after 1904-01-01 is 2026-10-07; 0.5041666… of it is 12:06
        sheet(
            "f8",
            [NAMES, [*sheet_row("F8-1")[:4], None, None]],
            dates=[(1, 4, 44840.504166666666)],
            options={"date_1904": True},
        ),
        accepted=1,
        holds={"opened_at": "2026-10-07T10:06:00"},
    ),
    BadInput(
        "a date that no calendar has",
        sheet("f10", [NAMES, [*sheet_row("F10-1")[:5], None]], dates=[(1, 5, 9e9)]),
        quarantined=1,
        findings=("MALFORMED_ROW -",),
    ),
    BadInput(
        "a cell that points to a text that is not there",
        sheet("f11", [NAMES, sheet_row("F11-1")], change=lambda xml: xml.replace(b"<v>6</v>", b"<v>999</v>")),
        quarantined=1,
        findings=("MALFORMED_ROW -",),
    ),
    BadInput(
        "a day counted from 1900 without a date's format is a number",
        sheet("f9", [NAMES, [*sheet_row("F9-1")[:4], 46302.5, None]]),
        quarantined=1,
        findings=("BAD_VALUE opened_at",),
    ),
)
MERGED = (
    BadInput(
        "a title merged over the table and a header in two tiers, of which the mapping names the lower",
        (Drop("tiers", "m1.xlsx", tiers("M1-1")),),
        accepted=1,
    ),
    BadInput(
        "the same without a word on which row is the header: set aside, for nothing in it is called as the mapping says",
        (Drop("sheet", "m2.xlsx", tiers("M2-1")),),
        quarantined=2,
        findings=(
            *[f"MISSING_COLUMN {name}" for name in ("Fixed", "Opened", "Prio", "Service", "Status") for row in range(2)],
            *[f"MISSING_VALUE {name}" for name in ("opened_at", "service_raw", "severity_raw", "state") for row in range(2)],
            "MISSING_VALUE ticket_key",  # of the lower tier, which is read as a row; the ticket has its number
            *[f"UNKNOWN_COLUMN {name}" for name in ("What", "What (2)", "What (3)", "When", "When (2)")],
        ),
    ),
    BadInput(
        "a service merged over three rows stands in the first alone",
        sheet(
            "m3",
            [NAMES, sheet_row("M3-1"), [*["M3-2", None], *sheet_row("")[2:]], [*["M3-3", None], *sheet_row("")[2:]]],
            merged=[(1, 1, 3, 1)],
        ),
        accepted=1,
        quarantined=2,
        findings=("MISSING_VALUE service_raw", "MISSING_VALUE service_raw"),
    ),
    BadInput(
        "a line of sums below the table is no ticket",
        sheet("m4", [NAMES, sheet_row("M4-1"), [], ["Total", None, 1]]),
        accepted=1,
        quarantined=1,
        findings=("MISSING_VALUE opened_at", "MISSING_VALUE service_raw", "MISSING_VALUE state"),
    ),
    BadInput(
        "one merged name for two columns",
        sheet("m5", [["Nr.", "Service", "Prio", "Status", "Opened", None], sheet_row("M5-1")], merged=[(0, 4, 0, 5)]),
        quarantined=1,
        findings=("MISSING_COLUMN Fixed", "UNKNOWN_COLUMN Opened (2)"),
    ),
)
ARCHIVES = (
    BadInput("a zip bomb", (Drop("desk", "z1.zip", archive({"a.csv": COLUMNS.encode() + b"\n" + BOMB}, level=9)),), refused="a zip bomb"),
    BadInput("a gzip bomb", (Drop("desk", "z2.csv.gz", gzip.compress(COLUMNS.encode() + b"\n" + BOMB)),), refused="a zip bomb"),
    BadInput(
        "a bomb packed as gzip inside a zip",
        (Drop("desk", "z3.zip", archive({"a.csv.gz": gzip.compress(b"k,v\n" + BOMB)})),),
        refused="a zip bomb",
    ),
    BadInput(
        "a bomb that calls itself a workbook",
        (Drop("sheet", "z4.xlsx.gz", gzip.compress(b"PK\x03\x04" + BOMB)),),
        refused="a zip bomb",
    ),
    BadInput(
        "a workbook whose sheet explodes",
        (Drop("sheet", "z5.xlsx", rewritten(workbook({"A": [NAMES]}), "xl/worksheets/sheet1.xml", lambda xml: xml + BOMB)),),
        refused="a zip bomb",
    ),
    BadInput("a path out of the archive", (Drop("desk", "z6.zip", archive({"../../raw/a.csv": csv(ticket("Z6"))})),), refused="leads out"),
    BadInput(
        "a path out of the archive, as Windows writes it",
        (Drop("desk", "z7.zip", archive({"..\\a.csv": csv(ticket("Z7"))})),),
        refused="leads out",
    ),
    BadInput(
        "a workbook whose parts lie outside of it",
        (
            Drop(
                "sheet",
                "z8.xlsx",
                rewritten(
                    workbook({"A": [NAMES, sheet_row("Z8")]}),
                    "xl/_rels/workbook.xml.rels",
                    lambda xml: xml.replace(b"worksheets/sheet1.xml", b"../../../etc/passwd"),
                ),
            ),
        ),
        refused="is broken",
    ),
    BadInput(
        "an archive as Windows packs what is large",
        (Drop("desk", "z9.zip", packed_by(9, csv(ticket("Z9")))),),
        refused="a.csv in it is packed with deflate64",
    ),
    BadInput(
        "an archive with one flipped bit",
        (Drop("desk", "z10.zip", archive({"a.csv": csv(ticket("Z10-1"), ticket("Z10-2"))}).replace(b"PK\x01\x02", b"PK\x01\x03")),),
        refused="the zip archive is broken",
    ),
    BadInput(
        "a workbook with entities in its texts",
        (
            Drop(
                "sheet",
                "z11.xlsx",
                rewritten(
                    workbook({"A": [NAMES, sheet_row("Z11")]}),
                    "xl/sharedStrings.xml",
                    lambda xml: xml.replace(b"<sst", b'<!DOCTYPE s [<!ENTITY a SYSTEM "file:///etc/passwd">]><sst', 1),
                ),
            ),
        ),
        refused="declares a document type",
    ),
)
ZONES = (
    BadInput(
        "an offset that no place has",
        desk("w1", ticket("W1-1", opened="2026-10-07T10:06:00+25:00")),
        quarantined=1,
        findings=("BAD_VALUE opened_at",),
    ),
    BadInput(
        "a zone in letters",
        desk("w2", ticket("W2-1", opened="2026-10-07 10:06:00 CET")),
        quarantined=1,
        findings=("BAD_VALUE opened_at",),
    ),
    BadInput(
        "a wall time of the hour that was twice",
        desk("w3", ticket("W3-1", opened="2026-10-25T02:30:00", resolved=""), source="wall"),
        quarantined=1,
        findings=("AMBIGUOUS_LOCAL_TIME opened_at",),
    ),
    BadInput(
        "a wall time of the hour that never was",
        desk("w4", ticket("W4-1", opened="2026-03-29T02:30:00", resolved=""), source="wall"),
        quarantined=1,
        findings=("NONEXISTENT_LOCAL_TIME opened_at",),
    ),
    BadInput(
        "an offset of its own goes before the zone of the source, in the hour that was twice too",
        desk("w5", ticket("W5-1", opened="2026-10-25T02:30:00+01:00", resolved=""), source="wall"),
        accepted=1,
        holds={"opened_at": "2026-10-25T01:30:00"},
    ),
    BadInput(
        "a wall clock that calls itself UTC lies in the future",
        desk("w6", ticket("W6-1", opened="2026-11-03T06:58:00Z", resolved="")),
        quarantined=1,
        findings=("FUTURE_INSTANT opened_at",),
    ),
    BadInput(
        "a time without zone from a tool that declares none",
        desk("w7", ticket("W7-1", resolved="2026-10-07 13:20")),
        quarantined=1,
        findings=("NO_ZONE resolved_at",),
    ),
    BadInput(
        "zones mixed within one column",
        desk(
            "w8",
            ticket("W8-1", opened="2026-10-07T12:06+0200"),
            ticket("W8-2"),
            ticket("W8-3", opened="2026-10-07T12:06:00"),
            source="wall",
        ),
        accepted=3,
        holds={"opened_at": "2026-10-07T10:06:00"},
    ),
    BadInput(
        "a sixty-first second",
        desk("w9", ticket("W9-1", resolved="2026-10-07T11:59:60Z")),
        quarantined=1,
        findings=("BAD_VALUE resolved_at",),
    ),
    BadInput(
        "seconds since 1970",
        desk("w10", ticket("W10-1", opened="1791367560")),
        quarantined=1,
        findings=("BAD_VALUE opened_at",),
    ),
)
PAGES = (
    BadInput(
        "a page that was delivered twice",
        (Drop("snow", "p1.json.gz", pages([incident("P1-1"), incident("P1-2")], [incident("P1-1"), incident("P1-2")])),),
        accepted=2,
        duplicates=2,
    ),
    BadInput(
        "the last row of a page again as the first of the next",
        (Drop("snow", "p2.json.gz", pages([incident("P2-1"), incident("P2-2")], [incident("P2-2"), incident("P2-3")])),),
        accepted=3,
        duplicates=1,
    ),
    BadInput(
        "a row changed while it was being paged",
        (
            Drop(
                "snow",
                "p3.json.gz",
                pages([incident("P3-1")], [incident("P3-1", 2, "2026-10-07 12:30:00", priority="1")], []),
            ),
        ),
        accepted=2,
        superseded=1,
    ),
    BadInput(
        "a row changed while it was being paged, and nothing says which is newer",
        (Drop("desk", "p4.ndjson", b"\n".join(json.dumps(fields("P4-1", state=state)).encode() for state in ("new", "closed"))),),
        quarantined=2,
        findings=("CONFLICTING_DUPLICATE -", "CONFLICTING_DUPLICATE -"),
    ),
    BadInput(
        "an error in place of a page",
        (Drop("snow", "p5.json.gz", pages([incident("P5-1")], '{"error": {"message": "quota"}}', [incident("P5-2")])),),
        accepted=2,
        quarantined=1,
        findings=(
            "MISSING_VALUE opened_at",
            "MISSING_VALUE service_raw",
            "MISSING_VALUE severity_raw",
            "MISSING_VALUE state",
            "MISSING_VALUE ticket_key",
        ),
    ),
    BadInput(
        "a page cut off in the middle",
        (Drop("snow", "p6.json.gz", pages([incident("P6-1")], '{"result": [{"number": "P6-2", "pri', [incident("P6-3")])),),
        refused="this is not JSON",
    ),
    BadInput(
        "a page that is missing",
        (
            Drop("snow", "p7.json.gz", pages([incident("P7-1")])),
            Drop("snow", "p7.json.gz.meta.yml", b"rows: 2\n"),
        ),
        refused="1 rows where 2 are expected",
    ),
)
WITHOUT_IDS = (
    BadInput("a ticket without its id", desk("i1", ticket("")), quarantined=1, findings=("MISSING_VALUE ticket_key",)),
    BadInput(
        "an id of blanks that look like none",
        desk("i2", ticket("\u00a0 \u00a0")),
        quarantined=1,
        findings=("MISSING_VALUE ticket_key",),
    ),
    BadInput(
        "two tickets without ids that differ are two",
        desk("i3", ticket("", service="Basket"), ticket("", service="Basket", state="new"), ticket("", service="Basket")),
        quarantined=2,
        duplicates=1,
        findings=("MISSING_VALUE ticket_key", "MISSING_VALUE ticket_key"),
    ),
    BadInput(
        "an alert without its id",
        desk("i4", alert(""), header=ALERTS, source="pager"),
        quarantined=1,
        findings=("MISSING_VALUE alert_key",),
    ),
    BadInput(
        "a report of the provider without its id",
        desk("i5", record(""), header=RECORDS, source="acme"),
        quarantined=1,
        findings=("MISSING_VALUE vendor_key",),
    ),
    BadInput(
        "no column of ids at all",
        desk("i6", ticket("x", service="Till").removeprefix("x,"), header=COLUMNS.removeprefix("ticket_key,")),
        quarantined=1,
        findings=("MISSING_COLUMN ticket_key",),
    ),
)
RE_EXPORTED = (
    BadInput(
        "a re-export that drops a column leaves yesterday's rows as they were",
        (
            Drop("desk", "r1.csv", csv(ticket("R1-1"), ticket("R1-2")), YESTERDAY),
            Drop("desk", "r1.csv", csv("R1-1,P2,new," + OPENED, header="ticket_key,severity_raw,state,opened_at")),
        ),
        accepted=2,
        quarantined=1,
        findings=("MISSING_COLUMN service_raw",),
        holds={"state": "closed"},
    ),
    BadInput(
        "a re-export that calls a column by another name",
        (
            Drop("desk", "r2.csv", csv(ticket("R2-1")), YESTERDAY),
            Drop("desk", "r2.csv", csv(ticket("R2-1", state="new"), header=COLUMNS.replace("opened_at", "Opened"))),
        ),
        accepted=1,
        quarantined=1,
        findings=("MISSING_COLUMN opened_at", "UNKNOWN_COLUMN Opened"),
        holds={"state": "closed"},
    ),
    BadInput(
        "a workbook exported anew without a column that its mapping reads",
        sheet("r3", [NAMES, sheet_row("R3-1")], YESTERDAY) + sheet("r3", [NAMES[:5], sheet_row("R3-1")[:5]]),
        accepted=1,
        quarantined=1,
        findings=("MISSING_COLUMN Fixed",),
    ),
    BadInput(
        "a re-export with a new column that nobody fills repeats its rows",
        (
            Drop("desk", "r4.csv", csv(ticket("R4-1"), ticket("R4-2")), YESTERDAY),
            Drop("desk", "r4.csv", csv(ticket("R4-1", more=","), ticket("R4-2", more=","), header=f"{COLUMNS},mood")),
        ),
        accepted=2,
        duplicates=2,
        findings=("UNKNOWN_COLUMN mood",),
    ),
    BadInput(
        "a re-export with its columns in another order repeats its rows",
        (
            Drop("desk", "r5.csv", csv(ticket("R5-1")), YESTERDAY),
            Drop("desk", "r5.csv", csv(*[",".join(reversed(ticket("R5-1").split(",")))], header=",".join(reversed(COLUMNS.split(","))))),
        ),
        accepted=1,
        duplicates=1,
    ),
)
YESTERDAYS = (
    BadInput(
        "half of yesterday's file in today's",
        (
            Drop("desk", "h1.csv", csv(*map(ticket, ("H1-1", "H1-2", "H1-3", "H1-4"))), YESTERDAY),
            Drop("desk", "h1.csv", csv(*map(ticket, ("H1-3", "H1-4", "H1-5", "H1-6")))),
        ),
        accepted=6,
        duplicates=2,
    ),
    BadInput(
        "half of yesterday's file in today's, one of its rows changed",
        (
            Drop("desk", "h2.csv", csv(ticket("H2-1"), ticket("H2-2", state="new", resolved="")), YESTERDAY),
            Drop("desk", "h2.csv", csv(ticket("H2-1"), ticket("H2-2"))),
        ),
        accepted=3,
        duplicates=1,
        superseded=1,
    ),
    BadInput(
        "today's file put under yesterday's, header and all",
        (
            Drop("desk", "h3.csv", csv(ticket("H3-1")), YESTERDAY),
            Drop("desk", "h3.csv", csv(ticket("H3-1")) + csv(ticket("H3-2"))),
        ),
        accepted=2,
        quarantined=1,
        duplicates=1,
        findings=("BAD_VALUE opened_at", "BAD_VALUE resolved_at", "ENUM_UNMAPPED state"),
    ),
    BadInput(
        "yesterday's file under another name",
        (
            Drop("desk", "h4.csv", csv(ticket("H4-1")), YESTERDAY),
            Drop("desk", "h4 (copy).csv", csv(ticket("H4-1"))),
        ),
        accepted=1,
        skipped=1,
    ),
    BadInput(
        "yesterday's file saved by a spreadsheet: a mark at its start, other line ends, semicolons",
        (
            Drop("desk", "h5.csv", csv(ticket("H5-1"), ticket("H5-2")), YESTERDAY),
            Drop("desk", "h5.csv", b"\xef\xbb\xbf" + csv(ticket("H5-1"), ticket("H5-2"), end="\r\n").replace(b",", b";")),
        ),
        accepted=2,
        duplicates=2,
    ),
    BadInput(
        "yesterday's file was cut off, today it is whole",
        (
            Drop("desk", "h6.csv", csv(ticket("H6-1"), ticket("H6-2"))[:-30], YESTERDAY),
            Drop("desk", "h6.csv", csv(ticket("H6-1"), ticket("H6-2"))),
        ),
        accepted=2,
        refused="the file ends early",
    ),
)
TEXTS = (
    BadInput(
        "a NUL far below",
        (Drop("desk", "t1.csv", csv(*(ticket(f"T1-{place}") for place in range(40)), "T1-x\0" + ticket(""))),),
        refused="line 42 holds a NUL byte",
    ),
    BadInput(
        "line ends of three kinds in one file",
        (Drop("desk", "t2.csv", f"{COLUMNS}\r\n{ticket('T2-1')}\r{ticket('T2-2')}\n{ticket('T2-3')}\r\n".encode()),),
        accepted=3,
    ),
    BadInput("a header without an end", (Drop("desk", "t3.csv", b"x" * 300_000),), refused="a record is too long"),
    BadInput(
        "a title above the header",
        (Drop("desk", "t4.csv", b"Incidents of October\n" + csv(ticket("T4-1"))),),
        refused="a title above the header",
    ),
    BadInput(
        "a file called as browsers call the second of a name",
        (Drop("desk", "t5[1].csv", csv(ticket("T5-1"))), Drop("desk", "t5*.ndjson", json.dumps(fields("T5-2")).encode())),
        accepted=2,
    ),
    BadInput(
        "text behind a closing quote",
        desk("t6", ticket("T6-1"), '"T6-2" or so' + ticket("")),
        accepted=1,
        quarantined=1,
        findings=("MALFORMED_ROW -",),
    ),
    BadInput(
        "a title that would write on the terminal",
        desk("t7", ticket("T7-1", more=",\x1b[2Jgone"), header=f"{COLUMNS},title"),
        accepted=1,
        holds={"title": "\x1b[2Jgone"},
    ),
    BadInput("a pipe in the inbox", (Drop("desk", "t8.csv", None),), refused="a pipe or a device"),
    BadInput("a name with a line end in it", (Drop("desk", "t9\n.csv", csv(ticket("T9-1"))),), refused="control characters"),
)
TREES = (
    BadInput(
        "a number that JSON does not know",
        (Drop("desk", "j1.json", json.dumps([fields("J1-1", affected_fraction=float("nan"))]).encode()),),
        quarantined=1,
        findings=("BAD_VALUE affected_fraction",),
    ),
    BadInput(
        "a NUL written as an escape",
        (Drop("desk", "j7.json", json.dumps([fields("J7-1", title="cut\0off")]).encode()),),
        accepted=1,
        holds={"title": "cut\0off"},
    ),
    BadInput("values nested without end", (Drop("snow", "j2.json", DEEP),), refused="nested too deep"),
    BadInput(
        "half a character",
        (Drop("desk", "j3.json", json.dumps([fields("J3-1", title="broken \ud83d")]).encode()),),
        refused="half a character",
    ),
    BadInput(
        "a number of five thousand digits",
        (Drop("desk", "j4.json", json.dumps([fields("J4-1")]).replace("}", ', "affected_fraction": ' + "1" * 5000 + "}").encode()),),
        quarantined=1,
        findings=("BAD_VALUE affected_fraction",),
    ),
    BadInput(
        "a control character in one line of many, and line ends of two kinds",
        (
            Drop(
                "desk",
                "j8.ndjson",
                b"\r\n".join([*[json.dumps(fields(f"J8-{place}")).encode() for place in (1, 2)], b'{"ticket_key"\x01 1}\n{}']),
            ),
        ),
        accepted=2,
        quarantined=2,
        findings=(
            "MALFORMED_ROW -",
            *[f"MISSING_VALUE {name}" for name in ("opened_at", "service_raw", "severity_raw", "state", "ticket_key")],
        ),
    ),
    BadInput(
        "records in a list of their own",
        (Drop("desk", "j9.json", json.dumps({"next": 2, "records": [fields("J9-1"), fields("J9-2")]}).encode()),),
        accepted=2,
    ),
    BadInput(
        "a number among the records",
        (Drop("desk", "j5.json", json.dumps([fields("J5-1"), 7]).encode()),),
        accepted=1,
        quarantined=1,
        findings=("MALFORMED_ROW -",),
    ),
    BadInput("a comma too many", (Drop("desk", "j6.json", json.dumps([fields("J6-1")]).replace("]", ",]").encode()),), refused="not JSON"),
    BadInput(
        "a damaged page of Parquet",
        (Drop("desk", "q1.parquet", with_broken_page(parquet(columns_of("Q1-1", "Q1-2")))),),
        refused="a page of the Parquet file is damaged",
    ),
    BadInput("Parquet with two columns of one name", (Drop("desk", "q2.parquet", twins()),), refused="two columns are called 'ticket_key'"),
    BadInput(
        "Parquet whose times have no zone",
        (Drop("desk", "q3.parquet", parquet(columns_of("Q3-1", opened_at=pa.array([1_791_367_560_000_000], pa.timestamp("us"))))),),
        quarantined=1,
        findings=("NO_ZONE opened_at",),
    ),
)
VALUES = (
    BadInput(
        "a decimal comma",
        desk("v1", ticket("V1-1", more=',"0,5"'), header=f"{COLUMNS},affected_fraction"),
        quarantined=1,
        findings=("BAD_VALUE affected_fraction",),
    ),
    BadInput(
        "a share in per cent",
        desk("v2", ticket("V2-1", more=",45%"), ticket("V2-2", more=",45"), header=f"{COLUMNS},affected_fraction"),
        quarantined=2,
        findings=("BAD_VALUE affected_fraction", "BAD_VALUE affected_fraction"),
    ),
    BadInput(
        "yes in another language",
        desk("v3", ticket("V3-1", more=",ja"), header=f"{COLUMNS},major_flag"),
        quarantined=1,
        findings=("BAD_VALUE major_flag",),
    ),
    BadInput(
        "a word of an enumeration in capitals is unmapped, and its row kept",
        desk("v4", ticket("V4-1", state="Closed")),
        accepted=1,
        findings=("ENUM_UNMAPPED state",),
        holds={"state": "unmapped"},
    ),
    BadInput(
        "an alert that cleared before it fired",
        desk("v5", alert("V5-1", cleared="2026-10-07T10:00:00Z"), header=ALERTS, source="pager"),
        quarantined=1,
        findings=("END_BEFORE_START cleared_at",),
    ),
    BadInput(
        "an alert of a component that nobody knows",
        desk("v6", alert("V6-1", component="toaster"), header=ALERTS, source="pager"),
        accepted=1,
        orphans=("unknown_name",),
    ),
    BadInput(
        "a false alarm",
        desk(
            "v7",
            alert("V7-1", fired="2026-10-20T10:00:00Z", cleared="2026-10-20T10:01:00Z", disposition="false_positive"),
            header=ALERTS,
            source="pager",
        ),
        accepted=1,
        orphans=("no_impact",),
    ),
    BadInput(
        "a report that ends before it starts",
        desk("v8", record("V8-1", ended="2026-10-07T10:00:00Z"), header=RECORDS, source="acme"),
        quarantined=1,
        findings=("END_BEFORE_START ended_at",),
    ),
    BadInput(
        "a report that the provider took back",
        desk("v9", record("V9-1", status="withdrawn"), header=RECORDS, source="acme"),
        accepted=1,
        orphans=("withdrawn",),
    ),
    BadInput("a ticket of a service that nobody knows", desk("v10", ticket("V10-1", service="Toaster")), accepted=1),
    BadInput("a ticket that was never resolved", desk("v11", ticket("V11-1", state="new", resolved="")), accepted=1),
)
BAD_INPUTS = (*SOUND, *FORMULAS, *MERGED, *ARCHIVES, *ZONES, *PAGES, *WITHOUT_IDS, *RE_EXPORTED, *YESTERDAYS, *TEXTS, *TREES, *VALUES)

TYPOS = (  # name, what is written, what is written wrongly, where and in what words `sla check` says so
    ("a field of the mapping", "service_raw: Service", "servce_raw: Service", "reference/mappings/sheet.yml:4, fields.servce_raw"),
    ("its entity", "entity: ticket", "entity: tiket", "reference/mappings/sheet.yml:2, entity: no entity 'tiket'; did you mean 'ticket'?"),
    ("a key of its dates", "{format:", "{fromat:", "reference/mappings/sheet.yml:3, dates.fromat"),
    ("its zone", "Europe/Berlin}", "Europe/Berlim}", "did you mean 'Europe/Berlin'?"),
    ("a word of ours", "Done: closed", "Done: closd", "no value of state 'closd'; did you mean 'closed'?"),
)
