"""Which rows are suspect, and why: payload.suspects (one row each) and payload.faults (one row a finding)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tasks.model.identity import canonical_json
from tasks.stage.cells import orders_of
from tasks.stage.sql_text import quoted
from tasks.stage.views import Shape, source_key
from tasks.store.engine import Engine

FINDING = "struct(column_name varchar, issue varchar, value_text varchar, candidates varchar[])"
NAMES = ("service_raw", "service_id", "component_raw", "component_id", "components")  # columns by which a row names a service


def find_suspects(engine: Engine, shape: Shape, *, with_broken: bool) -> None:
    """Create payload.suspects and payload.faults: rows with a finding, or with a key that stands more than once in their file.

    Only these few rows are looked at closely; all others are sound.

    Args:
        engine: Holds payload.judged, payload.files and payload.lines.
        shape: What the rows are read as.
        with_broken: Whether malformed lines belong to this entity.
    """
    details, is_faulty = _details(shape), _is_faulty(shape, engine.rows("from payload.files"))
    engine.execute(f"create or replace table payload.found as select {details} from payload.judged as judged where {is_faulty}")
    engine.execute(f"""
        create or replace table payload.repeated as
        select landing_seq, hash({source_key(shape.entity, 'trimmed("{}")')}) as key_hash
        from payload.canonical
        group by landing_seq, key_hash
        having count(*) > 1
    """)
    if engine.rows("select 1 from payload.repeated limit 1"):
        engine.execute(f"""
            insert into payload.found
            select {details}
            from payload.judged as judged
            semi join payload.repeated as repeated
                on judged.landing_seq = repeated.landing_seq and hash(judged.source_key) = repeated.key_hash
            where not ({is_faulty})
        """)
    if with_broken:
        engine.execute(f"insert into payload.found {_broken(shape)}")
    engine.execute("create or replace view payload.suspects as select * exclude (findings) from payload.found")
    engine.execute("""
        create or replace view payload.faults as
        select landing_seq, source_row, part, unnest(findings, recursive := true) from payload.found
        union all
        select landing_seq, 1, 1, name, 'UNKNOWN_COLUMN', name, []::varchar[]
        from (select landing_seq, unnest(unknown) as name from payload.files)
    """)


def _is_faulty(shape: Shape, files: Sequence[Mapping[str, Any]]) -> str:
    """Return SQL for: a row has a finding of its own, its file lacks a column, or it is the first of a file with an unknown one."""
    faults = [f'"{column.name}__fault"' for column in shape.columns] + [f'"{order.end}__order"' for order in orders_of(shape.entity)]
    lacking = ", ".join(str(file["landing_seq"]) for file in files if file["missing"])
    strange = ", ".join(str(file["landing_seq"]) for file in files if file["unknown"])
    return f"""(
        coalesce({", ".join(faults)}, adapter_issue) is not null
        {f"or judged.landing_seq in ({lacking})" if lacking else ""}
        {f"or (judged.source_row = 1 and judged.landing_seq in ({strange}))" if strange else ""}
    )"""


def _details(shape: Shape) -> str:
    names = [column.name for column in shape.columns]
    meanings = {
        column.name: f'list_transform("{column.name}__candidates", lambda moment: instant_text(moment))' for column in shape.instants
    }
    faults = [_pack(quoted(name), f'"{name}__fault"', f'"{name}__text"', meanings.get(name, "[]")) for name in names]
    orders = [_pack(quoted(order.end), f'"{order.end}__order"', f'"{order.end}__text"', "[]") for order in orders_of(shape.entity)]
    noted = _pack("'-'", "adapter_issue", "adapter_words", "[]")
    return f"""
        judged.landing_seq, judged.source_row, judged.part, judged.raw_id, judged.source_key, judged.source_version as given_version,
        list_concat(
            list_transform(judged.missing_columns, lambda name: {_pack("name", "'MISSING_COLUMN'", "null", "[]")}),
            list_filter([{", ".join([*faults, *orders, noted])}], lambda finding: finding.issue is not null)
        ) as findings,
        {_names(shape)} as names"""


def _names(shape: Shape) -> str:
    """Return SQL for what a row calls its service and components, as received: a gate must know whom a row set aside speaks of."""
    lists = [
        f'coalesce("{column.name}", [])' if column.type.startswith("LIST") else f'["{column.name}"]'
        for column in shape.columns
        if column.name in NAMES
    ]
    return f"list_filter(list_concat([]::varchar[], {', '.join(lists)}), lambda name: name is not null)" if lists else "[]::varchar[]"


def _pack(column_name: str, issue: str, value: str, candidates: str) -> str:
    return f"{{'column_name': {column_name}, 'issue': {issue}, 'value_text': {value}, 'candidates': {candidates}}}::{FINDING}"


def _broken(shape: Shape) -> str:
    """Return the SELECT of malformed lines: no key, no version, and the line itself as the row received."""
    head = f"[{canonical_json(shape.source_system)},{canonical_json(shape.entity.name)},null,null,"
    return f"""
        select
            lines.landing_seq,
            lines.rowid + 1 - files.first_row,
            1,
            sha256({quoted(head)} || '{{"line":' || json_text(lines.malformed) || '}}]'),
            null,
            null,
            [{_pack("'-'", "'MALFORMED_ROW'", "lines.malformed", "[]")}],
            []::varchar[]
        from payload.lines as lines
        inner join payload.files as files on lines.landing_seq = files.landing_seq
        where lines.malformed is not null"""
