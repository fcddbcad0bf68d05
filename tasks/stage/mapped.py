"""SQL of a mapping: one SELECT over `payload.rows`, generated like all staging SQL, so that a mapping is as fast as an adapter of ours.

Texts are trimmed, null words taken out, words of an enumeration replaced, dates written as ISO 8601, decimals with a point; whatever cannot
be read so is passed on as it is, and staging sets it aside with its text.
"""

from __future__ import annotations

from collections.abc import Iterable

from tasks.model.dictionary import Column
from tasks.model.mapping import Origin, TableMapping, column_of, since
from tasks.stage.sql_text import identifier, quoted

PREFIX = "in "  # of payload columns: no name of ours begins so
PLACE = ("landing_seq", "source_row", "received")
FIELD_NAMES = {"severity_raw": "severity", "service_raw": "service", "component_raw": "component"}  # as ticket_history writes them
UNTRACKED = ("ticket_key", "title", "description", "source_version")
PLUS_US = {"ms": 1_000, "s": 1_000_000, "min": 60_000_000}
WRITTEN = {  # precision: how an instant of it is written, and how long that is
    "min": ("%Y-%m-%dT%H:%M", 16),
    "s": ("%Y-%m-%dT%H:%M:%S", 19),
    "ms": ("%Y-%m-%dT%H:%M:%S.%g", 23),
    "us": ("%Y-%m-%dT%H:%M:%S.%f", 26),
}


def row_select(mapping: TableMapping) -> str:
    """Return the SELECT of the mapping's entity: a row for each record, for the last one of each key of an event log, or for each check."""
    names = [name for name in sorted(mapping.fields.keys() | mapping.defaults.keys()) if name in mapping.own_targets]
    match mapping.rows.kind:
        case "checks":
            return _checks(mapping, names)
        case "event_log":
            return f"""
                select * exclude (log_key, log_order)
                from ({_log(mapping, names)})
                window log as (partition by log_key order by log_order, landing_seq, source_row)
                qualify lead(1) over log is null or log_key is null
            """
    return f"select {_listed([*PLACE, *_columns(mapping, names)])} from ({_records(mapping)})"


def _checks(mapping: TableMapping, names: Iterable[str]) -> str:
    """Return SQL for checks as spans until the next one of their key: what nobody looked at within `holds_min` is in no span.

    Of several at one instant the last one counts. A row's identity includes its end, so that a check that turns up later in between makes
    a new version of the one before.
    """
    holds_us = (mapping.rows.holds_min or 0) * 60_000_000
    return f"""
        with looks as (
            select *, text_us(start_at) as look_us
            from (select {_listed([*PLACE, *_columns(mapping, names), f"{_key(mapping)} as look_key"])} from ({_records(mapping)}))
        ),

        spans as (
            select
                *,
                lead(start_at) over next as end_at,
                lead(start_at__received) over next as end_at__received,
                lead(look_us) over next as end_us
            from looks
            window next as (partition by look_key order by look_us, landing_seq, source_row)
        )

        select
            * exclude (look_key, look_us, end_us)
            replace ('[' || received || ',' || coalesce(json_text(end_at), 'null') || ']' as received)
        from spans
        where look_key is null or look_us is null or (end_us > look_us and end_us - look_us <= {holds_us})
    """


def _records(mapping: TableMapping) -> str:
    """Return SQL for the records, or for a row of every element of the list that the mapping names."""
    if mapping.rows.each is None:
        return "select * from payload.rows"
    column = identifier(f"{PREFIX}{column_of(mapping.rows.each)}")
    return f"""
        select * exclude (element)
            replace (element as {column}, '[' || received || ',' || coalesce(json_text(element), 'null') || ']' as received)
        from (select *, unnest(list_elements({_inside(mapping.rows.each)})) as element from payload.rows)
    """


def history_select(mapping: TableMapping) -> str:
    """Return the SELECT of an event log's history: a row for every field that differs from the row before of the same key.

    Instants, title and description are not followed. The first row of a key is no change of anything. Where nothing says when a change
    happened, the log says when it was written down: an instant of the ticket itself goes before that (4.2).
    """
    targets = mapping.targets
    written_only = () if "changed_at" in mapping.fields or "recorded_at" in mapping.fields else ("recorded_at",)
    named = sorted({*mapping.fields, *mapping.defaults, *written_only})
    tracked = [name for name in named if name in mapping.own_targets and name not in UNTRACKED and targets[name].type != "TIMESTAMPTZ"]
    beside = [name for name in named if name not in mapping.own_targets and name != "changed_at"]
    changes = _listed(
        f"{{'field': {quoted(FIELD_NAMES.get(name, name))}, 'old': lag({identifier(name)}) over log, 'new': {identifier(name)}}}"
        for name in tracked
    )
    return f"""
        with pairs as (
            select *, [{changes}] as changes, lag(1) over log is not null and log_key is not null as has_before
            from ({_log(mapping, ["ticket_key", *tracked, *beside, "changed_at"])})
            window log as (partition by log_key order by log_order, landing_seq, source_row)
        ),

        parts as (
            select
                * exclude (changes),
                unnest(list_filter(changes, lambda change: change.old is distinct from change.new)) as change
            from pairs
            where has_before
        )

        select
            {_listed([*PLACE, *map(identifier, ("ticket_key", *_with_texts(mapping, [*beside, "changed_at"])))])},
            history_seq(changed_at, row_number() over same_time)::varchar as seq,
            change.field as "field",
            change.old as "old",
            change.new as "new"
        from parts
        window same_time as (
            partition by log_key, changed_at order by log_order, landing_seq, source_row, change.field
        )
    """


def is_person(column: Column) -> bool:
    """Tell whether a column holds a person, of whom a pseudonym is made; one that the mapping itself states is none any more."""
    return column.pii == "pseudonym"


def _with_texts(mapping: TableMapping, names: Iterable[str]) -> list[str]:
    """Return the names of columns, and of the texts beside the instants among them."""
    return [part for name in names for part in (name, *([f"{name}__received"] if mapping.targets[name].type == "TIMESTAMPTZ" else []))]


def zones_of(mapping: TableMapping) -> dict[str, str]:
    """Return the zones that a mapping names, by canonical column."""
    instants = [name for name, column in mapping.targets.items() if column.type == "TIMESTAMPTZ"]
    named = {name: origin.timezone for name, origin in mapping.fields.items() if origin.timezone}
    if mapping.rows.kind == "checks" and "start_at" in named:
        named["end_at"] = named["start_at"]
    return {name: zone for name in instants if (zone := named.get(name) or mapping.dates.timezone)}


def _log(mapping: TableMapping, names: Iterable[str]) -> str:
    """Return SQL for the rows of an event log with canonical columns, the key they share, and what they are ordered by."""
    order = f"row({_listed(_order(mapping, name) for name in mapping.rows.order_by)}) as log_order"
    return f"select {_listed([*PLACE, *_columns(mapping, names), f'{_key(mapping)} as log_key', order])} from ({_records(mapping)})"


def _key(mapping: TableMapping) -> str:
    """Return SQL for what rows of one thing share; null where a row says nothing of it."""
    return f"nullif(concat_ws(chr(31), {_listed(_raw(mapping, name) for name in mapping.rows.key)}), '')"


def _order(mapping: TableMapping, name: str) -> str:
    """Return SQL for a place in the order: dates by their time, numbers by their size, other texts by their letters."""
    raw = _raw(mapping, name)
    dates = [f"epoch_us(try_strptime({raw}, {quoted(form)}))" for form in mapping.dates.format or () if not since(form)]
    iso = f"epoch_us(try_cast(if(instant_kind({raw}) in ('offset', 'local'), {raw}, null) as timestamptz))"
    return f"row(coalesce({_listed([*dates, iso])}), try_cast({raw} as decimal(38, 9)), {raw})"


def _columns(mapping: TableMapping, names: Iterable[str]) -> list[str]:
    """Return SQL for canonical columns, and for instants their text as received beside them."""
    columns = []
    for name in names:
        column, default = mapping.targets[name], mapping.defaults.get(name)
        origin = mapping.fields.get(name) or _origin_of_default(mapping, name)
        raw = _text(mapping, origin)
        value = _value(mapping, column, origin, raw)
        value = f"pseudonym({value})" if is_person(column) and origin.value is None else value
        columns.append(f"{f'coalesce({value}, {quoted(default)})' if default is not None else value} as {identifier(name)}")
        if column.type == "TIMESTAMPTZ":
            received = f"{raw} || ' + ' || {_raw(mapping, origin.plus)}" if origin.plus else raw
            columns.append(f"{received} as {identifier(f'{name}__received')}")
    return columns


def _origin_of_default(mapping: TableMapping, name: str) -> Origin:
    """Return where a column comes from that `fields` does not name: its default, or for the instant of a change the log's own."""
    stated = {"value": mapping.defaults[name]} if name in mapping.defaults else {"from": mapping.rows.order_by[0]}
    return Origin.model_validate(stated)


def _value(mapping: TableMapping, column: Column, origin: Origin, raw: str) -> str:
    words = mapping.enumerations.get(column.name)
    if words:
        return f"case {raw} {' '.join(f'when {quoted(word)} then {quoted(target)}' for word, target in words.items())} else {raw} end"
    formats = origin.format or mapping.dates.format or ()
    if column.type == "TIMESTAMPTZ":
        instant = f"coalesce({_listed([*(_moment(raw, form, mapping.dates.precision) for form in formats), _cut(raw, mapping), raw])})"
        return f"later_by({instant}, {_raw(mapping, origin.plus)}, {PLUS_US[origin.plus_unit]})" if origin.plus else instant
    if column.type == "DATE":
        days = [f"strftime(try_strptime({raw}, {quoted(form)}), '%Y-%m-%d')" for form in formats if not since(form)]
        midnight = f"if(regexp_full_match({raw}, '.{{10}}[T ]00:00(:00)?'), left({raw}, 10), null)"  # a workbook's date
        return f"coalesce({_listed([*days, midnight, raw])})"
    has_comma = mapping.read.decimal == "," and (column.type == "BIGINT" or column.type.startswith("DECIMAL"))
    return f"with_decimal_point({raw})" if has_comma else raw


def _moment(raw: str, form: str, precision: str | None) -> str:
    """Return SQL for a text of a format as ISO 8601: no finer than the format spells, or than the mapping says."""
    if counted := since(form):
        return f"since_text({raw}, {counted[0]}, {counted[1]})"
    spelt = "us" if "%f" in form else "s" if "%S" in form else "min"
    coarsest = min((WRITTEN[spelt], WRITTEN[precision or spelt]), key=lambda written: written[1])
    return f"strftime(try_strptime({raw}, {quoted(form)}), {quoted(coarsest[0])})"


def _cut(raw: str, mapping: TableMapping) -> str:
    length = WRITTEN[mapping.dates.precision or "us"][1]
    return f"if(instant_kind({raw}) = 'local', left({raw}, {length}), null)"


def _text(mapping: TableMapping, origin: Origin) -> str:
    if origin.value is not None:
        return quoted(origin.value)
    if origin.from_ is not None:
        return _raw(mapping, origin.from_)
    return f"nullif(concat_ws({quoted(origin.with_)}, {_listed(_raw(mapping, name) for name in origin.join)}), '')"


def _raw(mapping: TableMapping, name: str) -> str:
    """Return SQL for a column's text: trimmed, null words taken out."""
    text = f"trimmed({_inside(name)})"
    words = _listed(map(quoted, mapping.null_words))
    return f"if({text} in ({words}), null, {text})" if words else text


def _inside(name: str) -> str:
    """Return SQL for what a name leads to: a column, or with `/a/b` what stands in a nested JSON value."""
    column = identifier(f"{PREFIX}{column_of(name)}")
    inside = name.removeprefix(f"/{column_of(name)}") if name.startswith("/") else ""
    return f"json_extract_string(if(json_valid({column}), {column}, 'null'), {quoted(inside)})" if inside else column


def _listed(items: Iterable[str]) -> str:
    return ", ".join(items)
