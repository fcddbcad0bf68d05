"""Types of the smaller reference files: sources and people (DESIGN 2)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, PlainSerializer, PlainValidator, WithJsonSchema, model_validator

from tasks.model.dictionary import dictionary
from tasks.model.fetch import Fetch
from tasks.model.form import Id, Several, Severity, Slug, Stated, Strict, Text, Whole, ZoneName, refused, shown
from tasks.model.mapping import RECORD_LISTS, Encoding, Read, TableMapping, Words
from tasks.model.zones import local_midnight

CANONICAL = "canonical"  # the adapter of files in our own columns
MAPPING = "mapping:"  # begins the name of an adapter in YAML


def _instant(value: Any) -> datetime:
    try:
        instant = value if isinstance(value, datetime) else datetime.fromisoformat(value)
    except (TypeError, ValueError) as error:
        raise refused("WRONG_FORM", f"{shown(value)} is no instant", fix='write ISO 8601, such as "2026-11-01T00:00:00Z"') from error
    if instant.tzinfo is None:
        raise refused("WRONG_FORM", f"{shown(value)} has no offset", fix='add one, such as "2026-11-01T00:00:00Z" or "…+01:00"')
    return instant.astimezone(UTC)


def _is_date_or_instant(text: str) -> str:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise refused("WRONG_FORM", f"{shown(text)} is no date", fix='write "YYYY-MM-DD" or an instant with offset') from error
    if len(text) > len("YYYY-MM-DD") and moment.tzinfo is None:
        raise refused("WRONG_FORM", f"{shown(text)} has no offset", fix="add one, or write the date alone")
    return text


def _is_a_column(name: str) -> str:
    if not any(column.name == name for entity in dictionary().entities.values() for column in entity.columns):
        raise refused("UNKNOWN_FIELD", f"no entity has a column {shown(name)}", fix="use a column of entities.yml, such as severity_raw")
    return name


ColumnName = Annotated[Slug, AfterValidator(_is_a_column)]
Instant = Annotated[
    datetime, PlainValidator(_instant), PlainSerializer(datetime.isoformat), WithJsonSchema({"type": "string", "format": "date-time"})
]
Moment = Annotated[str, AfterValidator(_is_date_or_instant)]  # a bare date = local midnight of the home's zone


class Expects(Strict):
    """What a source says about each file it lands; a file's sidecar says it nearer."""

    rows: Stated[Whole] = None
    bytes: Stated[Whole] = None
    extracted_at: Stated[Instant] = None
    covers: Stated[tuple[Instant, Instant]] = None  # half-open

    @model_validator(mode="after")
    def _covers_something(self) -> Expects:
        if self.covers and self.covers[1] <= self.covers[0]:
            raise refused("END_BEFORE_START", "covers ends before it starts", fix="write [start, end]")
        return self


class Source(Strict):
    """One place exports come from: `inbox/<id>/*`. Sources of one system share its keys; `system` left out is the id.

    `adapter` is a built-in one, `canonical` (then `entity` says which), or `mapping:<name>`. `timezone` is that of times without offset,
    `encoding` that of text which is not UTF-8 (it goes before a mapping's).
    `severity_map` goes before the policy's: raw word → class. `fetch` says how exports get into the inbox by themselves.
    `only` and `leave_out` choose rows by the words of a canonical column, as received; a row that says nothing there stays.
    """

    id: Id
    system: Id = Field(default_factory=lambda known: known.get("id", ""))
    adapter: Text
    entity: Stated[Slug] = None
    timezone: Stated[ZoneName] = None
    encoding: Stated[Encoding] = None
    expects: Expects = Expects()
    severity_map: Mapping[str, Severity] = Field(default_factory=dict)
    only: Mapping[ColumnName, Words] = Field(default_factory=dict)
    leave_out: Mapping[ColumnName, Words] = Field(default_factory=dict)
    fetch: Stated[Fetch] = None

    @property
    def mapping_name(self) -> str | None:
        """Return the name behind `mapping:`; None for other adapters."""
        return self.adapter.removeprefix(MAPPING) if self.adapter.startswith(MAPPING) else None


def how_read(source: Source, mappings: Mapping[str, TableMapping]) -> Read:
    """Return how a source's files are opened: as its mapping says, or as products write them; in the encoding that the source states."""
    mapping = mappings.get(source.mapping_name or "")
    read = mapping.read if mapping else Read(records=RECORD_LISTS)
    return read.model_copy(update={"encoding": source.encoding}) if source.encoding else read


class Sources(Strict):
    """`sources.yml`."""

    schema_name: Literal["sources/1"] = Field(alias="schema")
    sources: Annotated[tuple[Source, ...], Field(min_length=1)]


def _instant_of(moment: str, timezone: str) -> datetime:
    return local_midnight(timezone, date.fromisoformat(moment)) if len(moment) == len("YYYY-MM-DD") else datetime.fromisoformat(moment)


class Person(Strict):
    """A signatory or decider: a pseudonym with roles over `[valid_from, valid_to)`."""

    person_ref: Text
    name: Stated[Text] = None
    roles: Annotated[Several[Slug], Field(min_length=1)]
    public_key: Stated[Text] = None
    valid_from: Moment
    valid_to: Moment | None = None

    def is_valid(self, at: datetime, timezone: str) -> bool:
        """Tell whether the entry holds at an instant; a bare date begins at midnight in the home's zone."""
        start, end = (None if text is None else _instant_of(text, timezone) for text in (self.valid_from, self.valid_to))
        return (start is None or start <= at) and (end is None or at < end)


People = tuple[Person, ...]
