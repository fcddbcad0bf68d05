"""One piece: what a land call brought of one entity from one source, typed, with quarantine, findings and counts beside it."""

from __future__ import annotations

import json
from collections.abc import Iterable

from tasks.model.dictionary import dictionary
from tasks.model.identity import canonical_json
from tasks.model.instants import epoch_us
from tasks.model.zones import transitions
from tasks.stage.adapters import Adapter
from tasks.stage.cells import FAULT_CODES
from tasks.stage.findings import find_suspects
from tasks.stage.sql_text import identifier, quoted
from tasks.stage.views import Shape, accepted_columns, show_judged
from tasks.store.engine import Engine, exact
from tasks.store.region_key import pads
from tasks.store.room import RoomInProgress
from tasks.store.staged import COUNTS, piece_sql

CODES = {"issue": "VARCHAR", "rule_id": "VARCHAR", "action": "VARCHAR"}
ZONE_SPANS = {"zone_name": "VARCHAR", "start_us": "BIGINT", "end_us": "BIGINT", "utc_offset_us": "BIGINT"}
CONTEXT = {"source_system": "VARCHAR", "source_id": "VARCHAR", "entity": "VARCHAR", "region": "VARCHAR"}
COLUMNS = {"column_name": "VARCHAR", "type": "VARCHAR"}
FIRST_US, LAST_US = -(2**62), 2**62  # before and after every instant
DECIDED_LATER = ("state", "decided_at")  # columns of table quarantine that are known only at as_of

DELETE_LINES = """
    delete from payload.lines as lines
    using staged.piece__verdicts as verdicts, payload.files as files
    where verdicts.fate <> 'accepted'
        and verdicts.landing_seq = files.landing_seq
        and lines.rowid = files.first_row + verdicts.source_row - 1
"""
DELETE_COPIED = """
    delete from payload.copied as copied
    using staged.piece__verdicts as verdicts
    where verdicts.fate <> 'accepted'
        and verdicts.landing_seq = copied.landing_seq
        and verdicts.source_row = copied.source_row
        and verdicts.part = copied.part
"""


def prepare(engine: Engine, zones: Iterable[str], key: bytes | None = None) -> None:
    """Create what all pieces share: the codes of findings, the wall days of the zones, canonical JSON, the key. Once an engine."""
    engine.execute("set disabled_optimizers = 'in_clause'")  # it turns IN into a join, and a join loses the order of the files
    codes = [{"issue": issue, "rule_id": rule, "action": action} for issue, (rule, action) in FAULT_CODES.items()]
    engine.create("payload.fault_codes", CODES, codes)
    engine.create("payload.zone_spans", ZONE_SPANS, [span for zone in sorted(set(zones)) for span in _spans(zone)])
    _build(engine, "piece__wall_days")
    if key is not None:
        for name, pad in zip(("inner_pad", "outer_pad"), pads(key), strict=True):
            engine.execute(f"set variable {name} = unhex('{pad.hex()}')")
    engine.connection.create_function(
        "canonical_json", _canonical_json, ["VARCHAR"], "VARCHAR", null_handling="special", exception_handling="return_null"
    )


def write_piece(engine: Engine, room: RoomInProgress, shape: Shape, adapter: Adapter, source_id: str, region: str) -> None:
    """Type what payload.rows holds, judge it, and write the piece: accepted rows, quarantine, issues, quality and balance.

    Args:
        engine: Prepared; holds payload.lines, payload.files and payload.rows.
        room: The piece's folder.
        shape: The entity and its zones.
        adapter: How the payload is read.
        source_id: The source.
        region: The home's.
    """
    name = shape.entity.name
    with_broken = name == adapter.entities[0]  # a broken line belongs to one entity: the adapter's first
    context = {"source_system": shape.source_system, "source_id": source_id, "entity": name, "region": region}
    engine.create("payload.context", CONTEXT, [context])
    engine.create("payload.columns", COLUMNS, [{"column_name": column.name, "type": column.type} for column in shape.columns])
    show_canonical(engine, adapter, name)
    show_judged(engine, shape)
    _count_rows(engine, with_broken=with_broken)
    find_suspects(engine, shape, with_broken=with_broken)
    _build(engine, "piece__verdicts", "piece__issues", "piece__quarantine", "piece__set_aside")
    _write_accepted(engine, room, shape, source_id, region, is_copied=_is_copied(adapter, name))
    _build(engine, "piece__quality", "piece__balance")
    _write_findings(engine, room)


def _spans(zone: str) -> list[dict[str, object]]:
    return [
        {
            "zone_name": zone,
            "start_us": FIRST_US if place == 0 else epoch_us(span.start_at),
            "end_us": LAST_US if span.end_at is None else epoch_us(span.end_at),
            "utc_offset_us": span.utc_offset_us,
        }
        for place, span in enumerate(transitions(zone))
    ]


def _canonical_json(words: str | None) -> str | None:
    return None if words is None else canonical_json(json.loads(words))


def _build(engine: Engine, *models: str) -> None:
    for model in models:
        engine.execute(f"create or replace table staged.{model} as {piece_sql(model)}")


def _is_copied(adapter: Adapter, entity: str) -> bool:
    """Tell whether an adapter's rows stand in a table of their own: records are then left for its other rows and entities."""
    return entity in adapter.regroups


def show_canonical(engine: Engine, adapter: Adapter, entity: str) -> None:
    """Show what an adapter makes of payload.rows as payload.canonical, without what its source leaves out (payload.left_out)."""
    select = "select * from payload.rows" if adapter.name == "canonical" else adapter.selects.get(entity)
    select = select or piece_sql(f"{adapter.name}__{entity}")
    engine.execute("create or replace table payload.left_out (landing_seq bigint, left_out bigint)")
    if choice := _choice(engine, adapter, select):
        left_out = f"select landing_seq, count(*) from ({select}) as canonical where not ({choice}) group by landing_seq"
        engine.execute(f"insert into payload.left_out {left_out}")
        select = f"select * from ({select}) as canonical where {choice}"
    engine.execute("drop view if exists payload.canonical")
    engine.execute("drop table if exists payload.copied")
    if _is_copied(adapter, entity):
        part = "row_number() over (partition by landing_seq, source_row)"
        engine.execute(f"create table payload.copied as select *, {part} as part from ({select}) as canonical")
        select = "select * from payload.copied"
    engine.execute(f"create view payload.canonical as {select}")


def _choice(engine: Engine, adapter: Adapter, select: str) -> str:
    """Return the condition of the rows that count, or none; a row that says nothing in a column is not chosen by it: it is judged."""
    if not (adapter.only or adapter.leave_out):
        return ""
    given = {name for name, *_ in engine.execute(f"describe {select}").fetchall()}
    conditions = [
        f"coalesce(trimmed(canonical.{identifier(name)}) {operator} ({', '.join(map(quoted, words))}), true)"
        for choice, operator in ((adapter.only, "in"), (adapter.leave_out, "not in"))
        for name, words in choice.items()
        if name in given
    ]
    return " and ".join(conditions)


def _count_rows(engine: Engine, *, with_broken: bool) -> None:
    """Create payload.reads: rows read per file; a file without rows has 0."""
    broken = "union all select landing_seq from payload.lines where malformed is not null" if with_broken else ""
    engine.execute(f"""
        create or replace table payload.reads as
        select files.landing_seq, count(found.landing_seq) as rows_read
        from payload.files as files
        left join (select landing_seq from payload.canonical {broken}) as found on files.landing_seq = found.landing_seq
        group by files.landing_seq
    """)


def _write_accepted(engine: Engine, room: RoomInProgress, shape: Shape, source_id: str, region: str, *, is_copied: bool) -> None:
    """Write the accepted rows in the order of their files, and count in payload.written what was in fact written.

    The others are deleted first, so that the copy needs no join; looking up zones is one, so that order is made again.
    """
    engine.execute(DELETE_COPIED if is_copied else DELETE_LINES)
    order = "order by landing_seq, source_row, source_key" if is_copied else "order by landing_seq, source_row" if shape.zoned else ""
    file = room.copy(engine, shape.entity.name, f"select {accepted_columns(shape, source_id, region)} from payload.judged {order}")
    count = "select landing_seq, count(*) as accepted from read_parquet(?) group by landing_seq"
    engine.execute(f"create or replace table payload.written as {count}", [exact(file)])


def _write_findings(engine: Engine, room: RoomInProgress) -> None:
    room.write(engine, "issues", address="staged.piece__issues")
    quarantine = tuple(column for column in dictionary().tables["quarantine"].columns if column.name not in DECIDED_LATER)
    room.write(engine, "quarantine", quarantine, address="staged.piece__quarantine")
    for table, order in COUNTS.items():
        room.write(engine, table, order=order, address=f"staged.piece__{table}")
