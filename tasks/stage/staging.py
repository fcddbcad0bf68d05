"""Stage: what was landed becomes typed rows in UTC, one immutable piece per land call, source, entity and adapter version (DESIGN 1)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Protocol

from tasks.model.dictionary import dictionary
from tasks.model.errors import FaultsError, LedgerError, UnknownReferenceError
from tasks.model.identity import sha256_bytes
from tasks.model.mapping import TableMapping
from tasks.stage.adapters import Adapter, adapter_for
from tasks.stage.payload import LandedFile, fill
from tasks.stage.pieces import prepare, write_piece
from tasks.stage.views import Shape
from tasks.store.engine import Engine, Limits
from tasks.store.home import Home
from tasks.store.journal import Row
from tasks.store.knowledge import REFERENCE, Known
from tasks.store.region_key import region_key
from tasks.store.room import Room, building, find_room, room_key
from tasks.store.staged import JOURNAL, Staged, staging_sha256

UNTOLD = "-"  # entity of rows whose source is declared no more
MEMORY = "1500MB"  # DuckDB's own limit where none is asked for: beyond it staging spills, so that a large file stays within 2 GB


class Declared(Protocol):
    """What sources.yml says of a source."""

    @property
    def id(self) -> str: ...  # noqa: D102
    @property
    def system(self) -> str: ...  # noqa: D102
    @property
    def adapter(self) -> str: ...  # noqa: D102
    @property
    def entity(self) -> str | None: ...  # noqa: D102
    @property
    def timezone(self) -> str | None: ...  # noqa: D102
    @property
    def encoding(self) -> str | None: ...  # noqa: D102
    @property
    def only(self) -> Mapping[str, tuple[str, ...]]: ...  # noqa: D102
    @property
    def leave_out(self) -> Mapping[str, tuple[str, ...]]: ...  # noqa: D102


@dataclass(frozen=True)
class Origin:
    """Where rows come from, for sources that sources.yml does not list: reference files and the journal."""

    id: str
    system: str
    adapter: str
    entity: str | None
    timezone: str | None
    encoding: str | None = None
    only: Mapping[str, tuple[str, ...]] = field(default_factory=dict, hash=False)
    leave_out: Mapping[str, tuple[str, ...]] = field(default_factory=dict, hash=False)


Group = tuple[Declared, tuple[LandedFile, ...]]  # the files of one land call and source


@dataclass(frozen=True)
class Call:
    """What one `land` call brought from one source."""

    source: Declared
    files: tuple[LandedFile, ...]
    adapter: Adapter

    @property
    def zones(self) -> set[str]:
        """Return the zones in which its times without offset may be read."""
        declared = (*(file.timezone for file in self.files), self.adapter.json_timezone, *self.adapter.zones.values())
        return {zone for zone in declared if zone}


def stage(
    home: Home, known: Known, sources: Iterable[Declared], limits: Limits, mappings: Mapping[str, TableMapping] | None = None
) -> Staged:
    """Return everything known at as_of as staged rows; what was staged before is not read again.

    Args:
        home: The home.
        known: Landings and decisions visible at as_of.
        sources: The sources of sources.yml.
        limits: What DuckDB may use.
        mappings: What sources may name as `mapping:<name>`.

    Raises:
        FaultsError: If files cannot be read at all; the others are staged nevertheless.
        LedgerError: If a landed source is declared no more.
    """
    declared = {source.id: source for source in sources}
    groups = [*_landed(home, known.landings, declared), *_decided(known.decisions)]
    calls = [Call(source, files, _adapter(source, mappings or {})) for source, files in groups]
    unread = [call for call in calls if not all(_found(home, call))]
    if unread:
        _read_calls(home, unread, limits)
    return Staged(
        tuple(piece for call in calls for piece in _found(home, call) if piece),
        known.as_of,
        _taken_back(known.withdrawn, declared, mappings or {}),
    )


def _read_calls(home: Home, calls: Sequence[Call], limits: Limits) -> None:
    """Make the pieces of calls; one that cannot be read holds up no other."""
    faults: list[LedgerError] = []
    with Engine(Limits(limits.threads, limits.memory or MEMORY, limits.spill)) as engine:
        key = region_key(home) if any(call.adapter.has_people for call in calls) else None
        prepare(engine, {home.display_timezone, *(zone for call in calls for zone in call.zones)}, key)
        for call in calls:
            try:
                _read_call(engine, home, call)
            except FaultsError as error:
                faults += error.faults
    if faults:
        raise FaultsError(faults)


def _read_call(engine: Engine, home: Home, call: Call) -> None:
    fill(engine, call.files, call.adapter, call.source.system)
    for entity, piece in zip(call.adapter.entities, _found(home, call), strict=True):
        if piece is None:
            inputs = _inputs(home, call, entity)
            shape = Shape(
                dictionary().entities[entity],
                call.source.system,
                home.display_timezone,
                has_zone=bool(call.zones),
                zones=call.adapter.zones,
            )
            with building(home, "staged", room_key(inputs), inputs) as room:
                write_piece(engine, room, shape, call.adapter, call.source.id, home.region)


def _found(home: Home, call: Call) -> list[Room | None]:
    """Return the finished piece of each of a call's entities, None where it is still to be made."""
    return [find_room(home, "staged", room_key(_inputs(home, call, entity))) for entity in call.adapter.entities]


def _adapter(source: Declared, mappings: Mapping[str, TableMapping]) -> Adapter:
    """Return how a source's files are read, and which rows count; the encoding that the source states goes before the mapping's."""
    adapter = adapter_for(source.adapter, source.entity, f"reference/sources.yml, {source.id}", mappings)
    if source.only or source.leave_out:
        _refuse_unknown_columns(source, adapter)
        adapter = replace(adapter, only=source.only, leave_out=source.leave_out, regroups=adapter.entities)
    return replace(adapter, read=adapter.read.model_copy(update={"encoding": source.encoding})) if source.encoding else adapter


def _refuse_unknown_columns(source: Declared, adapter: Adapter) -> None:
    columns = [column.name for entity in adapter.entities for column in dictionary().entities[entity].columns]
    for key, choice in (("only", source.only), ("leave_out", source.leave_out)):
        for name in choice:
            if name not in columns:
                where = f"reference/sources.yml, {source.id}, {key}"
                fix = f"use a column of {' or '.join(adapter.entities)} in entities.yml"
                raise UnknownReferenceError(where=where, kind="column", got=name, known=columns, fix=fix)


def _landed(home: Home, landings: Sequence[Row], sources: Mapping[str, Declared]) -> list[Group]:
    groups: dict[tuple[datetime, str, str], list[LandedFile]] = defaultdict(list)
    origins: dict[tuple[datetime, str, str], Declared] = {}
    for row in sorted(landings, key=lambda row: row.seq):
        source = _origin(home, row, sources)
        key = (row.recorded_from, source.id, source.entity or "")
        origins[key] = source
        groups[key].append(_file(home, row, source))
    return [(origins[key], tuple(groups[key])) for key in sorted(groups)]


def _taken_back(
    landings: Sequence[Row], sources: Mapping[str, Declared], mappings: Mapping[str, TableMapping]
) -> tuple[dict[str, object], ...]:
    """Return how many rows were withdrawn, one row a landing; of a file with several entities under the adapter's first."""
    rows: list[dict[str, object]] = []
    for landing in landings:
        body = landing.body or {"source_id": UNTOLD, "source_system": UNTOLD}
        source_id = str(body["source_id"])
        source = sources.get(source_id)
        system = source.system if source else body["source_system"]
        entity = _adapter(source, mappings).entities[0] if source else landing.entity or UNTOLD
        rows.append({"source_system": system, "source_id": source_id, "entity": entity, "withdrawn": body.get("rows", 0)})
    return tuple(rows)


def _origin(home: Home, row: Row, sources: Mapping[str, Declared]) -> Declared:
    source_id = str((row.body or {})["source_id"])
    if source_id == REFERENCE:
        return Origin(REFERENCE, REFERENCE, "canonical", row.entity, home.display_timezone)
    if source_id not in sources:
        raise LedgerError(
            f"files of source '{source_id}' were landed, but it is declared no more",
            where="reference/sources.yml",
            known=sources,
            fix="declare it again, or take its files back with sla land --withdraw",
        )
    return sources[source_id]


def _file(home: Home, row: Row, source: Declared) -> LandedFile:
    body = row.body or {}
    stated = body.get("extracted_at")
    return LandedFile(
        landing_seq=row.seq,
        source_file=str(body["file"]),
        file_sha256=str(body["file_sha256"]),
        recorded_from=row.recorded_from,
        extracted_at=datetime.fromisoformat(stated) if stated else None,
        timezone=source.timezone,
        path=home.raw_file(str(body["file_sha256"]), str(body["file"])),
        rows=int(body["rows"]),
    )


def _decided(rows: Sequence[Row]) -> list[Group]:
    """Return the decisions of the journal as calls, one an entity: rows like any other, whose version is their place in the journal."""
    by_entity: dict[str, list[LandedFile]] = defaultdict(list)
    for row in rows:
        if row.entity in dictionary().entities and row.body is not None:
            record = {"source_version": str(row.seq), **row.body}
            by_entity[row.entity].append(LandedFile(row.seq, JOURNAL, row.body_sha256, row.recorded_from, record=record))
    return [(Origin(JOURNAL, JOURNAL, "canonical", entity, None), tuple(by_entity[entity])) for entity in sorted(by_entity)]


def _inputs(home: Home, call: Call, entity: str) -> dict[str, object]:
    """Return what decides a piece's rows: its name is the hash of this."""
    source, adapter = call.source, call.adapter
    return {
        "step": "stage",
        "entity": entity,
        "source": [source.id, source.system, adapter.name, adapter.version, adapter.read.encoding],
        "choice": [{name: list(words) for name, words in choice.items()} for choice in (adapter.only, adapter.leave_out)],
        "files": [_file_inputs(file) for file in call.files],
        "home": [home.region, home.display_timezone],
        "people": sha256_bytes(region_key(home)) if adapter.has_people else None,
        "code": staging_sha256(adapter.name),
    }


def _file_inputs(file: LandedFile) -> list[object]:
    extracted = file.extracted_at.isoformat() if file.extracted_at else None
    return [file.landing_seq, file.source_file, file.file_sha256, file.recorded_from.isoformat(), extracted, file.timezone]
