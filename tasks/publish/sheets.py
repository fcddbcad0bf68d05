"""A workbook that computes: texts, numbers and live formulas, each with the value it must give. The same rows give the same bytes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Any, Literal

import xlsxwriter
from xlsxwriter.utility import xl_rowcol_to_cell

MADE_AT = datetime(2000, 1, 1, tzinfo=UTC)  # of every workbook: a file's bytes say nothing of when it was written
Number = int | Decimal | Fraction
Style = Literal["text", "head", "title", "note", "number", "whole", "money", "percent", "sum"]
FORMATS: dict[Style, dict[str, Any]] = {
    "text": {"valign": "top", "text_wrap": True, "indent": 1},
    "head": {"bold": True, "bottom": 1, "valign": "top", "text_wrap": True, "indent": 1},
    "title": {"bold": True, "font_size": 13},
    "note": {"italic": True, "font_color": "#444B52", "valign": "top"},
    "number": {"num_format": "#,##0.############", "valign": "top"},
    "whole": {"num_format": "#,##0", "valign": "top"},
    "money": {"num_format": "#,##0.00##", "valign": "top"},
    "percent": {"num_format": "0.000######", "valign": "top"},
    "sum": {"num_format": "#,##0.00##", "bold": True, "top": 1, "valign": "top"},
}


@dataclass(frozen=True)
class Live:
    """A formula and the value that it gives."""

    formula: str
    value: Number | str | bool
    style: Style = "number"


@dataclass(frozen=True)
class Shown:
    """A value that is written as it stands, in a style of its own."""

    value: Number | str | None
    style: Style = "text"


Cell = str | Number | Live | Shown | None


class Workbook:
    """An XLSX file being written; closing it writes it."""

    def __init__(self, file: Path, title: str) -> None:
        self._book = xlsxwriter.Workbook(
            str(file), {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": True}
        )
        self._book.set_properties({"title": title, "created": MADE_AT.replace(tzinfo=None)})
        self._book.set_calc_mode("auto")
        self._formats = {name: self._book.add_format({"font_name": "Arial", "font_size": 10} | form) for name, form in FORMATS.items()}

    def __enter__(self) -> Workbook:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None) -> None:
        self._book.close()

    def grid(self, name: str, widths: Sequence[int]) -> Grid:
        """Return a new sheet with columns so many characters wide."""
        sheet = self._book.add_worksheet(name)
        for place, width in enumerate(widths):
            sheet.set_column(place, place, width)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.set_footer("&L&A&RPage &P of &N")
        return Grid(name, sheet, self._formats)


class Grid:
    """A sheet filled from top to bottom."""

    def __init__(self, name: str, sheet: Any, formats: dict[Style, Any]) -> None:
        self.name = name
        self._sheet = sheet
        self._formats = formats
        self.next_row = 0

    def at(self, column: int, row: int, *, is_elsewhere: bool = False) -> str:
        """Return a cell's address, with the sheet's name for formulas of another one."""
        cell = str(xl_rowcol_to_cell(row, column, row_abs=True, col_abs=True))
        return f"'{self.name}'!{cell}" if is_elsewhere else cell

    def span(self, column: int, first: int, last: int, *, is_elsewhere: bool = False) -> str:
        """Return the address of cells of one column."""
        prefix = f"'{self.name}'!" if is_elsewhere else ""
        return f"{prefix}{self.at(column, first)}:{self.at(column, last)}"

    def add(self, *cells: Cell, style: Style | None = None) -> int:
        """Write a row and return its number, from 0; `style` is that of plain texts."""
        row, self.next_row = self.next_row, self.next_row + 1
        for column, cell in enumerate(cells):
            self._write(row, column, cell, style or "text")
        return row

    def head(self, *cells: str) -> int:
        """Write a header."""
        return self.add(*cells, style="head")

    def gap(self) -> None:
        """Leave a row empty."""
        self.next_row += 1

    def lines(self, texts: Iterable[str]) -> None:
        """Write one note a row; it runs over the columns beside it."""
        for text in texts:
            self._sheet.write_string(self.next_row, 0, text, self._formats["note"])
            self.next_row += 1

    def _write(self, row: int, column: int, cell: Cell, style: Style) -> None:
        match cell:
            case None:
                return
            case Live():
                value = cell.value if isinstance(cell.value, str | bool) else float(cell.value)
                self._sheet.write_formula(row, column, f"={cell.formula}", self._formats[cell.style], value)
            case Shown(value=None):
                return
            case Shown(value=str() as text):
                self._sheet.write_string(row, column, text, self._formats[cell.style])
            case Shown():
                self._sheet.write_number(row, column, float(cell.value), self._formats[cell.style])
            case str():
                self._sheet.write_string(row, column, cell, self._formats[style])
            case _:
                self._sheet.write_number(row, column, float(cell), self._formats["number"])
