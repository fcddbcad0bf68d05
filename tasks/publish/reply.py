"""Reply sheets: what each vendor is asked about the spans of the dispute sheet, as CSV and as a workbook to fill in (K4).

The workbook holds texts alone and no formula; its answer cells are open, all others locked. Its bytes depend on the rows alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from tasks.model.reply_sheet import ANSWER_WORDS, ANSWERS, COLUMNS, LABELS, REASON_CODES, WHERE
from tasks.model.run import Run
from tasks.publish.manifest import page_entry
from tasks.publish.words import words
from tasks.store.engine import Engine
from tasks.store.packs import PackFolder

TERMS = {"contract_version_id": "VARCHAR", "report": "VARCHAR", "answer_before": "TIMESTAMPTZ"}
INSTANT = 'yyyy-mm-dd"T"hh:mm:ss"Z"'  # the Z is shown, so a date typed into the cell is read as UTC
FORMATS = {"contested_start_at": INSTANT, "contested_end_at": INSTANT, "answered_on": "yyyy-mm-dd"}
LISTS = {"answer": ANSWER_WORDS, "reason_code": REASON_CODES}
WIDTHS = {"length": 9, "service": 14, "customer_says": 10, "vendor_says": 10, "answer": 10, "reason": 32, "evidence": 20}
WIDTHS |= {"component": 20, "answered_on": 12, "contract": 22, "measure": 20, "report": 34, "result": 18, "row_key": 18, "row_seal": 18}
OPTIONS = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": True}


def show_reply_terms(engine: Engine, run: Run, answer_before: Mapping[str, datetime]) -> None:
    """Create published.reply_terms: until when each contract version lets this report be disputed."""
    report = f"{run.occasion}/{run.period}/{run.run_id}"
    rows = [{"contract_version_id": name, "report": report, "answer_before": until} for name, until in sorted(answer_before.items())]
    engine.create("published.reply_terms", TERMS, rows)


def write_replies(engine: Engine, run: Run, folder: PackFolder, customer: str) -> list[dict[str, Any]]:
    """Write every vendor's reply sheet; return the manifest's part. A preview has none: its spans may yet grow."""
    if run.is_preview:
        return []
    names = []
    for (vendor,) in engine.execute("select distinct provider_id from published.reply_rows order by all").fetchall():
        csv, book = f"reply/{vendor}.csv", f"reply/{vendor}.xlsx"
        folder.page(csv).parent.mkdir(exist_ok=True)
        _write_csv(engine, vendor, folder.page(csv))
        rows = engine.rows("from published.reply_rows where provider_id = ? order by component, starts, row_key", [vendor])
        _write_book(rows, run, customer, folder.page(book))
        names += [csv, book]
    return [page_entry(folder, name) for name in names]


def _write_csv(engine: Engine, vendor: str, file: Path) -> None:
    listed = ", ".join(f'null as "{name}"' if name in ANSWERS else f'"{name}"' for name in COLUMNS)
    rows = f"select {listed} from published.reply_rows where provider_id = '{vendor}' order by component, starts, row_key"
    place = str(file).replace("'", "''")
    engine.execute(f"copy ({rows}) to '{place}' (format csv, header, nullstr '', comment '')")


def _write_book(rows: Sequence[Mapping[str, Any]], run: Run, customer: str, file: Path) -> None:
    book = xlsxwriter.Workbook(str(file), OPTIONS)
    book.set_properties({"title": "Reply sheet", "author": "SLA Ledger", "created": run.as_of.replace(tzinfo=None)})
    locked = {"valign": "top", "text_wrap": True, "num_format": "@", "bottom": 4, "bottom_color": "#B8BDC4"}
    open_cell = locked | {"locked": False, "bg_color": "#FFF7DB", "border": 1, "border_color": "#C9B458"}
    shown = book.add_format(locked)
    cells = {name: book.add_format(open_cell | {"num_format": FORMATS.get(name, "@")}) for name in ANSWERS}
    heads = {name: book.add_format(_head(name)) for name in COLUMNS}
    sheet = book.add_worksheet("Reply")
    earliest = min(row["answer_before"] or "" for row in rows)
    top = _write_guidance(book, sheet, {**rows[0], "earliest": earliest}, run, customer)
    for column, (label, name) in enumerate(LABELS.items()):
        sheet.write_string(top, column, label, heads[name])
    for number, row in enumerate(rows, top + 1):
        _write_row(sheet, number, row, shown, cells)
    _set_up(sheet, top, top + len(rows))
    book.close()


def _head(name: str) -> dict[str, Any]:
    colour = "#F0DC8C" if name in ANSWERS else "#E3E6EA"
    return {"bold": True, "text_wrap": True, "valign": "bottom", "bg_color": colour, "bottom": 1, "locked": True}


def _write_guidance(book: xlsxwriter.Workbook, sheet: Worksheet, row: Mapping[str, Any], run: Run, customer: str) -> int:
    """Write how the sheet is filled in, a text a row, which no reader takes for a header; return the header's row."""
    known = {"vendor": row["vendor"], "customer": customer, "report": row["report"], "answer_before": row["earliest"]}
    known |= {"codes": ", ".join(REASON_CODES)}
    lines = words()["reply_sheet"]["lines"] + ([words()["reply_sheet"]["simulated"]] if run.is_simulated else [])
    sheet.write_string(0, 0, words()["reply_sheet"]["title"].format(**known), book.add_format({"bold": True, "font_size": 14}))
    for number, line in enumerate(lines, 1):
        sheet.write_string(number, 0, line.format(**known))
    return len(lines) + 2


def _write_row(sheet: Worksheet, number: int, row: Mapping[str, Any], shown: Format, cells: Mapping[str, Format]) -> None:
    for column, name in enumerate(COLUMNS):
        if name in cells:
            sheet.write_blank(number, column, None, cells[name])
        else:
            sheet.write_string(number, column, row[name] or "", shown)


def _set_up(sheet: Worksheet, top: int, last: int) -> None:
    for column, name in enumerate(COLUMNS):
        sheet.set_column(column, column, WIDTHS.get(name, 21 if name.endswith(("_at", "_of", "_before")) else 15))
        if name in LISTS:
            told = words()["reply_sheet"]["prompts"][name]
            listed = {"validate": "list", "source": list(LISTS[name]), "input_message": told, "error_message": told}
            sheet.data_validation(top + 1, column, last, column, listed)
        elif name in FORMATS:
            sheet.data_validation(
                top + 1, column, last, column, {"validate": "any", "input_message": words()["reply_sheet"]["prompts"][name]}
            )
    sheet.set_row(top, 45)
    sheet.freeze_panes(top + 1, 3)
    sheet.protect("", {"format_columns": True, "format_rows": True, "select_locked_cells": True})
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.set_margins(0.3, 0.3, 0.4, 0.5)
    sheet.print_area(0, 0, last, len(WHERE) + len(ANSWERS) - 1)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(top)
    sheet.set_footer("&L&F&RPage &P of &N")
