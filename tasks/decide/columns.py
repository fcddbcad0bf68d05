"""What a person writes of a decision, read by the columns of its entity: every fault at once, each with its place."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from tasks.model.dictionary import Column, Entity
from tasks.model.errors import FaultsError, LedgerError, UnknownReferenceError
from tasks.model.instants import exact_instant
from tasks.store.staged import spans_of
from tasks.store.yaml_lines import read_yaml

FUTURE = timedelta(seconds=300)  # DQ-06: how far an instant may lie ahead
DECIMAL = re.compile(r"DECIMAL\((\d+),(\d+)\)")


@dataclass(frozen=True)
class Given:
    """What was written: column → value, and how a message names the place of a column."""

    values: Mapping[str, Any]
    place: Callable[[str], str]


def read_given(file: Path | None, sets: list[str]) -> Given:
    """Return what a file and `--set field=value` say; the latter goes before the former.

    Raises:
        FaultsError: If the file is no YAML mapping, or a `--set` has no `=`.
    """
    document = read_yaml(_content(file), str(file)) if file else None
    faults: list[LedgerError] = list(document.faults) if document else []
    values = document.value if document and not faults else {}
    if not isinstance(values, Mapping):
        faults.append(LedgerError("this is no mapping of columns", where=str(file), fix="write one `column: value` a line"))
    pairs = [text.partition("=") for text in sets]
    fix = "write --set field=value; nothing behind = means no value"
    faults += [LedgerError(f"'{name}' has no value", where="--set", fix=fix) for name, sign, _ in pairs if not sign]
    if faults:
        raise FaultsError(faults)
    said = {name.strip(): value for name, _, value in pairs}

    def place(name: str) -> str:
        return f"{document.place((name,))}, {name}" if document and name not in said and name in values else f"--set {name}"

    return Given({**values, **said}, place)


def _content(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise LedgerError(f"the file cannot be read: {error.strerror}", where=str(file), fix="name a file of YAML") from error


def typed(entity: Entity, given: Given, now: datetime) -> tuple[dict[str, Any], list[LedgerError]]:
    """Return the columns as a journal body holds them, without those that have no value, and the faults.

    Numbers stay exact: decimals are text, instants text in UTC. Columns left out are not missed here.
    """
    columns = {column.name: column for column in entity.columns}
    body: dict[str, Any] = {}
    faults: list[LedgerError] = []
    for name, value in given.values.items():
        where = given.place(name)
        if name not in columns:
            fix = "use a column of tasks/model/entities.yml"
            faults.append(UnknownReferenceError(where=where, kind=f"column of {entity.name}", got=str(name), known=columns, fix=fix))
        elif value is None or (isinstance(value, str) and not value.strip()):
            body[name] = None
        else:
            read, fault = read_value(columns[name], value, where, now)
            if fault:
                faults.append(fault)
            else:
                body[name] = read
    return body, faults


def read_value(column: Column, value: Any, where: str, now: datetime) -> tuple[Any, LedgerError | None]:
    """Return one value as a body holds it, or what is wrong with it."""
    try:
        return _value(column, value, now), None
    except ValueError as error:
        wrong = _Wrong.of(error, column)
        return None, LedgerError(f"{value!r} {wrong.what}", where=where, known=column.enum or (), fix=wrong.fix)


def missing(entity: Entity, body: Mapping[str, Any], given: Given) -> list[LedgerError]:
    """Return a fault for each required column without a value, and for each span that does not end after its start."""
    faults = [
        LedgerError(
            f"{entity.name} needs {column.name}: {column.meaning}", where=given.place(column.name), known=column.enum or (), fix="say it"
        )
        for column in entity.columns
        if column.required and body.get(column.name) is None
    ]
    for start, end in spans_of(entity.name):
        if body.get(start) and body.get(end) and datetime.fromisoformat(body[end]) <= datetime.fromisoformat(body[start]):
            faults.append(LedgerError(f"{end} is not after {start}", where=given.place(end), fix="spans are half-open: [start, end)"))
    return faults


def as_given(entity: Entity, row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a staged row's columns as a journal body holds them."""
    values = {column.name: (column.type, row[column.name]) for column in entity.columns if row[column.name] not in (None, [])}
    return {name: _back(kind, value) for name, (kind, value) in values.items()}


def _back(kind: str, value: Any) -> Any:
    if isinstance(value, datetime):
        return exact_instant(value)
    if isinstance(value, date | Decimal):
        return str(value)
    return json.loads(value, parse_float=str) if kind == "JSON" else value


@dataclass(frozen=True)
class _Wrong:
    what: str
    fix: str

    @classmethod
    def of(cls, error: ValueError, column: Column) -> _Wrong:
        """Return what a failed reading says; `error` has both texts, or none where a library refused."""
        what, fix = error.args if len(error.args) == 2 else (f"is no {column.type}", column.meaning)
        return cls(what, fix)


def _value(column: Column, value: Any, now: datetime) -> Any:
    """Return one value as a body holds it.

    Raises:
        ValueError: With what is wrong and how to mend it.
    """
    if column.type == "JSON":
        return _whole(json.loads(value, parse_float=_refuse_float) if isinstance(value, str) else value)
    if column.type == "LIST<VARCHAR>":
        return _texts(value)
    if isinstance(value, bool | int):
        value = json.dumps(value)
    if not isinstance(value, str):
        raise ValueError("is no plain text", "write one value, and numbers with decimals in quotes")  # noqa: TRY004 - a fault of input
    text = value.strip()
    if column.enum and text not in column.enum:
        raise ValueError("is none of the known words", "use one of them")
    return READERS.get(column.type, _read_decimal if DECIMAL.match(column.type) else _read_text)(column, text, now)


def _read_text(_column: Column, text: str, _now: datetime) -> str:
    return text


def _read_whole(_column: Column, text: str, _now: datetime) -> int:
    if not re.fullmatch(r"-?\d{1,18}", text):
        raise ValueError("is no whole number", "write digits alone")
    return int(text)


def _read_bool(_column: Column, text: str, _now: datetime) -> bool:
    if text not in ("true", "false"):
        raise ValueError("is neither true nor false", "write true or false")
    return text == "true"


def _read_decimal(column: Column, text: str, _now: datetime) -> str:
    digits, decimals = (int(number) for number in DECIMAL.match(column.type).groups())  # type: ignore[union-attr]
    if not re.fullmatch(rf"-?\d{{1,{digits - decimals}}}(\.\d{{1,{decimals}}})?", text):
        raise ValueError("is no decimal", f"write it with a point and at most {decimals} decimals, in quotes")
    return text


def _read_instant(column: Column, text: str, now: datetime) -> str:
    try:
        instant = datetime.fromisoformat(text)
    except ValueError as error:
        raise ValueError("is no instant", "write it like 2026-11-03T06:00:00Z") from error
    if instant.tzinfo is None:
        raise ValueError("has no offset", "write it like 2026-11-03T06:00:00Z")
    if instant > now + FUTURE and not column.may_be_future:
        raise ValueError("lies in the future", "name when it happened")
    return exact_instant(instant)


def _read_date(_column: Column, text: str, _now: datetime) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError as error:
        raise ValueError("is no date", "write it like 2026-11-03") from error


READERS: dict[str, Callable[[Column, str, datetime], Any]] = {
    "BIGINT": _read_whole,
    "BOOLEAN": _read_bool,
    "TIMESTAMPTZ": _read_instant,
    "DATE": _read_date,
}


def _texts(value: Any) -> list[str]:
    if isinstance(value, str):
        value = json.loads(value) if value.lstrip().startswith("[") else [part.strip() for part in value.split(";")]
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise ValueError("is no list of texts", 'write ["a", "b"] or a;b')
    return [item for item in value if item]


def _refuse_float(text: str) -> Any:
    raise ValueError(f"holds the inexact number {text}", "write numbers with decimals as text")


def _whole(value: Any) -> Any:
    """Return a JSON value; floats are refused, because two programs may read them differently."""
    if isinstance(value, float):
        _refuse_float(str(value))
    for item in value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ():
        _whole(item)
    return value
