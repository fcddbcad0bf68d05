"""Sections 8 and 9: causes by the minutes they cost, what recurs, joint reviews; and the actions of both sides."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from tasks.model.durations import duration_words
from tasks.model.instants import exact_instant
from tasks.model.period import Period
from tasks.model.zones import local_wall
from tasks.publish.charts import Axis, Box, Chart, Dot, Lane, Mark, Path, nice_steps
from tasks.publish.draft import Draft, Row, View
from tasks.publish.numbers import Sheet, Source, row_source
from tasks.publish.review.edition import Reader
from tasks.publish.review.parts import heading, lacking, picture, said, table
from tasks.publish.words import plain_words

CAUSES, ACTIONS = "8 Causes and recurrence", "9 Actions of both sides"
MINUTE_US = 60_000_000
DAY_US = 86_400_000_000
MOST_CAUSES = 12
MEETING_DAYS = 30
OF_PERIOD = "occurred_at >= period_start_at and occurred_at < period_end_at and status <> 'cancelled'"
BY_CAUSE = f"""
    select coalesce(cause_key, 'not known') as cause, sum(down_us)::bigint as down_us, count(*) as incidents
    from reconciled.incidents, run.context
    where {OF_PERIOD} and down_us > 0
    group by all
    order by down_us desc, cause
"""
ORDINARY = f"select count(*) as n from reconciled.incidents, run.context where {OF_PERIOD} and down_us = 0"
JOINT = """
    select review.review_id, review.incident_ref, review.scheduled_at, review.held_at, review.completed_at
    from staged.review as review
    where review.kind = 'joint' and review.incident_ref in (
        select unnest([incident_id, ticket_key])
        from reconciled.incidents, run.context
        where occurred_at >= period_start_at and occurred_at < period_end_at
    )
    order by review.review_id
"""
DUTIES = """
    select * from measured.duties where kind = '{kind}' order by due_at, duty_id
"""


def causes(draft: Draft) -> list[View]:
    """Return the blocks of section 8."""
    sheet = draft.book.sheet(CAUSES)
    found = draft.engine.rows(BY_CAUSE)
    blocks: list[View] = []
    if found:
        blocks += [picture(pareto(found)), _cause_table(draft, sheet, found)]
    else:
        blocks.append(lacking("No incident of the quarter cost any downtime on record."))
    (quiet,) = draft.engine.rows(ORDINARY)
    column = f"count(*) filter ({_span(draft)} and down_us = 0)"
    blocks.append(
        said(
            sheet.count("incidents without downtime", quiet["n"], Source("incidents", {}, column, "M-11")),
            " further incidents cost no downtime; they stand in the tables.",
        )
    )
    return [*blocks, heading("Chronic patterns"), *_patterns(draft, sheet), heading("Joint reviews"), *_reviews(draft, sheet)]


def _span(draft: Draft) -> str:
    first, last = (exact_instant(at) for at in (draft.run.start_at, draft.run.end_at))
    return f"occurred_at >= '{first}' and occurred_at < '{last}' and status <> 'cancelled'"


def pareto(rows: Sequence[Row]) -> Chart:
    """Return causes by the minutes that they cost, the dearest first, with the running share."""
    shown = rows[:MOST_CAUSES]
    whole = sum(row["down_us"] for row in rows)
    highest = shown[0]["down_us"] / MINUTE_US
    marks: list[Mark] = []
    lanes, so_far = [], 0
    for number, row in enumerate(shown):
        so_far += row["down_us"]
        marks.append(
            Box(
                0,
                row["down_us"] / MINUTE_US,
                number,
                "ink",
                f"{row['cause']}: {duration_words(row['down_us'])}, {row['incidents']} incidents",
            )
        )
        lanes.append(Lane(plain_words(row["cause"]), words=f"{100 * so_far // whole} % so far"))
    finding = f"{plain_words(shown[0]['cause'])} cost {duration_words(shown[0]['down_us'])} of {duration_words(whole)}."
    x = Axis("linear", 0, highest * 1.06, tuple((step, f"{step:g} min") for step in nice_steps(highest)), "downtime of incidents")
    return Chart("pareto", "Which causes cost most minutes?", finding, x, tuple(lanes), tuple(marks), lane_height=24)


def _cause_table(draft: Draft, sheet: Sheet, found: Sequence[Row]) -> View:
    rows = []
    for row in found[:MOST_CAUSES]:
        cause = row["cause"]
        own = "cause_key is null" if cause == "not known" else f"cause_key = '{cause.replace(chr(39), chr(39) * 2)}'"
        lost = Source("incidents", {}, f"(sum(down_us) filter ({_span(draft)} and {own}))::bigint", "M-11")
        count = Source("incidents", {}, f"count(*) filter ({_span(draft)} and {own} and down_us > 0)", "M-11")
        rows.append(
            [
                plain_words(cause),
                sheet.duration(f"downtime by {cause}", row["down_us"], lost),
                sheet.count(f"incidents by {cause}", row["incidents"], count),
            ]
        )
    return table("Causes by the minutes they cost", ["Cause", "#Downtime", "#Incidents with downtime"], rows)


def _patterns(draft: Draft, sheet: Sheet) -> list[View]:
    rows = patterns(draft)
    if not rows:
        return [lacking("No pattern reached the policy's limit for chronic.")]
    shown = []
    for row in rows:
        key = {"service_id": row["service_id"], "cause_key": row["cause_key"]}
        name = f"{row['service_id']} {row['cause_key']}"
        shown.append(
            [
                [plain_words(row["cause_key"]), {"detail": named(draft, row["service_id"])}],
                sheet.count(f"incidents, {name}", len(row["incident_ids"]), Source("chronic_patterns", key, "len(incident_ids)", "M-12")),
                sheet.duration(f"downtime, {name}", row["down_us"], Source("chronic_patterns", key, "down_us", "M-12")),
                ", ".join(row["quarters"]),
                row["problem_key"] or "none",
                plain_words(row["recommendation"] or "none"),
            ]
        )
    head = ["Cause and service", "#Incidents", "#Downtime", "Quarters", "Problem record", "Recommended"]
    return [
        table(
            "Chronic patterns, by what is known now",
            head,
            shown,
            "A pattern counts incidents of every quarter on record up to now, also after this quarter's end.",
        )
    ]


def patterns(draft: Draft) -> list[Row]:
    """Return chronic patterns with an incident in the quarter, the dearest first."""
    sql = """
        select pattern.*
        from measured.chronic_patterns as pattern, run.context
        where list_contains(pattern.quarters, run.context.period)
        order by pattern.down_us desc, pattern.service_id, pattern.cause_key
    """
    return draft.engine.rows(sql)


def _reviews(draft: Draft, sheet: Sheet) -> list[View]:
    due = draft.engine.rows(DUTIES.format(kind="review"))
    joint = draft.engine.rows(JOINT)
    blocks: list[View] = []
    if joint:
        rows = [[row["incident_ref"], _date(row["scheduled_at"]), _date(row["held_at"]), _date(row["completed_at"])] for row in joint]
        blocks.append(table("Joint reviews", ["Incident", "Planned", "Held", "Written up"], rows))
    else:
        blocks.append(lacking("No joint review of an incident of the quarter is on record."))
    if not due:
        return [*blocks, lacking("No incident of the quarter called for a review by the policy.")]
    overdue = [row for row in due if row["status"] == "overdue"]
    counted = sheet.count("reviews due", len(due), Source("duties", {"kind": "review"}, "count(*)", "M-12"))
    late = sheet.count("reviews overdue", len(overdue), Source("duties", {"kind": "review", "status": "overdue"}, "count(*)", "M-12"))
    return [*blocks, said("Reviews that the policy asks for: ", counted, " due, of which ", late, " are overdue.")]


def _date(at: object) -> str:
    return "not yet" if at is None else f"{at:%Y-%m-%d}"


def actions(draft: Draft, reader: Reader) -> list[View]:
    """Return the blocks of section 9: what we owe is in our tracker; what the vendor owes is in its own reports."""
    sheet = draft.book.sheet(ACTIONS)
    ours = draft.engine.rows(DUTIES.format(kind="action"))
    blocks: list[View] = [heading("Ours")]
    if ours:
        rows = []
        for row in ours:
            length = sheet.duration(f"late, {row['duty_id']}", row["late_us"], row_source("duties", row, "late_us", "C-43"))
            rows.append(
                [row["duty_id"], row["service_id"] or "–", _date(row["due_at"]), _date(row["done_at"]), plain_words(row["status"]), length]
            )
        blocks += [picture(ageing(draft, ours)), table("Our actions", ["Action", "Service", "Due", "Done", "State", "#Late by"], rows)]
    else:
        blocks.append(
            lacking("No action that came from an incident with this vendor is on record: either none was agreed, or no tracker is landed.")
        )
    return [*blocks, heading("The vendor's"), *_theirs(draft, reader)]


def ageing(draft: Draft, rows: Sequence[Row]) -> Chart:
    """Return each action from due to done, or to now, in days."""
    longest = max(max(row["late_us"] / DAY_US, 1.0) for row in rows)
    marks: list[Mark] = []
    for number, row in enumerate(rows):
        late = row["late_us"] / DAY_US
        tone = "bad" if row["status"] == "overdue" else "doubt" if late else "good"
        marks += [
            Path(((0, number), (late, number)), tone, width=3),
            Dot(late, number, "diamond" if row["status"] == "overdue" else "dot", tone, f"{row['duty_id']}: {late:.0f} days late"),
        ]  # type: ignore[arg-type]
    overdue = sum(row["status"] == "overdue" for row in rows)
    x = Axis("linear", 0, longest * 1.08, tuple((step, f"{step:g} d") for step in nice_steps(longest)), "days after the day agreed")
    lanes = tuple(Lane(row["duty_id"], words=plain_words(row["status"])) for row in rows)
    return Chart(
        "ageing", "How late are actions?", f"{overdue} of {len(rows)} actions are overdue.", x, lanes, tuple(marks), lane_height=24
    )


def _theirs(draft: Draft, reader: Reader) -> list[View]:
    """Return what the vendor's own reports of the quarter announce as correction, by incident."""
    sql = """
        select record.vendor_key, record.corrective_action, record.evidence_ref
        from staged.vendor_record as record, run.context
        where record.provider_id = $vendor_id and record.corrective_action is not null
            and record.started_at >= run.context.period_start_at and record.started_at < run.context.period_end_at
        order by record.vendor_key
    """
    rows = draft.engine.rows(sql, {"vendor_id": draft.run.vendor_id})
    if not rows:
        return [lacking("Not known: no report of the vendor names a corrective action in the quarter.")]
    head = ["Record", "Corrective action, in the vendor's words", "Evidence", "Due", "Done"]
    return [
        table(
            "Actions the vendor announced",
            head,
            [
                [
                    row["vendor_key"],
                    reader.struck(row["corrective_action"]),
                    reader.struck(row["evidence_ref"] or "none"),
                    "not stated",
                    "not known",
                ]
                for row in rows
            ],
        )
    ]


def meeting_by(draft: Draft) -> str:
    """Return the last day for the meeting: within 30 days after the quarter's last one (DOMAIN 7.2); it may have passed already."""
    last_day = Period.parse(draft.run.period).end_day + timedelta(days=MEETING_DAYS - 1)
    passed = local_wall(draft.run.display_timezone, draft.run.as_of).date() > last_day
    return f"{last_day.isoformat()}{', passed' if passed else ''}"


def named(draft: Draft, service_id: str) -> str:
    """Return the name by which readers know a service."""
    return draft.service_names.get(service_id, service_id)
