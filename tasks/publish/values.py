"""How a level's own numbers are printed, alike in every section: one number per fact."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from tasks.publish.draft import Row, subject
from tasks.publish.numbers import Figure, Sheet, Source, percent_shown

TIME_RATIO = "microseconds up / microseconds counted"
WEIGHTED_RATIO = "microseconds up / microseconds counted, both × 1,000,000 to hold weights"
USERS_RATIO = "user microseconds served / user microseconds counted, both × 1,000,000 to hold weights"
SCALED_USER_MINUTE = 60 * 10**12  # one user for one minute in the units of a value
COUNTED_RATIOS = {
    "attainment": "incidents in time / incidents judged",
    "error_rate": "microseconds not lost to error rates / microseconds counted, both × the rates' common denominator",
    "request_ratio": "requests that did not fail / requests, both × 1,000,000 where a sample was cut",
    "waiver": "clock hours charged / clock hours",
}
SPENT_RATIO = "microseconds down / microseconds allowed"


def level_value(sheet: Sheet, label: str, line: Row, variant: Mapping[str, Any] | None = None) -> Figure:
    """Return what was achieved, in the headline or in a variant, told apart from the target (R-AV1, R-DSP1)."""
    result = variant or line
    key = {"result_id": result["result_id"], "result_version": result["result_version"]}
    source = Source("sla_results", key, "value_num/value_den", "R-AV1", line["contract_version_id"])
    return sheet.percent(f"{label}, {subject(line)}", result["value_num"], result["value_den"], source, line["target"], ratio_unit(line))


def ratio_unit(line: Row) -> str:
    """Return what the numerator and the denominator of a level count."""
    if line["is_of_users"]:
        return USERS_RATIO
    return COUNTED_RATIOS.get(line["kind"], WEIGHTED_RATIO if line["is_weighted"] else TIME_RATIO)


def shortfall(line: Row) -> Decimal | None:
    """Return the printed target minus the printed achieved value, as a reader would subtract them; None where one is not known."""
    if line["target"] is None or not line["value_den"]:
        return None
    return Decimal(abs(line["target"] - percent_shown(line["value_num"], line["value_den"], line["target"])))
