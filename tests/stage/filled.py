"""A reply sheet filled in as a person does with a spreadsheet: cells written into the workbook, styles and all else left alone."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping
from datetime import datetime
from xml.sax.saxutils import escape

from tasks.model.reply_sheet import COLUMNS

SHEET = "xl/worksheets/sheet1.xml"
Answer = Mapping[str, str | datetime]


def filled(book: bytes, answers: Mapping[int, Answer]) -> bytes:
    """Return the workbook with answers by place of the row below the header, from 0, and column; a datetime becomes a real date."""
    with zipfile.ZipFile(io.BytesIO(book)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    sheet = parts[SHEET].decode()
    first = min(int(row) for row in re.findall(rf'<c r="{letter(COLUMNS.index("answer"))}(\d+)" s="\d+"/>', sheet))
    for place, answer in answers.items():
        for name, value in answer.items():
            sheet = _put(sheet, f"{letter(COLUMNS.index(name))}{first + place}", value)
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, sheet.encode() if name == SHEET else content)
    return sink.getvalue()


def letter(column: int) -> str:
    """Return the name of a column of a spreadsheet, from 0."""
    return chr(65 + column) if column < 26 else "A" + chr(65 + column - 26)


def _put(sheet: str, place: str, value: str | datetime) -> str:
    cell = rf'<c r="{place}" (s="\d+")(?:/>| t="s"><v>\d+</v></c>)'
    if isinstance(value, datetime):
        days = (value - datetime(1899, 12, 30)).total_seconds() / 86_400
        written = f"<v>{days!r}</v></c>"
        kind = ""
    else:
        written, kind = f"<is><t>{escape(value)}</t></is></c>", ' t="inlineStr"'
    done, found = re.subn(cell, lambda cell: f'<c r="{place}" {cell[1]}{kind}>{written}', sheet)
    assert found == 1, place
    return done
