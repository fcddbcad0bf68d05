"""Section 11: what changed since the last pack of this month, each value before and after, and what caused it (R-RS1 to R-RS3)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from decimal import Decimal

from tasks.model.durations import duration_words
from tasks.model.money import money_words
from tasks.publish.draft import Draft, Row, View, grouped
from tasks.publish.numbers import Figure, Sheet, Source, floored_percent, instant_words, plain, row_source
from tasks.publish.since import Cause
from tasks.publish.words import plain_words, words

SECTION = "11 Restatements"
MOST_CHANGES = 60
COUNTED = "count(distinct (object_kind, object_id, column_name))"
NOTHING = "none"
DURATIONS = ("down_us", "excluded_us", "disputed_us", "unmeasured_us", "target_us", "elapsed_us", "over_us")
MONEY = ("payable", "claimable", "amount")
OBJECTS = ("sla_result", "incident_target", "credit", "claim")


def changes(draft: Draft) -> View | None:
    """Return the view of section 11; None where no pack of the month was sealed before."""
    if draft.since is None:
        return None
    sheet = draft.book.sheet(SECTION)
    rows = grouped(draft.rows("published.restatements", "object_kind, object_id, column_name, cause, cause_ref"), "object_id")
    values = [next(iter(own)) for name in rows for own in grouped(rows[name], "column_name").values()]
    told = sorted(values, key=lambda row: (not row["is_mandatory"], row["service_id"] or "", OBJECTS.index(row["object_kind"])))
    subjects = _subjects(draft, told)
    said = draft.since.said
    at, utc = instant_words(said.as_of.replace(microsecond=0), draft.run.display_timezone)
    return {
        "run_id": said.run_id,
        "as_of": f"{at} / {utc}" if utc else at,
        "causes": [{"word": words()["causes"][cause.kind], "names": cause.names} for cause in draft.since.causes],
        "is_one_cause": len(draft.since.causes) == 1,
        "count": counted(sheet, len(values)),
        "rows": [_change(sheet, row, subjects[row["object_id"]]) for row in told[:MOST_CHANGES]],
        "more": max(0, len(told) - MOST_CHANGES),
        "why": cause_words(draft.since.causes),
    }


def counted(sheet: Sheet, count: int) -> Figure:
    """Print how many values changed."""
    return sheet.count("values changed since the last pack", count, Source("restatements", {}, COUNTED, "R-RS1"))


def cause_words(causes: Sequence[Cause]) -> str:
    """Return the cause in words; several are named together, for nobody told them apart."""
    names = [words()["causes"][cause.kind] for cause in causes]
    return names[0] if len(names) == 1 else f"several causes: {', '.join(names)}"


def _change(sheet: Sheet, row: Row, subject: str) -> View:
    what = words()["changed_columns"].get(row["column_name"], plain_words(row["column_name"]))
    before, after = _printed(row)
    return {
        "subject": subject,
        "what": what,
        "before": _figure(sheet, row, f"{subject}, {what}, before", before, "old_value"),
        "after": _figure(sheet, row, f"{subject}, {what}, now", after, "new_value"),
        "is_mandatory": row["is_mandatory"],
        "consequence": words()["consequences"].get(row["consequence"], ""),
    }


def _figure(sheet: Sheet, row: Row, label: str, printed: str, column: str) -> Figure:
    return sheet.quoted(label, printed, row[column], row_source("restatements", row, column, "R-RS1"))


def _subjects(draft: Draft, rows: Sequence[Row]) -> dict[str, str]:
    """Return by id what changed, in words; what several are called is told apart by their ids."""
    names = {row["object_id"]: _subject(draft, row) for row in rows}
    many = Counter(names.values())
    return {name: f"{subject}, {name}" if many[subject] > 1 else subject for name, subject in names.items()}


def _subject(draft: Draft, row: Row) -> str:
    """Return what changed, in words: the level, a target of an incident, a credit or a claim."""
    line = next((line for line in draft.levels if line["result_id"] == row["object_id"]), None)
    kind = words()["changed_objects"][row["object_kind"]]
    name = draft.service_names.get(row["service_id"], row["service_id"] or "")
    return f"{name}, {line['measure_id']}" if line else f"{name}, {kind} ({row['contract_id']})"


def _printed(row: Row) -> tuple[str, str]:
    """Return both values as the pack prints such values; percentages with as many decimals as tell them apart."""
    old, new, column = row["old_value"], row["new_value"], row["column_name"]
    if column == "value_pct" and old is not None and new is not None:
        pair = [_percent(value, 3) for value in (old, new)]
        return (pair[0], pair[1]) if pair[0] != pair[1] else (_percent(old, 6), _percent(new, 6))
    return _one(row, old), _one(row, new)


def _one(row: Row, value: str | None) -> str:
    column = row["column_name"]
    if value is None:
        return NOTHING
    if column in DURATIONS:
        return duration_words(int(value))
    if column in MONEY:
        return money_words(Decimal(value), row["currency"]) if row["currency"] else plain(Decimal(value))
    if column == "value_pct":
        return _percent(value, 3)
    if column == "target":
        return f"{plain(Decimal(value))} %"
    if column == "status":
        return str(words()["statuses"][value]["word"])
    return str(words()["claim_states"].get(value, value)) if column == "state" else value


def _percent(value: str, places: int) -> str:
    scaled = int(Decimal(value) * 10**6)
    return f"{floored_percent(scaled, 100 * 10**6, places)} %"
