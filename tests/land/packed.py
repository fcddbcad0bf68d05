"""Workbooks and archives made for tests."""

import io
import zipfile

import xlsxwriter


def workbook(sheets, *, merged=(), dates=(), formulas=(), date_format="dd/mm/yyyy hh:mm", options=None):
    """Return an XLSX file.

    Args:
        sheets: name → rows; a cell is written by the type of its value.
        merged: Ranges of the first sheet as (first row, first column, last row, last column), from 0; the text stands in the first cell.
        dates: Cells of the first sheet that are dates stored as numbers: (row, column, number).
        formulas: Cells of the first sheet: (row, column, formula, stored value).
        date_format: How the dates are shown.
        options: For xlsxwriter.
    """
    sink = io.BytesIO()
    book = xlsxwriter.Workbook(sink, {"in_memory": True, "strings_to_formulas": False} | (options or {}))
    style = book.add_format({"num_format": date_format})
    for place, (name, rows) in enumerate(sheets.items()):
        sheet = book.add_worksheet(name)
        for number, cells in enumerate(rows):
            sheet.write_row(number, 0, cells)
        if place == 0:
            for top, left, bottom, right in merged:
                sheet.merge_range(top, left, bottom, right, rows[top][left])
            for row, column, number in dates:
                sheet.write_number(row, column, number, style)
            for row, column, formula, value in formulas:
                sheet.write_formula(row, column, formula, None, value)
    book.close()
    return sink.getvalue()


def archive(members, *, level=6):
    """Return a zip archive: name → content."""
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED, compresslevel=level) as packed:
        for name, content in members.items():
            packed.writestr(name, content)
    return sink.getvalue()


def locked(content):
    """Return a zip archive whose files say that they are locked with a password."""
    changed = bytearray(content)
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        start = changed.find(mark)
        while start >= 0:
            changed[start + offset] |= 1
            start = changed.find(mark, start + 1)
    return bytes(changed)


def rewritten(content, part, change):
    """Return a workbook with one of its parts changed."""
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        return archive({name: change(packed.read(name)) if name == part else packed.read(name) for name in packed.namelist()})
