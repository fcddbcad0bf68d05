"""From an adapter's text columns to typed ones: the view `payload.judged`, generated from the dictionary.

Each CTE goes one step further: `texts` (trimmed) → `kinds` (how a text names an instant) → `meanings` (the instants that a wall time can
mean) → `typed` → keys, hashes and what is wrong. DuckDB computes only what a query asks of the view.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tasks.model.dictionary import Column, Entity, dictionary
from tasks.model.identity import canonical_json
from tasks.stage.cells import fault_of, instant_value, is_instant, may_be_day, orders_of, value_of
from tasks.stage.sql_text import by_file, quoted
from tasks.store.engine import Engine
from tasks.store.staged import companions

FILE_FACTS = {  # what every row of a file shares: column of payload.files → its name and type in the views
    "timezone": ("declared_timezone", "varchar"),
    "missing": ("missing_columns", "varchar[]"),
    "stated_extracted_at": ("stated_extracted_at", "timestamptz"),
    "recorded_from": ("recorded_from", "timestamptz"),
    "source_file": ("source_file", "varchar"),
    "file_sha256": ("file_sha256", "varchar"),
}
BESIDE = {  # what an adapter may say of a row beside its columns: name → SQL where it does not
    "part": "1",  # tells rows apart that come from one record of the file
    "adapter_issue": "null::varchar",  # a code of FAULT_CODES
    "adapter_words": "null::varchar",  # the text that the code is about
}


@dataclass(frozen=True)
class Shape:
    """What is read as what: an entity from one system's files, and the zones that may be needed.

    Attributes:
        entity: The dictionary's entity.
        source_system: System of sources.yml.
        display_timezone: The home's zone, in which a bare date of a validity column begins.
        has_zone: Some file may hold wall times, because its source or format names a zone.
        zones: Zones of single columns, which go before that of their file.
    """

    entity: Entity
    source_system: str
    display_timezone: str
    has_zone: bool
    zones: Mapping[str, str] = field(default_factory=dict)

    @property
    def columns(self) -> tuple[Column, ...]:
        """Return every column that a payload may give: the entity's, and the landing columns marked canonical."""
        given = [column.model_copy(update={"required": False}) for column in dictionary().landing_columns if column.canonical]
        own = [column.model_copy(update={"may_be_future": True}) if column.name == "extracted_at" else column for column in given]
        return (*own, *self.entity.columns)

    @property
    def instants(self) -> tuple[Column, ...]:
        """Return the columns that are instants."""
        return tuple(column for column in self.columns if is_instant(column))

    @property
    def zoned(self) -> tuple[Column, ...]:
        """Return the instants that may be written as wall times, so that their zone is looked up."""
        return tuple(column for column in self.instants if self.has_zone or may_be_day(column))


def show_judged(engine: Engine, shape: Shape) -> None:
    """Create the view payload.judged over payload.canonical and payload.files."""
    given = {name for name, *_ in engine.execute("describe payload.canonical").fetchall()}
    engine.execute(f"""
        create or replace view payload.judged as
        with texts as ({_texts(shape, given, engine.rows("from payload.files"))}),
        kinds as ({_kinds(shape)}),
        meanings as ({_meanings(shape)}),
        typed as ({_typed(shape)})
        {_judged(shape)}
    """)


def accepted_columns(shape: Shape, source_id: str, region: str) -> str:
    """Return the SELECT list of staged.<entity> over payload.judged: landing columns, the entity's, companions (entities.yml)."""
    landing = {
        "entity": quoted(shape.entity.name),
        "source_system": quoted(shape.source_system),
        "source_id": quoted(source_id),
        "source_version": "coalesce(source_version, landing_seq::varchar)",
        "extracted_at": "seen_at",
        "region": quoted(region),
        "payload_sha256": "sha256(received)",
    }
    names = [column.name for column in dictionary().landing_columns]
    listed = [f'{landing.get(name, name)} as "{name}"' for name in names]
    own = [f'"{column.name}"' for column in shape.entity.columns]
    beside = [line for column in shape.entity.columns if is_instant(column) for line in _companions(column)]
    return _list([*listed, *own, *beside])


def _companions(column: Column) -> list[str]:
    raw, zone, precision = companions(column)
    kind, text = f'"{column.name}__kind"', f'"{column.name}__text"'
    return [
        f'if({kind} = \'offset\' and {text} = "{column.name}__received", null, "{column.name}__received") as "{raw}"',
        f'if({kind} = \'offset\', instant_offset({text}), "{column.name}__zone") as "{zone}"',
        f'instant_precision({text}, {kind}) as "{precision}"',
    ]


def _texts(shape: Shape, given: Collection[str], files: Sequence[Mapping[str, Any]]) -> str:
    columns = [f'{_text(column.name, given)} as "{column.name}__text"' for column in shape.columns]
    columns += [f'{_received(column.name, given)} as "{column.name}__received"' for column in shape.instants]
    facts = [f"{by_file({file['landing_seq']: file[fact] for file in files}, kind)} as {name}" for fact, (name, kind) in FILE_FACTS.items()]
    beside = [f"{_beside(name, given)} as {name}" for name in BESIDE]
    return f"select landing_seq, source_row, received, {_list([*beside, *facts, *columns])} from payload.canonical"


def _beside(name: str, given: Collection[str]) -> str:
    return name if name in given else BESIDE[name]


def _text(name: str, given: Collection[str]) -> str:
    return f'trimmed("{name}")' if name in given else "null::varchar"


def _received(name: str, given: Collection[str]) -> str:
    """Return SQL for an instant's text as received: an adapter that writes it anew gives it beside."""
    return _text(f"{name}__received" if f"{name}__received" in given else name, given)


def _kinds(shape: Shape) -> str:
    kinds = [f'instant_kind("{column.name}__text") as "{column.name}__kind"' for column in shape.instants]
    walls = [f'{_wall(column.name)} as "{column.name}__wall"' for column in shape.zoned]
    zones = [f'{_zone(column.name, shape)} as "{column.name}__zone"' for column in shape.instants]
    return f"select *, {_list([*kinds, *walls, *zones])} from texts"


def _zone(name: str, shape: Shape) -> str:
    """Return SQL for the zone in which a text without offset is read; null where none is declared."""
    declared = quoted(shape.zones[name]) if name in shape.zones else "declared_timezone"
    return f"""case "{name}__kind" when 'local' then {declared} when 'day' then {quoted(shape.display_timezone)} end"""


def _wall(name: str) -> str:
    return f"""if("{name}__kind" in ('local', 'day'), try_cast("{name}__text" as timestamp), null)"""


def _meanings(shape: Shape) -> str:
    meanings = {column.name: "null::timestamptz[]" for column in shape.instants}
    joins = []
    for place, column in enumerate(shape.zoned):
        name, days = column.name, f"days_{place}"
        meanings[name] = f'if({days}.day is null, null, wall_instants("{name}__wall", {days}.offset_us, {days}.spans))'
        joins.append(f"""
            left join staged.piece__wall_days as {days}
                on {days}.day = wall_day(kinds."{name}__wall")
                and {days}.zone_name = kinds."{name}__zone" """)
    columns = [f'{meaning} as "{name}__candidates"' for name, meaning in meanings.items()]
    return f"select kinds.*, {_list(columns)} from kinds {' '.join(joins)}"


def _typed(shape: Shape) -> str:
    values = [f'{instant_value(column) if is_instant(column) else value_of(column)} as "{column.name}"' for column in shape.columns]
    return f"""
        select
            *,
            {_list(values)},
            coalesce(stated_extracted_at, extracted_at, recorded_from) as seen_at
        from meanings"""


def _judged(shape: Shape) -> str:
    faults = [f'{fault_of(column, shape.entity)} as "{column.name}__fault"' for column in shape.columns]
    orders = [f'{order.fault} as "{order.end}__order"' for order in orders_of(shape.entity)]
    head = f"[{canonical_json(shape.source_system)},{canonical_json(shape.entity.name)},"
    parts = "coalesce(json_text(source_key), 'null'), ',', coalesce(json_text(source_version), 'null'), ',', received, ']'"
    return f"""
        select
            *,
            {_list([*faults, *orders])},
            {source_key(shape.entity, '"{}__text"')} as source_key,
            sha256(concat({quoted(head)}, {parts})) as raw_id
        from typed"""


def source_key(entity: Entity, text: str) -> str:
    """Return SQL for the key as received, so that no rule of reading changes it: one value, or a JSON array in key order.

    Args:
        entity: Whose key it is.
        text: SQL for a column's trimmed text, with {} for its name.
    """
    texts = [text.format(name) for name in entity.key]
    if len(texts) == 1:
        return texts[0]
    parts = " || ',' || ".join(f"coalesce(json_text({part}), 'null')" for part in texts)
    return f"'[' || {parts} || ']'"


def _list(items: Sequence[str]) -> str:
    return ",\n            ".join(items)
