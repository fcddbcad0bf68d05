"""What a run tells its reader to do next: rows that were set aside and how to mend them, a month that is not over, nothing judged."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from tasks.model.dictionary import dictionary
from tasks.model.run import Run
from tasks.store.engine import Engine
from tasks.store.journal import instant_text
from tasks.store.packs import PackFolder

PLACES = 3  # named for a source that lost every row, else one
KINDS = 6  # kinds of fault that are named; issues.csv has all
VALUE_LENGTH = 60
AGAIN = (
    "mended in sources.yml or in a mapping: run again",
    "mended in the export: put the mended file beside the old one and run again (rows whose key was unreadable stay until the old file",
    "is taken back: sla land --withdraw, with its sha256)",
)
MAP_IT = "or map its columns: sla map FILE"
MENDS = {  # issue: what to do
    "MALFORMED_ROW": "its fields are not those of the header: quote fields that hold the delimiter, and export again",
    "MISSING_COLUMN": f"add the column to the export under this name, {MAP_IT}",
    "MISSING_VALUE": "fill it in where it comes from, or give it a default in a mapping (defaults)",
    "CONFLICTING_DUPLICATE": "one key stands in the file with different contents: export each record once or with its version"
    " (source_version, source_updated_at); a log of changes needs a mapping with rows: {kind: event_log}",
    "NO_ZONE": "declare the source's timezone in reference/sources.yml",
    "AMBIGUOUS_LOCAL_TIME": "the clocks went back, so this time was there twice: export it with its offset",
    "NONEXISTENT_LOCAL_TIME": "the clocks went forward, so this time never was: check the source's timezone in reference/sources.yml",
    "FUTURE_INSTANT": "it lies after the export: check the order of day and month, the source's timezone, and expects.extracted_at",
    "INSTANT_BEFORE_2000": "check the order of day, month and year",
    "END_BEFORE_START": "the end stands before the start: swap or mend them; if it is so everywhere, the order of day and month is wrong",
    "REPLY_ROW_UNKNOWN": "the row is none that was printed: let the vendor answer on the sheet of the pack (reply/ in its folder)",
    "REPLY_ROW_ALTERED": "printed cells were changed: let the vendor fill in a fresh sheet, its own cells only",
    "REPLY_OTHER_VENDOR": "drop it into the inbox of the source whose system is this vendor's id (reference/sources.yml)",
    "REPLY_ANSWER_UNKNOWN": "let the vendor write agree, contest or partly",
    "REPLY_REASON_MISSING": "let the vendor give a reason code of the list, and words with other",
    "REPLY_PART_MISSING": "let the vendor name the part it contests: times with partly, none with agree or contest",
    "REPLY_NO_ZONE": "let the vendor write instants such as 2026-10-07T10:15:00Z; a date typed into the sheet's own cells shows its Z",
    "REPLY_PART_OUTSIDE": "let the vendor name a part inside the printed span, or answer the row in which the rest lies",
}
LITERALS = {  # type of a column: how its values are written
    "TIMESTAMPTZ": "write 2026-10-07T10:00:00Z, or without Z if the source declares its timezone",
    "DATE": "write 2026-10-07",
    "BIGINT": "write digits alone",
    "BOOLEAN": "write true or false",
    "JSON": "write one JSON value",
    "LIST<VARCHAR>": "write a JSON array, or values separated by ;",
}
DECIMAL_LITERAL = "write a decimal point and no grouping, such as 1234.56"


def advice(run: Run, folder: PackFolder, *, in_full: bool) -> list[str]:
    """Return lines that say what to do about a finished pack, none if there is nothing to do; `in_full` names faults and mends."""
    with Engine() as engine:
        for table in ("issues", "row_balance", "sla_results"):
            engine.view(f"staged.{table}", [folder.parquet(table)])
        kinds = _kinds(engine)
        balance = engine.rows("select source_system, source_id, entity, read, accepted, quarantined from staged.row_balance order by all")
        is_judged = bool(engine.rows("select 1 from staged.sla_results limit 1"))
    lines = [] if is_judged else [_nothing_judged(run)]
    return [*lines, *_not_over(run), *_set_aside_lines(kinds if in_full else [], balance, folder)]


def set_aside(folder: PackFolder) -> list[dict[str, Any]]:
    """Return one row per source system, entity, fault and column of rows set aside: how many, the first places, the mend."""
    with Engine() as engine:
        engine.view("staged.issues", [folder.parquet("issues")])
        return _kinds(engine)


def _kinds(engine: Engine) -> list[dict[str, Any]]:
    rows = engine.rows(f"""
        select
            source_system,
            entity,
            rule_id,
            issue,
            column_name,
            count(*) as row_count,
            list(
                {{'file': source_file, 'row': source_row, 'value': value_text, 'candidates': candidates}}
                order by source_file, source_row, raw_id
            )[1:{PLACES}] as places
        from staged.issues
        where action = 'quarantined'
        group by source_system, entity, rule_id, issue, column_name
        order by row_count desc, source_system, entity, rule_id, issue, column_name
    """)
    return [row | {"fix": _mend(row["issue"], row["entity"], row["column_name"])} for row in rows]


def _mend(issue: str, entity: str, column_name: str) -> str:
    if issue in MENDS:
        return MENDS[issue]
    columns = {column.name: column.type for column in dictionary().entities[entity].columns}
    kind = columns.get(column_name, "")
    literal = DECIMAL_LITERAL if kind.startswith("DECIMAL") else LITERALS.get(kind, "write what entities.yml says of the column")
    return f"{literal}; {MAP_IT}"


def _set_aside_lines(kinds: Sequence[Mapping[str, Any]], balance: Sequence[Mapping[str, Any]], folder: PackFolder) -> list[str]:
    lost = [row for row in balance if row["quarantined"]]
    if not lost:
        return []
    emptied = {(row["source_system"], row["entity"]) for row in lost if not row["accepted"]}
    shown = sorted(kinds, key=lambda kind: (kind["source_system"], kind["entity"]) not in emptied)[:KINDS]
    more = len(kinds) - len(shown)
    return [
        f"Set aside: {', '.join(_share(row) for row in lost)}",
        *(line for kind in shown for line in _kind_lines(kind, (kind["source_system"], kind["entity"]) in emptied)),
        *([f"  and {more} more kinds of fault"] if more else []),
        *(f"  {line}" for line in AGAIN if kinds),
        *([f"  each row with its reason: {folder.csv('issues')}"] if kinds else []),
    ]


def _share(row: Mapping[str, Any]) -> str:
    name = f"{row['source_id']} ({row['entity']})"
    return f"{row['quarantined']} of {row['read']} rows of {name}" if row["accepted"] else f"every row of {name}, {row['quarantined']}"


def _kind_lines(kind: Mapping[str, Any], is_emptied: bool) -> Iterable[str]:
    where = "" if kind["column_name"] == "-" else f" in {kind['column_name']}"
    yield f"  {kind['source_system']}: {kind['row_count']} rows {kind['issue']} ({kind['rule_id']}){where}"
    yield from (f"    {_place(place)}" for place in kind["places"][: PLACES if is_emptied else 1])
    yield f"    fix: {kind['fix']}"


def _place(place: Mapping[str, Any]) -> str:
    value = "" if place["value"] is None else f": '{_short(place['value'])}'"
    reading = f", perhaps {' or '.join(place['candidates'])}" if place["candidates"] else ""
    return f"{place['file']} row {place['row']}{value}{reading}"


def _short(value: str) -> str:
    line = " ".join(value.split())
    return line if len(line) <= VALUE_LENGTH else f"{line[: VALUE_LENGTH - 1]}…"


def _not_over(run: Run) -> list[str]:
    if not run.is_preview:
        return []
    end, known = instant_text(run.end_at)[:16], instant_text(run.as_of)[:16]
    if run.end_at > run.as_of:
        why = f"{run.period} ends {end}Z ({run.display_timezone}), and the newest record used was recorded {known}Z"
        what = "land an export taken after the month's end, then run again"
    else:
        why, what = "--preview asked for it", "run again without --preview for the pack that can be signed"
    return [f"Provisional, LATEST does not move: {why}; {what}"]


def _nothing_judged(run: Run) -> str:
    return (
        f"Nothing was judged: no governed service of reference/services.csv has a contract in force in {run.period};"
        " check provider_id, sla_governed, valid_from and version.effective_from (sla check)"
    )
