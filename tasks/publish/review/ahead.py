"""Sections 10 to 12: the contract and what it leaves open, what comes, and the sheet for decisions, minutes and signatures."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from tasks.model.contract import Contract
from tasks.model.instants import epoch_us
from tasks.model.zones import local_wall
from tasks.publish.charts import Box, Chart, Lane, Mark, time_axis
from tasks.publish.draft import Draft, Row, View
from tasks.publish.numbers import Source
from tasks.publish.page import both_zones
from tasks.publish.review.causes import named, patterns
from tasks.publish.review.edition import Reader
from tasks.publish.review.parts import heading, lacking, picture, said, table
from tasks.publish.words import Code, plain_words

SCOPE, AHEAD = "10 Contract and scope", "11 Forward look"
LOOK_AHEAD = timedelta(days=92)
MOST_LANES = 14
MAINTENANCE = """
    select mw_key as name, components, start_at, end_at, kind, approved_at is not null as is_approved
    from staged.maintenance_window as planned
    where end_at > $from_at and start_at < $until_at
        and list_has_any(components, (select coalesce(list(component_id), []) from own.components))
    order by start_at, mw_key
"""
CHANGES = """
    select change_key as name, components, started_at as start_at, coalesce(ended_at, started_at) as end_at, kind,
        approved_at is not null as is_approved
    from staged.change as planned
    where started_at > $from_at and started_at < $until_at
        and list_has_any(components, (select coalesce(list(component_id), []) from own.components))
    order by started_at, change_key
"""
SCOPED = """
    select service_id, min(name) filter (component_id = service_id) as name, count(*) filter (component_id <> service_id) as components,
        bool_or(sla_governed) as is_governed
    from staged.service_catalogue, run.context
    where provider_id = $vendor_id and (valid_to is null or valid_to > period_start_at)
    group by service_id
    order by service_id
"""


def scope(draft: Draft, contracts: Sequence[Contract]) -> list[View]:
    """Return the blocks of section 10."""
    sheet = draft.book.sheet(SCOPE)
    if not contracts:
        return [lacking("No contract with this vendor is in the reference files: nothing is promised that could be judged.")]
    rows = [[one.contract_version_id, *_terms(draft, one)] for one in contracts]
    blocks = [table("Contract versions", ["Version", "In force", "Signed", "What is due"], rows)]
    accuracy = draft.rows("measured.vendor_accuracy", "provider_id")
    if accuracy and accuracy[0]["theirs"]:
        row = accuracy[0]
        key = {"provider_id": row["provider_id"], "period": row["period"]}
        lacking_ = sheet.count(
            "reports below the documentation standard",
            row["theirs"] - row["reports_complete"],
            Source("vendor_accuracy", key, "theirs - reports_complete", "C-52"),
        )
        whole = sheet.count("reports", row["theirs"], Source("vendor_accuracy", key, "theirs", "C-52"))
        demanded = any(one.reporting.documentation_standard for one in contracts)
        basis = "which the contract demands." if demanded else "which the contract does not demand: a point for the next version."
        blocks.append(said("Documentation standard: ", lacking_, " of ", whole, " reports lack something of it, ", basis))
    else:
        blocks.append(lacking("Documentation standard: not known, the vendor sent no report of the quarter."))
    return [*blocks, heading("What the text leaves open"), *_ambiguities(contracts), heading("Services in scope"), _services(draft)]


def _terms(draft: Draft, contract: Contract) -> list[str]:
    start, end = contract.effective_from, contract.effective_to
    first, last = (local_wall(contract.clock.timezone, at).date().isoformat() if at else None for at in (start, end))
    span = (f"from {first}" if first else "start not stated") + (f" to {last}" if last else ", open end")
    signed = "not signed by both parties" if contract.is_unsigned else "by both parties" if contract.is_private else "public terms"
    due = []
    if contract.is_unsigned:
        due.append("signature")
    if end and end < draft.run.end_at + LOOK_AHEAD:
        due.append("renewal or end")
    if contract.document.verification != "exact":
        due.append(f"the paper was read as '{plain_words(contract.document.verification)}'")
    return [span, signed, ", ".join(due) or "nothing"]


def _ambiguities(contracts: Sequence[Contract]) -> list[View]:
    """Return the options that the text is silent about: each has several readings (R-RD1)."""
    rows = [[one.contract_version_id, "the whole contract", _names(sorted(one.silent))] for one in contracts if one.silent]
    rows += [
        [one.contract_version_id, Code(name), _names(sorted(measure.silent))]
        for one in contracts
        for name, measure in one.measures.items()
        if measure.silent
    ]
    if not rows:
        return [lacking("The texts say everything that the arithmetic needs.")]
    return [table("Options the text is silent about; every reading was computed", ["Version", "Measure", "Silent about"], rows)]


def _names(keys: Sequence[str]) -> str:
    return ", ".join(plain_words(key) for key in keys)


def _services(draft: Draft) -> View:
    rows = draft.engine.rows(SCOPED, {"vendor_id": draft.run.vendor_id})
    if not rows:
        return lacking("The catalogue lists no service of this vendor.")
    shown = [[row["name"] or row["service_id"], Code(row["service_id"]), "yes" if row["is_governed"] else "no"] for row in rows]
    return table("Services of the catalogue", ["Service", "Id", "Governed by a service level"], shown)


def forward(draft: Draft, reader: Reader) -> list[View]:
    """Return the blocks of section 11."""
    start = max(draft.run.as_of, draft.run.end_at) if not draft.run.is_preview else draft.run.as_of
    given = {"from_at": start, "until_at": start + LOOK_AHEAD}
    planned = [("maintenance", draft.engine.rows(MAINTENANCE, given)), ("change", draft.engine.rows(CHANGES, given))]
    rows = [(kind, row) for kind, found in planned for row in found]
    blocks: list[View] = []
    if rows:
        blocks.append(picture(_calendar(draft, rows, start)))
        shown = [
            [
                plain_words(kind),
                Code(row["name"]),
                ", ".join(row["components"]),
                both_zones(row["start_at"], draft.run.display_timezone),
                both_zones(row["end_at"], draft.run.display_timezone),
                "yes" if row["is_approved"] else "no",
            ]
            for kind, row in rows
        ]
        blocks.append(table("Planned maintenance and changes", ["Kind", "Record", "Components", "From", "To", "Approved"], shown))
    else:
        blocks.append(
            lacking(
                "No maintenance and no change of this vendor's components after now is on record: none is planned, or the feeds do not say."
            )
        )
    return [*blocks, heading("Risks"), *_risks(draft, reader)]


def _calendar(draft: Draft, rows: Sequence[tuple[str, Row]], start: Any) -> Chart:
    end = max(max(row["end_at"] for _, row in rows), start + timedelta(days=14))
    marks: list[Mark] = []
    for number, (kind, row) in enumerate(rows[:MOST_LANES]):
        tone = "ink" if row["is_approved"] else "doubt"
        words_ = f"{row['name']}: {both_zones(row['start_at'], draft.run.display_timezone)}"
        marks.append(
            Box(
                epoch_us(row["start_at"]), epoch_us(row["end_at"]), number, tone, words_, fill="solid" if kind == "maintenance" else "hatch"
            )
        )  # type: ignore[arg-type]
    lanes = tuple(
        Lane(f"{row['name']}, {kind}", words=f"{local_wall(draft.run.display_timezone, row['start_at']):%d %b %H:%M}")
        for kind, row in rows[:MOST_LANES]
    )
    return Chart(
        "calendar",
        "What is planned on the vendor's components?",
        f"{len(rows)} windows are on record.",
        time_axis(start, end, draft.run.display_timezone),
        lanes,
        tuple(marks),
        value_room=110,
    )


def _risks(draft: Draft, reader: Reader) -> list[View]:
    """Return what the quarter's figures say may come again; the risk register is ours alone."""
    found = [
        [f"{plain_words(row['cause_key'])} on {named(draft, row['service_id'])} recurs", "chronic pattern, section 8"]
        for row in patterns(draft)
    ]
    if not reader.is_vendor:
        sql = """
            select risk.title, risk.status
            from staged.risk as risk
            where risk.status = 'open'
                and risk.service_id in (select service_id from staged.service_catalogue where provider_id = $vendor_id)
            order by risk.risk_id
        """
        found += [[row["title"], "risk register"] for row in draft.engine.rows(sql, {"vendor_id": draft.run.vendor_id})]
    return (
        [table("Risks", ["What may happen", "Where it comes from"], found)]
        if found
        else [lacking("No chronic pattern and no open risk is on record.")]
    )


def closing(draft: Draft, reader: Reader, decisions: Sequence[Sequence[Any]]) -> list[View]:
    """Return the blocks of section 12: to be filled in at the meeting."""
    sql = """
        select held_at, document_sha256
        from staged.review_minutes
        where kind = 'vendor_service_review' and provider_id = $vendor_id and period = $period
        order by held_at
    """
    minutes = draft.engine.rows(sql, {"vendor_id": draft.run.vendor_id, "period": draft.run.period})
    rows = [[row[0], "", "", ""] for row in decisions] or [["", "", "", ""]]
    blocks = [table("Decisions, to be written down at the meeting", ["Asked", "_Decided", "_Owner", "_By when"], rows)]
    if minutes:
        blocks.append(
            table(
                "Minutes",
                ["Held", "Hash of the minutes"],
                [
                    [both_zones(row["held_at"], draft.run.display_timezone), Code(row["document_sha256"] or "not recorded")]
                    for row in minutes
                ],
            )
        )
    else:
        blocks.append(lacking("Minutes: the meeting is not on record yet."))
    roles = [[plain_words(part), plain_words(role), "", ""] for part, role in draft.signoff.items()]
    if not roles:
        return [*blocks, lacking("The policy asks nobody to sign this edition.")]
    note = (
        "The vendor signs that it received the pack and owns its actions, not that it agrees."
        if reader.is_vendor
        else "Signed with sla sign; the signatures stand in the sign-off sheet beside the pack."
    )
    return [*blocks, table("To sign", ["What", "Role", "_Name", "_Date"], roles), said(note)]
