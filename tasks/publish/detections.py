"""Section 8, what the detectors found: accuracy of vendors, edits after publication, mislabelled zones, skew per pair of sources."""

from __future__ import annotations

from collections.abc import Sequence

from tasks.publish.draft import Draft, Row, View
from tasks.publish.numbers import Figure, Sheet, Source, row_source
from tasks.publish.words import words

MOST_EDITS = 20
COUNTS = ("ours", "matched", "theirs", "missing_in_ours", "within_tolerance", "understated", "overstated")
REPORTS = ("reports_in_time", "reports_complete")
QUARTILES = ("bias_p25_us", "bias_median_us", "bias_p75_us")


def detectors(draft: Draft, sheet: Sheet) -> View:
    """Return the view of what detectors found in the period; they correct nothing."""
    found = draft.rows("published.detections", "opened_at desc, record_key, field, discrepancy_id")
    edits = [row for row in found if row["detector"] == "edit"]
    listed = edits[:MOST_EDITS]
    return {
        "accuracy": [_accuracy(sheet, row) for row in draft.rows("measured.vendor_accuracy", "provider_id")],
        "edits": [_edit(draft, sheet, row) for row in listed],
        "edits_left": len(edits) > MOST_EDITS,
        "edits_listed": _counted(sheet, "edits of published vendor records", listed) if listed else None,
        "edits_vendor": _counted(sheet, "edits in the vendor's favour", [row for row in listed if row["favour"] == "vendor"])
        if listed
        else None,
        "zones": [_zone(sheet, row) for row in found if row["detector"] == "zone"],
        "skews": [_skew(sheet, row) for row in found if row["detector"] == "skew"],
    }


def _accuracy(sheet: Sheet, row: Row) -> View:
    provider = row["provider_id"]

    def source(column: str) -> Source:
        return row_source("vendor_accuracy", row, column, "RC-D3" if column in QUARTILES else "C-52" if column in REPORTS else None)

    counts = {name: sheet.count(f"{name}, accuracy of {provider}", row[name], source(name)) for name in (*COUNTS, *REPORTS)}
    bias = {name: sheet.difference(f"{name}, accuracy of {provider}", row[name], source(name)) for name in QUARTILES}
    exact = None if row["sign_p_value"] is None else str(row["sign_p_value"])
    p_value = sheet.quoted(f"sign test, accuracy of {provider}", exact or "–", exact, source("sign_p_value"))
    return {"provider": provider, **counts, **bias, "sign_p_value": p_value}


def _counted(sheet: Sheet, label: str, rows: Sequence[Row]) -> Figure:
    """Return how many edits there are, as a figure over their discrepancies."""
    ids = sorted(row["discrepancy_id"] for row in rows)
    return sheet.count(label, len(ids), Source("discrepancies", {"discrepancy_id": ids}, "count(*)", "RC-D10"))


def _edit(draft: Draft, sheet: Sheet, row: Row) -> View:
    label = f"{row['field']} of {row['record_key']}, {row['discrepancy_id']}"
    became = row["observed"] or words()["nothing_stated"]
    return {
        "record": row["record_key"],
        "source": row["source_system"],
        "incident": row["ticket_key"] or row["incident_id"],
        "field": row["field"].removeprefix("vendor."),
        "was": sheet.quoted(f"published {label}", row["expected"], row["expected"], row_source("discrepancies", row, "expected", "RC-D10")),
        "became": sheet.quoted(f"changed {label}", became, row["observed"], row_source("discrepancies", row, "observed", "RC-D10")),
        "learnt": sheet.instant(
            f"learnt {label}", row["opened_at"], draft.run.display_timezone, row_source("discrepancies", row, "opened_at", "RC-D10")
        ),
        "favour": words()["favours"][row["favour"]],
    }


def _zone(sheet: Sheet, row: Row) -> View:
    author = row["field"].removeprefix("zone").removeprefix(" of ")
    label = f"{row['source_system']} {row['field']}, {row['discrepancy_id']}"
    return {
        "source": row["source_system"],
        "author": author,
        "offset": sheet.difference(f"offset, {label}", row["delta_us"], row_source("discrepancies", row, "delta_us", "RC-D5")),
        "records": sheet.count(f"records, {label}", row["records"], row_source("discrepancies", row, "len(raw_ids)", "RC-D5")),
        "span": sheet.quoted(f"span, {label}", row["observed"], row["observed"], row_source("discrepancies", row, "observed", "RC-D5")),
    }


def _skew(sheet: Sheet, row: Row) -> View:
    label = f"{row['source_system']}, {row['field']}"
    return {
        "source": row["source_system"],
        "pair": row["field"].removeprefix("median "),
        "median": sheet.difference(f"median, {label}", row["delta_us"], row_source("discrepancies", row, "delta_us", "RC-D5")),
        "n": sheet.count(f"incidents, {label}", row["records"], row_source("discrepancies", row, "len(raw_ids)", "RC-D5")),
    }
