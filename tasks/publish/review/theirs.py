"""Sections 5 and 6: the vendor's word against ours, and what was disputed: outcome, days to decide, who was right."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from tasks.publish.draft import Draft, Row, View
from tasks.publish.numbers import Figure, Sheet, Source, row_source
from tasks.publish.reconciliation import beyond_tolerance, difference_chart, outside_row
from tasks.publish.review.parts import heading, lacking, picture, said, table
from tasks.publish.words import Code, plain_words

REPORTS, DISPUTES = "5 Vendor data against ours", "6 Disputes"
DIFFERENCES = "from published.vendor_differences where provider_id = $vendor_id order by incident_id, raw_id"
SIDES = (("agreed", "Both call it down"), ("ours_only", "Only we call it down"), ("theirs_only", "Only the vendor calls it down"))
RIGHT = {  # who was right, by state: the party that disputed, the other one, or each in part
    "accepted": ("customer", "provider"),
    "rejected": ("provider", "customer"),
    "partly_accepted": ("each in part", "each in part"),
}
DISPUTED = """
    select
        effect.*,
        dispute.decided_at,
        dispute.decided_by_role,
        date_diff('day', effect.raised_at::date, coalesce(dispute.decided_at, run.context.as_of)::date) as days,
        result.service_id,
        result.period
    from measured.dispute_effects as effect
    cross join run.context
    left join staged.dispute as dispute on effect.dispute_id = dispute.dispute_id
    left join measured.sla_results as result on effect.result_id = result.result_id
    order by effect.raised_at, effect.dispute_id, effect.result_id
"""


def reports(draft: Draft) -> list[View]:
    """Return the blocks of section 5."""
    sheet = draft.book.sheet(REPORTS)
    found = draft.rows("measured.vendor_accuracy", "provider_id, period")
    if not found:
        return [lacking("Not known: the vendor sent no record of the quarter, and none of our incidents was reported to it.")]
    row = found[0]
    counts = [
        [words_, sheet.count(words_, row[name], row_source("vendor_accuracy", row, name, "RC-D1"))]
        for name, words_ in (
            ("ours", "Incidents of ours on the vendor's services that are its matter"),
            ("theirs", "Records of the vendor"),
            ("matched", "Matched"),
            ("missing_in_vendor", "Missing in the vendor's data"),
            ("missing_in_ours", "Missing in our ticketing"),
            ("within_tolerance", "Duration within tolerance"),
            ("understated", "Duration understated beyond tolerance"),
            ("overstated", "Duration overstated beyond tolerance"),
            ("reports_in_time", "Reports in time"),
            ("reports_complete", "Reports complete"),
        )
    ]
    blocks = [table("The vendor's records against ours", ["What", "#Number"], counts), *_bias(sheet, row)]
    differences = draft.engine.rows(DIFFERENCES, {"vendor_id": draft.run.vendor_id})
    chart = difference_chart(draft, differences)
    if chart is not None:
        blocks.append(picture(chart, "Below the line the vendor reports less than was measured. Numbered marks lie beyond tolerance."))
        blocks += _outside(sheet, differences)
    else:
        blocks.append(lacking("No ended record of the vendor stands beside an ended incident of ours: there is no difference to draw."))
    return [*blocks, *_sides(draft, sheet)]


def _outside(sheet: Sheet, differences: Sequence[Row]) -> list[View]:
    """Return the durations beyond tolerance, by the numbers of their marks."""
    found = [outside_row(sheet, number, row) for number, row in enumerate(beyond_tolerance(differences), 1)]
    head = ["Mark", "The vendor's record", "Incident", "#Reconciled", "#Vendor's minus ours"]
    rows = [[str(row["number"]), Code(row["record"]), Code(row["incident"]), row["ours"], row["delta"]] for row in found]
    return [table("Durations beyond tolerance", head, rows)] if rows else []


def _bias(sheet: Sheet, row: Row) -> list[View]:
    if row["bias_median_us"] is None:
        return [lacking("No duration of the vendor can be compared, so no bias can be told.")]
    middle, low, high = (
        sheet.difference(words_, row[name], row_source("vendor_accuracy", row, name, "M-08"))
        for name, words_ in (
            ("bias_median_us", "median bias"),
            ("bias_p25_us", "bias, first quartile"),
            ("bias_p75_us", "bias, third quartile"),
        )
    )
    p_value = sheet.quoted(
        "p value of the signs",
        _p_words(row["sign_p_value"]),
        str(row["sign_p_value"]),
        row_source("vendor_accuracy", row, "sign_p_value", "M-10"),
    )
    leaning = "the reports lean to one side" if row["sign_p_value"] < 0.05 else "no clear leaning: the signs may differ by chance"
    return [
        said(
            "Signed bias of reported durations: median ",
            middle,
            ", middle half from ",
            low,
            " to ",
            high,
            "; by the sign test (",
            p_value,
            f") {leaning}.",
        )
    ]


def _p_words(p_value: Decimal) -> str:
    return "p < 0.0001" if p_value < Decimal("0.0001") else f"p = {p_value:.4f}"


def _sides(draft: Draft, sheet: Sheet) -> list[View]:
    """Return how much time each side calls down, of the spans of the dispute sheet."""
    found = {
        row["agreement"]: row["length_us"]
        for row in draft.engine.rows("select agreement, sum(length_us)::bigint as length_us from measured.dispute_sheet group by all")
    }
    if not found:
        return [lacking("Nobody calls any time of the quarter down.")]
    rows = []
    for agreement, words_ in SIDES:
        column = f"coalesce(sum(length_us) filter (agreement = '{agreement}'), 0)::bigint"
        rows.append([words_, sheet.duration(words_, found.get(agreement, 0), Source("dispute_sheet", {}, column, "K4"))])
    return [heading("Who calls how much time down"), table("Time by who calls it down", ["Side", "#Time"], rows)]


def disputes(draft: Draft) -> list[View]:
    """Return the blocks of section 6."""
    sheet = draft.book.sheet(DISPUTES)
    found = draft.engine.rows(DISPUTED)
    if not found:
        return [lacking("Nobody disputed anything about this vendor's levels of the quarter.")]
    head = ["Dispute", "About", "Raised by", "State", "#Days", "Who was right", "#Downtime it adds", "#At stake"]
    rows = [_dispute(sheet, row) for row in found]
    names = sorted({row["dispute_id"] for row in found})
    open_ = sorted({row["dispute_id"] for row in found if row["state"] == "open"})
    told = said(
        sheet.count("disputes", len(names), Source("dispute_effects", {}, "count(distinct dispute_id)", "R-DI1")),
        " disputes, of which ",
        sheet.count("disputes still open", len(open_), Source("dispute_effects", {"state": "open"}, "count(distinct dispute_id)", "R-DI1")),
        " are open. Days run from raising to decision, or to now.",
    )
    return [told, table("Disputes", head, rows)]


def _dispute(sheet: Sheet, row: Row) -> list[Any]:
    own = f"{row['dispute_id']} {row['result_id']}"
    return [
        [row["dispute_id"], {"detail": plain_words(row["scope"])}],
        [row["service_id"] or "not known", {"detail": row["period"] or ""}],
        {"provider": "the vendor", "customer": "us"}[row["party"]],
        [plain_words(row["state"]), {"detail": f"to decide by {row['decide_by']}"} if row["state"] == "open" else ""],
        _days(sheet, row),
        _right(row),
        sheet.duration(f"added by {own}", row["increment_us"], row_source("dispute_effects", row, "increment_us", "R-DI2")),
        sheet.money(
            f"at stake by {own}", row["amount_at_stake"], row["currency"], row_source("dispute_effects", row, "amount_at_stake", "R-DI2")
        )
        if row["currency"]
        else "no money",
    ]


def _days(sheet: Sheet, row: Row) -> Figure:
    """Return the days from raising a dispute to its decision, or to now; when it was decided stands in the journal."""
    until = f"'{row['decided_at'].date().isoformat()}'::date" if row["decided_at"] else "as_of::date"
    source = row_source("dispute_effects", row, f"date_diff('day', raised_at::date, {until})", "R-DI3")
    return sheet.count(f"days of {row['dispute_id']} {row['result_id']}", row["days"], source)


def _right(row: Row) -> str:
    if row["state"] not in RIGHT:
        return "not decided" if row["state"] == "open" else f"nobody: {plain_words(row['state'])}"
    by_customer, by_provider = RIGHT[row["state"]]
    right = by_customer if row["party"] == "customer" else by_provider
    return {"customer": "we", "provider": "the vendor"}.get(right, right)
