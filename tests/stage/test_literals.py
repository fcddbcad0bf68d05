"""Types and readers: what a literal becomes, whatever file it came in (entities.yml `types`)."""

from __future__ import annotations

import gzip
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tasks.store.engine import Engine
from tests.stage.desk import NOON, Desk, balances

REVIEW = {"review_id": "R-1", "kind": "internal", "opened_at": "2026-10-07T10:00:00Z"}
SAMPLE = {"rule_id": "r", "component_raw": "c", "start_at": "2026-10-01T00:00:00Z", "end_at": "2026-10-02T00:00:00Z", "state": "up"}


def ndjson(*records: dict) -> str:
    return "".join(json.dumps(record) + "\n" for record in records)


@pytest.mark.parametrize(
    ("column", "written", "value"),
    [
        pytest.param("runbook_change_needed", "true", True, id="true"),
        pytest.param("runbook_change_needed", "FALSE", False, id="a spreadsheet's FALSE"),
        pytest.param("runbook_change_needed", "yes", ["true"], id="yes is no boolean, but could be one"),
        pytest.param("runbook_ids", "a; b ;;c", ["a", "b", "c"], id="a list by semicolons"),
        pytest.param("runbook_ids", '["a;b", " c"]', ["a;b", "c"], id="a list as JSON"),
        pytest.param("runbook_ids", "[]", None, id="an empty list is null"),
        pytest.param("runbook_ids", '["a', [], id="a broken list"),
        pytest.param("cause_key", "  disk full\t", "disk full", id="text is trimmed"),
        pytest.param("cause_key", "   ", None, id="blanks are null"),
        pytest.param("kind", "joint", "joint", id="a word of the enumeration"),
        pytest.param("kind", "Joint", "unmapped", id="words are case-sensitive"),
        pytest.param("cause_text", "mail ann@example.org or +49 30 1234567", "mail [email] or [phone]", id="free text is redacted"),
    ],
)
def test_a_literal_becomes_its_value_or_a_bad_value_with_what_it_could_mean(desk: Desk, column: str, written: str, value: object) -> None:
    desk.declare("tool", "review")
    desk.land(("tool", "reviews.ndjson", ndjson(REVIEW | {column: written})))
    with desk.shown() as engine:
        rows = engine.rows(f"select {column} as value from staged.review")
        found = engine.rows("select candidates from staged.issues where issue = 'BAD_VALUE'")
        assert (rows, found) in (([{"value": value}], []), ([], [{"candidates": value}]))
        balances(engine)


@pytest.mark.parametrize(
    ("column", "written", "value"),
    [
        pytest.param("requests", "-12", -12, id="digits and a minus"),
        pytest.param("requests", "12.0", ["12"], id="a whole number as a float prints it"),
        pytest.param("requests", "1e3", [], id="no exponent"),
        pytest.param("requests", "9223372036854775808", [], id="beyond 64 bits"),
        pytest.param("error_rate", ".5", Decimal("0.500000"), id="without a leading zero"),
        pytest.param("error_rate", "0.12345650", Decimal("0.123457"), id="rounded half up beyond six decimals"),
        pytest.param("error_rate", "50", [], id="a fraction is no percentage"),
        pytest.param("error_rate", "-0.1", [], id="nor negative"),
        pytest.param("error_rate", "0,5", ["0.5"], id="a decimal comma"),
    ],
)
def test_a_number_is_exact_or_set_aside(desk: Desk, column: str, written: str, value: object) -> None:
    desk.declare("probes", "monitoring_sample")
    desk.land(("probes", "samples.ndjson", ndjson(SAMPLE | {column: written})))
    with desk.shown() as engine:
        rows = engine.rows(f"select {column} as value from staged.monitoring_sample")
        found = engine.rows("select candidates from staged.issues where issue = 'BAD_VALUE'")
        assert (rows, found) in (([{"value": value}], []), ([], [{"candidates": value}]))


@pytest.mark.parametrize(
    ("words", "redacted"),
    [
        ("call +49 171 1234567 or jane.doe@example.com", "call [phone] or [email]"),
        ("(555) 123-4567, 030 1234567, 0171-1234567", "[phone], [phone], [phone]"),
        ("from 10.1.2.3, fe80::1 and 2001:db8:0:0:0:0:0:1", "from [ip], [ip] and [ip]"),
        ("Authorization: Bearer abc.def, password=hunter2", "Authorization: [token] [token]"),
        ("key 0123456789abcdef0123456789abcdef", "key [token]"),
        ("INC0012345 at 2026-10-25T02:30:00+01:00, 03-10-2026 10:15, 10:20:30", None),
        ("std::vector in v1.2.3, build 20261007", None),
        ("in_progress", None),
    ],
)
def test_free_text_loses_persons_and_secrets_and_keeps_dates_and_numbers(words: str, redacted: str | None) -> None:
    with Engine() as engine:
        assert engine.execute("select redacted(?::varchar)", [words]).fetchall() == [(redacted or words,)]


def parquet(folder: Path) -> bytes:
    file = folder / "made.parquet"
    duckdb.connect().execute(
        f"""
        copy (
            select 'r' as rule_id, 'c' as component_raw, timestamptz '2026-10-01 00:00:00Z' as start_at,
                timestamptz '2026-10-02 00:00:00.5Z' as end_at, 'up' as state, 0.25::decimal(9, 6) as error_rate, 7::integer as requests
        ) to '{file}' (format parquet)
        """
    )
    return file.read_bytes()


CSV = (
    ",".join([*SAMPLE, "error_rate", "requests"])
    + "\n"
    + ",".join([*SAMPLE.values(), "0.25", "7"]).replace("02T00:00:00Z", "02T00:00:00.5Z")
    + "\n"
)
RECORD = SAMPLE | {"end_at": "2026-10-02T00:00:00.5Z", "error_rate": 0.25, "requests": 7}


@pytest.mark.parametrize(
    ("name", "content"),
    [
        pytest.param("s.csv", CSV, id="csv"),
        pytest.param("s.2026.CSV.GZ", gzip.compress(CSV.encode()), id="csv, packed, in capitals"),
        pytest.param("s.tsv", CSV.replace(",", "\t"), id="tsv"),
        pytest.param("s.json", json.dumps([RECORD]), id="a JSON array"),
        pytest.param("s.json.gz", gzip.compress(json.dumps(RECORD).encode()), id="one JSON object, packed"),
        pytest.param("s.ndjson", ndjson(RECORD), id="ndjson"),
        pytest.param("s.jsonl.gz", gzip.compress(("\n" + ndjson(RECORD)).encode()), id="ndjson, packed, after a blank line"),
        pytest.param("s.parquet", parquet, id="parquet"),
        pytest.param("s.parquet.gz", lambda folder: gzip.compress(parquet(folder)), id="parquet, packed once more"),
    ],
)
def test_the_same_row_is_the_same_in_every_format(desk: Desk, tmp_path: Path, name: str, content: Any) -> None:
    desk.declare("probes", "monitoring_sample")
    desk.land(("probes", name, content(tmp_path) if callable(content) else content), at=NOON)
    (row,) = desk.rows("select * replace (epoch_us(start_at) as start_at, epoch_us(end_at) as end_at) from staged.monitoring_sample")
    assert (row["source_row"], row["rule_id"], row["state"]) == (1, "r", "up")
    assert (row["end_at"] - row["start_at"], row["error_rate"], row["requests"]) == (86_400_500_000, Decimal("0.250000"), 7)


def test_a_line_of_ndjson_that_is_no_object_is_set_aside(desk: Desk) -> None:
    desk.declare("probes", "monitoring_sample")
    desk.land(("probes", "s.ndjson", ndjson(SAMPLE) + "not json\n[1]\n"))
    with desk.shown() as engine:
        assert [row["source_row"] for row in engine.rows("select source_row from staged.quarantine order by 1")] == [2, 3]
        assert balances(engine)[0]["read"] == 3
