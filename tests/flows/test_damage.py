"""Exports damaged at random: whatever is done to a file, it is refused in our own words or every row of it is accounted for."""

from __future__ import annotations

import gzip
import io
import json
import random
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.land.landing import land
from tasks.model.reference import Source
from tasks.stage.staging import stage
from tasks.store.engine import Engine, Limits
from tasks.store.home import Home
from tasks.store.journal import Journal
from tasks.store.knowledge import known_at
from tests.depth import dear
from tests.land.exports import NOON
from tests.land.packed import archive, workbook

DESK = Source(id="desk", adapter="canonical", entity="ticket", timezone="Europe/Berlin")
NAMES = ["ticket_key", "title", "service_raw", "severity_raw", "state", "opened_at", "resolved_at"]
ROWS = [
    ["T-1", "Pages fail", "Läden", "P1", "closed", "2026-10-07T10:06:00Z", "2026-10-07T11:20:00Z"],
    ["T-2", 'A "quoted", long\ntitle', "Läden", "P2", "closed", "2026-10-07T10:06:00Z", "2026-10-07T11:20:00Z"],
    ["T-3", "", "Kasse", "P3", "new", "2026-10-07 10:06", ""],
    ["T-4", "Slow 🐌", "Kasse", "3 - Moderate", "new", "2026-10-25T02:30:00", ""],
    ["T-5", "=1+1", "Kasse", "P3", "resolved", "2026-10-08T10:06:00+02:00", "2026-10-08T09:20:00Z"],
]
Table = list[list[str]]
Damage = tuple[str, float, int]  # what, where (a share of the whole), and a number for whatever else is random


def csv(table: Table, mark: str = ",") -> bytes:
    quoted = lambda text: '"' + text.replace('"', '""') + '"' if set(text) & {'"', mark, "\n"} else text  # noqa: E731
    return "".join(mark.join(map(quoted, row)) + "\n" for row in table).encode()


def records(table: Table) -> list[dict[str, str]]:
    return [dict(zip(table[0], row, strict=False)) for row in table[1:]]


def ndjson(table: Table) -> bytes:
    return "\n".join(json.dumps(record, ensure_ascii=False) for record in records(table)).encode()


def parquet(table: Table) -> bytes:
    sink = io.BytesIO()
    columns = [pa.array([row[place] for row in table[1:]], pa.string()) for place in range(len(table[0]))]
    pq.write_table(pa.Table.from_arrays(columns, names=table[0]), sink)
    return sink.getvalue()


FORMATS: dict[str, Callable[[Table], bytes]] = {
    "csv": csv,
    "tsv": lambda table: csv(table, "\t"),
    "csv.gz": lambda table: gzip.compress(csv(table), mtime=0),
    "zip": lambda table: archive({"out/a.csv": csv(table)}),
    "json": lambda table: json.dumps({"records": records(table)}, indent=1).encode(),
    "ndjson": ndjson,
    "xlsx": lambda table: workbook({"A": table}),
    "parquet": parquet,
}
TABLES: dict[str, Callable[[Table, random.Random], Table]] = {  # what is done to a table before it is written
    "drop a column": lambda table, dice: (lambda place: [row[:place] + row[place + 1 :] for row in table])(dice.randrange(len(table[0]))),
    "duplicate rows": lambda table, dice: [*table, *dice.choices(table[1:], k=3)],
    "shuffle rows": lambda table, dice: [table[0], *dice.sample(table[1:], k=len(table) - 1)],
    "put the header in between": lambda table, dice: [*table[:3], table[0], *table[3:]],
    "cut a row short": lambda table, dice: [*table[:2], table[2][: dice.randrange(1, 5)], *table[3:]],
    "empty a cell": lambda table, dice: (lambda row: [*table[:2], [*row[:1], "", *row[2:]], *table[3:]])(dice.choice(table[1:])),
}
BYTES: dict[str, Callable[[bytes, int, random.Random], bytes]] = {  # what is done to the bytes
    "truncate": lambda content, at, dice: content[:at],
    "lose a block": lambda content, at, dice: content[:at] + content[at + dice.randrange(1, 40) :],
    "insert NULs": lambda content, at, dice: content[:at] + b"\0" * dice.randrange(1, 9) + content[at:],
    "flip a byte": lambda content, at, dice: (
        content[:at] + bytes([content[at] ^ dice.randrange(1, 256)]) + content[at + 1 :] if content else content
    ),
    "mix line ends": lambda content, at, dice: b"".join(
        line.rstrip(b"\n") + dice.choice([b"\n", b"\r\n", b"\r"]) for line in content.splitlines(keepends=True)
    ),
    "write a quote": lambda content, at, dice: content[:at] + b'"' + content[at:],
    "another encoding": lambda content, at, dice: recoded(content, dice.choice(["cp1252", "utf-16", "utf-16-le", "utf-8-sig"])),
    "the end again": lambda content, at, dice: content + content[at:],
}


def recoded(content: bytes, encoding: str) -> bytes:
    try:
        return content.decode().encode(encoding, errors="replace")
    except UnicodeDecodeError:  # packed, or damaged before
        return content


def damaged(kind: str, damages: list[Damage]) -> bytes:
    table = [NAMES, *ROWS]
    for what, _, number in damages:
        if what in TABLES and len(table[0]) > 1:
            table = TABLES[what](table, random.Random(number))
    content = FORMATS[kind](
        table if kind in ("csv", "tsv", "csv.gz", "zip", "xlsx") else [row + [""] * (len(table[0]) - len(row)) for row in table]
    )
    for what, where, number in damages:
        if what in BYTES:
            content = BYTES[what](content, min(int(where * len(content)), len(content) - 1), random.Random(number))
    return content


DAMAGE = st.tuples(st.sampled_from([*TABLES, *BYTES]), st.floats(0, 1), st.integers(0, 999))
FILE = st.tuples(st.sampled_from(sorted(FORMATS)), st.lists(DAMAGE, min_size=1, max_size=3))
MANY = st.lists(FILE, min_size=30, max_size=60)
QUICK = settings(dear(3), derandomize=True)
LONG = dear(6)


def assert_no_row_is_lost(root: Path, files: list[tuple[str, list[Damage]]]) -> None:
    """Land and stage damaged files in one call; fail if one is refused without a mend, or if a row of one is lost."""
    home, folder = Home(root, "Damaged", "eu", "UTC"), root / "inbox" / "desk"
    folder.mkdir(parents=True)
    for place, (kind, damages) in enumerate(files):
        (folder / f"{place}.{kind}").write_bytes(damaged(kind, damages))
    journal = Journal.open(home)
    report = land(home, [DESK], journal, now=NOON, sleep=lambda _: None)
    assert len(report.landed) + len(report.skipped) + len(report.refused) == len(files)
    assert all(error.fix and error.where and error.where.startswith("inbox/desk/") for error in report.refused)
    staged = stage(home, known_at(journal, None, now=NOON), [DESK], Limits())
    with Engine() as engine:
        staged.show(engine)
        balance = engine.rows("from staged.file_balance")
    assert all(row["read"] == row["accepted"] + row["quarantined"] + row["duplicates"] for row in balance), balance
    counted = {row.seq: row.body["rows"] for row in report.landed if row.body}
    assert {row["landing_seq"]: row["read"] for row in balance} == counted, "as many as landing counted"


@QUICK
@given(files=MANY)
def test_whatever_is_done_to_an_export_it_is_refused_in_our_words_or_no_row_is_lost(
    tmp_path_factory: pytest.TempPathFactory, files: list[tuple[str, list[Damage]]]
) -> None:
    assert_no_row_is_lost(tmp_path_factory.mktemp("damaged"), files)


@pytest.mark.soak
@LONG
@given(files=MANY)
def test_whatever_is_done_to_two_thousand_exports_no_row_is_lost(
    tmp_path_factory: pytest.TempPathFactory, files: list[tuple[str, list[Damage]]]
) -> None:
    assert_no_row_is_lost(tmp_path_factory.mktemp("damaged"), files)
