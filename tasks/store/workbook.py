"""XLSX as rows of text: dates and numbers by the type of their cell, formulas by the value stored with them.

A cell whose value cannot be known (a formula that was never computed, an error) makes its row a broken one that names the place.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cache
from itertools import islice
from typing import IO

from tasks.store.exports import BROKEN, ExportError, refuse_bomb

WORKBOOK_LIMIT = 1024 * 1024 * 1024  # bytes a workbook may unpack to
DAY_MS = 86_400_000
HEADER_WITHIN = 50  # rows in which the header is looked for
BUILT_IN = {  # what the numbers of built-in formats show, as far as it is a date or a time
    **dict.fromkeys((*range(14, 18), *range(27, 37), *range(50, 59)), "d"),
    **dict.fromkeys(range(18, 22), "h:mm:ss"),
    22: "d h:mm",
    **dict.fromkeys(range(45, 48), "[h]:mm:ss"),
}
AGAIN = "open it in a spreadsheet, save it as .xlsx again, and drop it again"
LITERALS = re.compile(r'"[^"]*"|\\.|_.|\*.|\[(?!(?:h+|m+|s+)\])[^\]]*\]', re.IGNORECASE)  # parts of a format that are no codes

ZULU = re.compile(r'("Z"|\\Z)$')  # a format that writes Z behind the time says that the cell is UTC
ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")  # how texts hold what XML cannot, such as a carriage return: _x000D_

Range = tuple[int, int, int, int]  # merged cells: top, left, bottom, right


@dataclass
class Line:
    """One row of a sheet: its number as the spreadsheet shows it, its texts by column from 1, and what cannot be read of it."""

    number: int
    texts: dict[int, str] = field(default_factory=dict)
    faults: dict[int, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Shown:
    """What a number format shows of a day and a time."""

    has_date: bool
    has_time: bool
    has_seconds: bool
    is_utc: bool = False

    @classmethod
    def by(cls, code: str) -> Shown | None:
        """Return what a format code shows; None if neither a date nor a time."""
        words = LITERALS.sub("", code.split(";")[0]).lower().replace("am/pm", "").replace("general", "")
        if not re.search("[ydhms]", words):
            return None
        has_time = bool(re.search("[hs]", words))
        has_date = "[" not in words and (bool(re.search("[yd]", words)) or not has_time)
        return cls(has_date, has_time, has_seconds="s" in words, is_utc=bool(ZULU.search(code.split(";")[0])))


@dataclass(frozen=True)
class SheetTable:
    """A sheet below its header: names of columns, and a row of texts (null where empty) or the words of a broken row."""

    names: tuple[str, ...]
    rows: tuple[tuple[str | None, ...], ...]
    broken: Mapping[int, str]


def read_table(
    file: IO[bytes], *, sheet: str | None = None, header_row: int | None = None, decimal: str = ".", wanted: Sequence[str] = ()
) -> SheetTable:
    """Return the table in a workbook.

    Args:
        file: The workbook; it must be possible to jump about in it.
        sheet: Name of the sheet; the only one that holds anything if left out.
        header_row: Row of the header, from 1; the fullest of the first rows if left out.
        decimal: Mark with which numbers are written, so that they read like the texts beside them.
        wanted: Columns that are read; faults of other columns do not matter. All of them, if left out.

    Raises:
        ExportError: If it is no workbook, is locked, would unpack to too much, or has no such sheet.
    """
    with _opened(file) as archive:
        book = _Book(archive, decimal)
        lines, merges = book.lines(book.part_of(sheet))
        return _table(lines, merges, header_row, wanted)


def _table(lines: Sequence[Line], merges: Sequence[Range], header_row: int | None, wanted: Sequence[str]) -> SheetTable:
    by_number = {line.number: line for line in lines}
    if header_row is not None and header_row not in by_number:
        raise ExportError(f"row {header_row} of the sheet is empty, where the header should stand", "mend read.header_row of the mapping")
    number = header_row or _header_row(by_number, merges)
    if unknown := by_number.get(number, Line(number)).faults:
        raise ExportError(f"the header holds what cannot be read: {'; '.join(unknown.values())}", f"write the names as text, or {AGAIN}")
    below = [line for line in lines if line.number > number]
    names = _names(_filled(number, by_number, merges), below, merges, number)
    rows = [tuple(line.texts.get(column) for column in names) for line in below]
    broken = {place: words for place, line in enumerate(below) if (words := _broken(line, names, wanted))}
    return SheetTable(tuple(names.values()), tuple(rows), broken)


def _header_row(by_number: Mapping[int, Line], merges: Sequence[Range]) -> int:
    """Return the fullest of the first rows, titles of a single text left aside; of several the first."""
    heads = {number: _filled(number, by_number, merges) for number in islice(by_number, HEADER_WITHIN)}
    telling = [number for number in heads if len(by_number[number].texts) > 1]
    return max(telling or heads, key=lambda number: len(heads[number].keys() | by_number[number].faults.keys()), default=1)


def _filled(number: int, by_number: Mapping[int, Line], merges: Sequence[Range]) -> dict[int, str]:
    """Return a row's texts, every cell of a merged range holding the text of its first."""
    texts = dict(by_number[number].texts) if number in by_number else {}
    for top, left, bottom, right in merges:
        text = by_number[top].texts.get(left) if top <= number <= bottom and top in by_number else None
        texts |= dict.fromkeys(range(left, right + 1), text) if text is not None else {}
    return texts


def _names(head: Mapping[int, str], below: Sequence[Line], merges: Sequence[Range], number: int) -> dict[int, str]:
    """Return the columns' names by place; a nameless column that holds something is called by its place."""
    holding = sorted({column for line in below for column in (*line.texts, *line.faults)} | set(head))
    merged = {column for top, left, bottom, right in merges if top <= number <= bottom for column in range(left + 1, right + 1)}
    names: dict[int, str] = {}
    for column in holding:
        name = " ".join(head.get(column, "").split()) or f"column {column}"
        taken = [other for other in names.values() if other == name or re.fullmatch(rf"{re.escape(name)} \(\d+\)", other)]
        if taken and column not in merged:
            raise ExportError(f"two columns are called {name}", "give every column a name of its own")
        names[column] = f"{name} ({len(taken) + 1})" if taken else name
    return names


def _broken(line: Line, names: Mapping[int, str], wanted: Sequence[str]) -> str | None:
    faults = [words for column, words in sorted(line.faults.items()) if not wanted or names.get(column) in wanted]
    return "; ".join(faults) or None


def _opened(file: IO[bytes]) -> zipfile.ZipFile:
    start = file.read(8)
    file.seek(0)
    if start.startswith(b"\xd0\xcf\x11\xe0"):
        raise ExportError("it is locked with a password, or an old .xls workbook", "save it as .xlsx without a password")
    try:
        archive = zipfile.ZipFile(file)
        refuse_bomb(archive.infolist(), WORKBOOK_LIMIT)
        archive.getinfo("xl/workbook.xml")
    except (*BROKEN, KeyError) as error:
        raise ExportError(f"it is no whole workbook ({error})", AGAIN) from error
    return archive


class _Book:
    """The parts of a workbook that all sheets share."""

    def __init__(self, archive: zipfile.ZipFile, decimal: str) -> None:
        self._archive = archive
        self._decimal = decimal
        book = self._tree("xl/workbook.xml")
        targets = {_attribute(link, "Id"): _attribute(link, "Target") for link in self._tree("xl/_rels/workbook.xml.rels")}
        sheets = [node for node in book.iter() if _tag(node) == "sheet"]
        self._parts = {_attribute(node, "name"): _part_name(targets.get(_attribute(node, "id"), "")) for node in sheets}
        self._hidden = {_attribute(node, "name") for node in sheets if _attribute(node, "state") in ("hidden", "veryHidden")}
        is_1904 = any(_attribute(node, "date1904") in ("1", "true") for node in book.iter() if _tag(node) == "workbookPr")
        self._start = datetime(1904, 1, 1) if is_1904 else datetime(1899, 12, 30)
        self._words = self._shared_words()
        self._formats = self._cell_formats()

    def part_of(self, sheet: str | None) -> str:
        """Return the part that holds a sheet."""
        if sheet is not None:
            if sheet not in self._parts:
                raise ExportError(f"there is no sheet '{sheet}' among {', '.join(self._parts)}", "mend read.sheet of the mapping")
            return self._parts[sheet]
        shown = [name for name in self._parts if name not in self._hidden]
        full = [name for name in shown if next(self._rows(self._parts[name], []), None)]
        if len(full) > 1:
            raise ExportError(f"several sheets hold rows: {', '.join(full)}", "name one in read.sheet of a mapping, or keep one")
        if not shown:
            raise ExportError("no sheet is visible", "show the sheet that holds the rows, or name it in read.sheet of a mapping")
        return self._parts[(full or shown)[0]]

    def lines(self, part: str) -> tuple[list[Line], list[Range]]:
        """Return the rows of a sheet that hold anything, and its merged ranges: top, left, bottom, right."""
        merges: list[Range] = []
        return list(self._rows(part, merges)), merges

    def _rows(self, part: str, merges: list[Range]) -> Iterator[Line]:
        number = 0
        for node in self._nodes(part):
            if node.tag.endswith("row"):
                number = _row(node.get("r", "")) or number + 1
                line = self._line(node, number)
                node.clear()  # sheets are long
                if line.texts or line.faults:
                    yield line
            elif node.tag.endswith("mergeCell"):
                first, _, last = node.get("ref", "A1").partition(":")
                merges.append((_row(first), _column(first), _row(last or first), _column(last or first)))

    def _line(self, row: ET.Element, number: int) -> Line:
        line, column = Line(number), 0
        for cell in row:
            column = _column(cell.get("r", "")) or column + 1
            parts = {_tag(part): part for part in cell}
            kind, value = cell.get("t", "n"), _text(parts.get("v"))
            if kind == "e":
                line.faults[column] = f"cell {_letters(column)}{number} is an error: {value}"
            elif kind == "n" and not value and "f" in parts:
                line.faults[column] = f"cell {_letters(column)}{number} is a formula without its value: ={_text(parts['f'])}"
            elif text := self._read(line, column, cell, kind, value, parts):
                line.texts[column] = text
        return line

    def _read(self, line: Line, column: int, cell: ET.Element, kind: str, value: str, parts: Mapping[str, ET.Element]) -> str:
        """Return a cell's text, or note that it cannot be read: a date that no calendar has, a text or a style that is not there."""
        try:
            return self._value(cell, kind, value, parts).strip()
        except (ValueError, IndexError, ArithmeticError):
            line.faults[column] = f"cell {_letters(column)}{line.number} cannot be read: {value}"
            return ""

    def _value(self, cell: ET.Element, kind: str, value: str, parts: Mapping[str, ET.Element]) -> str:
        match kind:
            case "s":
                return self._words[int(value)] if value else ""
            case "inlineStr":
                return _words(parts["is"]) if "is" in parts else ""
            case "b":
                return "true" if value == "1" else "false"
            case "n" if value:
                return self._number(value, self._formats[int(cell.get("s", 0))] if self._formats else None)
        return value

    def _number(self, value: str, shown: Shown | None) -> str:
        if shown is None:
            if value.isdigit():
                return value
            text = format(Decimal(repr(float(value))), "f")
            return (text.rstrip("0").rstrip(".") if "." in text else text).replace(".", self._decimal)
        milliseconds = round(Decimal(value) * DAY_MS)
        if not shown.has_date:
            return _time_of_day(milliseconds)
        if 0 <= milliseconds < 60 * DAY_MS and self._start.year == 1899:
            milliseconds += DAY_MS  # the spreadsheets' 29 February 1900
        moment = self._start + timedelta(milliseconds=milliseconds)
        if not shown.has_time and not milliseconds % DAY_MS:
            return f"{moment:%Y-%m-%d}"
        has_seconds = shown.has_seconds or milliseconds % 60_000
        words = f"{moment:%Y-%m-%d %H:%M:%S}{_fraction(milliseconds)}" if has_seconds else f"{moment:%Y-%m-%d %H:%M}"
        return f"{words}Z" if shown.is_utc else words

    def _shared_words(self) -> list[str]:
        if "xl/sharedStrings.xml" not in self._archive.namelist():
            return []
        return [_words(node) for node in self._tree("xl/sharedStrings.xml") if _tag(node) == "si"]

    def _cell_formats(self) -> list[Shown | None]:
        """Return what each cell style shows; None for a style that shows no date and no time."""
        if "xl/styles.xml" not in self._archive.namelist():
            return []
        tree = self._tree("xl/styles.xml")
        own = {int(node.get("numFmtId", 0)): node.get("formatCode", "") for node in tree.iter() if _tag(node) == "numFmt"}
        styles = next((node for node in tree if _tag(node) == "cellXfs"), ())
        numbers = [int(style.get("numFmtId", 0)) for style in styles]
        return [Shown.by(own.get(number, BUILT_IN.get(number, ""))) for number in numbers]

    def _tree(self, part: str) -> ET.Element:
        root = ET.Element("nothing")
        for node in self._nodes(part):
            root = node  # the last to end is the first to begin
        return root

    def _nodes(self, part: str) -> Iterator[ET.Element]:
        """Yield the elements of a part as they end."""
        try:
            with self._archive.open(part) as stream:
                if b"<!DOCTYPE" in stream.read(4096):
                    raise ExportError(f"{part} in it declares a document type, which no spreadsheet writes", AGAIN)
            with self._archive.open(part) as stream:
                for _, node in ET.iterparse(stream):  # noqa: S314 - no document type, sizes are limited
                    yield node
        except (ET.ParseError, zipfile.BadZipFile, EOFError, KeyError, ValueError, IndexError, NotImplementedError) as error:
            raise ExportError(f"{part or 'a sheet'} in it is broken ({error})", AGAIN) from error


def _time_of_day(milliseconds: int) -> str:
    hours, rest = divmod(milliseconds, 3_600_000)
    return f"{hours:02}:{rest // 60_000:02}:{rest // 1000 % 60:02}{_fraction(milliseconds)}"


def _fraction(milliseconds: int) -> str:
    return f".{milliseconds % 1000:03}" if milliseconds % 1000 else ""


def _words(node: ET.Element) -> str:
    """Return the text of a string, phonetic guides left out."""
    runs = [part for part in node if _tag(part) in ("t", "r")]
    words = "".join(_text(part) if _tag(part) == "t" else "".join(_text(text) for text in part if _tag(text) == "t") for part in runs)
    return ESCAPED.sub(lambda found: chr(int(found[1], 16)), words) if "_x" in words else words


def _text(node: ET.Element | None) -> str:
    return (node.text or "") if node is not None else ""


def _tag(node: ET.Element) -> str:
    return node.tag.rpartition("}")[2]


def _attribute(node: ET.Element, name: str) -> str:
    """Return an attribute, whatever namespace it is in."""
    return next((value for key, value in node.attrib.items() if key.rpartition("}")[2] == name), "")


def _part_name(target: str) -> str:
    return target.lstrip("/") if target.startswith("/") else f"xl/{target}"


def _row(reference: str) -> int:
    return int("".join(filter(str.isdigit, reference)) or 0)


def _column(reference: str) -> int:
    return _place(reference.rstrip("0123456789").upper())


@cache
def _place(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number


def _letters(column: int) -> str:
    letters = ""
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters
