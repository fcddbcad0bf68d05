"""How one canonical column becomes typed: SQL generated from the dictionary, so that no column list is typed twice (entities.yml `types`).

Views carry a column through: its text (`x__text`), for instants the kind and what it can mean (`x__kind`, `x__candidates`), its value
(`x`), and what is wrong with it (`x__fault`, an issue code or null).
"""

from __future__ import annotations

from dataclasses import dataclass

from tasks.model.dictionary import Column, Entity
from tasks.store.staged import spans_of

FAULT_CODES = {
    "MALFORMED_ROW": ("DQ-01", "quarantined"),
    "MISSING_COLUMN": ("DQ-01", "quarantined"),
    "UNKNOWN_COLUMN": ("DQ-01", "warned"),
    "BAD_VALUE": ("DQ-01", "quarantined"),
    "MISSING_VALUE": ("DQ-02", "quarantined"),
    "CONFLICTING_DUPLICATE": ("DQ-03", "quarantined"),
    "ENUM_UNMAPPED": ("DQ-04", "warned"),
    "NO_ZONE": ("DQ-05", "quarantined"),
    "AMBIGUOUS_LOCAL_TIME": ("R-TM2", "quarantined"),
    "NONEXISTENT_LOCAL_TIME": ("R-TM2", "quarantined"),
    "FUTURE_INSTANT": ("DQ-06", "quarantined"),
    "INSTANT_BEFORE_2000": ("DQ-06", "quarantined"),
    "ALERTS_TRUNCATED": ("DQ-08", "warned"),  # the source says itself that it told not all
    "REPLY_ROW_UNKNOWN": ("R-DI1", "quarantined"),
    "REPLY_ROW_ALTERED": ("R-DI1", "quarantined"),
    "REPLY_OTHER_VENDOR": ("R-DI1", "quarantined"),
    "REPLY_ANSWER_UNKNOWN": ("R-DI1", "quarantined"),
    "REPLY_REASON_MISSING": ("R-DI1", "quarantined"),
    "REPLY_PART_MISSING": ("R-DI1", "quarantined"),
    "REPLY_NO_ZONE": ("DQ-05", "quarantined"),
    "REPLY_PART_OUTSIDE": ("R-DI1", "quarantined"),
    "END_BEFORE_START": ("DQ-07", "quarantined"),
    "EMPTY_INTERVAL": ("DQ-07", "dropped"),
}
EVENTS = (("started_at", "ended_at"), ("fired_at", "cleared_at"))  # a record of zero length is kept: it says that something happened
UNMAPPED = "unmapped"
SPAN_LISTS = ("portion", "accepted_portion")  # JSON columns that hold spans: [{"start_at", "end_at"}]
SPANS = '[{"start_at": "VARCHAR", "end_at": "VARCHAR"}]'


@dataclass(frozen=True)
class Order:
    """Two instants of which the second may not come first (DQ-07). In a span equal ones make an empty interval (R-TM4)."""

    start: str
    end: str
    is_span: bool

    @property
    def fault(self) -> str:
        """Return SQL for the issue code, or null."""
        empty = f""" when "{self.end}" = "{self.start}" then 'EMPTY_INTERVAL'""" if self.is_span else ""
        return f"""case when "{self.end}" < "{self.start}" then 'END_BEFORE_START'{empty} end"""


def orders_of(entity: Entity) -> tuple[Order, ...]:
    """Return the pairs of instants that an entity's rows must keep in order."""
    names = {column.name for column in entity.columns}
    spans = [Order(start, end, True) for start, end in spans_of(entity.name)]
    events = [Order(start, end, False) for start, end in EVENTS if {start, end} <= names]
    tickets = [Order("opened_at", "resolved_at", False)] if entity.name == "ticket" else []
    return (*spans, *events, *tickets)


def is_instant(column: Column) -> bool:
    """Tell whether a column is an instant."""
    return column.type == "TIMESTAMPTZ"


def may_be_day(column: Column) -> bool:
    """Tell whether a bare date stands for local midnight of the home's zone (validity columns)."""
    return is_instant(column) and column.name.startswith(("valid_", "active_", "effective_"))


def is_money(column: Column, entity: Entity) -> bool:
    """Tell whether a column is an amount: four decimals, its currency in the same row, and no count of units."""
    return column.type == "DECIMAL(18,4)" and column.name != "quantity" and any(other.name == "currency" for other in entity.columns)


def value_of(column: Column) -> str:
    """Return SQL for the typed value of a column other than an instant; null where its text is none of the type's literals."""
    text = f'"{column.name}__text"'
    match column.type:
        case "VARCHAR" if column.enum:
            return f"if({text} is null or {text} in ({_words(column)}), {text}, '{UNMAPPED}')"
        case "VARCHAR":
            return f"redacted({text})" if column.pii == "free_text" else text
        case "BIGINT":
            return f"if(is_integer({text}), try_cast({text} as bigint), null)"
        case "BOOLEAN":
            return f"case lower({text}) when 'true' then true when 'false' then false end"
        case "DATE":
            return f"if(regexp_full_match({text}, '\\d{{4}}-\\d{{2}}-\\d{{2}}'), try_cast({text} as date), null)"
        case "LIST<VARCHAR>":
            return f"if(starts_with({text}, '[') and not is_json_array({text}), null, nullif(text_list({text}), []))"
        case "JSON":
            return f"canonical_json({text})::json"
    if column.type.startswith("DECIMAL"):
        return f"if(is_decimal({text}), try_cast({text} as {column.type}), null)"
    raise TypeError(f"no literal for {column.type}")


def instant_value(column: Column) -> str:
    """Return SQL for an instant: by its own offset, or the one instant that its wall time can mean (R-TM2)."""
    name = column.name
    return f"""
        case
            when "{name}__kind" = 'offset' then try_cast("{name}__text" as timestamptz)
            when len("{name}__candidates") = 1 then "{name}__candidates"[1]
        end"""


def fault_of(column: Column, entity: Entity) -> str:
    """Return SQL for the issue code of a column, or null: at most one, the gravest first."""
    text, value = f'"{column.name}__text"', f'"{column.name}"'
    missing = f"if(list_contains(missing_columns, '{column.name}'), null, 'MISSING_VALUE')" if column.required else "null"
    checks = [f"when {text} is null then {missing}", *_checks(column, entity, text, value)]
    return f"case {' '.join(checks)} end"


def _checks(column: Column, entity: Entity, text: str, value: str) -> list[str]:
    if column.enum:
        return [f"when {value} = '{UNMAPPED}' then 'ENUM_UNMAPPED'"]
    if is_instant(column):
        return _instant_checks(column, value)
    if column.type == "VARCHAR":
        return []
    if column.type == "LIST<VARCHAR>":
        empty = "'MISSING_VALUE'" if column.required else "null"
        return [f"when starts_with({text}, '[') and not is_json_array({text}) then 'BAD_VALUE'", f"when {value} is null then {empty}"]
    checks = [f"when {value} is null then 'BAD_VALUE'"]
    if column.name in SPAN_LISTS:
        checks.append(f"when {_has_end_before_start(value)} then 'END_BEFORE_START'")
    if column.name == "portion_us":
        checks.append(f"when {value} < 0 then 'END_BEFORE_START'")
    if is_money(column, entity):
        checks.append(f"when not has_four_decimals({text}) then 'BAD_VALUE'")
    if column.unit == "fraction":
        checks.append(f"when {value} not between 0 and 1 then 'BAD_VALUE'")
    return checks


def _instant_checks(column: Column, value: str) -> list[str]:
    name = column.name
    checks = [
        f"""when "{name}__kind" = 'bad' then 'BAD_VALUE'""",
        f"""when "{name}__kind" = 'day' and not {str(may_be_day(column)).lower()} then 'BAD_VALUE'""",
        f"""when "{name}__kind" = 'local' and "{name}__zone" is null then 'NO_ZONE'""",
        f"""when len("{name}__candidates") = 0 then 'NONEXISTENT_LOCAL_TIME'""",
        f"""when len("{name}__candidates") > 1 then 'AMBIGUOUS_LOCAL_TIME'""",
        f"when {value} is null then 'BAD_VALUE'",
    ]
    if not column.may_be_future:
        checks += [
            f"when {value} > seen_at + interval 5 minute then 'FUTURE_INSTANT'",
            f"when {value} < timestamptz '2000-01-01 00:00:00+00' then 'INSTANT_BEFORE_2000'",
        ]
    return checks


def _has_end_before_start(value: str) -> str:
    """Return SQL: does a span of a JSON list end before it starts? Such a one would hold no time out, and nobody would know why."""
    ends_first = "try_cast(span.end_at as timestamptz) < try_cast(span.start_at as timestamptz)"
    return f"len(list_filter(from_json({value}, '{SPANS}'), lambda span: {ends_first})) > 0"


def _words(column: Column) -> str:
    return ", ".join(f"'{word}'" for word in column.enum or ())
