"""Reply sheets: what each vendor is shown and may fill in, to the byte."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest

from tasks.model.reply_sheet import ANSWER_WORDS, ANSWERS, COLUMNS, LABELS, PRINTED, SEAL
from tasks.model.run import Run
from tasks.publish.reply import show_reply_terms, write_replies
from tasks.store.engine import Engine
from tasks.store.home import CHECKOUT
from tasks.store.packs import PackFolder
from tasks.store.run_columns import COLUMNS as RUN_COLUMNS
from tasks.store.workbook import read_table

NOON = datetime(2026, 11, 3, 12, tzinfo=UTC)
RUN = Run("0" * 16, "month", "2026-10", datetime(2026, 10, 1, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC), NOON, "eu", "UTC")
TEN = datetime(2026, 10, 7, 10, tzinfo=UTC)
HALF_PAST = datetime(2026, 10, 7, 10, 30, 0, 500_000, tzinfo=UTC)
ROW = {"provider_id": "acme", "service_id": "shop", "start_at": TEN, "end_at": HALF_PAST, "ours": "down", "theirs": "up"}
ROW |= {"agreement": "ours_only", "length_us": 1_800_500_000, "raw_ids": [], "vendor_keys": [], "ticket_keys": ["INC-1", "INC-2"]}
MONEY = {"payable_ours": "1250.5400", "payable_theirs": "0.0000", "payable_agreed": "0.0000", "currency": "EUR"}
ROWS = [
    ROW | MONEY | {"component_id": "shop", "position_id": "P-SHOP", "result_id": "R-TIME", "answer": "partly_contested"},
    ROW | {"component_id": '=HYPERLINK("x")', "position_id": "P-FORMULA", "result_id": "R-REQUESTS"},
    ROW
    | MONEY
    | {"provider_id": "rival", "component_id": "rival-dns", "position_id": "P-RIVAL", "result_id": "R-RIVAL", "vendor_keys": ["-1"]},
]
RESULTS = [
    {"result_id": "R-TIME", "contract_version_id": "ACME@1", "measure_id": "uptime"},
    {"result_id": "R-REQUESTS", "contract_version_id": "ACME@1", "measure_id": "errors"},
    {"result_id": "R-RIVAL", "contract_version_id": "RIVAL@2", "measure_id": "uptime"},
]


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with Engine() as engine:
        engine.create_like_dictionary("measured.dispute_sheet", ROWS)
        engine.create_like_dictionary("measured.sla_results", RESULTS)
        engine.create("run.context", RUN_COLUMNS["run.context"], [{"as_of": NOON}])
        show_reply_terms(engine, RUN, {"ACME@1": datetime(2026, 11, 17, 23, tzinfo=UTC), "RIVAL@2": datetime(2026, 11, 10, tzinfo=UTC)})
        engine.build("published", only=["reply_rows"])
        yield engine


def written(engine: Engine, root: Path, run: Run = RUN) -> PackFolder:
    """Write the sheets below `root` and check the manifest's part: every file of the folder, nothing else."""
    root.mkdir(exist_ok=True)
    folder = PackFolder(root)
    entries = write_replies(engine, run, folder, "Small World")
    assert sorted(entry["path"] for entry in entries) == sorted(folder.relative(file) for file in root.rglob("*.*"))
    return folder


@pytest.fixture(scope="module")
def folder(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> PackFolder:
    return written(engine, tmp_path_factory.mktemp("pack"))


def rows_of(folder: PackFolder, vendor: str) -> list[dict[str, Any]]:
    with folder.page(f"reply/{vendor}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_a_row_shows_the_span_who_says_what_its_records_its_money_and_until_when_it_is_answered(folder: PackFolder) -> None:
    formula, shop = rows_of(folder, "acme")
    assert {name: text for name, text in shop.items() if text and name != SEAL} == {
        "component": "shop",
        "start_at": "2026-10-07T10:00:00Z",
        "end_at": "2026-10-07T10:30:00.500000Z",
        "length": "1800.500000 s",
        "service": "shop",
        "customer_says": "down",
        "vendor_says": "up",
        "customer_tickets": "INC-1; INC-2",
        "earlier_answer": "partly contested",
        "contract": "ACME@1",
        "measure": "uptime",
        "result": "R-TIME",
        "credit_if_customer_holds": "EUR 1250.54",
        "credit_if_vendor_holds": "EUR 0.00",
        "credit_on_agreed_time": "EUR 0.00",
        "answer_before": "2026-11-17T23:00:00Z",
        "report": "month/2026-10/0000000000000000",
        "report_as_of": "2026-11-03T12:00:00Z",
        "vendor": "acme",
        "row_key": "P-SHOP",
    }
    assert not any(formula[name] for name in COLUMNS if name.startswith("credit_")), "requests that failed have no amount by position"
    assert not any(row[name] for row in (formula, shop) for name in ANSWERS)


def test_a_name_that_a_spreadsheet_would_compute_stands_as_text(folder: PackFolder) -> None:
    assert rows_of(folder, "acme")[0]["component"] == '\'=HYPERLINK("x")'
    assert rows_of(folder, "rival")[0]["vendor_records"] == "'-1"
    with ZipFile(folder.page("reply/acme.xlsx")) as book:
        assert b"<f>" not in book.read("xl/worksheets/sheet1.xml")


def test_no_vendor_is_shown_another(folder: PackFolder) -> None:
    assert {row["vendor"] for row in rows_of(folder, "rival")} == {"rival"}
    with ZipFile(folder.page("reply/acme.xlsx")) as book:
        texts = b"".join(book.read(name) for name in book.namelist()) + folder.page("reply/acme.csv").read_bytes()
    assert b"rival" not in texts.lower()
    assert b"acme" in texts.lower()


def test_the_workbook_holds_the_rows_of_the_csv_below_headers_for_people(folder: PackFolder) -> None:
    with folder.page("reply/acme.xlsx").open("rb") as file:
        table = read_table(file)
    assert table.names == tuple(LABELS)
    assert tuple(LABELS.values()) == COLUMNS
    assert [dict(zip(COLUMNS, row, strict=True)) for row in table.rows] == [
        {name: text or None for name, text in row.items()} for row in rows_of(folder, "acme")
    ]


def test_only_the_answer_cells_are_open_and_answers_are_chosen_from_a_list(folder: PackFolder) -> None:
    with ZipFile(folder.page("reply/acme.xlsx")) as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
        styles = book.read("xl/styles.xml").decode()
    assert "<sheetProtection" in sheet
    assert f'<formula1>"{",".join(ANSWER_WORDS)}"</formula1>' in sheet
    assert styles.count('<protection locked="0"/>') == 3, "texts, instants and days of the vendor's, nothing else"


def test_the_same_rows_give_the_same_bytes(engine: Engine, folder: PackFolder, tmp_path: Path) -> None:
    again = written(engine, tmp_path / "again")
    for file in folder.root.rglob("*.*"):
        assert again.page(folder.relative(file)).read_bytes() == file.read_bytes(), file.name


def test_a_preview_asks_nobody(engine: Engine, tmp_path: Path) -> None:
    assert write_replies(engine, replace(RUN, is_preview=True), PackFolder(tmp_path), "Small World") == []


@pytest.mark.parametrize("file", ["published/reply_rows.sql", "staged/reply_sheet__dispute.sql"])
def test_the_seal_is_over_the_printed_cells_in_their_order(file: str) -> None:
    sql = (CHECKOUT / "sql" / file).read_text(encoding="utf-8")
    sealed = sql.split("row_seal([")[1].split("])")[0]
    assert tuple(name.strip() for name in sealed.split(",")) == PRINTED
