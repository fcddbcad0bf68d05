"""Annex R, in our own edition alone: chronic triggers and until when they can be used, claim strategy, the vendor against the others."""

from __future__ import annotations

from tasks.publish.draft import Draft, View
from tasks.publish.numbers import Sheet, row_source
from tasks.publish.page import both_zones
from tasks.publish.review.parts import heading, lacking, said, table
from tasks.publish.words import plain_words

SECTION = "R Restricted annex"
STANDINGS = {
    "inside": "inside the limits",
    "above_95": "above the 95 % limit",
    "below_95": "below the 95 % limit",
    "above_998": "above the 99.8 % limit",
    "below_998": "below the 99.8 % limit",
}
FUNNEL = """
    select funnel.*
    from measured.metric_funnel as funnel, run.context
    where funnel.dimension = 'provider' and funnel.period = run.context.period
    order by funnel.metric_id
"""


def annex(draft: Draft) -> list[View]:
    """Return the blocks of the annex."""
    sheet = draft.book.sheet(SECTION)
    return [
        heading("Chronic triggers"),
        *_triggers(draft),
        heading("Claim strategy"),
        *_claims(draft, sheet),
        heading("Beside the other vendors"),
        *_others(draft, sheet),
    ]


def _triggers(draft: Draft) -> list[View]:
    rows = draft.rows("measured.chronic_triggers", "contract_version_id, trigger_id, service_id")
    if not rows:
        return [lacking("No contract in force has a chronic clause.")]
    head = ["Clause and service", "Rule", "Counted", "Triggered", "Right", "Use it by"]
    shown = [
        [
            [row["trigger_id"], {"detail": f"{row['contract_version_id']}, {row['service_id']}"}],
            row["rule"],
            row["observed"],
            "on the headline" if row["is_headline"] else "only if disputes count" if row["is_if_counted"] else "no",
            plain_words(row["right_given"]),
            "–" if row["exercise_by_at"] is None else both_zones(row["exercise_by_at"], draft.run.display_timezone),
        ]
        for row in rows
    ]
    return [table("Chronic clauses", head, shown, "The right arises on these figures; this is no legal advice.")]


def _claims(draft: Draft, sheet: Sheet) -> list[View]:
    rows = draft.rows("measured.claims", "deadline_at, claim_id, version")
    if not rows:
        return [lacking("There is nothing to claim.")]
    shown = []
    for row in rows:
        name = f"{row['claim_id']} {row['version']}"
        shown.append(
            [
                [row["service_id"], {"detail": f"{row['contract_id']}, {row['period']}"}],
                sheet.money(f"claim {name}", row["amount"], row["currency"], row_source("claims", row, "amount", "R-CL1")),
                plain_words(row["state"]),
                ", ".join(plain_words(one) for one in row["missing_content"]) or "nothing",
                sheet.day(f"file by {name}", row["file_by"], row_source("claims", row, "file_by", "R-DL2")),
                sheet.day(f"last day {name}", row["last_day"], row_source("claims", row, "last_day", "R-DL1")),
            ]
        )
    return [table("Claims, the earliest deadline first", ["Claim", "#Amount", "State", "Missing", "!File by", "!Last day"], shown)]


def _others(draft: Draft, sheet: Sheet) -> list[View]:
    rows = draft.engine.rows(FUNNEL)
    if not rows:
        return [lacking("Not known: nothing could be compared over exposure.")]
    shown = []
    for row in rows:
        label = plain_words(row["metric_id"])
        rate, all_ = (
            sheet.quoted(f"{words_}, {label}", f"{row[name]:.3f}", str(row[name]), row_source("metric_funnel", row, name, "M-14"))
            for name, words_ in (("rate", "rate"), ("organisation_rate", "rate of all"))
        )
        shown.append([label, rate, all_, STANDINGS[row["standing"]]])
    note = said("A rate inside the limits may differ from the others by chance alone. Vendors are never ranked by counts.")
    return [table("The vendor's rate in the funnel of all", ["Rate", "#This vendor", "#All together", "Standing"], shown), note]
