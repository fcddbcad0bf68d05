"""A mapping: how any table export becomes rows of an entity, written in YAML (`reference/mappings/<name>.yml`, DESIGN 4).

`read_mapping` gives it typed, or every fault at once: of its form, and against the dictionary of entities.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, PlainValidator, model_validator

from tasks.model.dictionary import Column, Entity, dictionary
from tasks.model.errors import FaultsError
from tasks.model.form import Flag, FormError, Positive, Several, Slug, Stated, Strict, Text, ZoneName, read, refused, shown
from tasks.model.instants import epoch_us

ENCODINGS = ("utf-8", "utf-16", "utf-16-le", "cp1252", "iso-8859-1", "iso-8859-15")
CODES = "aAbBdfHIjmMpSyY"  # of strptime, as far as texts without zone need them
SINCE = re.compile(r"(seconds|milliseconds|microseconds) since (1970|\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z)")
UNITS_US = {"seconds": 1_000_000, "milliseconds": 1_000, "microseconds": 1}
TYPES_OF_DATES = ("TIMESTAMPTZ", "DATE")
HISTORY = "ticket_history"
CHECKED = "monitoring_sample"  # whose span is from one check to the next
RECORD_LISTS = (  # members of a JSON object that hold its records, as products call them
    *("result", "results", "records", "incidents", "scheduled_maintenances", "alerts", "events", "issues", "items", "data"),
    *("archive", "current"),
)
WRITTEN_BY_HISTORY = ("ticket_key", "seq", "changed_at", "field", "old", "new")  # columns that follow from the log itself


def _is_encoding(name: str) -> str:
    try:
        known = codecs.lookup(name).name
    except LookupError:
        known = name
    if known not in {codecs.lookup(encoding).name for encoding in ENCODINGS}:
        raise refused("UNKNOWN_ENCODING", f"no encoding {shown(name)}", known=ENCODINGS, fix="name the encoding in which the tool exports")
    return name


def since(form: str) -> tuple[int, int] | None:
    """Return the unit and the origin of a format that counts, such as `seconds since 1970`, in microseconds; else None."""
    found = SINCE.fullmatch(form)
    if found is None:
        return None
    origin = datetime.fromisoformat("1970-01-01T00:00:00Z" if found[2] == "1970" else found[2])
    return UNITS_US[found[1]], epoch_us(origin)


def _is_date_format(text: str) -> str:
    try:
        if since(text):
            return text
    except ValueError as error:
        raise refused("WRONG_FORM", f"{shown(text)} begins at no instant", fix='write "seconds since 2019-05-22T17:51:00Z"') from error
    codes = re.findall(r"%-?(.)", text)
    if not codes:
        fix = 'write "%d/%m/%Y %H:%M" for 31/12/2026 23:59, or "seconds since 1970" for 1798758000'
        raise refused("WRONG_FORM", f"{shown(text)} holds no code such as %d", fix=fix)
    strange = [code for code in codes if code not in CODES + "%"]
    if strange:
        what = f"%{strange[0]} is no code of a time without zone"
        raise refused("WRONG_FORM", what, known=[f"%{code}" for code in CODES], fix="name the zone in timezone, and use the known codes")
    return text


def _scalar(value: Any) -> str:
    match value:
        case bool():
            return str(value).lower()
        case int() | str():
            return str(value)
    raise refused("NOT_A_STRING", f"{shown(value)} is not text", fix="quote it")


def _one_or_several(value: Any) -> Any:
    return (value,) if isinstance(value, str | int) else value


def _from_a_column(value: Any) -> Any:
    return {"from": value} if isinstance(value, str) else value


Encoding = Annotated[str, AfterValidator(_is_encoding)]
Formats = Annotated[tuple[Annotated[str, AfterValidator(_is_date_format)], ...], BeforeValidator(_one_or_several), Field(min_length=1)]
Names = Annotated[Several[Text], BeforeValidator(_one_or_several)]
Scalar = Annotated[str, PlainValidator(_scalar)]
Words = Annotated[Several[Scalar], BeforeValidator(_one_or_several), Field(min_length=1)]


class Read(Strict):
    """How a file is opened: where its table stands in a workbook, and how its text is written."""

    sheet: Stated[Text] = None
    header_row: Stated[Positive] = None  # as the spreadsheet counts
    delimiter: Stated[Literal[",", ";", "\t", "|"]] = None
    encoding: Stated[Encoding] = None
    decimal: Literal[".", ","] = "."
    records: Names = ()  # members of a JSON object that hold the records


class Rows(Strict):
    """What a row is.

    A `table` has a row a record. An `event_log` has one change of many, of which the last one is the snapshot; `history: true` makes the
    changes rows of `ticket_history`, at the instant of `changed_at`, else of the first column of `order_by`. `checks` are looks at an
    instant: each becomes a span until the next look of its key, if that comes within `holds_min`.

    `each` makes every element of a list in a record a row of its own; `/a/b` leads to a list inside a nested JSON value. The column
    then holds the element.
    """

    kind: Literal["table", "event_log", "checks"] = "table"
    key: Names = ()
    order_by: Names = ()
    take: Literal["last"] = "last"
    history: Flag = False
    holds_min: Stated[Positive] = None
    each: Stated[Text] = None

    @model_validator(mode="after")
    def _says_what_its_kind_needs(self) -> Rows:
        if self.kind == "event_log" and not (self.key and self.order_by):
            fix = "name the columns that tell tickets apart, and those by which changes follow each other"
            raise refused("MISSING_KEY", "an event log needs key and order_by", fix=fix)
        if self.kind == "checks" and not (self.key and self.holds_min):
            fix = "name the columns that tell what is watched, and how many minutes a check speaks for at most"
            raise refused("MISSING_KEY", "checks need key and holds_min", fix=fix)
        if self.kind == "table" and self.key:
            raise refused("WRONG_FORM", "key is for event logs and checks", fix="remove it, or write kind: event_log or kind: checks")
        if self.kind != "event_log" and (self.order_by or self.history):
            raise refused("WRONG_FORM", "order_by and history are for event logs", fix="remove them, or write kind: event_log")
        if self.kind != "checks" and self.holds_min:
            raise refused("WRONG_FORM", "holds_min is for checks", fix="remove it, or write kind: checks")
        return self

    @property
    def is_plain(self) -> bool:
        """Tell whether every record is one row."""
        return self.kind == "table" and self.each is None

    @property
    def columns(self) -> tuple[str, ...]:
        """Return every column that it reads, as the file spells them."""
        return (*map(column_of, (*self.key, *self.order_by)), *((column_of(self.each),) if self.each else ()))


class Dates(Strict):
    """How dates are written; texts in ISO 8601 are read as well. Without `timezone` the source's zone holds."""

    format: Stated[Formats] = None
    timezone: Stated[ZoneName] = None
    precision: Stated[Literal["us", "ms", "s", "min"]] = None  # if coarser than what the text spells


class Origin(Strict):
    """Where a canonical value comes from: a column, several joined, or a constant. `/a/b` leads into a nested JSON value.

    `plus` names a column that holds a length in `plus_unit`, for exports that tell a start and how long it took.
    """

    from_: Stated[Text] = Field(default=None, alias="from")
    join: Names = ()
    with_: str = Field(default=" ", alias="with")
    value: Stated[Scalar] = None
    format: Stated[Formats] = None
    timezone: Stated[ZoneName] = None
    plus: Stated[Text] = None
    plus_unit: Literal["ms", "s", "min"] = "s"

    @model_validator(mode="after")
    def _says_one_thing(self) -> Origin:
        if sum((self.from_ is not None, bool(self.join), self.value is not None)) != 1:
            raise refused("WRONG_FORM", "it needs one of from, join and value", fix="write a column's name, or {join: [A, B], with: ' '}")
        if self.plus and self.from_ is None:
            raise refused("WRONG_FORM", "plus adds to a column", fix="write {from: <column of the start>, plus: <column of the length>}")
        return self

    @property
    def columns(self) -> tuple[str, ...]:
        """Return the names of the columns that it reads, as the file spells them."""
        return tuple(column_of(name) for name in (*((self.from_,) if self.from_ else self.join), *((self.plus,) if self.plus else ())))


class TableMapping(Strict):
    """`reference/mappings/<name>.yml`."""

    schema_name: Literal["mapping/1"] = Field(alias="schema")
    entity: Slug
    rows: Rows = Rows()
    read: Read = Read()
    null_words: Several[Text] = ()
    dates: Dates = Dates()
    fields: Annotated[Mapping[Slug, Annotated[Origin, BeforeValidator(_from_a_column)]], Field(min_length=1)]
    defaults: Mapping[Slug, Scalar] = Field(default_factory=dict)
    enumerations: Mapping[Slug, Mapping[str, Scalar]] = Field(default_factory=dict)
    ignore_other_columns: Flag = False

    @property
    def targets(self) -> dict[str, Column]:
        """Return every canonical column that it may fill: the entity's, the canonical landing columns, those of a history."""
        return ({column.name: column for column in history_columns()} if self.rows.history else {}) | self.own_targets

    @property
    def own_targets(self) -> dict[str, Column]:
        """Return the canonical columns of the entity itself."""
        landing = {column.name: column for column in dictionary().landing_columns if column.canonical}
        return landing | {column.name: column for column in dictionary().entities[self.entity].columns}

    @property
    def columns(self) -> tuple[str, ...]:
        """Return the columns of the file that it reads, as the file spells them."""
        used = [name for origin in self.fields.values() for name in origin.columns]
        return tuple(dict.fromkeys([*used, *self.rows.columns]))


def column_of(name: str) -> str:
    """Return the column that a name leads to: `/fields/status` leads into column `fields`."""
    return name.split("/")[1] if name.startswith("/") else name


def history_columns() -> tuple[Column, ...]:
    """Return the columns of a history that an event log cannot know by itself, and the instant of its changes."""
    columns = dictionary().entities[HISTORY].columns
    return tuple(column for column in columns if column.name not in WRITTEN_BY_HISTORY or column.name == "changed_at")


def read_mapping(document: Any) -> TableMapping:
    """Return a document as a mapping.

    Raises:
        FaultsError: With one `FormError` for every fault.
    """
    mapping = read(TableMapping, document)
    faults = list(_faults(mapping))
    if faults:
        raise FaultsError(faults)
    return mapping


def _faults(mapping: TableMapping) -> Iterator[FormError]:
    entities = dictionary().entities
    if mapping.entity not in entities:
        yield FormError.unknown("UNKNOWN_ENTITY", ("entity",), "entity", mapping.entity, entities, "name an entity of entities.yml")
        return
    if mapping.rows.history and mapping.entity != "ticket":
        yield FormError("WRONG_FORM", ("rows", "history"), "only tickets have a history", fix="remove it, or write entity: ticket")
        return
    if mapping.rows.kind == "checks" and mapping.entity != CHECKED:
        yield FormError("WRONG_FORM", ("rows", "kind"), f"only a {CHECKED} is made of checks", fix=f"write entity: {CHECKED}")
        return
    targets = mapping.targets
    for part in ("fields", "defaults", "enumerations"):
        for name in getattr(mapping, part):
            if name not in targets:
                fix = f"use a column of {mapping.entity} in entities.yml"
                yield FormError.unknown("UNKNOWN_FIELD", (part, name), "canonical field", name, targets, fix)
    yield from _lacking(mapping, entities[mapping.entity])
    yield from _misfits(mapping, targets)


def _lacking(mapping: TableMapping, entity: Entity) -> Iterator[FormError]:
    """Yield the obligatory columns that nothing fills, and the end of a check where the next check ends it."""
    history = [column for column in history_columns() if column.name != "changed_at"] if mapping.rows.history else []
    given = {*mapping.fields, *mapping.defaults}
    if mapping.rows.kind == "checks":
        if "end_at" in given:
            yield FormError("WRONG_FORM", ("fields", "end_at"), "a check ends with the next one", fix="remove end_at, or kind: checks")
        given.add("end_at")
    for column in (*entity.columns, *history):
        if column.required and column.name not in given:
            fix = f"add {column.name}: <column of the file> to fields, or a constant to defaults"
            yield FormError("MISSING_FIELD", ("fields",), f"nothing gives {column.name}, which every row needs", fix=fix)


def _misfits(mapping: TableMapping, targets: Mapping[str, Column]) -> Iterator[FormError]:
    """Yield constants and enumerations that the dictionary does not allow, and formats of columns that are no dates."""
    for name, target in mapping.defaults.items():
        if name in targets:
            yield from _not_allowed(("defaults", name), targets[name], target)
    for name, words in mapping.enumerations.items():
        if name in targets and name not in mapping.fields:
            yield FormError("UNKNOWN_FIELD", ("enumerations", name), "fields does not fill it", fix=f"add {name} to fields")
        for raw, target in words.items() if name in targets else ():
            yield from _not_allowed(("enumerations", name, raw), targets[name], target)
    for name, origin in mapping.fields.items():
        if name in targets and origin.value is not None:
            yield from _not_allowed(("fields", name, "value"), targets[name], origin.value)
        if name in targets and (origin.format or origin.timezone) and targets[name].type not in TYPES_OF_DATES:
            yield FormError("WRONG_FORM", ("fields", name), f"{name} is no date, so it has no format and no timezone", fix="remove them")
        if name in targets and origin.plus and targets[name].type != "TIMESTAMPTZ":
            yield FormError("WRONG_FORM", ("fields", name), f"{name} is no instant, so no length is added to it", fix="remove plus")


def _not_allowed(path: tuple[str, ...], column: Column, target: str) -> Iterator[FormError]:
    known = column.enum or (("true", "false") if column.type == "BOOLEAN" else ())
    if known and target not in known:
        yield FormError.unknown("UNKNOWN_VALUE", path, f"value of {column.name}", target, known, "use a value of entities.yml")
